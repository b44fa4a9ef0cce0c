"""The TTL probe: after the work, what should be gone is gone and what should be alive is alive."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from samovar.bench.probe import wait_for
from samovar.bench.settings import Settings
from samovar.emulator.config import Cache
from samovar.errors import YoursError
from samovar.providers.models import rules_for
from samovar.report.bench_html import html
from samovar.report.bench_markdown import markdown
from samovar.report.bench_text import page
from tests.bench.runs import bench

if TYPE_CHECKING:
    from samovar.report.bench import Run, Threshold

TIERS = {"service": "1h", "assignment": "5m"}


def probed(run: Run) -> Threshold:
    """Return the check of the only prefix."""
    [found] = [t for t in run.thresholds if t.name.startswith("ttl-probe")]
    return found


def test_five_minutes_are_gone_and_an_hour_is_alive() -> None:
    """Six minutes after the last use the service blocks are read and the assignment's are not."""
    run = bench(Settings(ttl=TIERS, ttl_probe=True)).outcome.run
    [probe] = run.summary.ttl_probes
    assert probe.alive == {"service": True, "assignment": False}
    assert probe.idle > 360
    assert probe.read is not None
    assert probe.expected.lo <= probe.read <= probe.expected.hi
    assert probed(run).level == "ok"
    said = "the service blocks (1h) were alive and the assignment blocks (5m) were gone"
    for rendered in (page(run), markdown(run), html(run)):
        assert said in rendered


def test_a_probe_is_no_part_of_the_workload() -> None:
    """Rates, tokens and costs are those of the run without it; what it cost is shown beside them."""
    with_probe = bench(Settings(ttl_probe=True)).outcome.run.summary
    without = bench().outcome.run.summary
    for name in ("hit_rate", "token_hit_rate", "overall_hit_rate", "tokens", "by_prefix", "by_scope"):
        assert getattr(with_probe, name) == getattr(without, name)
    assert with_probe.money.paid_usd == without.money.paid_usd
    assert with_probe.money.control_usd > without.money.control_usd
    assert without.ttl_probes == ()


@pytest.mark.parametrize(
    ("lifetimes", "level"),
    [
        pytest.param({"1h": 200.0}, "fail", id="an hour that ends after three minutes"),
        pytest.param({"5m": 900.0}, "warn", id="five minutes that last for fifteen"),
        pytest.param({"1h": 1800.0}, "ok", id="half an hour cannot be told from one by this"),
    ],
)
def test_a_provider_that_keeps_other_times_is_noticed(lifetimes: dict[str, float], level: str) -> None:
    """Gone early fails, since it was paid for; alive for longer is worth knowing."""
    done = bench(Settings(ttl=TIERS, ttl_probe=True), emulator={"cache": Cache(lifetimes=lifetimes)})
    assert probed(done.outcome.run).level == level
    assert done.outcome.exit_code == (1 if level == "fail" else 0)


def test_where_nothing_expires_there_is_nothing_to_probe() -> None:
    """Said before anything is sent."""
    with pytest.raises(YoursError, match="no lifetime is known"):
        wait_for(rules_for("llamacpp", "any"))
    with pytest.raises(YoursError, match="no lifetime is known"):
        wait_for(replace(rules_for("anthropic", "claude-sonnet-5"), lifetimes=()))
    assert wait_for(rules_for("anthropic", "claude-sonnet-5")) == 360
