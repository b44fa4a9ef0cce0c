"""Held against an earlier run: has the time to first byte or in total become longer?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.bench.artefact import read_run
from samovar.errors import YoursError
from samovar.report.bench import Level, Threshold

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from samovar.bench.settings import Settings
    from samovar.bench.workload import Workload
    from samovar.report.bench import Run

REGRESSION_WARN = 0.15
"""By how much of the baseline a p95 may grow."""


def compared_to(
    path: Path, settings: Settings, workload: Workload, *, fail: bool
) -> Callable[[Run], tuple[Threshold, ...]]:
    """Return what checks a run of the workload against the artefact in a file, read now.

    Raise `InputUnreadable`, or `YoursError` where the artefact is of other texts, was made in another way or
    broke off.
    """
    baseline = read_run(path)
    if baseline.workload_sha256 != workload.sha256:
        raise YoursError(
            f"the baseline {path} is a run of another workload ({baseline.workload}).",
            "Hold runs of the same texts against each other; their digests are equal.",
        )
    if baseline.status == "incomplete":
        raise YoursError(
            f"the baseline {path} broke off: {baseline.stopped}.", "Hold runs against one that is complete."
        )
    told = way(
        settings.provider,
        settings.model,
        settings.endpoint,
        real_time=settings.real_time,
        uncached=settings.uncached,
    )
    if other := differing(way_of(baseline), told):
        raise YoursError(
            f"the baseline {path} was run in another way ({other}).",
            "What differs in more than one thing says nothing about either: run a baseline in the same way.",
        )

    def check(run: Run) -> tuple[Threshold, ...]:
        pairs = (
            ("p95-first-byte", "first_byte_p95", "p95 of the time to first byte, warm"),
            ("p95-total", "total_p95", "p95 of the whole answer, warm"),
        )
        return tuple(
            _regression(
                name,
                what,
                getattr(baseline.summary.latency_warm, key),
                getattr(run.summary.latency_warm, key),
                fail=fail,
            )
            for name, key, what in pairs
        )

    return check


def way(provider: str, model: str, endpoint: str, *, real_time: bool, uncached: bool) -> dict[str, str]:
    """Return what decides how long answers take and what they cost, by its name."""
    return {
        "provider": provider,
        "model": model,
        "endpoint": endpoint,
        "clock": "real" if real_time else "virtual",
        "caching": "left out" if uncached else "used",
    }


def way_of(run: Run) -> dict[str, str]:
    """Return in what way a run was made."""
    told = run.settings
    return way(run.provider, run.model, run.endpoint, real_time=told.clock == "real", uncached=told.uncached)


def differing(was: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Return in words what two ways do not have in common, of what both tell; nothing where they are one."""
    return ", ".join(f"{name} {was[name]}, now {now[name]}" for name in was if was[name] != now[name])


def _regression(name: str, what: str, before: float | None, now: float | None, *, fail: bool) -> Threshold:
    limit = REGRESSION_WARN if fail else None
    if not before or now is None:
        says = f"{what}: one of the runs has no such call, so nothing is compared"
        return Threshold(name=name, level="warn", value=None, warn=REGRESSION_WARN, fail=limit, says=says)
    grown = now / before - 1
    level: Level = "ok" if grown <= REGRESSION_WARN else "fail" if fail else "warn"
    says = f"{what}: {now:.3f} s, {grown:+.1%} against the baseline's {before:.3f} s"
    return Threshold(name=name, level=level, value=grown, warn=REGRESSION_WARN, fail=limit, says=says)
