"""One rule of verdicts, for logs and benchmarks: the first that applies, each bound from both sides."""

from __future__ import annotations

import pytest

from samovar.record.verdict import NEGLIGIBLE, tail, verdict_on

FULL = {"answered": True, "reported": True, "cacheable": True, "should": 10_000, "allowed": 100}


@pytest.mark.parametrize(
    ("read", "written", "changed", "verdict"),
    [
        (10_000, 0, {"answered": False, "reported": False}, "rejected"),
        (10_000, 0, {"reported": False, "cacheable": False}, "unreported"),
        (0, 0, {"cacheable": False}, "bypass"),
        (0, 1, {"cacheable": False}, "miss"),
        (9_900, 0, {"cacheable": False}, "hit"),
        (0, 0, {}, "miss"),
        (100, 0, {}, "miss"),
        (101, 0, {}, "partial"),
        (9_899, 500, {}, "partial"),
        (9_900, 500, {}, "hit"),
        (NEGLIGIBLE, 0, {"should": 0, "allowed": 0}, "miss"),
        (NEGLIGIBLE + 1, 0, {"should": 0, "allowed": 0}, "hit"),
    ],
)
def test_the_first_that_applies_is_the_verdict(
    read: int, written: int, changed: dict[str, bool | int], verdict: str
) -> None:
    """In the order of the words."""
    assert verdict_on(read, written, **{**FULL, **changed}) == verdict  # type: ignore[arg-type]  # bool | int


def test_a_tail_is_a_hundredth_and_never_shorter_than_what_counts_as_none() -> None:
    """Of 6,500 tokens on it is longer."""
    assert [tail(n) for n in (0, 6_499, 6_500, 20_000)] == [64, 64, 65, 200]
