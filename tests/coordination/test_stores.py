"""One suite over memory and Redis, for threads and for event loops: the same steps, the same answers."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from samovar.coordination.port import CountKey, DigestKey, KeyUse, Limit, Limits
from samovar.flow.role import Role
from samovar.flow.steps import (
    Boundary,
    Debit,
    Grant,
    Lane,
    Lease,
    Left,
    Line,
    Receipt,
    Report,
    Settle,
    Tell,
    Turn,
)
from samovar.rates import Demand
from tests.coordination.faces import KINDS, face

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.coordination.faces import Face

SYSTEM = Boundary(b"s" * 16, 10_000, 300.0)
GROUP = Boundary(b"g" * 16, 14_000, 300.0)
LIMITS = {
    "acme": Limits(requests=Limit(10, 10), input=Limit(1_000, 100), output=Limit(100, 10)),
    "open": Limits(),
}

pytestmark = pytest.mark.service("redis")


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, redis_url: str) -> Iterator[Face]:
    """Each face in turn."""
    made = face(request.param, redis_url, LIMITS)
    yield made
    made.close()


def lease(store: Face, *boundaries: Boundary) -> Grant:
    """Ask for a grant."""
    grant = store.ask(Lease(boundaries or (SYSTEM,)))
    assert isinstance(grant, Grant)
    return grant


def tell(store: Face, grant: Grant, report: Report, settle: float = 0.0) -> None:
    """Report about the first boundary of a grant."""
    store.ask(Tell((Line(SYSTEM.name, grant.fences[0], report, SYSTEM.ttl, settle),)))


def turn(store: Face, *demand: float, account: str = "acme", lane: Lane = Lane.LIVE) -> Turn:
    """Debit an account."""
    answer = store.ask(Debit(account, Demand(*demand), lane))
    assert isinstance(answer, Turn)
    return answer


def test_the_first_leads_and_the_others_wait_for_its_bound(store: Face) -> None:
    """They are told for which boundary, and how long at most."""
    first, second = lease(store), lease(store)
    assert first.roles == (Role.LEAD,)
    assert second.held == SYSTEM.name
    assert second.wait == pytest.approx(20.0, abs=0.001)


def test_after_the_first_byte_one_verifies_and_after_its_hit_all_read(store: Face) -> None:
    """The settle time comes first."""
    leader = lease(store)
    store.now += 5
    tell(store, leader, Report.LANDED, settle=0.5)
    assert lease(store).wait == pytest.approx(0.5, abs=0.001)
    store.now += 0.5
    verifier = lease(store)
    assert verifier.roles == (Role.VERIFY,)
    assert lease(store).held == SYSTEM.name
    tell(store, verifier, Report.HIT)
    assert lease(store).roles == lease(store).roles == (Role.READ,)


def test_a_stale_fence_changes_nothing(store: Face) -> None:
    """The leader whose bound expired cannot release those who wait for its successor."""
    late = lease(store)
    store.now += 21
    successor = lease(store)
    assert successor.roles == (Role.LEAD,)
    assert successor.promoted
    assert successor.fences > late.fences
    tell(store, late, Report.LANDED)
    assert lease(store).held == SYSTEM.name


@pytest.mark.parametrize(("ttl", "lasts"), [(0.0, 60.0), (3_600.0, 3_600.0)])
def test_what_is_never_kept_is_free_for_as_long_as_is_said(store: Face, ttl: float, lasts: float) -> None:
    """At least as long as after giving up, and nobody spreads."""
    leader = lease(store)
    store.ask(Tell((Line(SYSTEM.name, leader.fences[0], Report.NEVER, ttl),)))
    store.now += lasts - 1
    freed = lease(store)
    assert (freed.roles, freed.spread) == ((Role.FREE,), 0.0)
    store.now += 2
    assert lease(store).roles == (Role.LEAD,)


def test_who_goes_after_verifiers_that_missed_is_told_how_many(store: Face) -> None:
    """Also when all may go."""
    tell(store, lease(store), Report.LANDED)
    grants = []
    for _ in range(2):
        grants.append(lease(store))
        tell(store, grants[-1], Report.MISS)
    grants.append(lease(store))
    assert [(grant.roles, grant.missed) for grant in grants] == [
        ((Role.VERIFY,), (0,)),
        ((Role.VERIFY,), (1,)),
        ((Role.FREE,), (2,)),
    ]


def test_two_leaders_that_fail_release_the_rest(store: Face) -> None:
    """Spread out at first, then for a while as if there were no protection."""
    tell(store, lease(store), Report.FAILED)
    tell(store, lease(store), Report.FAILED)
    freed = lease(store)
    assert freed.roles == (Role.FREE,)
    assert freed.spread == 1.0
    store.now += 2
    assert lease(store).spread == 0.0
    store.now += 60
    assert lease(store).roles == (Role.LEAD,)


def test_a_cancelled_leader_is_replaced_and_does_not_count_as_failed(store: Face) -> None:
    """Callers may go as often as they like; twice the bound ends it."""
    for _ in range(5):
        tell(store, lease(store), Report.LEFT)
    assert lease(store).roles == (Role.LEAD,)
    store.now += 41
    assert lease(store).roles == (Role.FREE,)


def test_a_call_leads_what_is_cold_and_reads_what_is_warm(store: Face) -> None:
    """Shared ancestors first: a second group waits for the system prompt, not for the first group."""
    leader = lease(store, SYSTEM, GROUP)
    assert leader.roles == (Role.LEAD, Role.LEAD)
    other = Boundary(b"h" * 16, 14_000, 300.0)
    assert lease(store, SYSTEM, other).held == SYSTEM.name
    tell(store, leader, Report.LANDED)
    assert lease(store, SYSTEM, other).roles == (Role.VERIFY, Role.LEAD)
    assert lease(store, GROUP).held == GROUP.name


def test_a_warm_boundary_goes_cold_after_its_ttl_unless_it_is_read(store: Face) -> None:
    """A read refreshes, and so does an answer of a provider that does not say what it read."""
    leader = lease(store)
    tell(store, leader, Report.LANDED)
    tell(store, leader, Report.HIT)
    for report in (Report.HIT, Report.LATE):
        assert lease(store).fresh
        store.now += 299
        reader = lease(store)
        assert reader.roles == (Role.READ,)
        assert not reader.fresh
        tell(store, reader, report)
    store.now += 301
    assert lease(store).roles == (Role.LEAD,)


@pytest.mark.parametrize("report", [None, Report.FAILED, Report.LEFT])
def test_a_call_that_reads_nothing_does_not_prolong_a_warm_boundary(
    store: Face, report: Report | None
) -> None:
    """It was asked for, and the call was refused or left."""
    leader = lease(store)
    tell(store, leader, Report.LANDED)
    tell(store, leader, Report.HIT)
    store.now += 299
    reader = lease(store)
    assert reader.roles == (Role.READ,)
    if report is not None:
        tell(store, reader, report)
    store.now += 2
    assert lease(store).roles == (Role.LEAD,)


def test_an_eviction_reopens_once_however_many_report_it(store: Face) -> None:
    """The reports of its contemporaries are stale."""
    leader = lease(store)
    tell(store, leader, Report.LANDED)
    tell(store, leader, Report.HIT)
    one, two = lease(store), lease(store)
    tell(store, one, Report.MISS)
    assert lease(store).roles == (Role.VERIFY,)
    tell(store, two, Report.MISS)
    assert lease(store).held == SYSTEM.name


def test_memory_and_redis_are_the_same_machine(redis_url: str) -> None:
    """2,000 random steps of 4 callers on 3 boundaries get the same answers, fences included."""
    rng = random.Random(6)
    stores = [face(kind, redis_url, LIMITS) for kind in ("memory", "redis")]
    names = [Boundary(bytes([65 + i]) * 16, 1000 * (i + 1), 30.0) for i in range(3)]
    grants: list[tuple[tuple[Boundary, ...], Grant]] = []
    for _ in range(2000):
        seconds = rng.choice([0.0, 0.0, 0.01, 0.5, 7.0, 25.0])
        for store in stores:
            store.now += seconds
        if rng.random() < 0.5 or not grants:
            chosen = tuple(names[: rng.randint(1, 3)])
            one, other = (lease(store, *chosen) for store in stores)
            assert one.wait == pytest.approx(other.wait, abs=0.001)
            assert (one.held, one.roles, one.fences, one.spread, one.promoted) == (
                (other.held, other.roles, other.fences, other.spread, other.promoted)
            )
            if not one.held:
                grants.append((chosen, one))
        else:
            chosen, grant = grants[-rng.randint(1, min(4, len(grants)))]
            report = rng.choice(list(Report))
            lines = tuple(
                Line(b.name, fence, report, b.ttl, 0.2)
                for b, fence in zip(chosen, grant.fences, strict=True)
                if rng.random() < 0.7
            )
            for store in stores:
                store.ask(Tell(lines))
    for store in stores:
        store.close()


def test_all_budgets_are_debited_or_none(store: Face) -> None:
    """A warm-up that does not fit takes nothing from any budget; a live call takes its place in line."""
    assert turn(store, 1, 1_000, 0) == Turn(taken=True, wait=0)
    refused = turn(store, 1, 500, 0, lane=Lane.WARM_UP)
    assert not refused.taken
    assert refused.wait == pytest.approx(10, abs=0.01)  # 500, and half a burst that stays with live calls
    assert turn(store, 1, 500, 0).wait == pytest.approx(5, abs=0.01)
    assert turn(store, 1, 100, 0).wait == pytest.approx(6, abs=0.01)


def test_places_in_line_are_first_come_first_served_and_evenly_spread(store: Face) -> None:
    """Past the burst of 10, requests leave one every tenth of a second."""
    waits = [turn(store, 1).wait for _ in range(15)]
    assert waits[:10] == [0.0] * 10
    assert waits[10:] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5], abs=0.001)


def test_warm_up_leaves_half_a_burst_to_live_calls(store: Face) -> None:
    """Live calls take the rest."""
    assert sum(turn(store, 1, lane=Lane.WARM_UP).taken for _ in range(10)) == 5
    assert [turn(store, 1).wait for _ in range(5)] == [0.0] * 5


def test_what_was_not_used_is_given_back_and_what_was_used_besides_is_taken(store: Face) -> None:
    """The next call's place in line follows."""
    turn(store, 1, 1_000, 50)
    receipt = Receipt("acme", Demand(1, 1_000, 50))
    store.ask(Settle(receipt, Demand(1, 400, 50)))
    assert turn(store, 1, 600).wait == 0.0
    store.ask(Settle(Receipt("acme", Demand(1, 600, 0)), Demand(1, 700, 0)))
    assert turn(store, 1, 100).wait == pytest.approx(2.0, abs=0.01)


def test_a_provider_that_has_less_is_believed(store: Face) -> None:
    """Others may use the account; what its headers say counts."""
    turn(store, 1, 100)
    store.ask(Settle(Receipt("acme", Demand(1, 100, 0)), Demand(1, 100, 0), Left(input=200.0)))
    assert turn(store, 1, 300).wait == pytest.approx(1.0, abs=0.01)


def test_a_pause_that_the_provider_asks_for_holds_everyone(store: Face) -> None:
    """Retry-after, seen by one, is honoured by all."""
    turn(store, 1)
    store.ask(Settle(Receipt("acme", Demand(1, 0, 0)), Demand(1, 0, 0), Left(pause=7.0)))
    assert turn(store, 1).wait == pytest.approx(7.0, abs=0.01)
    store.now += 2
    assert turn(store, 0).paused == pytest.approx(5.0, abs=0.01)
    store.now += 6
    assert turn(store, 1) == Turn(taken=True, wait=0.0)


def test_a_pause_moves_the_line_and_keeps_it_spread(store: Face) -> None:
    """Nothing fills up while nobody may send: who stood at a tenth of a second leaves a tenth after it."""
    for _ in range(10):
        turn(store, 1)
    assert turn(store, 1).wait == pytest.approx(0.1, abs=0.001)
    pause(store, 7.0)
    later = turn(store, 1)
    assert later.wait == pytest.approx(7.2, abs=0.001)
    assert later.paused == pytest.approx(7.0, abs=0.001)
    store.now += 7.1
    assert turn(store, 1).wait == pytest.approx(0.2, abs=0.001)


def test_a_pause_that_hardly_outlasts_the_one_in_force_changes_nothing(store: Face) -> None:
    """A hundred refusals within a second ask for the same; a longer one is heeded, and a shorter one not."""
    pause(store, 7.0)
    store.now += 0.1
    pause(store, 7.0)
    assert turn(store, 0).paused == pytest.approx(6.9, abs=0.001)
    pause(store, 2.0)
    assert turn(store, 0).paused == pytest.approx(6.9, abs=0.001)
    pause(store, 9.0)
    assert turn(store, 0).paused == pytest.approx(9.0, abs=0.001)


def pause(store: Face, seconds: float) -> None:
    """Let the provider ask for a pause."""
    receipt = Receipt("acme", Demand(0, 0, 0))
    store.ask(Settle(receipt, receipt.demand, Left(pause=seconds)))


@pytest.mark.parametrize("account", ["open", "nobody"])
def test_an_account_without_limits_waits_for_nothing(store: Face, account: str) -> None:
    """Neither one whose limits are empty nor one that is not listed."""
    assert [turn(store, 1, 10**9, account=account) for _ in range(3)] == [Turn(taken=True, wait=0.0)] * 3


def test_cache_keys_are_counted(store: Face) -> None:
    """The rate of one over the last minute, and how many there are."""
    store.now = 7200.0
    for i in range(20):
        store.ask(CountKey(bytes([i]) * 16))
    uses = [store.ask(CountKey(b"k" * 16)) for _ in range(15)]
    assert uses[-1] == KeyUse(15.0, 21)
    store.now += 60
    assert store.ask(CountKey(b"k" * 16)) == KeyUse(16.0, 21)
    store.now += 30
    assert store.ask(CountKey(b"k" * 16)) == KeyUse(2 + 15 * 0.5, 21)


def test_distinct_keys_fade_over_an_hour(store: Face) -> None:
    """They do not vanish when the clock strikes: those of the hour before count for what is left of it."""
    store.now = 7200.0
    for i in range(20):
        store.ask(CountKey(bytes([i]) * 16))
    store.now += 3600 + 900
    assert store.ask(CountKey(b"k" * 16)).distinct == 1 + 15  # type: ignore[union-attr]  # of a use
    assert store.ask(CountKey(bytes(16))).distinct == 2 + 14  # type: ignore[union-attr]  # as above
    store.now += 7200
    assert store.ask(CountKey(b"k" * 16)).distinct == 1  # type: ignore[union-attr]  # as above


def test_the_first_digest_key_is_everyones(store: Face) -> None:
    """Later proposals are told the first."""
    assert store.ask(DigestKey(b"\x01" * 32)) == b"\x01" * 32
    assert store.ask(DigestKey(b"\x02" * 32)) == b"\x01" * 32


def test_a_renewed_bound_counts_anew_and_a_stale_one_does_not(store: Face) -> None:
    """The leader that is alive keeps the lead; the one that was replaced cannot win it back."""
    leader = lease(store)
    store.now += 15
    tell(store, leader, Report.RENEWED)
    store.now += 15
    assert lease(store).held == SYSTEM.name
    assert lease(store).wait == pytest.approx(5.0, abs=0.001)
    store.now += 6
    successor = lease(store)
    assert successor.promoted
    store.now += 15
    tell(store, leader, Report.RENEWED)
    assert lease(store).wait == pytest.approx(5.0, abs=0.001)


@pytest.mark.parametrize("report", [Report.FAILED, Report.LEFT])
def test_a_verifier_that_will_not_know_is_replaced(store: Face, report: Report) -> None:
    """Refused, broken off or cancelled: the next verifies at once, and its hit opens as ever."""
    leader = lease(store)
    tell(store, leader, Report.LANDED)
    for _ in range(5):
        verifier = lease(store)
        assert verifier.roles == (Role.VERIFY,)
        assert lease(store).held == SYSTEM.name
        tell(store, verifier, report)
    verifier = lease(store)
    tell(store, verifier, Report.HIT)
    assert lease(store).roles == (Role.READ,)


def test_only_as_many_verifiers_are_replaced_as_have_gone(store: Face) -> None:
    """A report that comes twice lets one go."""
    tell(store, lease(store), Report.LANDED)
    verifier = lease(store)
    tell(store, verifier, Report.LEFT)
    tell(store, verifier, Report.LEFT)
    assert lease(store).roles == (Role.VERIFY,)
    assert lease(store).held == SYSTEM.name


def test_usage_that_comes_late_lets_doubling_groups_go_up_to_the_largest(store: Face) -> None:
    """1, 2, 4, … 64 verifiers, each group when the one before has begun; after that all read."""
    tell(store, lease(store), Report.LANDED)
    for group in (1, 2, 4, 8, 16, 32, 64):
        going = [lease(store) for _ in range(group)]
        assert {grant.roles for grant in going} == {(Role.VERIFY,)}
        assert lease(store).held == SYSTEM.name
        for grant in going:
            tell(store, grant, Report.LATE)
    assert lease(store).roles == (Role.READ,)


def test_a_clock_that_is_set_back_holds_nobody(store: Face) -> None:
    """By an hour: the flight is over, the next one leads; reports about it change nothing."""
    before = lease(store)
    store.now -= 3600
    successor = lease(store)
    assert successor.roles == (Role.LEAD,)
    assert not successor.promoted
    assert successor.fences != before.fences
    tell(store, before, Report.LANDED)
    assert lease(store).held == SYSTEM.name
    assert lease(store).wait <= 20.0


def test_a_warm_prefix_of_a_clock_that_is_set_back_is_asked_about_anew(store: Face) -> None:
    """What was warm until an hour from now is not believed."""
    leader = lease(store)
    tell(store, leader, Report.LANDED)
    tell(store, leader, Report.HIT)
    store.now -= 3600
    tell(store, leader, Report.MISS)
    assert lease(store).roles == (Role.LEAD,)


def test_budgets_go_on_filling_when_the_clock_is_set_back(store: Face) -> None:
    """What was reserved stays reserved, and a pause keeps the length that is left of it."""
    for _ in range(15):
        turn(store, 1)
    store.now -= 3600
    assert turn(store, 1).wait == pytest.approx(0.6, abs=0.001)
    pause(store, 7.0)
    store.now -= 3600
    assert turn(store, 0).paused == pytest.approx(7.0, abs=0.001)
    store.now += 7.6
    assert turn(store, 1).wait == pytest.approx(0.1, abs=0.001)


def test_a_wait_is_never_longer_than_the_bound(store: Face) -> None:
    """Whatever the settle time: who waits asks again then."""
    tell(store, lease(store), Report.LANDED, settle=3600.0)
    assert lease(store).wait == 20.0
