"""The transport for event loops takes leave of what it shares, and of what is its own, whatever fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2

from samovar.metrics.catalogue import FAILURES
from samovar.transport import async_client
from tests.transport.boxes import quick_runtime

if TYPE_CHECKING:
    import pytest

    from samovar.coordination.port import Answered, Awaited

BODY: Any = {"model": "claude-opus-5", "max_tokens": 4, "messages": [{"role": "user", "content": "x"}]}
URL = "http://provider/v1/messages"


class Inner(httpx2.AsyncBaseTransport):
    """A connection that knows whether it was closed."""

    closed = 0

    async def handle_async_request(self, _: httpx2.Request) -> httpx2.Response:
        """Answer at once."""
        return httpx2.Response(200, json={})

    async def aclose(self) -> None:
        """Take note."""
        self.closed += 1


async def test_a_store_that_cannot_be_left_does_not_keep_connections_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is counted, and the caller hears nothing of it."""
    runtime, inner = quick_runtime(), Inner()

    async def broken() -> None:
        raise OSError

    monkeypatch.setattr(runtime.async_store, "leave", broken)
    await async_client(runtime=runtime, transport=inner).aclose()
    assert inner.closed == 1
    assert runtime.meter.number(FAILURES, "coordination") == 1


async def test_the_last_transport_of_a_loop_closes_the_stores_connections() -> None:
    """One that goes before leaves the other's as they are."""
    runtime = quick_runtime()
    left: list[str] = []

    class Shared:
        shared = True
        newsroom = runtime.memory.newsroom

        def at_once(self, step: Awaited) -> Answered:
            return runtime.memory.do(step)

        async def do(self, step: Awaited) -> Answered:
            return runtime.memory.do(step)

        async def leave(self) -> None:
            left.append("left")

    runtime.async_store = Shared()
    one, other = [async_client(runtime=runtime, transport=Inner()) for _ in range(2)]
    for http in (one, other):
        assert (await http.post(URL, json=BODY)).status_code == 200
    await one.aclose()
    assert not left
    assert (await other.post(URL, json=BODY)).status_code == 200
    await other.aclose()
    assert left == ["left"]
