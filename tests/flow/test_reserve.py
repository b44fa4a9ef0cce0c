"""A call sets aside what may count: all of it at first, nearly what calls like it used later."""

from __future__ import annotations

from samovar.cache.expectation import ZERO, Expectation, Interval
from samovar.flow.reserve import CALLS, FEWEST, Reserve

WARM = Expectation(Interval(2_000, 4_000), {"5m": ZERO}, Interval(300, 700), Interval(2_300, 4_700))
COLD = Expectation(ZERO, {"5m": Interval(2_000, 4_000)}, Interval(300, 700), Interval(2_300, 4_700))


def test_a_warm_call_sets_aside_what_is_not_read() -> None:
    """How long the prefix is makes no difference to it, where reads do not count."""
    assert Reserve(reads_count=False).of(WARM) == 700
    assert Reserve(reads_count=False).of(COLD) == 4_700
    assert Reserve(reads_count=True).of(WARM) == 4_700


def test_usage_teaches_how_much_of_the_band_is_used() -> None:
    """The densest of the latest calls counts, with a margin; a few calls teach nothing yet."""
    reserve = Reserve(reads_count=False)
    for number in range(FEWEST):
        assert reserve.of(WARM) == 700
        reserve.learn(WARM, 490 if number else 525)
    assert 525 < reserve.of(WARM) < 560
    assert reserve.of(COLD) < 3_750
    for _ in range(CALLS):
        reserve.learn(WARM, 350)
    assert 350 < reserve.of(WARM) < 370


def test_a_call_that_used_more_than_was_thought_brings_back_the_most() -> None:
    """What a cache did not keep is read in full; no more than a whole estimate is ever set aside."""
    reserve = Reserve(reads_count=False)
    for _ in range(FEWEST):
        reserve.learn(WARM, 350)
    reserve.learn(WARM, 3_500)
    assert reserve.of(WARM) == 700


def test_a_call_of_nothing_teaches_nothing() -> None:
    """An empty prompt has no share."""
    nothing = Expectation(ZERO, {}, ZERO, ZERO)
    reserve = Reserve(reads_count=False)
    reserve.learn(nothing, 0)
    assert reserve.of(nothing) == 0


def test_a_call_that_may_be_too_large_goes_alone() -> None:
    """A minute's whole budget is all there is; what surely needs more is told to whoever asked."""
    paper = Expectation(ZERO, {}, Interval(400, 90_000), Interval(400, 90_000))
    assert Reserve(reads_count=False, limit=40_000).of(paper) == 40_000
    assert Reserve(reads_count=False, limit=399).of(paper) == 90_000
    assert Reserve(reads_count=False, limit=40_000).of(COLD) == 4_700
    assert Reserve(reads_count=True, limit=2_300).of(WARM) == 2_300
    assert Reserve(reads_count=True, limit=2_299).of(WARM) == 4_700
