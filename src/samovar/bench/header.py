"""What a run knows of itself before its first request."""

from __future__ import annotations

import platform
import subprocess
from typing import TYPE_CHECKING

import samovar
from samovar.bench.journal import SCHEMA, Header
from samovar.providers.facts import facts
from samovar.providers.prices import price
from samovar.report.bench import Priced, Range, StaticBlock
from samovar.report.bench import Settings as Told

if TYPE_CHECKING:
    from datetime import date, datetime

    from samovar.bench.settings import Settings
    from samovar.bench.workload import Workload
    from samovar.providers.rules import Band
    from samovar.providers.tokens import TokenCounter

GIT_SECONDS = 2.0


def header_of(
    settings: Settings,
    workload: Workload,
    counter: TokenCounter,
    *,
    nonce: str | None,
    reads_count: bool,
    floor: Band,
    now: datetime,
) -> Header:
    """Return the header of a run that starts at `now` (the wall clock, with its zone)."""
    return Header(
        schema=SCHEMA,
        id=f"{now:%Y%m%dT%H%M%S}-{nonce or 'no-nonce'}",
        started_at=now.isoformat(timespec="seconds"),
        seed=settings.seed,
        nonce=nonce,
        provider=settings.provider,
        endpoint=workload.endpoint,
        model=settings.model,
        model_known=settings.facts.known,
        workload=workload.name,
        workload_sha256=workload.sha256,
        settings=Told(
            rpm=settings.rpm,
            tpm=settings.tpm,
            concurrency=settings.concurrency,
            jitter_ms=settings.jitter_ms,
            ttl=dict(settings.ttl),
            clock="real" if settings.real_time else "virtual",
            cold_calls=settings.cold_calls,
            redacted=settings.redacted,
            ttl_probe=settings.ttl_probe,
            uncached=settings.uncached,
            engine=None if settings.engine is None else settings.engine.says,
            platform=settings.platform,
        ),
        versions={
            "samovar": samovar.__version__,
            "python": platform.python_version(),
            "facts": str(facts().as_of),
        },
        git_sha=git_sha(),
        price_book=_priced(settings, workload.endpoint, now.date()),
        blocks=tuple(
            _block(static.name, static.scope, static.text, static.sha256, counter)
            for static in workload.statics
        ),
        planned=len(workload.units),
        names={workload.prefix(unit): workload.prefix_name(unit) for unit in workload.units},
        reads_count=reads_count,
        thresholds=settings.thresholds,
        left_out=workload.left_out,
        domains=workload.domains,
        floor=Range(lo=round(floor.lo), hi=round(floor.hi)),
    )


def _block(name: str, scope: str, text: str, sha256: str, counter: TokenCounter) -> StaticBlock:
    count = counter.count(text)
    return StaticBlock(
        name=name,
        scope=scope,
        sha256=sha256,
        bytes=len(text.encode()),
        tokens=Range(lo=count.lo, hi=count.hi),
    )


def _priced(settings: Settings, endpoint: str, day: date) -> Priced | None:
    url = f"{settings.base_url or ''}{endpoint}"
    found = price(settings.maker, settings.model, day, platform=settings.platform, endpoint=url)
    if found is None:
        return None
    return Priced(
        fact=found.fact,
        source=found.source,
        day=str(found.date),
        input=found.input,
        output=found.output,
        read=found.read,
        write=dict(found.write),
    )


def git_sha() -> str | None:
    """Return the commit that the working directory is at, None where there is none."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607  # whichever git the user has
            capture_output=True,
            timeout=GIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode().strip() or None if done.returncode == 0 else None
