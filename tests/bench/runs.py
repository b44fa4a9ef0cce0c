"""Benchmarks for tests: one call runs a whole one against a provider in this process."""

from __future__ import annotations

import atexit
import random
import shutil
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from samovar.bench.builtin import config
from samovar.bench.fixture import built_in
from samovar.bench.journal import Journal
from samovar.bench.judgement import JudgementWorkload
from samovar.bench.run import Provider, execute
from samovar.bench.settings import Settings
from samovar.emulator import running

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from samovar.bench.bodies import Style
    from samovar.bench.run import Outcome
    from samovar.bench.workload import Unit
    from samovar.emulator.config import Config
    from samovar.emulator.faults import Fault
    from samovar.emulator.truth import Record

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HEADERS = {"x-api-key": "test", "authorization": "Bearer test", "anthropic-version": "2023-06-01"}


@cache
def _folder() -> Path:
    """Return where journals go until this process ends: fixtures of any scope hold runs."""
    folder = Path(tempfile.mkdtemp(prefix="samovar-test-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@dataclass(frozen=True)
class Bench:
    """A finished benchmark, its journal and the provider's own record of it."""

    outcome: Outcome
    truth: Sequence[Record]
    journal: Path
    phases: list[str] = field(default_factory=list)


class Edited(JudgementWorkload):
    """The comparisons with a body that a test has edited."""

    def body(self, unit: Unit, nonce: str | None, *, marked: bool = True) -> bytes:
        """Return the edited body."""
        plain = msgspec.json.decode(super().body(unit, nonce, marked=marked))
        return msgspec.json.encode(self.edit(plain))

    def edit(self, body: dict[str, object]) -> dict[str, object]:
        """Change a body."""
        return body


def bench(
    settings: Settings | None = None,
    *,
    faults: Sequence[Fault] = (),
    kind: type[JudgementWorkload] = JudgementWorkload,
    emulator: Mapping[str, object] | None = None,
    fixture: str = "smoke",
    repeat: int = 1,
    style: Style = "breakpoints",
    on_phase: Callable[[str], None] = lambda _phase: None,
) -> Bench:
    """Run a benchmark `repeat` times against one provider; return the last."""
    chosen = settings or Settings()
    workload = kind(
        built_in(fixture),
        model=chosen.model,
        endpoint=chosen.endpoint,
        ttl=chosen.ttl,
        rng=random.Random(chosen.seed),
        style=style,
    )
    built = msgspec.structs.replace(config(chosen, workload), faults=tuple(faults), **(emulator or {}))
    folder = Path(tempfile.mkdtemp(dir=_folder()))
    phases: list[str] = []

    def progress(phase: str, _done: int, _planned: int, _left: object) -> None:
        phases.append(phase)
        on_phase(phase)

    with running(built) as provider:
        starts_at = time.time() if chosen.real_time else built.start
        for number in range(repeat):
            journal = Journal(folder / f"{number}.jsonl")
            outcome = execute(
                chosen,
                workload,
                Provider(provider.base_url, HEADERS, starts_at),
                journal=journal,
                now=NOW,
                progress=progress,
            )
            journal.close()
            starts_at += outcome.run.summary.seconds + 1
        return Bench(outcome, provider.box.truth.records(), journal.path, list(dict.fromkeys(phases)))


def built_config(settings: Settings) -> Config:
    """Return the emulator of a benchmark of the smoke fixture."""
    workload = JudgementWorkload(
        built_in("smoke"), model=settings.model, endpoint=settings.endpoint, ttl={}, rng=random.Random(0)
    )
    return config(settings, workload)
