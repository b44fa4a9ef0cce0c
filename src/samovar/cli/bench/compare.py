"""`samovar bench compare BASELINE.json NEW.json`: has it become faster and cheaper by what was expected?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from samovar.bench.artefact import read_run
from samovar.bench.comparison import compare
from samovar.cli.bench.options import rate

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def configure(parser: ArgumentParser) -> None:
    """Add the part's arguments."""
    parser.add_argument("baseline", type=Path, metavar="BASELINE.json", help="the run before")
    parser.add_argument("new", type=Path, metavar="NEW.json", help="the run after")
    parser.add_argument("--latency", type=rate, default=0.30, metavar="SHARE", help="expected (0.30)")
    parser.add_argument("--cost", type=rate, default=0.40, metavar="SHARE", help="expected (0.40)")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="what stdout gets (text)")


def run(args: Namespace) -> int:
    """Print both improvements; return 1 if one is smaller than expected."""
    found = compare(read_run(args.baseline), read_run(args.new), latency=args.latency, cost=args.cost)
    if args.format == "json":
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    else:
        for row in found:
            sign, word = (1, "less") if row.share >= 0 else (-1, "more")
            low, high = sorted((sign * row.low, sign * row.high))
            print(
                f"{'PASS' if row.passed else 'FAIL'}  {row.what}: {row.old:.4f} to {row.new:.4f} {row.unit}, "
                f"{sign * row.share:.1%} {word} (95 % interval {low:.1%} to {high:.1%}), "
                f"expected at least {row.expected:.0%} less"
                f"{'' if row.certain else '; the interval reaches over it: more calls would tell'}"
            )
    return 0 if all(row.passed for row in found) else 1
