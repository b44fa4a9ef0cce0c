"""The transport for event loops takes leave of what it shares, and of what is its own, whatever fails."""

from __future__ import annotations

import asyncio
import queue
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx2

from samovar.coordination.memory import MemoryStore
from samovar.engine.loop import LoopDriver
from samovar.engine.steady import SteadyClock
from samovar.engine.threads import ThreadDriver
from samovar.flow.protect import protected_call
from samovar.flow.role import Role
from samovar.flow.steps import Grant, Line, Report, Tell
from samovar.metrics.catalogue import FAILURES
from samovar.transport import async_client
from samovar.transport.errands import Errands
from samovar.transport.loops import left
from tests.engine.test_traces import CALL, Slow
from tests.transport.boxes import quick_runtime

if TYPE_CHECKING:
    import pytest

    from samovar.coordination.port import Answered, Awaited
    from samovar.flow.outcome import Outcome
    from samovar.flow.steps import Flow

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


class Told(MemoryStore):
    """A store that keeps what it is told, for another thread to see."""

    def __init__(self) -> None:
        super().__init__()
        self.told: queue.SimpleQueue[object] = queue.SimpleQueue()

    def do(self, step: Awaited) -> Answered:
        """Keep it."""
        self.told.put(step)
        return None


class Collected:
    """A call that the collector ends while its question is on the way to a shared store."""

    def __init__(self) -> None:
        self.store, self.near = Slow(Grant(roles=(Role.LEAD,), fences=(7,))), Told()
        self.errands = Errands(print)
        self.recorded: queue.SimpleQueue[object] = queue.SimpleQueue()
        inline = ThreadDriver(self.near, SteadyClock(), self.recorded.put)

        def elsewhere(flow: Flow[Outcome], asked: asyncio.Task[Answered] | None) -> None:
            self.errands.hand_over(partial(left, self.errands, inline, flow, asked))

        self.driver = LoopDriver(self.store, SteadyClock(), self.recorded.put, elsewhere)

    async def begin_and_close(self) -> None:
        """Begin the call, and end it as the collector does."""
        call = self.driver.resume(protected_call(CALL))
        call.send(None)
        await self.store.asked.wait()
        call.close()


async def test_a_lease_on_its_way_for_a_caller_that_was_collected_is_handed_on() -> None:
    """It is heard first, on the thread of the errands: nobody waits until it runs out."""
    case = Collected()
    await case.begin_and_close()
    case.errands.begin()
    case.store.answers.set()
    told = await asyncio.to_thread(case.near.told.get, timeout=10)
    assert told == Tell((Line(CALL.boundaries[0].name, 7, Report.LEFT, 300.0, 0.02),))
    await asyncio.to_thread(case.recorded.get, timeout=10)
    case.errands.stop(10)
    assert (case.near.told.qsize(), case.recorded.qsize()) == (0, 0)


def test_a_caller_that_was_collected_with_its_loop_is_told_of_at_once() -> None:
    """The answer never comes; the call is in the records all the same."""
    case = Collected()
    asyncio.run(case.begin_and_close())
    case.errands.begin()
    case.recorded.get(timeout=10)
    case.errands.stop(10)
    assert case.near.told.empty()
