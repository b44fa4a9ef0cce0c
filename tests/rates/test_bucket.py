"""Buckets never overspend, budgets are debited together or not at all."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samovar.rates import Bucket, Budgets, Demand

steps = st.lists(st.tuples(st.floats(0, 90), st.floats(0, 120)), min_size=1, max_size=60)


@given(steps, st.floats(1, 100), st.floats(0.01, 10))
def test_bucket_never_overspends(steps: list[tuple[float, float]], capacity: float, rate: float) -> None:
    """Over every interval the amount taken is at most the capacity plus what refilled in it."""
    bucket, now, taken = Bucket(capacity, rate), 0.0, []
    for pause, amount in steps:
        now += pause
        if bucket.take(now, amount):
            taken.append((now, amount))
    for i, (start, _) in enumerate(taken):
        total = 0.0
        for end, amount in taken[i:]:
            total += amount
            assert total <= capacity + rate * (end - start) + 1e-6 * (1 + capacity)


@given(steps, st.floats(1, 100), st.floats(0.01, 10))
def test_waiting_until_earliest_is_enough(
    steps: list[tuple[float, float]], capacity: float, rate: float
) -> None:
    """What does not fit now fits at `earliest`, and infinity means that it never will."""
    bucket, now = Bucket(capacity, rate), 0.0
    for pause, amount in steps:
        now += pause
        when = bucket.earliest(now, amount)
        if when == math.inf:
            assert amount > capacity
        else:
            assert bucket.take(when, amount)
            now = when


def test_bucket_refills_up_to_its_capacity() -> None:
    """A minute's pause fills a minute's budget and no more."""
    bucket = Bucket(50, 50 / 60)
    assert all(bucket.take(0, 1) for _ in range(50))
    assert not bucket.take(0, 1)
    assert bucket.earliest(0, 1) == pytest.approx(1.2)
    assert bucket.level(600) == 50
    assert bucket.full_at(600) == 600


def test_correction_is_a_debt() -> None:
    """Usage above the estimate has to refill before anything else fits; a refund stops at the capacity."""
    bucket = Bucket(100, 1)
    assert bucket.take(0, 60)
    bucket.correct(0, 90)
    assert bucket.level(0) == -50
    assert bucket.earliest(0, 10) == 60
    bucket.correct(0, -500)
    assert bucket.level(0) == 100


def test_budgets_are_debited_all_or_none() -> None:
    """A request that lacks input tokens does not cost a request either."""
    budgets = Budgets.per_minute(requests=2, input=1000)
    assert budgets.debit(0, Demand(input=900))
    assert budgets.lacking(0, Demand(input=200)) == "input"
    assert not budgets.debit(0, Demand(input=200))
    assert budgets.requests is not None
    assert budgets.requests.level(0) == 1
    assert budgets.earliest(0, Demand(input=200)) == pytest.approx(6)
    budgets.correct(0, Demand(requests=0, input=-900))
    assert budgets.debit(0, Demand(input=1000))
    assert budgets.lacking(0, Demand()) == "requests"


@given(st.lists(st.tuples(st.floats(0, 20), st.floats(0, 300)), max_size=60))
def test_budgets_never_overspend(steps: list[tuple[float, float]]) -> None:
    """Neither budget is overspent when both are debited together."""
    budgets, now, taken = Budgets.per_minute(requests=10, input=600), 0.0, []
    for pause, tokens in steps:
        now += pause
        if budgets.debit(now, Demand(input=tokens)):
            taken.append((now, tokens))
    for i, (start, _) in enumerate(taken):
        for j in range(i, len(taken)):
            part, length = taken[i : j + 1], taken[j][0] - start
            assert len(part) <= 10 + length / 6 + 1e-6
            assert sum(t for _, t in part) <= 600 + 10 * length + 1e-3


@pytest.mark.parametrize(("capacity", "rate"), [(0, 1), (-1, 1), (1, -1)])
def test_impossible_buckets_are_refused(capacity: float, rate: float) -> None:
    """A bucket that could never be used is a mistake of its maker."""
    with pytest.raises(ValueError, match="bucket needs"):
        Bucket(capacity, rate)
