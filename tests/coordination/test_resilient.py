"""A shared store that fails costs protection between processes, and each failure is asked about once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from samovar.coordination import Limit, Limits, MemoryStore, Newsroom
from samovar.coordination.port import StoreBusy, StoreFailed
from samovar.coordination.resilient import OPEN_SECONDS, AsyncResilientStore, Circuit, ResilientStore
from samovar.flow.role import Role
from samovar.flow.steps import Boundary, Debit, Grant, Lease, Left, Receipt, Settle, Turn
from samovar.rates import Demand
from tests.children import holds_in_a_child

if TYPE_CHECKING:
    from samovar.coordination.port import Answered, Awaited

LEASE = Lease((Boundary(b"p" * 16, 14_000, 300.0),))
SHARED = Grant(roles=(Role.READ,), fences=(1,))


class Shared:
    """A shared store that fails with `failure`, and counts who asked."""

    shared = True

    def __init__(self) -> None:
        self.failure: StoreFailed | None = None
        self.asked = 0
        self.newsroom = Newsroom()

    def do(self, step: Awaited) -> Answered:
        """Return a grant, or fail."""
        del step
        self.asked += 1
        if self.failure is not None:
            raise self.failure
        return SHARED


class Awaiting(Shared):
    """The same, for event loops: all who ask together have asked before the first hears."""

    def at_once(self, step: Awaited) -> Answered:
        """Return nothing: everything is asked."""
        del step
        return None

    async def do(self, step: Awaited) -> Answered:  # type: ignore[override]  # the other port
        """Return a grant, or fail."""
        self.asked += 1
        await asyncio.sleep(0)
        self.asked -= 1
        return super().do(step)

    async def leave(self) -> None:
        """Hold nothing."""


class Clock:
    """A clock that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def test_a_failure_sends_everyone_to_memory_for_a_while() -> None:
    """It is counted once, and nobody asks until the time is over."""
    shared, clock, failures = Shared(), Clock(), [0]

    def failed(_: StoreFailed) -> None:
        failures[0] += 1

    store = ResilientStore(shared, MemoryStore(), Circuit(failed, clock))
    assert store.do(LEASE) == SHARED
    shared.failure = StoreFailed("down.")
    assert store.do(LEASE) != SHARED
    assert [store.do(LEASE) for _ in range(5)] != [SHARED] * 5
    assert (shared.asked, failures) == (2, [1])
    shared.failure = None
    clock.now = OPEN_SECONDS
    assert [store.do(LEASE) for _ in range(3)] == [SHARED] * 3


async def test_one_step_tries_a_dead_store_and_the_others_do_not_wait_for_it() -> None:
    """A thousand calls come when the time is over: 999 are coordinated in the process at once."""
    shared, clock = Awaiting(), Clock()
    store = AsyncResilientStore(shared, MemoryStore(), Circuit(lambda _: None, clock))
    shared.failure = StoreFailed("down.")
    await store.do(LEASE)
    for round_ in range(1, 4):
        clock.now += OPEN_SECONDS
        await asyncio.gather(*(store.do(LEASE) for _ in range(1000)))
        assert shared.asked == 1 + round_
    shared.failure = None
    clock.now += OPEN_SECONDS
    assert await store.do(LEASE) == SHARED
    assert await asyncio.gather(*(store.do(LEASE) for _ in range(10))) == [SHARED] * 10


def test_a_try_that_nobody_hears_of_is_made_by_another_later() -> None:
    """Its caller was cancelled while it waited."""
    clock = Clock()
    circuit = Circuit(lambda _: None, clock)
    circuit.failed(StoreFailed("down."))
    clock.now = OPEN_SECONDS
    assert [circuit.usable() for _ in range(3)] == [True, False, False]
    clock.now += OPEN_SECONDS
    assert circuit.usable()


def test_a_store_that_is_busy_has_not_failed() -> None:
    """The step that found no connection is answered in memory; the next one asks again."""
    shared, failures = Shared(), [0]

    def failed(_: StoreFailed) -> None:
        failures[0] += 1

    store = ResilientStore(shared, MemoryStore(), Circuit(failed))
    shared.failure = StoreBusy("full.")
    assert store.do(LEASE) != SHARED
    shared.failure = None
    assert store.do(LEASE) == SHARED
    assert failures == [0]


def test_a_forked_child_can_use_the_circuit() -> None:
    """Whoever held its lock is in the parent."""
    circuit = Circuit(lambda _: None)
    circuit.failed(StoreFailed("down."))

    def works() -> bool:
        circuit.worked()
        return circuit.usable()

    with circuit._lock:  # noqa: SLF001  # as a thread that asks holds it
        assert holds_in_a_child(works)
    assert not circuit.usable()


@pytest.mark.parametrize("kind", [StoreFailed, StoreBusy])
def test_what_breaks_says_what_goes_on(kind: type[StoreFailed]) -> None:
    """Calls do."""
    assert "Calls go on" in str(kind("x."))


@pytest.mark.parametrize("awaited", [False, True])
async def test_a_debit_is_settled_where_it_was_taken(*, awaited: bool) -> None:
    """Given back elsewhere it would be tokens of others; what the provider says is left goes for both."""
    limits = {"a": Limits(None, Limit(10_000, 1e-9), None)}
    there, here = (MemoryStore(limits_of=limits, clock=lambda: 0.0) for _ in range(2))

    class Sometimes(Awaiting):
        def do(self, step: Awaited) -> Answered:  # type: ignore[override]  # of the port for threads
            if self.failure is not None:
                raise self.failure
            return there.do(step)

    class SometimesAwaited(Sometimes):
        async def do(self, step: Awaited) -> Answered:  # type: ignore[override]  # of the port for loops
            return super().do(step)

    shared = SometimesAwaited() if awaited else Sometimes()
    circuit = Circuit(lambda _: None, Clock())
    threads, loops = ResilientStore(shared, here, circuit), AsyncResilientStore(shared, here, circuit)  # type: ignore[arg-type]  # either port

    async def done(step: Awaited) -> Answered:
        return await loops.do(step) if awaited else threads.do(step)

    async def taken(*, busy: bool) -> Receipt:
        shared.failure = StoreBusy("a crowd") if busy else None
        turn = await done(Debit("a", Demand(1, 2_000, 0)))
        assert isinstance(turn, Turn)
        assert turn.alone == busy
        return Receipt("a", Demand(1, 2_000, 0), turn.alone)

    own, common = await taken(busy=True), await taken(busy=False)
    assert (there.levels("a")[1], here.levels("a")[1]) == (8_000, 8_000)
    await done(Settle(own, Demand(1, 0, 0)))
    assert (there.levels("a")[1], here.levels("a")[1]) == (8_000, 10_000)
    shared.failure = StoreBusy("a crowd")
    await done(Settle(common, Demand(1, 0, 0), Left(input=9_000)))
    assert (there.levels("a")[1], here.levels("a")[1]) == (8_000, 9_000)
