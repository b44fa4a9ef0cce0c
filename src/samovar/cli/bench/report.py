"""`samovar bench report JOURNAL`: whatever ended a run, its journal still makes the artefacts."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from samovar.bench.artefact import build, save
from samovar.bench.journal import SUFFIX, read_journal
from samovar.report.bench_text import page

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def configure(parser: ArgumentParser) -> None:
    """Add the part's arguments."""
    parser.add_argument("journal", type=Path, metavar="JOURNAL", help="a <time>.journal.jsonl of a run")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where artefacts go (beside the journal)")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="what stdout gets (text)")


def run(args: Namespace) -> int:
    """Write the artefacts; return 0 if the run passed, 1 if a check failed, 3 if it had broken off."""
    result = build(*read_journal(args.journal))
    sys.stdout.write(msgspec.json.encode(result).decode() + "\n" if args.format == "json" else page(result))
    sys.stdout.flush()
    folder = args.out or args.journal.parent
    for path in save(result, folder, args.journal.name.removesuffix(SUFFIX)):
        print(f"wrote {path}", file=sys.stderr)
    if result.verdict == "fail":
        return 1
    return 3 if result.status == "incomplete" else 0
