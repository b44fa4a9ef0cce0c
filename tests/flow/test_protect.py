"""Single-flight in virtual time: how often a prefix is written, and that every call completes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from samovar.errors import ProviderUnreachable
from samovar.flow.flight import Terms
from samovar.flow.protect import Protected, protected_call
from samovar.flow.role import Role
from samovar.flow.steps import (
    Begun,
    Boundary,
    CallerLeft,
    Debit,
    Glimpse,
    Glimpsed,
    Grant,
    Lease,
    Line,
    Now,
    PassOn,
    Receive,
    Report,
    Send,
    Tell,
    Turn,
    Wait,
)
from samovar.providers.usage import Usage
from samovar.rates import Demand
from tests.flow.provider import Asking, Play, Provider

if TYPE_CHECKING:
    from samovar.flow.outcome import Outcome

SYSTEM = (("system", 14_000),)


def crowd(count: int, prefixes: tuple[tuple[str, int], ...] = SYSTEM) -> list[tuple[float, Asking]]:
    """Return calls that start within the first fifth of a second."""
    return [(i * 0.2 / count, Asking(i, prefixes)) for i in range(count)]


def longest(outcomes: list[Outcome]) -> float:
    """Return the longest that any call was held, in seconds."""
    return max(outcome.held for outcome in outcomes)


def test_a_thousand_calls_write_a_cold_prefix_once() -> None:
    """The leader writes, one verifies, the rest read; nobody waits longer than that takes."""
    play = Play(Provider())
    outcomes = play.run(*crowd(1000))
    assert len(outcomes) == 1000
    assert play.provider.writes == {"system": 1}
    assert longest(outcomes) == pytest.approx(5.0 + 0.02 + 0.3, abs=0.05)


def test_followers_go_at_the_leaders_first_byte_and_not_at_its_end() -> None:
    """The verifier is sent a settle time after the first byte; the leader's answer ends a second later."""
    play = Play(Provider())
    play.run(*crowd(3))
    assert play.provider.sent[1] == pytest.approx(5.02, abs=0.001)


def test_usage_that_comes_late_releases_in_doubling_groups() -> None:
    """1, 2, 4, … go at each group's first bytes, until the first usage arrives and shows a read."""
    play = Play(Provider(late=True))
    outcomes = play.run(*crowd(40))
    assert len(outcomes) == 40
    assert play.provider.writes == {"system": 1}
    after = sorted(at for at in play.provider.sent if at > 1)
    assert [sum(1 for at in after if at == step) for step in sorted(set(after))][:3] == [1, 2, 4]


def test_a_verifier_that_nobody_reads_holds_nobody() -> None:
    """Its caller opens all its streams before it reads any: others go in doubling groups all the same."""
    play = Play(Provider(cold_seconds=1.0, unread=60.0))
    outcomes = play.run(*crowd(100))
    assert play.provider.writes == {"system": 1}
    assert longest(outcomes) < 6


@pytest.mark.parametrize("lag", [0.5, 2.0, 4.5])
def test_a_provider_that_shows_its_entry_late_costs_one_more_write(lag: float) -> None:
    """The verifier finds nothing, writes itself, and those behind it find the first entry."""
    play = Play(Provider(lag=lag))
    outcomes = play.run(*crowd(200))
    assert len(outcomes) == 200
    assert play.provider.writes["system"] <= 2


def test_groups_that_share_a_prefix_write_the_shared_part_once() -> None:
    """Shared ancestors come first; then each group has a leader of its own."""
    calls = [(i * 0.0001, Asking(i, (("system", 10_000), (f"group-{i % 6}", 14_000)))) for i in range(600)]
    play = Play(Provider())
    outcomes = play.run(*calls)
    assert len(outcomes) == 600
    assert play.provider.writes == {"system": 1} | {f"group-{g}": 1 for g in range(6)}


@pytest.mark.parametrize("late", [False, True])
def test_calls_that_are_refused_keep_no_prefix_warm(late: bool) -> None:
    """Five minutes of 529s, then a crowd: the provider has forgotten the prefix, and it is written once."""
    play = Play(Provider(cold_seconds=1.0, late=late, before=lambda provider, _, now: _forget(provider, now)))
    refused = [(25.0 * i, Asking(i, SYSTEM, status=529)) for i in range(1, 12)]
    after = [(310.0 + at, Asking(100 + call.number, SYSTEM)) for at, call in crowd(50)]
    play.run((0.0, Asking(0, SYSTEM)), (3.0, Asking(50, SYSTEM)), *refused, *after)
    assert play.provider.writes == {"system": 2}


def _forget(provider: Provider, now: float) -> None:
    if now > 305:
        provider.evict_once()


@pytest.mark.parametrize("late", [False, True])
def test_calls_that_read_keep_a_prefix_warm(late: bool) -> None:
    """Nobody is held in its second lifetime, and nobody leads again."""
    play = Play(Provider(late=late))
    steady = [(10.0 + 100.0 * i, Asking(i, SYSTEM)) for i in range(1, 9)]
    outcomes = play.run((0.0, Asking(0, SYSTEM)), (7.0, Asking(9, SYSTEM)), *steady)
    assert [outcome.roles for outcome in outcomes[2:]] == [(Role.READ,)] * 8


def test_a_leader_that_fails_before_its_first_byte_is_replaced_once() -> None:
    """The next one leads; the waiting lasts as long as the failure took, not as long as the bound."""
    calls = crowd(50)
    calls[0][1].failure = ProviderUnreachable("the connection was refused.")
    play = Play(Provider())
    outcomes = play.run(*calls)
    assert play.provider.writes == {"system": 1}
    assert sum(outcome.promoted for outcome in outcomes) == 1
    assert longest(outcomes) < 7


def test_a_leader_that_is_refused_is_replaced() -> None:
    """A 529 wrote nothing."""
    calls = crowd(20)
    calls[0][1].status = 529
    play = Play(Provider())
    play.run(*calls)
    assert play.provider.writes == {"system": 1}


def test_two_failed_leaders_release_the_rest_spread_out() -> None:
    """Nobody waits for a third; those who are let go do not leave in the same instant."""
    calls = crowd(100)
    for _, call in calls[:2]:
        call.failure = ProviderUnreachable("the connection was refused.")
    play = Play(Provider(), Terms(bound=20, spread=1.0))
    outcomes = play.run(*calls)
    assert len(outcomes) == 100
    released = [at for at in play.provider.sent if at > 1.5]
    assert len(released) == 98
    assert max(released) - min(released) > 0.8
    assert max(released) < 3.5


def test_a_bound_that_expires_promotes_one_and_twice_the_bound_releases_all() -> None:
    """A leader whose first byte does not come is replaced by one; after that nobody is held."""
    play = Play(Provider(cold_seconds=1_000.0), Terms(bound=3, spread=0.5))
    outcomes = play.run(*crowd(30))
    assert len(outcomes) == 30
    assert sum(outcome.promoted for outcome in outcomes) == 1
    assert longest(outcomes) <= 2 * 3 + 0.5 + 0.01
    assert [at for at in play.provider.sent if 0.3 < at < 5.9] == [pytest.approx(3.0)]


def test_a_silent_eviction_reopens_the_flight() -> None:
    """The first call that reads nothing has written it anew; the others wait for that, and read."""
    provider = Provider()
    early = [(i * 0.01, Asking(i, SYSTEM)) for i in range(5)]
    # One call finds the eviction; a crowd comes while its answer has not begun, and one after it.
    lone = [(50.0, Asking(100, SYSTEM))]
    crowd_after = [(55.1 + i * 0.001, Asking(200 + i, SYSTEM)) for i in range(50)]

    def evict(provider: Provider, call: Asking, now: float) -> None:
        if call.number == 100:
            assert now == 50.0
            provider.evict()

    provider.before = evict
    outcomes = Play(provider).run(*early, *lone, *crowd_after)
    assert len(outcomes) == 56
    assert provider.writes == {"system": 2}


def test_a_prefix_that_the_provider_does_not_cache_holds_nobody_for_long() -> None:
    """A leader that neither read nor wrote ends the waiting for everyone, for a while."""
    provider = Provider(caches=False)
    outcomes = Play(provider).run(
        *crowd(30), *((30 + at, Asking(90 + c.number, c.prefixes)) for at, c in crowd(5))
    )
    assert len(outcomes) == 35
    assert longest(outcomes) < 7
    assert [o.held for o in outcomes if o.started_at >= 30] == [0.0] * 5


def test_what_reports_have_taught_of_the_whole_holds_for_its_boundaries_too() -> None:
    """Estimated at 10,000 of 10,040 tokens where 8,000 of 8,032 is known to be right: all of it was read."""
    call = Protected(boundaries=(Boundary(b"a", 10_000, 300.0),), total=8_032, scale=0.8, account="acme")
    for read, written, told in ((8_000, 0, Receive()), (0, 8_000, Now())):
        flow = protected_call(msgspec.structs.replace(call, reads_count=False))
        flow.send(None)
        flow.send(0.0)
        assert flow.send(Grant(roles=(Role.READ,), fences=(3,), fresh=True)) == Debit(
            "acme", Demand(1, 32, 0)
        )
        assert flow.send(Turn(taken=True, wait=0.0)) == Send()
        assert flow.send(Begun(200, {}, 10.0, 15.0)) == Glimpse()
        usage = Usage(uncached_input=32, cache_read=read, cache_write={"5m": written}, output=1)
        assert flow.send(Glimpsed(usage)) == told


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": 529},
        {"failure": ProviderUnreachable("the connection was refused.")},
        {"failure": CallerLeft("the call was cancelled.")},
        {"broken": ProviderUnreachable("the stream broke off.")},
        {"broken": CallerLeft("the answer was closed.")},
    ],
    ids=["refused", "unreachable", "cancelled", "broken", "closed"],
)
def test_a_verifier_that_will_not_know_is_replaced_at_once(wrong: dict[str, Any]) -> None:
    """Others wait a second or two longer, not until the bound has passed."""
    calls = crowd(100)
    for name, value in wrong.items():
        setattr(calls[1][1], name, value)
    play = Play(Provider())
    outcomes = play.run(*calls)
    assert len(outcomes) == 100
    assert play.provider.writes == {"system": 1}
    assert longest(outcomes) < 7


def test_a_stream_that_breaks_after_its_usage_was_told_takes_nothing_back() -> None:
    """What a verifier has shown stays shown, and what it has told is told once."""
    calls = crowd(3)
    play = Play(Provider(late=True))
    calls[1][1].broken = ProviderUnreachable("the stream broke off.")
    play.run(*calls)
    assert play.provider.writes == {"system": 1}
    after = sorted(at for at in play.provider.sent if at > 1)
    assert after == [pytest.approx(5.02), pytest.approx(5.32)]


def test_a_woken_follower_that_is_out_of_patience_wakes_the_next() -> None:
    """It alone heard of the first byte, and goes while the entry settles; the bound is far."""
    calls = crowd(3)
    calls[1][1].patience = 5.5
    play = Play(Provider(), settle=2.0)
    outcomes = play.run(*calls)
    assert sorted(o.held for o in outcomes) == [
        pytest.approx(0.0),
        pytest.approx(5.5),
        pytest.approx(7.0, abs=0.2),
    ]


def test_a_follower_that_is_held_elsewhere_wakes_the_next() -> None:
    """Woken for one boundary, it finds an earlier one cold again and led by another."""
    flow = protected_call(
        Protected(boundaries=(Boundary(b"a", 5_000, 300.0), Boundary(b"b", 9_000, 300.0)), total=9_000)
    )
    asked = [flow.send(None), flow.send(0.0), flow.send(Grant(held=b"b", wait=20.0)), flow.send(None)]
    assert asked == [Now(), Lease(asked[1].boundaries), Wait(20.0, b"b"), Now()]  # type: ignore[union-attr]  # it is a lease
    assert isinstance(flow.send(1.0), Lease)
    assert flow.send(Grant(held=b"a", wait=20.0)) == PassOn(b"b")
    assert flow.send(None) == Wait(20.0, b"a")
    assert flow.throw(CallerLeft("the call was cancelled.")) == PassOn(b"a")


def test_a_spread_is_no_longer_than_the_callers_time_limit() -> None:
    """Let go all at once, a call whose own limit is nearly over goes at once."""
    call = Protected(boundaries=(Boundary(b"a", 5_000, 300.0),), total=5_000, fraction=0.9, patience=0.25)
    flow = protected_call(call)
    flow.send(None)
    flow.send(0.0)
    assert flow.send(Grant(roles=(Role.FREE,), fences=(0,), spread=1.0)) == Wait(0.25)


def test_an_entry_lives_from_the_start_of_the_request_that_read_it() -> None:
    """A verifier that was sent at 10 and told at 16 that it read: six seconds of the lifetime are over."""
    call = Protected(boundaries=(Boundary(b"a", 5_000, 300.0),), total=5_050)
    flow = protected_call(call)
    flow.send(None)
    flow.send(0.0)
    assert flow.send(Grant(roles=(Role.VERIFY,), fences=(3,))) == Send()
    assert flow.send(Begun(200, {}, 10.0, 15.0)) == Glimpse(within=0.22)
    usage = Usage(uncached_input=50, cache_read=5_000, cache_write={}, output=1)
    assert flow.send(Glimpsed(usage)) == Now()
    assert flow.send(16.0) == Tell((Line(b"a", 3, Report.HIT, 294.0, 0.05),))
