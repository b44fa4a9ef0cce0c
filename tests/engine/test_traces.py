"""Threads, event loops and virtual time drive one flow through the same steps."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from samovar.coordination import MemoryStore, Newsroom
from samovar.coordination.memory import AsyncMemoryStore
from samovar.coordination.port import Limit, Limits
from samovar.engine.loop import LoopDriver
from samovar.engine.rehearsal import Played, Rehearsal
from samovar.engine.steady import SteadyClock
from samovar.engine.threads import ThreadDriver
from samovar.errors import ProviderUnreachable, SamovarError
from samovar.flow.flight import Terms
from samovar.flow.protect import Protected, protected_call
from samovar.flow.role import Role
from samovar.flow.steps import (
    Begun,
    Boundary,
    CallerLeft,
    Debit,
    Ended,
    Glimpse,
    Glimpsed,
    Grant,
    Lane,
    Lease,
    LeftUnsent,
    Line,
    Receipt,
    Receive,
    Report,
    Send,
    Settle,
    Tell,
    Turn,
)
from samovar.providers.usage import Usage
from samovar.rates import Demand

if TYPE_CHECKING:
    from collections.abc import Callable

    from samovar.coordination.port import Answered, Awaited
    from samovar.flow.outcome import Outcome
    from samovar.flow.steps import Flow, Reply

WROTE = Usage(uncached_input=10, cache_read=0, cache_write={"5m": 9_990}, output=3)
LIMITS = {"acme": Limits(requests=Limit(100, 100)), "short": Limits(requests=Limit(1.0, 50.0))}
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
    "is a warm-up": (Protected(total=0, account="acme", lane=Lane.WARM_UP), ANSWERED),
    "is a warm-up that is refused at first": (
        Protected(total=0, account="short", lane=Lane.WARM_UP),
        ANSWERED,
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


def nobody(*_: object) -> None:
    """Take nothing: no call here is left to the collector."""


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
        driver = LoopDriver(store, SteadyClock(), lambda _: None, nobody)
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
    driver = LoopDriver(AsyncMemoryStore(store), SteadyClock(), lambda _: None, nobody)
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
    for _ in range(10):
        # It wakes the next, who asks, and waits again.
        await asyncio.sleep(0)
    assert len(store.newsroom) == 1
    leader.cancel()
    assert isinstance(await asyncio.wait_for(successor, 1), Send)
    with pytest.raises(asyncio.CancelledError):
        await leader
    with pytest.raises(asyncio.CancelledError):
        await follower


LANDED = Report.LANDED
CALL = Protected(boundaries=PREFIX, total=10_000, bound=60.0)


async def test_a_follower_that_was_woken_and_is_cancelled_wakes_the_next() -> None:
    """One was woken by the first byte; it is gone before it has asked again."""
    store = MemoryStore(Terms(bound=60.0))
    driver = LoopDriver(AsyncMemoryStore(store), SteadyClock(), lambda _: None, nobody)
    leader = store.do(Lease(PREFIX))
    first, second = (asyncio.ensure_future(driver.resume(protected_call(CALL))) for _ in range(2))
    await asyncio.sleep(0)
    assert len(store.newsroom) == 2
    store.do(Tell((Line(PREFIX[0].name, leader.fences[0], LANDED, 300.0),)))  # type: ignore[union-attr]  # it is a grant
    first.cancel()
    assert isinstance(await asyncio.wait_for(second, 10), Send)


class Interrupted(Newsroom):
    """Interrupts who waits, as Ctrl-C does, once."""

    def wait_for(self, name: bytes, heard: int, wake: Callable[[], None]) -> bool:
        """Begin to wait, then interrupt."""
        waits = super().wait_for(name, heard, wake)
        if threading.current_thread() is threading.main_thread():
            raise KeyboardInterrupt
        return waits


def test_a_follower_that_is_interrupted_wakes_the_next() -> None:
    """In threads as on loops."""
    store = MemoryStore(Terms(bound=60.0), newsroom=Interrupted())
    store.do(Lease(PREFIX))
    woken: list[bool] = []
    other = threading.Thread(
        target=store.newsroom.wait_for, args=(PREFIX[0].name, 0, lambda: woken.append(True))
    )
    other.start()
    other.join()
    with pytest.raises(KeyboardInterrupt):
        ThreadDriver(store, SteadyClock(), lambda _: None).resume(protected_call(CALL))
    assert woken == [True]


class Snapping(MemoryStore):
    """Does what it is asked, and is interrupted before it can say so: Ctrl-C while a reply is read."""

    def do(self, step: Awaited) -> Answered:
        """Do the step; say nothing, once."""
        answer = super().do(step)
        if isinstance(step, Lease | Debit) and not self.snapped:
            self.snapped = True
            raise KeyboardInterrupt
        return answer

    snapped = False


@pytest.mark.parametrize("call", [CALL, Protected(total=1, output=0, account="acme")])
def test_what_an_interrupted_round_trip_has_taken_comes_back_by_itself(call: Protected) -> None:
    """A prefix is led by another after the bound, a budget is full again when it has flowed back."""
    now = [0.0]
    limits = {"acme": Limits(requests=Limit(1.0, 0.1))}
    store = Snapping(Terms(bound=20.0), limits, clock=lambda: now[0])
    with pytest.raises(KeyboardInterrupt):
        ThreadDriver(store, SteadyClock(), lambda _: None).resume(protected_call(call))
    if call.account:
        assert store.levels("acme")[0] == 0.0
        now[0] = 10.0
        assert store.levels("acme")[0] == 1.0
        return
    held = store.do(Lease(call.boundaries))
    assert isinstance(held, Grant)
    assert held.held
    now[0] = held.wait
    led = store.do(Lease(call.boundaries))
    assert isinstance(led, Grant)
    assert led.roles == (Role.LEAD,)


class Slow(AsyncMemoryStore):
    """A shared store whose answers come when the test says so, and which keeps what it was told."""

    shared = True

    def __init__(self, answer: Answered) -> None:
        super().__init__(MemoryStore())
        self.answer = answer
        self.answers = asyncio.Event()
        self.asked = asyncio.Event()
        self.told: asyncio.Queue[Settle | Tell] = asyncio.Queue()

    def at_once(self, step: Awaited) -> Answered:
        """Return nothing: everything is asked."""
        del step
        return None

    async def do(self, step: Awaited) -> Answered:
        """Return the answer to a step, when the test says so."""
        if isinstance(step, Settle | Tell):
            self.told.put_nowait(step)
            return None
        self.asked.set()
        await self.answers.wait()
        return self.answer


@pytest.mark.parametrize("wait", [0.0, 3600.0])
@pytest.mark.parametrize("answered", [False, True])
async def test_a_debit_is_given_back_when_its_caller_is_cancelled(wait: float, *, answered: bool) -> None:
    """During the round trip or in line: what was taken was not used."""
    store = Slow(Turn(taken=True, wait=wait))
    driver = LoopDriver(store, SteadyClock(), lambda _: None, nobody)
    demand = Demand(1, 100, 8)
    flow = protected_call(Protected(total=100, output=8, account="acme", longest=1e9))
    call = asyncio.ensure_future(driver.resume(flow))
    await store.asked.wait()
    if answered:
        store.answers.set()
        for _ in range(10):
            await asyncio.sleep(0)
    if call.done():
        await driver.resume(flow, LeftUnsent("the call was cancelled."))
    call.cancel()
    store.answers.set()
    settled = await asyncio.wait_for(store.told.get(), 10)
    assert settled == Settle(Receipt("acme", demand), Demand(0, 0, 0))


async def test_a_lease_that_is_granted_to_a_caller_that_left_is_handed_on() -> None:
    """It was cancelled during the round trip: the next one leads once the answer has come."""
    store = Slow(Grant(roles=(Role.LEAD,), fences=(7,)))
    call = asyncio.ensure_future(
        LoopDriver(store, SteadyClock(), lambda _: None, nobody).resume(protected_call(CALL))
    )
    await store.asked.wait()
    call.cancel()
    store.answers.set()
    told = await asyncio.wait_for(store.told.get(), 10)
    assert told == Tell((Line(PREFIX[0].name, 7, Report.LEFT, 300.0, 0.02),))


def test_a_debit_is_given_back_when_its_thread_is_interrupted_in_line() -> None:
    """The levels are what they were."""
    limits = {"acme": Limits(requests=Limit(1.0, 1e-9))}
    store = MemoryStore(limits_of=limits, newsroom=Interrupted())
    store.do(Debit("acme", Demand(1, 0, 0)))
    driver = ThreadDriver(store, SteadyClock(), lambda _: None)
    with pytest.raises(KeyboardInterrupt):
        driver.resume(protected_call(Protected(account="acme")))
    assert store.levels("acme")[0] == pytest.approx(0.0, abs=1e-6)
