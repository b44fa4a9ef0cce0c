"""A leader that is alive keeps its lead: in line for a budget, and while its answer is still arriving."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from samovar.coordination import Limit, Limits, MemoryStore
from samovar.engine.rehearsal import Played, Rehearsal
from samovar.flow.flight import Terms
from samovar.flow.protect import Protected, protected_call
from samovar.flow.role import Role
from samovar.flow.steps import Boundary, Debit
from samovar.providers.usage import Usage
from samovar.rates import Demand

if TYPE_CHECKING:
    from samovar.flow.outcome import Outcome

BOUND = 3.0
PREFIX = (Boundary(b"p" * 16, 10_000, 300.0),)


@dataclass(slots=True)
class Streamer:
    """First byte after a second, end after `seconds`; every call computes the prefix that it finds cold."""

    seconds: float
    began: list[float] = field(default_factory=list)

    def begin(self, call: object, now: float) -> Played:
        """Answer."""
        del call
        cold = not self.began
        self.began.append(now)
        written = {"5m": 10_000} if cold else {}
        usage = Usage(uncached_input=50, cache_read=0 if cold else 10_000, cache_write=written, output=9)
        return Played(200, {}, usage, 1.0, self.seconds, 1.0)

    def first_byte(self, call: object, now: float) -> None:
        """Nothing to note."""


def play(provider: Streamer, limits: dict[str, Limits], *calls: tuple[float, Protected]) -> list[Outcome]:
    """Run calls against the provider, coordinated in memory."""
    rehearsal = Rehearsal(provider)
    rehearsal.store = MemoryStore(Terms(bound=BOUND), limits, clock=rehearsal.clock)
    for account in limits:
        # Somebody else has just spent the whole burst: the next call stands in line.
        rehearsal.store.do(Debit(account, Demand(5, 0, 0)))
    return rehearsal.run((at, i, protected_call(call)) for i, (at, call) in enumerate(calls))


def call(account: str = "", *, in_turn: bool = False) -> Protected:
    """Return a call on the prefix."""
    return Protected(boundaries=PREFIX, total=10_050, output=9, account=account, bound=BOUND, in_turn=in_turn)


def test_a_leader_in_line_for_a_budget_is_not_replaced() -> None:
    """It stands in line for five seconds, its bound is three: the others go on waiting, and read."""
    limits = {"acme": Limits(requests=Limit(1.0, 1.0))}
    outcomes = play(Streamer(2.0), limits, (0.0, call("acme")), (0.1, call()))
    leader = next(each for each in outcomes if each.queued > BOUND)
    other = next(each for each in outcomes if each is not leader)
    assert Role.LEAD in leader.roles
    assert not other.promoted
    assert Role.LEAD not in other.roles
    assert other.usage is not None
    assert other.usage.cache_read == 10_000


def test_where_calls_go_in_turn_a_long_answer_keeps_the_slot() -> None:
    """The next goes when the first has ended after five seconds, not when its bound is over after three."""
    provider = Streamer(5.0)
    outcomes = play(provider, {}, (0.0, call(in_turn=True)), (0.1, call(in_turn=True)))
    assert provider.began == [0.0, pytest.approx(5.0)]
    assert not any(outcome.promoted and outcome.started_at < 5 for outcome in outcomes)


def test_an_answer_that_hangs_keeps_nobody_longer_than_twice_the_bound() -> None:
    """Whatever is renewed: the patience of those who wait is their own."""
    provider = Streamer(1_000.0)
    outcomes = play(provider, {}, (0.0, call(in_turn=True)), (0.1, call(in_turn=True)))
    assert max(outcome.held for outcome in outcomes) <= 2 * BOUND + 0.01
