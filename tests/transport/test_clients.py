"""Clients are what the official SDKs would have made."""

from __future__ import annotations

from typing import Any

import anthropic
import pytest

from samovar.transport import async_client, client
from samovar.transport.clients import LIMITS, TIMEOUT


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(client, anthropic.DefaultHttpxClient), (async_client, anthropic.DefaultAsyncHttpxClient)],
)
def test_connections_are_those_of_the_sdk(ours: Any, theirs: Any) -> None:  # noqa: ANN401  # makers of clients
    """The same socket options, limits and times."""
    made, given = ours(), theirs()
    pool, sdk = made._transport._inner._pool, given._transport._pool  # noqa: SLF001  # no other way to see them
    assert [(level, name, int(value)) for level, name, value in pool._socket_options] == [  # noqa: SLF001  # as above
        (level, name, int(value))
        for level, name, value in sdk._socket_options  # noqa: SLF001  # as above
    ]
    assert anthropic.DEFAULT_CONNECTION_LIMITS == LIMITS
    assert anthropic.DEFAULT_TIMEOUT == TIMEOUT
