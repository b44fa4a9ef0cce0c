"""Puts the meter's numbers where a Prometheus registry collects them (extra `metrics`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.errors import MissingExtra
from samovar.metrics.catalogue import CATALOGUE

try:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
    from prometheus_client.registry import REGISTRY, Collector, CollectorRegistry
except ImportError as missing:
    raise MissingExtra("prometheus-client is not installed.", "pip install 'samovar[metrics]'") from missing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.metrics_core import Metric as Family

    from samovar.metrics.catalogue import Metric
    from samovar.metrics.meter import Meter


class MeterCollector(Collector):
    """Makes families of a meter when it is scraped; counting itself costs Prometheus nothing."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    def collect(self) -> Iterator[Family]:
        """Yield every metric of the catalogue, those without numbers too."""
        for metric in CATALOGUE:
            yield self._family(metric)

    def _family(self, metric: Metric) -> Family:
        labels = [label.name for label in metric.labels]
        if metric.kind == "histogram":
            histogram = HistogramMetricFamily(metric.name, metric.line, labels=labels)
            bounds = [*map(str, metric.buckets), "+Inf"]
            for values, seen in self._meter.histograms(metric).items():
                running, buckets = 0, []
                for bound, count in zip(bounds, seen.counts, strict=True):
                    running += count
                    buckets.append((bound, float(running)))
                histogram.add_metric(values, buckets, seen.sum)
            return histogram
        kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
        family = kind(metric.name, metric.line, labels=labels)
        for values, number in self._meter.numbers(metric).items():
            family.add_metric(values, number)
        return family


def expose(meter: Meter, registry: CollectorRegistry | None = None) -> None:
    """Register a meter with a registry, the default one unless said."""
    (registry or REGISTRY).register(MeterCollector(meter))
