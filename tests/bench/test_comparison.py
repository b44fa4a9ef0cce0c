"""Faster and cheaper, with an interval; a loss is a loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from samovar.bench.comparison import compare
from samovar.bench.settings import Settings
from samovar.errors import YoursError
from samovar.report.bench_text import page
from tests.bench.runs import Edited, bench

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samovar.report.bench import Run


class Unmarked(Edited):
    """The same workload before anybody had heard of caching."""

    def edit(self, body: dict[str, object]) -> dict[str, object]:
        """Take all markers out."""
        system: list[dict[str, object]] = body["system"]  # type: ignore[assignment]  # the workload's own shape
        return {**body, "system": [{"type": "text", "text": block["text"]} for block in system]}


@pytest.fixture(scope="module")
def before() -> Run:
    """Return a run without caching."""
    return bench(kind=Unmarked).outcome.run


@pytest.fixture(scope="module")
def after() -> Run:
    """Return a run with caching."""
    return bench().outcome.run


def test_caching_makes_the_workload_faster_and_cheaper(before: Run, after: Run) -> None:
    """At least 30 % and 40 %, as expected by default; the interval holds the estimate."""
    latency, cost = compare(before, after, latency=0.30, cost=0.40)
    assert latency.passed
    assert cost.passed
    for row in (latency, cost):
        assert row.low <= row.share <= row.high


def test_backwards_it_is_a_loss(before: Run, after: Run) -> None:
    """A negative improvement fails and is shown as one."""
    latency, cost = compare(after, before, latency=0.0, cost=0.0)
    assert not latency.passed
    assert cost.share < 0


def test_runs_of_another_model_or_clock_are_not_compared(before: Run, after: Run) -> None:
    """What the model does to the bill would be taken for the doing of the cache."""
    with pytest.raises(YoursError, match="model claude-sonnet-5, now claude-opus-5"):
        compare(before, msgspec.structs.replace(after, model="claude-opus-5"), latency=0.3, cost=0.4)
    real = msgspec.structs.replace(after, settings=msgspec.structs.replace(after.settings, clock="real"))
    with pytest.raises(YoursError, match="clock virtual, now real"):
        compare(before, real, latency=0.3, cost=0.4)


def test_runs_of_different_workloads_are_not_compared(before: Run, after: Run) -> None:
    """Texts have digests."""
    other = msgspec.structs.replace(after, workload_sha256="sha256:0")
    with pytest.raises(YoursError, match="different workloads"):
        compare(before, other, latency=0.3, cost=0.4)


def timed(run: Run, waits: Sequence[tuple[str, float]]) -> Run:
    """Return the run with one call for each prefix and wait."""
    row = next(row for row in run.requests if row.phase == "main")
    rows = [
        msgspec.structs.replace(row, id=f"{i}", prefix=prefix, sent=0.0, first_byte=wait)
        for i, (prefix, wait) in enumerate(waits)
    ]
    return msgspec.structs.replace(run, requests=tuple(rows))


def test_prefixes_are_drawn_not_calls(after: Run) -> None:
    """Half of the prefixes lose nine tenths of their wait, the others nothing: of two, both may be alike."""
    old = timed(after, [("a", 1.0), ("b", 1.0)] * 200)
    new = timed(after, [("a", 0.1), ("b", 1.0)] * 200)
    latency, _ = compare(old, new, latency=0.3, cost=0.0)
    assert latency.share == pytest.approx(0.45)
    assert latency.low == pytest.approx(0.0)
    assert latency.high == pytest.approx(0.9)
    assert not latency.certain
    assert latency.passed
    more, _ = compare(old, new, latency=0.5, cost=0.0)
    assert not more.passed, "the estimate decides, not the lucky end of its interval"


def test_calls_of_one_prefix_are_drawn_one_by_one(after: Run) -> None:
    """Nothing else can be drawn; alternating waits then leave an interval around the mean."""
    old = timed(after, [("a", 1.0)] * 100)
    new = timed(after, [("a", 0.1), ("a", 1.0)] * 50)
    latency, _ = compare(old, new, latency=0.3, cost=0.0)
    assert 0.3 < latency.low < 0.45 < latency.high < 0.6


def test_a_run_without_caching_is_the_baseline() -> None:
    """Nothing is expected of the cache; the same workload with caching is faster and cheaper."""
    bare = bench(Settings(uncached=True))
    run = bare.outcome.run
    assert bare.outcome.exit_code == 0
    assert {row.phase for row in run.requests} == {"main"}
    assert not any(row.reported.read or sum((row.reported.written or {}).values()) for row in run.requests)
    assert [t.name for t in run.thresholds] == [
        "uncached",
        "rate-limit",
        "retry-after",
        "busiest-minute:requests",
        "busiest-minute:input-tokens",
    ]
    assert "left out on purpose" in page(run)
    found = compare(run, bench().outcome.run, latency=0.30, cost=0.40)
    assert [row.passed for row in found] == [True, True]


def test_what_is_cached_unasked_is_kept_apart_by_nonces() -> None:
    """A provider that caches by itself reads nothing of a run without caching."""
    run = bench(Settings(uncached=True, endpoint="/v1/chat/completions", model="gpt-4.1"), style="automatic")
    assert {row.reported.read for row in run.outcome.run.requests} == {0}


def test_a_run_that_broke_off_is_not_compared(before: Run, after: Run) -> None:
    """Its calls are those that came first; which of both it is, is said."""
    broken = msgspec.structs.replace(after, status="incomplete", stopped="it rained")
    with pytest.raises(YoursError, match="the new run broke off: it rained"):
        compare(before, broken, latency=0.3, cost=0.4)
    with pytest.raises(YoursError, match="the baseline broke off: it rained"):
        compare(broken, after, latency=0.3, cost=0.4)
