"""One redis-server for all tests of coordination that only need one to be there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.coordination.redis_server import RedisServer

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The address of a redis-server."""
    with RedisServer() as server:
        yield server.url
