"""Bills narrow a band of token counts, never to less than the evidence allows."""

from __future__ import annotations

import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from samovar.providers.calibration import ENOUGH, LEAST_TOKENS, Calibration
from samovar.providers.tokens import TokenCount

A_COUNT = TokenCount(950, 1530, 2000, "estimated")

ratios = st.lists(st.floats(0.5, 3), min_size=ENOUGH, max_size=40)


def taught(pairs: list[float], estimated: int = 100_000) -> Calibration:
    """Return a calibration that has seen these ratios."""
    calibration = Calibration()
    for ratio in pairs:
        assert calibration.learn(estimated, round(ratio * estimated))
    return calibration


@given(ratios)
def test_the_band_contains_what_was_seen(seen: list[float]) -> None:
    """Every prompt that taught it lies in the band it taught, and so does the estimate."""
    calibration = taught(seen)
    for ratio in seen:
        got = calibration.apply(TokenCount(1, 10_000, 40_000, "estimated"))
        assert got.lo <= 10_000 * ratio <= got.hi
        assert got.lo <= got.est <= got.hi
        assert got.how == "calibrated"


@given(ratios, st.floats(0, 1))
def test_the_next_of_the_same_kind_is_inside(seen: list[float], where: float) -> None:
    """A ratio up to the width of the evidence outside the evidence is still inside the band."""
    low, high = min(seen), max(seen)
    following = (low - (high - low)) + where * 3 * (high - low)
    assume(following > 0)
    got = taught(seen).apply(TokenCount(1, 10_000, 40_000, "estimated"))
    assert got.lo - 1 <= 10_000 * following <= got.hi + 1


def test_draws_from_one_distribution_are_caught() -> None:
    """Of 4,000 prompts, uniform or bell-shaped, after 5 to 40 of their kind, 98 % are inside."""
    rng = random.Random(7)
    caught = 0
    for run in range(4000):
        centre, spread = rng.uniform(0.9, 1.7), rng.uniform(0, 0.15)
        several = rng.randint(ENOUGH, 40) + 1
        if run % 2:
            *seen, following = [rng.uniform(centre - spread, centre + spread) for _ in range(several)]
        else:
            *seen, following = [rng.gauss(centre, spread / 2) for _ in range(several)]
        got = taught(seen).apply(TokenCount(1, 10_000, 40_000, "estimated"))
        caught += got.lo <= 10_000 * following <= got.hi
    assert caught >= 4000 * 0.98


def test_consistent_bills_narrow_the_band() -> None:
    """Twenty prompts between 1.20 and 1.24 leave a band that is far narrower than the tokenizer's own."""
    got = taught([1.20 + 0.04 * (n % 5) / 4 for n in range(20)]).apply(A_COUNT)
    assert (got.hi - got.lo) < (A_COUNT.hi - A_COUNT.lo) / 4
    assert got.est == pytest.approx(1530 * 1.22, rel=0.01)


def test_too_little_evidence_narrows_nothing() -> None:
    """Before five pairs the tokenizer's own band stands, wider if a bill lay outside it."""
    assert Calibration().apply(A_COUNT) == A_COUNT
    assert taught([1.2] * (ENOUGH - 1)).apply(A_COUNT) == A_COUNT
    assert taught([1.5]).apply(A_COUNT) == TokenCount(950, 1530, 2295, "estimated")


def test_short_prompts_and_empty_bills_are_no_evidence() -> None:
    """Fixed overhead would pass for a ratio."""
    calibration = Calibration()
    assert not calibration.learn(LEAST_TOKENS - 1, 4000)
    assert not calibration.learn(LEAST_TOKENS, 0)
    assert (calibration.pairs, calibration.band) == (0, None)


def test_exact_counts_stay_exact() -> None:
    """A published vocabulary is not corrected by bills."""
    exact = TokenCount(7, 7, 7, "counted")
    assert taught([1.2] * 9).apply(exact) == exact
