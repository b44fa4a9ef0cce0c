"""A call sets aside what may count: all of it at first, nearly what calls like it used later."""

from __future__ import annotations

import pytest

from samovar.cache.expectation import ZERO, Expectation, Interval
from samovar.flow.reserve import CALLS, FEWEST, Reserve

WARM = Expectation(Interval(2_000, 4_000), {"5m": ZERO}, Interval(300, 700), Interval(2_300, 4_700))
COLD = Expectation(ZERO, {"5m": Interval(2_000, 4_000)}, Interval(300, 700), Interval(2_300, 4_700))


def at_ease(_depth: int) -> int:
    """Return nothing: where the most fits, nobody asks for less."""
    raise AssertionError


def test_a_warm_call_sets_aside_what_is_not_read() -> None:
    """How long the prefix is makes no difference to it, where reads do not count."""
    assert Reserve(reads_count=False).of(WARM, at_ease) == 700
    assert Reserve(reads_count=False).of(COLD, at_ease) == 4_700
    assert Reserve(reads_count=True).of(WARM, at_ease) == 4_700


def test_usage_teaches_how_much_of_the_band_is_used() -> None:
    """The densest of the latest calls counts, with a margin; a few calls teach nothing yet."""
    reserve = Reserve(reads_count=False)
    for number in range(FEWEST):
        assert reserve.of(WARM, at_ease) == 700
        reserve.learn(WARM, 490 if number else 525)
    assert 559 < reserve.of(WARM, at_ease) <= 561, "as far above the densest as that is above most"
    assert reserve.of(COLD, at_ease) < 3_770
    for _ in range(CALLS):
        reserve.learn(WARM, 350)
    assert 355 < reserve.of(WARM, at_ease) < 360


def test_a_call_that_used_more_than_was_thought_brings_back_the_most() -> None:
    """What a cache did not keep is read in full; no more than a whole estimate is ever set aside."""
    reserve = Reserve(reads_count=False)
    for _ in range(FEWEST):
        reserve.learn(WARM, 350)
    reserve.learn(WARM, 3_500)
    assert reserve.of(WARM, at_ease) == 700


def test_a_call_of_nothing_teaches_nothing() -> None:
    """An empty prompt has no share."""
    nothing = Expectation(ZERO, {}, ZERO, ZERO)
    reserve = Reserve(reads_count=False)
    reserve.learn(nothing, 0)
    assert reserve.of(nothing, at_ease) == 0


PAPER = Expectation(ZERO, {}, Interval(400, 90_000), Interval(400, 90_000))
READ = Expectation(
    Interval(2_000, 4_000), {"5m": ZERO}, Interval(300, 700), Interval(2_300, 4_700), depth=Interval(3, 3)
)


@pytest.mark.parametrize(
    ("expected", "reads_count", "limit", "aside"),
    [
        # The document may have six hundred pages, and most likely has one.
        (PAPER, False, 40_000, 40_000),
        (PAPER, False, 1_999, 2_000),
        (PAPER, False, 399, 2_000),
        # The band reaches below the limit, the estimate does not.
        (COLD, False, 40_000, 4_700),
        (COLD, False, 3_501, 3_501),
        (COLD, False, 3_500, 3_500),
        (COLD, False, 3_000, 3_500),
        # Behind the three positions that are read there is little.
        (READ, False, 600, 600),
        (READ, False, 400, 500),
        (READ, True, 3_000, 3_500),
    ],
)
def test_a_call_that_most_likely_fits_goes_alone_and_one_that_does_not_never_fits(
    expected: Expectation, reads_count: bool, limit: float, aside: int
) -> None:
    """A minute's whole budget is all there is; more than that is told to whoever asked."""

    def likely(depth: int) -> int:
        return 2_000 if expected is PAPER else 500 if depth else 3_500

    assert Reserve(reads_count=reads_count, limit=limit).of(expected, likely) == aside
