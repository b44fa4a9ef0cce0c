"""Confidence intervals by resampling prefixes: calls of one prefix hit or miss together, prefixes do not.

Percentile bootstrap (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13). One prefix
alone says nothing about others, so it gets no interval.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from samovar.report.bench import Request, Share

RESAMPLES = 1_000
LEAST = 2


def with_interval(whole: Share, clusters: Sequence[Share], seed: int) -> Share:
    """Return `whole` with the 95 % interval that resampling its clusters gives."""
    counted = [cluster for cluster in clusters if cluster.whole]
    if len(counted) < LEAST:
        return whole
    rng = random.Random(seed)
    rates = []
    for _ in range(RESAMPLES):
        drawn = rng.choices(counted, k=len(counted))
        rates.append(sum(c.part for c in drawn) / sum(c.whole for c in drawn))
    low, high = interval(rates)
    return msgspec.structs.replace(whole, low=low, high=high)


def interval(values: Iterable[float]) -> tuple[float, float]:
    """Return the 2.5 % and 97.5 % quantiles of resampled values."""
    ordered = sorted(values)
    return ordered[int(0.025 * len(ordered))], ordered[min(len(ordered) - 1, int(0.975 * len(ordered)))]


def clustered(
    rows: Iterable[Request], by: Callable[[Request], Hashable], measure: Callable[[list[Request]], Share]
) -> list[Share]:
    """Return the measure of each cluster of rows."""
    groups: dict[Hashable, list[Request]] = {}
    for row in rows:
        groups.setdefault(by(row), []).append(row)
    return [measure(group) for group in groups.values()]
