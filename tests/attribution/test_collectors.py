"""What collectors tell of large logs: sums that leave no call out, rates that are no accident, moments."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from msgspec.structs import replace

from samovar.attribution.bookkeeping import CacheKeys
from samovar.attribution.explanation import SHOWN, Explained, Summary
from samovar.attribution.lineage import is_aside
from samovar.attribution.patterns import VolatileValues
from samovar.attribution.trends import ChangePoint, FallingRate
from samovar.attribution.waste import Stampede

if TYPE_CHECKING:
    from samovar.attribution.explanation import Pattern
    from samovar.attribution.patterns import Collector
    from samovar.attribution.turn import Turn


def turn(cache_key: str = "", lineage: str = "s/main", **labels: str) -> Turn:
    """Return as much of a turn as these collectors look at."""
    space = SimpleNamespace(cache_key=cache_key, route="", upstream="")
    found = SimpleNamespace(
        space=space, lineage=lineage, site="chat", obs=SimpleNamespace(labels=labels), call=None
    )
    return cast("Turn", found)


PLAIN = Explained(id="", lineage="s/main", verdict="hit", should=100, reported=0)


def call(i: int, verdict: str = "hit", **members: object) -> Explained:
    """Return one explained call."""
    return replace(PLAIN, id=f"c{i}", verdict=verdict, **members)


def after(collector: Collector, calls: list[tuple[Turn, Explained]]) -> list[Pattern]:
    """Return what a collector found in these calls."""
    for each, explained in calls:
        collector.see(each, explained)
    return collector.found()


def test_sums_of_a_stampede_leave_no_call_out() -> None:
    """The ids are examples; count, money and tokens are of all."""
    calls = [
        (turn(), call(i, "miss", cause="concurrent-write", prefix="p", avoidable_usd=0.1))
        for i in range(5_000)
    ]
    (found,) = after(Stampede(), calls)
    assert (found.count, found.tokens, len(found.calls)) == (5_000, 500_000, SHOWN)
    assert found.usd == pytest.approx(500)


def test_a_value_that_always_changes_is_counted_and_not_kept() -> None:
    """A clock hits every call of a log, however long that is."""
    members = {"cause": "system-changed", "detail": "clock", "path": "system", "avoidable_usd": 0.01}
    (found,) = after(VolatileValues(), [(turn(), call(i, "miss", **members)) for i in range(3_000)])
    assert found.count == 3_000
    assert found.usd == pytest.approx(30)


def test_a_key_per_request_is_told_of_logs_of_any_length(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also beyond the keys that are remembered."""
    monkeypatch.setattr("samovar.attribution.bookkeeping.KEYS", 1_000)
    (found,) = after(CacheKeys(), [(turn(cache_key=f"k{i}"), call(i)) for i in range(1_300)])
    assert found.count == 1_000
    assert "the first 1,000 calls" in found.detail


@pytest.mark.parametrize("rate", [0.3, 0.5, 0.8, 0.95])
def test_a_steady_rate_does_not_fall(rate: float) -> None:
    """Hits that come by chance, in a log of any length."""
    chance = random.Random(7)
    calls = []
    for prefix in range(30):
        for i in range(chance.choice([40, 200, 1_000])):
            verdict = "hit" if chance.random() < rate else "miss"
            calls.append((turn(), call(i, verdict, prefix=f"p{prefix}")))
    assert after(FallingRate(), calls) == []


def test_a_fall_is_told_with_its_moment() -> None:
    """Nine in ten hit, then one in two, for good."""
    chance = random.Random(3)
    calls = [
        (turn(), call(i, "hit" if chance.random() < (0.9 if i < 700 else 0.5) else "miss", prefix="p"))
        for i in range(1_000)
    ]
    (found,) = after(FallingRate(), calls)
    assert abs(int(found.calls[0][1:]) - 700) <= 40


def lossy(i: int) -> Explained:
    """Return a call that lost its prefix."""
    return call(i, "miss", cause="system-changed")


def test_what_was_lost_from_the_beginning_is_no_change() -> None:
    """One of two call sites never had a prefix that stays: nothing changed."""
    calls = [(turn(call_site="ab"[i % 2]), lossy(i) if i % 2 else call(i)) for i in range(100)]
    assert after(ChangePoint(), calls) == []


def test_a_call_site_that_begins_to_lose() -> None:
    """From call 60 on the one site loses, and the other goes on as before."""
    calls = [(turn(call_site="ab"[i % 2]), lossy(i) if i % 2 and i > 60 else call(i)) for i in range(120)]
    (found,) = after(ChangePoint(), calls)
    assert (found.label, found.calls, found.count) == ("call_site=b", ("c61",), 30)


@pytest.mark.parametrize(
    ("lineage", "rated"),
    [
        (None, 1),
        ("main", 1),
        ("sidechain", 1),
        ("subagent:side-project", 1),
        ("warm", 0),
        ("side:title", 0),
    ],
)
def test_what_counts_in_the_hit_rate(lineage: str | None, rated: int) -> None:
    """Keep-alives and side calls do not; other names that begin alike do."""
    summary = Summary()
    summary.add(call(0, aside=is_aside(lineage)))
    assert summary.rated == rated
