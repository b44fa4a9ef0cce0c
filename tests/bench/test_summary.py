"""Numbers of rows: what counts, and by how much a read may fall short."""

from __future__ import annotations

import pytest

from samovar.bench.summary import busiest, last_attempts, never_read, percentile
from samovar.record.verdict import NEGLIGIBLE
from samovar.report.bench import Boundary, Range
from tests.bench.rows import row, tokens


@pytest.mark.parametrize(("short", "lost"), [(0, 0), (NEGLIGIBLE, 0), (NEGLIGIBLE + 1, 10_000)])
def test_what_was_written_is_read_by_a_read_that_falls_short_by_little(short: int, lost: int) -> None:
    """64 tokens: sizes are estimates, and providers read in steps."""
    seed = row(0, reported=tokens(0, written=10_000))
    assert never_read([seed, row(1, reported=tokens(10_000 - short))]) == lost


def test_what_was_read_before_it_was_written_does_not_count() -> None:
    """Only a later call proves that a write was worth its price."""
    assert never_read([row(0), row(1, reported=tokens(0, written=10_000))]) == 10_000


def test_each_boundary_is_read_or_lost_by_itself() -> None:
    """The first 6,000 tokens come back, the 4,000 behind them never do."""
    ends = tuple(Boundary(name=name, tokens=Range(lo=n, hi=n)) for name, n in (("a", 6_000), ("b", 10_000)))
    other = (ends[0], Boundary(name="c", tokens=Range(lo=10_000, hi=10_000)))
    rows = [
        row(0, boundaries=ends, reported=tokens(0, written=10_000)),
        row(1, boundaries=other, reported=tokens(6_000, written=4_000)),
    ]
    assert never_read(rows) == 8_000


def test_a_call_counts_by_its_last_attempt() -> None:
    """Whatever the order of the lines; the same unit in another phase is another call."""
    rows = [row(0, attempt=2), row(0, attempt=1, verdict="rejected"), row(0, phase="cold")]
    assert [(r.attempt, r.phase) for r in last_attempts(rows)] == [(2, "main"), (1, "cold")]


def test_a_minute_is_half_open() -> None:
    """What begins exactly sixty seconds earlier is out of the window."""
    assert busiest([(0.0, 1), (59.9, 2), (60.0, 4)]) == 6
    assert busiest([(0.0, 1), (59.9, 2), (59.95, 4)]) == 7
    assert busiest([]) == 0


@pytest.mark.parametrize(
    ("values", "q", "found"),
    [
        ([], 0.5, None),
        ([3.0], 0.95, 3.0),
        ([1.0, 2.0], 0.5, 1.5),
        ([float(i) for i in range(101)], 0.95, 95.0),
    ],
)
def test_quantiles_are_interpolated(values: list[float], q: float, found: float | None) -> None:
    """Between neighbours, linearly."""
    assert percentile(values, q) == found
