"""The numbers themselves, in memory.

Any thread may add, and label values outside their sets become "other".
"""

from __future__ import annotations

import os
import threading
import weakref
from bisect import bisect_left
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple, TypeAlias
from weakref import WeakKeyDictionary

from samovar.metrics.catalogue import NAMES, OTHER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from samovar.metrics.catalogue import Label, Metric

Values = tuple[str, ...]
Entry: TypeAlias = "tuple[Metric, Values, float]"
"""A counter, the values of its labels in order, and what to add."""


class Histogram(NamedTuple):
    """Observations: how many fell into each bucket (the last has no upper bound), and their sum."""

    counts: list[int]
    sum: float


class _Buckets:
    """A histogram that is being filled."""

    __slots__ = ("counts", "sum")

    def __init__(self, count: int) -> None:
        self.counts = [0] * count
        self.sum = 0.0


def agreed(metric: Metric, told: Iterable[float]) -> float:
    """Return what several make together: of a gauge the highest, or the lowest; of a counter the sum."""
    if metric.kind == "gauge":
        return min(told, default=0.0) if metric.lowest else max(told, default=0.0)
    return sum(told)


class Meter:
    """Counts for one process. What it holds is bounded by the catalogue, not by what is counted.

    Label values that are counted already are within their bounds, so most counts look nothing up but
    themselves. A forked child begins at zero: what its parent counted, its parent tells.
    """

    def __init__(self) -> None:
        self.forked()
        _meters.add(self)

    def forked(self) -> None:
        """Begin at zero: in a child, the lock may be held by a thread that is only in its parent."""
        self._lock = threading.Lock()
        self._numbers: defaultdict[Metric, dict[Values, float]] = defaultdict(dict)
        self._told: defaultdict[Metric, dict[Values, WeakKeyDictionary[object, float]]] = defaultdict(dict)
        """What each teller of a gauge has told last; it goes with the teller."""
        self._histograms: defaultdict[Metric, dict[Values, _Buckets]] = defaultdict(dict)
        self._names: dict[Label, set[str]] = {}

    def add(self, metric: Metric, *values: str, amount: float = 1.0) -> None:
        """Add to a counter; `values` are those of its labels, in order."""
        self.enter(((metric, values, amount),))

    def enter(self, entries: Iterable[Entry]) -> None:
        """Add to several counters at once."""
        with self._lock:
            for metric, values, amount in entries:
                numbers = self._numbers[metric]
                if values in numbers:
                    numbers[values] += amount
                else:
                    bound = self._bounded(metric, values)
                    numbers[bound] = numbers.get(bound, 0.0) + amount

    def set(self, metric: Metric, *values: str, amount: float, teller: object) -> None:
        """Set a gauge, as far as `teller` knows: others may tell theirs."""
        with self._lock:
            told = self._told[metric].setdefault(self._bounded(metric, values), WeakKeyDictionary())
            told[teller] = amount

    def observe(self, metric: Metric, *values: str, amount: float) -> None:
        """Enter one observation into a histogram."""
        with self._lock:
            kept = self._histograms[metric]
            seen = kept.get(values)
            if seen is None:
                bound = self._bounded(metric, values)
                seen = kept.setdefault(bound, _Buckets(len(metric.buckets) + 1))
            seen.counts[bisect_left(metric.buckets, amount)] += 1
            seen.sum += amount

    def number(self, metric: Metric, *values: str) -> float:
        """Return a counter or gauge; without `values`, what all labels make together."""
        numbers = self.numbers(metric)
        return numbers.get(values, 0.0) if values else agreed(metric, numbers.values())

    def numbers(self, metric: Metric) -> dict[Values, float]:
        """Return a copy of all values of a counter or gauge, by label values."""
        with self._lock:
            if metric.kind == "gauge":
                tellers = self._told.get(metric, {})
                return {values: agreed(metric, told.values()) for values, told in tellers.items() if told}
            return dict(self._numbers.get(metric, {}))

    def histograms(self, metric: Metric) -> dict[Values, Histogram]:
        """Return a copy of all values of a histogram, by label values."""
        with self._lock:
            kept = self._histograms.get(metric, {})
            return {values: Histogram(list(seen.counts), seen.sum) for values, seen in kept.items()}

    def _bounded(self, metric: Metric, values: Values) -> Values:
        if len(values) != len(metric.labels):
            raise ValueError(f"{metric.name} has {len(metric.labels)} labels, given {len(values)}")
        return tuple(self._bound(label, value) for label, value in zip(metric.labels, values, strict=True))

    def _bound(self, label: Label, value: str) -> str:
        if label.values:
            return value if value in label.values else OTHER
        known = self._names.get(label)
        if known is None:
            known = self._names.setdefault(label, set())
        if value in known:
            return value
        if len(known) < NAMES:
            known.add(value)
            return value
        return OTHER


_meters: weakref.WeakSet[Meter] = weakref.WeakSet()


def _forked() -> None:
    for meter in _meters:
        meter.forked()


os.register_at_fork(after_in_child=_forked)
