"""Standing in line for a budget: pauses move it, time limits end it, and what was not sent was not used."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from samovar.coordination import Limit, Limits, MemoryStore
from samovar.engine.rehearsal import Played, Rehearsal
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
    Grant,
    Lane,
    Left,
    LeftUnsent,
    Line,
    NotConnected,
    Receipt,
    Receive,
    Report,
    Settle,
    Tell,
    Turn,
    Wait,
)
from samovar.providers.usage import Usage
from samovar.rates import Demand

USAGE = Usage(uncached_input=100, cache_read=0, cache_write={}, output=8)


@dataclass(slots=True)
class Refusing:
    """Answers at once, but refuses the calls whose numbers are in `refuses`, for so many seconds."""

    refuses: dict[int, float] = field(default_factory=dict)
    sent: list[float] = field(default_factory=list)

    def begin(self, call: object, now: float) -> Played:
        """Answer or refuse."""
        assert isinstance(call, int)
        self.sent.append(now)
        if call in self.refuses:
            return Played(429, {"retry-after": str(self.refuses[call])}, None, 0.05, 0.05, None)
        return Played(200, {}, USAGE, 0.1, 0.2, 0.1)

    def first_byte(self, call: object, now: float) -> None:
        """Nothing to note."""


def play(provider: Refusing, limits: Limits, *calls: tuple[float, Protected]) -> list[float]:
    """Run calls in virtual time; return when they were sent."""
    rehearsal = Rehearsal(provider)
    rehearsal.store = MemoryStore(Terms(), {"acme": limits}, clock=rehearsal.clock)
    rehearsal.run((at, number, protected_call(call)) for number, (at, call) in enumerate(calls))
    return provider.sent


def test_a_pause_holds_those_who_stand_in_line_already() -> None:
    """400 calls, ten a second; the fifth is refused for 30 s: nobody follows, then ten a second again."""
    call = Protected(account="acme", longest=300.0)
    provider = Refusing({4: 30.0})
    sent = play(provider, Limits(requests=Limit(1.0, 10.0)), *[(0.0, call)] * 400)
    assert len(sent) == 400
    refused_at = sent[4] + 0.05
    assert not [at for at in sent if refused_at < at < refused_at + 30]
    after = [at for at in sent if at >= refused_at + 30]
    for second in range(30):
        since = refused_at + 30 + second
        assert sum(since <= at < since + 1 for at in after) <= 11


def test_a_longer_pause_moves_the_line_by_the_difference() -> None:
    """The second refusal asks for ten seconds more than the first."""
    call = Protected(account="acme", longest=300.0)
    provider = Refusing({0: 20.0, 1: 30.0})
    sent = play(provider, Limits(requests=Limit(2.0, 0.1)), (0.0, call), (0.01, call), (0.02, call))
    assert sent[2] == pytest.approx(10.0 + 30.06, abs=0.1)


def test_nobody_stands_in_line_for_longer_than_is_allowed() -> None:
    """Whatever the pause and the line."""
    limits = Limits(requests=Limit(1.0, 0.001))
    call = Protected(account="acme", longest=60.0)
    sent = play(Refusing({0: 300.0}), limits, (0.0, call), (1.0, call), (0.01, call))
    assert sent == [0.0, pytest.approx(60.01), pytest.approx(61.0)]


def test_a_callers_own_time_limit_ends_the_line() -> None:
    """It counts from the beginning of the call, not of the line."""
    limits = Limits(requests=Limit(1.0, 0.001))
    sent = play(
        Refusing(), limits, (0.0, Protected(account="acme")), (1.0, Protected(account="acme", patience=8.0))
    )
    assert sent == [0.0, pytest.approx(9.0)]


def test_a_warm_up_that_does_not_fit_is_not_sent_until_it_does() -> None:
    """Half a burst stays with live calls; one that is out of time goes as a live call does, and counts."""
    limits = Limits(requests=Limit(2.0, 1.0))
    warm_up = Protected(account="acme", lane=Lane.WARM_UP)
    assert play(Refusing(), limits, *[(0.0, warm_up)] * 2) == [0.0, pytest.approx(1.0)]
    slow = Limits(requests=Limit(2.0, 0.001))
    impatient = Protected(account="acme", lane=Lane.WARM_UP, longest=5.0)
    assert play(Refusing(), slow, (0.0, warm_up), (0.0, impatient)) == [0.0, pytest.approx(5.0)]


def test_who_leads_says_so_while_in_line() -> None:
    """At each beat and at the end of the wait: five seconds with a bound of six are two, two and one."""
    prefix = Boundary(b"p" * 16, 9_990, 300.0)
    flow = protected_call(Protected(boundaries=(prefix,), total=10_000, account="acme", bound=6.0))
    flow.send(None)
    flow.send(0.0)
    assert isinstance(flow.send(Grant(roles=(Role.LEAD,), fences=(1,))), Debit)
    flow.send(Turn(taken=True, wait=5.0))
    renewed = Tell((Line(prefix.name, 1, Report.RENEWED, 300.0, 0.02),))
    now, waits = 0.0, []
    step = flow.send(now)
    while isinstance(step, Wait):
        waits.append(step.seconds)
        flow.send(None)
        now += step.seconds
        assert flow.send(now) == renewed
        step = flow.send(None)
    assert waits == [2.0, 2.0, 1.0]


@pytest.mark.parametrize(
    ("failure", "used"),
    [
        (NotConnected("refused."), Demand(0, 0, 0)),
        (LeftUnsent("cancelled."), Demand(0, 0, 0)),
        (ProviderUnreachable("the connection broke."), Demand(1, 100, 8)),
        (CallerLeft("cancelled."), Demand(1, 100, 8)),
    ],
)
def test_only_what_certainly_never_left_gives_its_budget_back(failure: SamovarError, used: Demand) -> None:
    """A refused connection costs nothing; of a connection that broke nobody knows."""
    flow = protected_call(Protected(total=100, output=8, account="acme"))
    flow.send(None)
    flow.send(0.0)
    flow.send(Turn(taken=True, wait=0.0))
    assert flow.throw(failure) == Settle(Receipt("acme", Demand(1, 100, 8)), used)


@pytest.mark.parametrize(("reads_count", "input_"), [(True, 14_050), (False, 50)])
def test_what_is_read_is_debited_only_where_it_counts(reads_count: bool, input_: int) -> None:
    """A warm prefix of 14,000 tokens, and 50 of the call's own."""
    prefix = Boundary(b"p" * 16, 14_000, 300.0)
    flow = protected_call(
        Protected(boundaries=(prefix,), total=14_050, output=8, account="acme", reads_count=reads_count)
    )
    flow.send(None)
    flow.send(0.0)
    assert flow.send(Grant(roles=(Role.READ,), fences=(1,))) == Debit("acme", Demand(1, input_, 8))


@pytest.mark.parametrize(("reads_count", "input_"), [(True, 14_050), (False, 50)])
def test_what_was_read_is_settled_only_where_it_counts(reads_count: bool, input_: int) -> None:
    """By the provider's own counts; what its headers say is left is told as well."""
    flow = protected_call(Protected(total=10, output=8, account="acme", reads_count=reads_count))
    flow.send(None)
    flow.send(0.0)
    flow.send(Turn(taken=True, wait=0.0))
    headers = {"anthropic-ratelimit-input-tokens-remaining": "7000"}
    assert flow.send(Begun(200, headers, 0.0, 1.0)) == Receive()
    usage = Usage(uncached_input=50, cache_read=14_000, cache_write={}, output=3)
    settle = flow.send(Ended(usage, 2.0))
    left = Left(input=7_000.0, doubt=500.0)
    assert settle == Settle(Receipt("acme", Demand(1, 10, 8)), Demand(1, input_, 3), left)


def test_a_refused_call_costs_its_request_and_no_tokens() -> None:
    """And pauses the account for as long as it was told."""
    flow = protected_call(Protected(total=100, output=8, account="acme"))
    flow.send(None)
    flow.send(0.0)
    flow.send(Turn(taken=True, wait=0.0))
    flow.send(Begun(429, {"retry-after": "7"}, 0.0, 1.0))
    settle = flow.send(Ended(None, 2.0))
    assert settle == Settle(Receipt("acme", Demand(1, 100, 8)), Demand(1, 0, 0), Left(pause=7.0))
