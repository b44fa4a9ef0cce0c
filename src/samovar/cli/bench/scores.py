"""`samovar bench scores RUN.json`: ranks and scores of what a run compared."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from samovar.bench.artefact import read_run
from samovar.bench.scores import scores_of

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def configure(parser: ArgumentParser) -> None:
    """Add the part's arguments."""
    parser.add_argument("run_path", type=Path, metavar="RUN.json", help="an artefact of samovar bench")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="what stdout gets (text)")


def run(args: Namespace) -> int:
    """Print the scores, best first. Raises `InputUnreadable`, `MissingExtra`."""
    found = scores_of(read_run(args.run_path))
    if args.format == "json":
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
        return 0
    for scores in found:
        print(f"{scores.assignment}: {scores.comparisons} comparisons, {scores.unusable} unusable")
        print(f"{'rank':>4}  {'essay':<32} {'score':>7} {'± error':>8} {'won':>5} {'lost':>5}")
        for row in scores.essays:
            score = f"{row.score:>7.2f} {row.error:>8.2f}"
            print(f"{row.rank:>4}  {row.essay:<32} {score} {row.won:>5} {row.lost:>5}")
    return 0
