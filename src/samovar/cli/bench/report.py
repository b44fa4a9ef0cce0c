"""`samovar bench report JOURNAL`: whatever ended a run, its journal still makes the artefacts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from samovar.bench.artefact import build
from samovar.bench.journal import SUFFIX, read_journal
from samovar.cli.bench.deliver import deliver

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def configure(parser: ArgumentParser) -> None:
    """Add the part's arguments."""
    parser.add_argument("journal", type=Path, metavar="JOURNAL", help="a <time>.journal.jsonl of a run")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where artefacts go (beside the journal)")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="what stdout gets (text)")


def run(args: Namespace) -> int:
    """Write the artefacts; return what the run would have. Raises `InputUnreadable`, `OutputUnwritable`."""
    run = build(*read_journal(args.journal))
    folder = args.out or args.journal.parent
    deliver(run, args.format, folder, args.journal.name.removesuffix(SUFFIX))
    return run.exit_code
