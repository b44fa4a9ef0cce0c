"""A paced run keeps every minute inside the limits and uses at least nine tenths of the binding one."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samovar.rates import Budgets, Demand, Pacer


def _run(pacer: Pacer, sizes: list[float]) -> list[tuple[float, float]]:
    now, sent = 0.0, []
    for tokens in sizes:
        now = max(now, pacer.earliest(now, tokens))
        pacer.take(now, tokens)
        sent.append((now, tokens))
    return sent


def _worst_minute(sent: list[tuple[float, float]]) -> tuple[int, float]:
    """Count requests and tokens of the fullest closed minute, by brute force."""
    worst = (0, 0.0)
    for start, _ in sent:
        inside = [tokens for at, tokens in sent if start <= at <= start + 60]
        worst = (max(worst[0], len(inside)), max(worst[1], sum(inside)))
    return worst


@settings(max_examples=60)
@given(st.lists(st.floats(1, 9_000), min_size=1, max_size=150), st.integers(5, 60))
def test_no_minute_exceeds_either_limit(sizes: list[float], rpm: int) -> None:
    """An independent count over every minute finds neither limit exceeded."""
    sent = _run(Pacer(requests_per_minute=rpm, input_tokens_per_minute=40_000), sizes)
    requests, tokens = _worst_minute(sent)
    assert requests <= rpm
    assert tokens <= 40_000 + 1e-3


@pytest.mark.parametrize("size", [100, 790, 2_500], ids=["requests bind", "both", "tokens bind"])
def test_binding_budget_is_used(size: float) -> None:
    """While requests wait, at least 90 % of the binding budget is spent in each minute of the run."""
    rng = random.Random(7)  # a seeded workload
    sizes = [size * rng.uniform(0.8, 1.2) for _ in range(400)]
    sent = _run(Pacer(requests_per_minute=50, input_tokens_per_minute=40_000), sizes)
    for minute in range(int(sent[-1][0] / 60)):
        inside = [tokens for at, tokens in sent if 60 * minute <= at < 60 * (minute + 1)]
        assert max(len(inside) / 50, sum(inside) / 40_000) >= 0.9


@pytest.mark.parametrize("size", [100, 790, 2_500], ids=["requests bind", "both", "tokens bind"])
def test_a_minutes_budget_is_not_spent_at_once(size: float) -> None:
    """What may be spent at once is so little that nothing waits long for its minute to be over."""
    sent = _run(Pacer(requests_per_minute=50, input_tokens_per_minute=40_000), [size] * 200)
    assert max(after - before for (before, _), (after, _) in pairwise(sent)) <= 9


@given(st.lists(st.floats(1, 9_000), min_size=1, max_size=120))
def test_a_paced_run_passes_the_providers_buckets(sizes: list[float]) -> None:
    """What the pacer lets through, full token buckets of the same limits accept."""
    budgets = Budgets.per_minute(requests=50, input=40_000)
    for at, tokens in _run(Pacer(requests_per_minute=50, input_tokens_per_minute=40_000), sizes):
        assert budgets.debit(at, Demand(input=tokens))


def test_settling_frees_what_was_not_counted() -> None:
    """Tokens that the provider did not count are available again."""
    pacer = Pacer(input_tokens_per_minute=10_000)
    ticket = pacer.take(0, 9_000)
    assert pacer.earliest(1, 9_000) > 60
    pacer.settle(ticket, 100)
    assert pacer.earliest(1, 9_000) == 1
    assert pacer.used(1) == (0, 100)


def test_what_can_never_fit_is_infinity() -> None:
    """A request above a whole minute's budget is told apart from one that has to wait."""
    pacer = Pacer(input_tokens_per_minute=1_000)
    assert pacer.earliest(0, 1_001) == math.inf
    with pytest.raises(ValueError, match="does not fit"):
        pacer.take(0, 1_001)


def test_without_limits_nothing_waits() -> None:
    """No limit, no wait."""
    pacer = Pacer()
    assert pacer.earliest(5, 1e9) == 5
    pacer.settle(pacer.take(5, 1e9), 0)


@pytest.mark.parametrize(
    ("left", "doubt", "used"),
    [(9_000, 0.0, 1_000), (9_499, 500.0, 501), (9_500, 500.0, 0), (9_501, 500.0, 0), (0, 500.0, 10_000)],
)
def test_what_may_be_rounding_is_nobodys_use(left: float, doubt: float, used: float) -> None:
    """More than that is, and all of it; a figure that is not rounded is taken at its word."""
    pacer = Pacer(input_tokens_per_minute=10_000)
    pacer.heed(0.0, None, left, doubt)
    assert pacer.used(0.0) == (0, used)


def test_what_others_have_spent_is_not_spent_again() -> None:
    """The provider has 10 requests and 300 tokens left: no more than that goes in this minute."""
    pacer = Pacer(requests_per_minute=50, input_tokens_per_minute=1_000)
    pacer.settle(pacer.take(0.0, 100), 100)
    pacer.heed(0.0, 10, 300)
    assert pacer.used(0.0) == (40, 700)
    assert pacer.earliest(1.0, 300) < 7.0
    assert pacer.earliest(1.0, 301) > 60.0
    pacer.heed(0.5, None, None)
    pacer.heed(0.5, 49, 999)
    assert pacer.used(0.5) == (40, 700), "room that is not missing changes nothing"
    assert pacer.used(61.0) == (0, 0)
