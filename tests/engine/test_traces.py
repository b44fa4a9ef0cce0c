"""Threads, event loops and virtual time drive one flow through the same steps."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from samovar.coordination import MemoryStore
from samovar.coordination.memory import AsyncMemoryStore
from samovar.coordination.port import Limit, Limits, Turn
from samovar.engine.loop import LoopDriver
from samovar.engine.rehearsal import Played, Rehearsal
from samovar.engine.steady import SteadyClock
from samovar.engine.threads import ThreadDriver
from samovar.errors import ProviderUnreachable, SamovarError
from samovar.flow.flight import Terms
from samovar.flow.outcome import Outcome
from samovar.flow.protect import Protected, protected_call
from samovar.flow.steps import (
    Begun,
    Boundary,
    CallerLeft,
    Debit,
    Ended,
    Glimpse,
    Glimpsed,
    Line,
    Receive,
    Report,
    Send,
    Tell,
)
from samovar.providers.usage import Usage
from samovar.rates import Demand

if TYPE_CHECKING:
    from samovar.coordination.port import Answered, Awaited
    from samovar.flow.steps import Flow, Reply

WROTE = Usage(uncached_input=10, cache_read=0, cache_write={"5m": 9_990}, output=3)
LIMITS = {"acme": Limits(requests=Limit(100, 100))}
PREFIX = (Boundary(b"p" * 16, 9_990, 300.0),)
ANSWERED = Played(200, {}, WROTE, 0.0, 0.0, 0.0)
SCRIPTS: dict[str, tuple[Protected, Played]] = {
    "writes": (Protected(boundaries=PREFIX, total=10_000, account="acme"), ANSWERED),
    "has no prefix": (Protected(total=100), ANSWERED),
    "tells usage late": (Protected(boundaries=PREFIX, total=10_000), ANSWERED._replace(told_after=None)),
    "is refused": (
        Protected(boundaries=PREFIX, total=10_000, account="acme"),
        Played(429, {"retry-after": "0"}, None, 0.0, 0.0, None),
    ),
    "gets no answer": (
        Protected(boundaries=PREFIX, total=10_000, account="acme"),
        Played(0, {}, None, 0.0, 0.0, None, ProviderUnreachable("nobody is there.")),
    ),
    "is cancelled": (
        Protected(boundaries=PREFIX, total=10_000, account="acme"),
        Played(0, {}, None, 0.0, 0.0, None, CallerLeft("the call was cancelled.")),
    ),
}


def traced(flow: Flow[Outcome], trace: list[str]) -> Flow[Outcome]:
    """Write down what a flow asks for, as it passes."""
    reply: Reply | SamovarError = None
    while True:
        try:
            step = flow.throw(reply) if isinstance(reply, Exception) else flow.send(reply)
        except StopIteration as end:
            outcome: Outcome = end.value
            return outcome
        trace.append(type(step).__name__)
        try:
            reply = yield step
        except SamovarError as error:
            reply = error


def on_wire(step: Send | Glimpse | Receive, played: Played) -> Reply | SamovarError:
    """Return what the wire says, by the script."""
    match step:
        case Send():
            return played.failure or Begun(played.status, played.headers, 0.0, 0.0)
        case Glimpse():
            return Glimpsed(None if played.told_after is None else played.usage)
        case Receive():
            return Ended(played.usage, 0.0)


def in_threads(call: Protected, played: Played) -> list[str]:
    """Return the steps that a thread's driver is asked for."""
    trace: list[str] = []
    driver = ThreadDriver(MemoryStore(Terms(), LIMITS), SteadyClock(), lambda _: None)
    flow = traced(protected_call(call), trace)
    step = driver.resume(flow)
    while step is not None:
        step = driver.resume(flow, on_wire(step, played))
    return trace


def on_a_loop(call: Protected, played: Played) -> list[str]:
    """Return the steps that a loop's driver is asked for."""
    trace: list[str] = []

    async def run() -> None:
        store = AsyncMemoryStore(MemoryStore(Terms(), LIMITS))
        driver = LoopDriver(store, SteadyClock(), lambda _: None)
        flow = traced(protected_call(call), trace)
        step = await driver.resume(flow)
        while step is not None:
            step = await driver.resume(flow, on_wire(step, played))

    asyncio.run(run())
    return trace


def in_virtual_time(call: Protected, played: Played) -> list[str]:
    """Return the steps that the rehearsal is asked for."""

    class Player:
        def begin(self, call: object, now: float) -> Played:
            del call, now
            return played

        def first_byte(self, call: object, now: float) -> None:
            """Nothing to note."""

    rehearsal = Rehearsal(Player())
    rehearsal.store = MemoryStore(Terms(), LIMITS, clock=rehearsal.clock)
    rehearsal.run([(0.0, "call", protected_call(call))])
    return [name for _, name in rehearsal.steps]


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_three_drivers_are_asked_for_the_same_steps(name: str) -> None:
    """Whatever becomes of the call."""
    call, played = SCRIPTS[name]
    threads = in_threads(call, played)
    assert threads == on_a_loop(call, played) == in_virtual_time(call, played)
    assert threads[-1] == "Record"


def test_what_a_writing_call_asks_for() -> None:
    """The whole story in order."""
    assert in_threads(*SCRIPTS["writes"]) == [
        *("Now", "Lease", "Debit", "Send", "Tell", "Glimpse", "Receive", "Settle", "Record"),
    ]


async def test_a_cancelled_leader_hands_on_and_a_cancelled_follower_leaves_nothing() -> None:
    """The next one leads at once, not when the bound is over."""
    store = MemoryStore(Terms(bound=60.0))
    driver = LoopDriver(AsyncMemoryStore(store), SteadyClock(), lambda _: None)
    call = Protected(boundaries=PREFIX, total=10_000, bound=60.0)

    async def one() -> None:
        flow = protected_call(call)
        await driver.resume(flow)
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            await driver.resume(flow, CallerLeft("the call was cancelled."))
            raise

    leader, follower = asyncio.ensure_future(one()), asyncio.ensure_future(one())
    await asyncio.sleep(0)
    successor = asyncio.ensure_future(driver.resume(protected_call(call)))
    await asyncio.sleep(0)
    assert len(store.newsroom) == 2
    follower.cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(store.newsroom) == 1
    leader.cancel()
    assert isinstance(await asyncio.wait_for(successor, 1), Send)
    assert {leader.cancelled(), follower.cancelled()} <= {True, False}


def test_who_leads_says_so_while_in_line_for_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads and loops tell the lines of a debit again at each beat, and not after the last piece."""
    monkeypatch.setattr("samovar.engine.threads.time.sleep", slept.append)

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("samovar.engine.loop.asyncio.sleep", sleep)
    step = Debit("acme", Demand(1, 0, 0), lines=(Line(b"p" * 16, 1, Report.RENEWED, 300.0, 0.0),), beat=2.0)
    for drive in (_in_a_thread, _on_a_loop_with):
        slept.clear()
        store = InLine()
        drive(store, step)
        assert slept == [2.0, 2.0, 1.0]
        assert store.told == 2


slept: list[float] = []


class InLine(MemoryStore):
    """A store that lets the call in after five seconds, and counts reports."""

    told = 0

    def do(self, step: Awaited) -> Answered:
        """Return the answer to a step."""
        if isinstance(step, Debit):
            return Turn(taken=True, wait=5.0)
        self.told += isinstance(step, Tell)
        return None


def _asks(step: Debit) -> Flow[Outcome]:
    yield from step.ask()
    return Outcome(started_at=0.0, ended_at=0.0, headers={})


def _in_a_thread(store: MemoryStore, step: Debit) -> None:
    ThreadDriver(store, SteadyClock(), lambda _: None).resume(_asks(step))


def _on_a_loop_with(store: MemoryStore, step: Debit) -> None:
    async def run() -> None:
        await LoopDriver(AsyncMemoryStore(store), SteadyClock(), lambda _: None).resume(_asks(step))

    asyncio.run(run())
