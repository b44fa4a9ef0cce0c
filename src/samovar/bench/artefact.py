"""From a header and its rows to the artefact, and from the artefact to files."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from samovar.bench.journal import SUFFIX, going_on
from samovar.bench.probe import judged
from samovar.bench.summary import ASIDE, last_attempts, summarise
from samovar.bench.thresholds import answered_by, judge, kept_to
from samovar.call import dialect_for
from samovar.errors import InputUnreadable, OutputUnwritable
from samovar.report.bench import SCHEMA, Run, Status, Threshold
from samovar.report.bench_html import html
from samovar.report.bench_markdown import markdown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from samovar.bench.journal import End, Header
    from samovar.report.bench import Request

NAME = "prompt-cache-warmup"
STAMP = "%Y%m%dT%H%M%S"
"""How the names of a run's files begin; several runs in one second are numbered."""
OURS = re.compile(rf"(?P<stem>\d{{8}}T\d{{6}}(?:_\d+)?)(?:-{NAME}\.(?:json|md|html)|{re.escape(SUFFIX)})")


def encode(run: Run) -> bytearray:
    """Return an artefact as JSON with a line's end, written once: there may be many calls in it."""
    data = bytearray()
    msgspec.json.Encoder().encode_into(run, data)
    data += b"\n"
    return data


def build(header: Header, rows: Sequence[Request], end: End | None) -> Run:
    """Return the artefact of a run; one without an end line was killed."""
    ordered = sorted(rows, key=lambda row: (row.sent, row.id, row.attempt))
    summary = summarise(ordered, header.names, reads_count=header.reads_count, seed=header.seed)
    answered = sum(1 for r in last_attempts(ordered) if r.phase not in ASIDE and r.verdict != "rejected")
    stopped = end.stopped if end else "the process ended before the run did"
    if stopped is None and answered < header.planned:
        stopped = f"{header.planned - answered} of {header.planned} calls got no answer"
    status: Status = "incomplete" if stopped else "complete"
    checks = judge(summary, header.thresholds, uncached=header.settings.uncached)
    kept = kept_to(summary, header.settings)
    served = answered_by(ordered, dialect_for(header.endpoint).provider, header.model)
    thresholds = (*served, *checks, *kept, *judged(summary, header.settings.ttl))
    if end is not None and end.finding:
        # What stopped the run begins with the finding's name, which stands beside it already.
        says = (end.stopped or "").partition(": ")[2]
        found = Threshold(name=end.finding, level="fail", value=None, warn=None, fail=None, says=says)
        thresholds = (found, *thresholds)
    return Run(
        schema=SCHEMA,
        status=status,
        stopped=stopped,
        id=header.id,
        started_at=header.started_at,
        seed=header.seed,
        nonce=header.nonce,
        provider=header.provider,
        endpoint=header.endpoint,
        model=header.model,
        model_known=header.model_known,
        served_models=tuple(sorted({row.served_model for row in ordered if row.served_model})),
        workload=header.workload,
        workload_sha256=header.workload_sha256,
        settings=header.settings,
        versions=header.versions,
        git_sha=header.git_sha,
        price_book=header.price_book,
        blocks=header.blocks,
        planned=header.planned,
        left_out=header.left_out,
        domains=header.domains,
        floor=header.floor,
        summary=summary,
        thresholds=thresholds,
        requests=tuple(ordered),
        finding=None if end is None else end.finding,
    )


def save(run: Run, folder: Path, stem: str) -> list[Path]:
    """Write the artefacts; return their paths.

    Raise `OutputUnwritable` when the folder cannot be written, having saved them in a temporary folder
    that the message names, if that was possible.
    """
    try:
        return _write(run, folder, stem)
    except OSError as error:
        what = f"the results cannot be written to {folder}: {error.strerror}."
    try:
        spare = Path(tempfile.mkdtemp(prefix="samovar-"))
        written = _write(run, spare, stem)
    except OSError as error:
        raise OutputUnwritable(f"{what} A temporary folder failed as well: {error.strerror}.") from error
    raise OutputUnwritable(
        what, f"They are kept in {written[0].parent}: move them, and choose another --out."
    )


def _write(run: Run, folder: Path, stem: str) -> list[Path]:
    """Write each file beside its final name first, so that no half a file is ever taken for a result."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for suffix, rendered in (("json", encode), ("md", markdown), ("html", html)):
        path = folder / f"{stem}-{NAME}.{suffix}"
        partial = path.with_suffix(path.suffix + ".partial")
        data = rendered(run)
        try:
            partial.write_bytes(data.encode() if isinstance(data, str) else data)
            partial.replace(path)
        except OSError:
            partial.unlink(missing_ok=True)
            raise
        written.append(path)
    return written


def prune(folder: Path, keep: int) -> list[OSError]:
    """Delete the files of all but the newest `keep` runs in a folder; return what kept any of them there.

    Only names that a run gives are touched, and no run that is still going on. A run's time stamp is the
    beginning of its files' names.
    """
    files: dict[str, list[Path]] = {}
    kept: set[str] = set()
    troubles: list[OSError] = []
    try:
        found = [(match["stem"], path) for path in folder.iterdir() if (match := OURS.fullmatch(path.name))]
    except OSError as error:
        return [error]
    for stem, path in found:
        files.setdefault(stem, []).append(path)
        try:
            if path.name.endswith(SUFFIX) and going_on(path):
                kept.add(stem)
        except OSError as error:
            troubles.append(error)
            kept.add(stem)
    ended = sorted(files.keys() - kept, key=_age)
    for path in (path for stem in ended[: max(0, len(ended) - keep)] for path in files[stem]):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            troubles.append(error)
    return troubles


def free_stem(folder: Path, now: datetime) -> str:
    """Return what the names of a new run's files begin with: a time stamp that no other run there has."""
    stamp, number = now.strftime(STAMP), 1
    stem = stamp
    while any(folder.glob(f"{stem}[-.]*")):
        number += 1
        stem = f"{stamp}_{number}"
    return stem


def _age(stem: str) -> tuple[str, int]:
    """Return what sorts stems by time."""
    stamp, _, number = stem.partition("_")
    return stamp, int(number or 1)


def read_run(path: Path) -> Run:
    """Return the artefact in a file. Raise `InputUnreadable`."""
    try:
        data = path.read_bytes()
        schema = msgspec.json.decode(data, type=_Schema).schema
        # Another version may lack what this one needs: its name comes first.
        if schema not in {SCHEMA, None}:
            raise InputUnreadable(f"{path} has schema {schema!r}, this samovar reads {SCHEMA!r}.")
        return msgspec.json.decode(data, type=Run)
    except OSError as error:
        raise InputUnreadable(f"the artefact {path} cannot be read: {error.strerror}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputUnreadable(f"{path} is not an artefact of samovar bench: {error}.") from error


class _Schema(msgspec.Struct):
    schema: str | None = None
