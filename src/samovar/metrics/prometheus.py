"""Puts meters' numbers where a Prometheus registry collects them (extra `metrics`).

A registry takes each series once, so all meters of a registry are told together.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections import defaultdict
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from samovar.errors import MissingExtra
from samovar.metrics.catalogue import CATALOGUE
from samovar.metrics.meter import Meter, agreed

try:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
    from prometheus_client.registry import REGISTRY, Collector, CollectorRegistry
except ImportError as missing:
    raise MissingExtra("prometheus-client is not installed.", "pip install 'samovar[metrics]'") from missing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.metrics_core import Metric as Family

    from samovar.metrics.catalogue import Metric
    from samovar.metrics.meter import Values


class MeterCollector(Collector):
    """Makes families of meters when they are scraped; counting itself costs Prometheus nothing."""

    def __init__(self, *meters: Meter) -> None:
        self.meters = meters

    def collect(self) -> Iterator[Family]:
        """Yield every metric of the catalogue, those without numbers too."""
        for metric in CATALOGUE:
            yield self._histogram(metric) if metric.kind == "histogram" else self._numbers(metric)

    def _histogram(self, metric: Metric) -> Family:
        family = HistogramMetricFamily(metric.name, metric.line, labels=_labels(metric))
        bounds = [*map(str, metric.buckets), "+Inf"]
        counts: defaultdict[Values, list[int]] = defaultdict(lambda: [0] * len(bounds))
        sums: defaultdict[Values, float] = defaultdict(float)
        for meter in self.meters:
            for values, seen in meter.histograms(metric).items():
                counts[values] = [sum(pair) for pair in zip(counts[values], seen.counts, strict=True)]
                sums[values] += seen.sum
        for values, each in counts.items():
            running = itertools.accumulate(each)
            buckets = [(bound, float(count)) for bound, count in zip(bounds, running, strict=True)]
            family.add_metric(values, buckets, sums[values])
        return family

    def _numbers(self, metric: Metric) -> Family:
        kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
        family = kind(metric.name, metric.line, labels=_labels(metric))
        told: defaultdict[Values, list[float]] = defaultdict(list)
        for meter in self.meters:
            for values, number in meter.numbers(metric).items():
                told[values].append(number)
        for values, numbers in told.items():
            family.add_metric(values, agreed(metric, numbers))
        return family


def _labels(metric: Metric) -> list[str]:
    return [label.name for label in metric.labels]


def expose(meter: Meter, registry: CollectorRegistry | None = None) -> None:
    """Register a meter with a registry, the default one unless said. Several add up; one is told once."""
    _registries.collector(registry or REGISTRY, meter)


def meter_of(registry: CollectorRegistry) -> Meter:
    """Return the meter that a registry tells: the one that was exposed there first, else a new one."""
    return _registries.collector(registry, None).meters[0]


class _Registries:
    """The collector of each registry."""

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[CollectorRegistry, MeterCollector] = WeakKeyDictionary()
        self.forked()

    def forked(self) -> None:
        """Go on in a child, whatever thread of the parent held the lock."""
        self._lock = threading.Lock()

    def collector(self, registry: CollectorRegistry, meter: Meter | None) -> MeterCollector:
        """Return a registry's collector, which tells a meter too where one is given."""
        with self._lock:
            known = self._known.get(registry)
            if known is None:
                known = MeterCollector(Meter() if meter is None else meter)
                registry.register(known)
                self._known[registry] = known
            elif meter is not None and meter not in known.meters:
                known.meters = (*known.meters, meter)
            return known


_registries: Final = _Registries()
os.register_at_fork(after_in_child=_registries.forked)
