"""The SDK's own seam gives the SDK's answer, once there is one."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest

from samovar.metrics.catalogue import FAILURES
from samovar.transport.middleware import SamovarMiddleware
from tests.transport.boxes import office


def request(url: str = "https://api.anthropic.com/v1/messages") -> Any:  # noqa: ANN401  # the SDK's own type
    """Return what the SDK gives."""
    body = {"model": "m", "messages": []}
    return SimpleNamespace(url=url, method="post", json=body, options=SimpleNamespace(extra_json=None))


def test_an_answer_that_is_not_understood_is_still_the_sdks() -> None:
    """It has been paid for; the failure is counted. On threads and on event loops."""
    paid = SimpleNamespace(answer="paid for")
    ours = SamovarMiddleware(office())

    async def answered(_: object) -> object:
        return paid

    assert ours.handle(request(), lambda _: paid) is paid
    assert asyncio.run(ours.handle_async(request(), answered)) is paid
    assert ours.office.meter.number(FAILURES, "transport") >= 2


def test_the_sdks_own_failure_is_the_sdks() -> None:
    """What it raises, it gets."""
    ours = SamovarMiddleware(office())

    def refuse(_: object) -> None:
        raise httpx2.ConnectError("refused")

    with pytest.raises(httpx2.ConnectError):
        ours.handle(request(), refuse)


def test_a_url_that_cannot_be_read_is_the_sdks_to_judge() -> None:
    """The request goes on as it is."""
    ours = SamovarMiddleware(office())
    assert ours.handle(request("http://[::1/v1/messages"), lambda _: "sent") == "sent"
    assert ours.office.meter.number(FAILURES, "analysis") == 1
