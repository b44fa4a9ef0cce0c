"""A baseline is a run that was made in the same way, to its end."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import msgspec
import pytest

from samovar.bench.artefact import encode
from samovar.bench.baseline import REGRESSION_WARN, compared_to
from samovar.bench.fixture import built_in
from samovar.bench.judgement import JudgementWorkload
from samovar.bench.settings import Settings
from samovar.errors import YoursError
from tests.bench.runs import bench

if TYPE_CHECKING:
    from pathlib import Path

    from samovar.report.bench import Run

WORKLOAD = JudgementWorkload(
    built_in("smoke"), model="claude-sonnet-5", endpoint="/v1/messages", ttl={}, rng=random.Random(0)
)


@pytest.fixture(scope="module")
def earlier() -> Run:
    """Return a run of the default settings."""
    return bench().outcome.run


def slower(run: Run, share: float) -> Run:
    """Return the run with other latencies at the 95th percentile."""
    warm = run.summary.latency_warm
    assert warm.first_byte_p95 is not None
    changed = msgspec.structs.replace(warm, first_byte_p95=warm.first_byte_p95 * (1 + share))
    return msgspec.structs.replace(run, summary=msgspec.structs.replace(run.summary, latency_warm=changed))


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (Settings(model="claude-opus-5"), "model claude-sonnet-5, now claude-opus-5"),
        (Settings(endpoint="/v1/responses"), "endpoint /v1/messages, now /v1/responses"),
        (Settings(real_time=True), "clock virtual, now real"),
        (Settings(uncached=True), "caching used, now left out"),
        (Settings(provider="anthropic"), "provider emulator, now anthropic"),
    ],
)
def test_a_run_in_another_way_is_no_baseline(
    settings: Settings, says: str, earlier: Run, tmp_path: Path
) -> None:
    """Whatever else decides how long an answer takes has to be equal."""
    path = tmp_path / "run.json"
    path.write_bytes(encode(earlier))
    with pytest.raises(YoursError, match=says):
        compared_to(path, settings, WORKLOAD, fail=False)


def test_a_run_that_broke_off_is_no_baseline(earlier: Run, tmp_path: Path) -> None:
    """Its latencies are those of a part."""
    path = tmp_path / "run.json"
    path.write_bytes(encode(msgspec.structs.replace(earlier, status="incomplete", stopped="it rained")))
    with pytest.raises(YoursError, match="broke off: it rained"):
        compared_to(path, Settings(), WORKLOAD, fail=False)


@pytest.mark.parametrize(
    ("grown", "fail", "level"),
    [
        (REGRESSION_WARN - 0.001, True, "ok"),
        (REGRESSION_WARN + 0.001, True, "fail"),
        (REGRESSION_WARN + 0.001, False, "warn"),
    ],
)
def test_more_than_fifteen_percent_is_a_regression(
    grown: float, fail: bool, level: str, earlier: Run, tmp_path: Path
) -> None:
    """A step to either side of the limit; failing is opt-in."""
    path = tmp_path / "run.json"
    path.write_bytes(encode(earlier))
    assert REGRESSION_WARN == 0.15
    first, total = compared_to(path, Settings(), WORKLOAD, fail=fail)(slower(earlier, grown))
    assert (first.name, first.level) == ("p95-first-byte", level)
    assert (total.name, total.level) == ("p95-total", "ok")
