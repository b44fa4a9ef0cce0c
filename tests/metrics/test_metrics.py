"""The catalogue, the numbers, and what Prometheus gets of them."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from samovar.attribution.causes import BY_NAME
from samovar.metrics import CATALOGUE, Meter, Metric
from samovar.metrics.catalogue import BUDGET_LEVEL, CALLS, CAUSE, HELD_SECONDS, KEYS, NAMES, OTHER, TOKENS
from samovar.metrics.prometheus import expose, meter_of
from tests.children import holds_in_a_child
from tests.house.tree import ROOT


@pytest.mark.parametrize("metric", CATALOGUE, ids=lambda metric: metric.name)
def test_every_metric_has_its_words_and_its_place_on_the_page(metric: Metric) -> None:
    """A name by the conventions, a line, a paragraph, a heading in docs/metrics.md with its labels."""
    assert re.fullmatch(r"samovar_[a-z_]+", metric.name)
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert metric.line.endswith(".")
    assert metric.paragraph.endswith(".")
    assert bool(metric.buckets) == (metric.kind == "histogram")
    page = (ROOT / "docs" / "metrics.md").read_text("utf-8")
    section = page.partition(f"### `{metric.name}`\n")[2].partition("\n### ")[0]
    assert metric.line in section
    assert metric.paragraph in section
    for label in metric.labels:
        assert f"`{label.name}`" in section


def test_the_causes_that_are_counted_are_attributions() -> None:
    """The set is written out; a new cause must not be counted as another."""
    assert CAUSE.values == {"", OTHER, *BY_NAME}


def test_labels_are_bounded_whatever_is_counted() -> None:
    """10,000 models make fifty-one series; what is not in a closed set is "other"."""
    meter = Meter()
    for number in range(10_000):
        meter.add(TOKENS, "read", "anthropic", f"model-{number}", amount=2)
    numbers = meter.numbers(TOKENS)
    assert len(numbers) == NAMES + 1
    assert numbers["read", "anthropic", OTHER] == 2 * (10_000 - NAMES)
    meter.add(TOKENS, "no such class", "no such provider", "model-1")
    assert meter.number(TOKENS, OTHER, OTHER, "model-1") == 1


def test_a_wrong_number_of_labels_is_a_mistake_of_the_caller() -> None:
    """It is told at once."""
    with pytest.raises(ValueError, match="5 labels, given 1"):
        Meter().add(CALLS, "hit")


def test_threads_lose_nothing() -> None:
    """Eight of them, a thousand each."""
    meter = Meter()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: meter.add(TOKENS, "read", "openai", "m"), range(8_000)))
    assert meter.number(TOKENS) == 8_000


def test_prometheus_gets_every_family_and_cumulative_buckets() -> None:
    """Those without numbers too, so that an alert on absence can be written."""
    meter = Meter()
    for seconds in (0.02, 0.2, 100.0):
        meter.observe(HELD_SECONDS, "anthropic", amount=seconds)
    registry = CollectorRegistry()
    expose(meter, registry)
    text = generate_latest(registry).decode()
    for metric in CATALOGUE:
        assert f"# HELP {metric.name} {metric.line}" in text
    assert 'samovar_held_seconds_bucket{le="0.05",provider="anthropic"} 1.0' in text
    assert 'samovar_held_seconds_bucket{le="0.25",provider="anthropic"} 2.0' in text
    assert 'samovar_held_seconds_bucket{le="+Inf",provider="anthropic"} 3.0' in text
    assert 'samovar_held_seconds_sum{provider="anthropic"} 100.22' in text


def test_a_registry_tells_all_its_meters_together_and_each_once() -> None:
    """Counters and histograms add up; a gauge is the highest, or the lowest where that counts."""
    registry, meters = CollectorRegistry(), [Meter(), Meter()]
    for number, meter in enumerate(meters):
        meter.add(TOKENS, "read", "openai", "m", amount=2)
        meter.observe(HELD_SECONDS, "openai", amount=0.2)
        meter.set(KEYS, amount=10 + number, teller=meter)
        meter.set(BUDGET_LEVEL, "input", amount=0.5 + number, teller=meter)
        for _ in range(2):
            expose(meter, registry)
    assert meter_of(registry) is meters[0]
    text = generate_latest(registry).decode()
    assert 'samovar_tokens_total{class="read",model="m",provider="openai"} 4.0' in text
    assert 'samovar_held_seconds_bucket{le="0.25",provider="openai"} 2.0' in text
    assert "samovar_cache_keys 11.0" in text
    assert 'samovar_budget_left_ratio{resource="input"} 0.5' in text
    assert len([line for line in text.splitlines() if line.startswith("samovar_tokens_total{")]) == 1


def test_a_gauge_goes_with_who_told_it() -> None:
    """Of one meter that several share; what the others tell stays."""
    meter, tellers = Meter(), [Meter(), Meter()]
    for number, teller in enumerate(tellers):
        meter.set(KEYS, amount=10 + number, teller=teller)
    assert meter.number(KEYS) == 11
    tellers.pop()
    del teller
    assert meter.number(KEYS) == 10


def test_a_forked_child_counts_its_own_from_zero() -> None:
    """Whoever held the lock in the parent is not there, and what the parent counted is the parent's."""
    meter = Meter()
    meter.add(CALLS, "hit", "", "anthropic", "m", "")
    meter.observe(HELD_SECONDS, "anthropic", amount=1.0)

    def counts() -> bool:
        meter.add(CALLS, "hit", "", "anthropic", "m", "")
        return meter.number(CALLS) == 1 and not meter.histograms(HELD_SECONDS)

    with meter._lock:  # noqa: SLF001  # as a thread that counts holds it
        assert holds_in_a_child(counts)
    assert meter.number(CALLS) == 1
