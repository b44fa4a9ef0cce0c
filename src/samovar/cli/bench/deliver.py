"""What was measured goes to files and to stdout; neither a full disk nor a closed pipe may cost the other."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from samovar.bench.artefact import encode, save
from samovar.errors import OutputUnwritable
from samovar.report.bench_text import page

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from samovar.report.bench import Run


def deliver(run: Run, form: str, folder: Path, stem: str, notes: Iterable[str] = ()) -> None:
    """Write the artefacts, then print the page or the JSON; `notes` and what was written go to stderr.

    Raise `OutputUnwritable` when that is over, for whichever of them failed.
    """
    unsaved: OutputUnwritable | None = None
    written: list[Path] = []
    try:
        written = save(run, folder, stem)
    except OutputUnwritable as error:
        unsaved = error
    _print(run, form)
    for note in notes:
        print(f"samovar: {note}", file=sys.stderr)
    for path in written:
        print(f"wrote {path}", file=sys.stderr)
    if unsaved is not None:
        raise unsaved


def _print(run: Run, form: str) -> None:
    """Put the page, or the artefact, on stdout. Raise `OutputUnwritable`; whoever closed a pipe knows."""
    if sys.stdout is None:
        raise OutputUnwritable("the page cannot be printed: stdout is closed.")
    try:
        sys.stdout.write(encode(run).decode() if form == "json" else page(run))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputUnwritable(f"the page cannot be printed: {error.strerror}.") from error
