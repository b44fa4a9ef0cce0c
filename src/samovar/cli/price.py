"""`samovar price`: provider usage → disjoint token classes → money, with the price's date and source."""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from samovar.cli.inputs import chunks_of
from samovar.record import usage_file
from samovar.record.pricing import report
from samovar.record.usage_file import UsageLine
from samovar.report.price import text

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def configure(parser: ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument(
        "usage", metavar="USAGE", help="a usage object, records, a stream or a log; - is stdin"
    )
    parser.add_argument(
        "--at",
        type=dt.date.fromisoformat,
        metavar="DATE",
        help="the day whose prices count (the call's own, today)",
    )
    parser.add_argument("--provider", default="", metavar="P", help="who was called, where it is not said")
    parser.add_argument("--model", default="", metavar="ID", help="the model, where it is not said")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="text (default) or json")


def run(args: Namespace) -> int:
    """Price what the file holds; 1 where a record is not understood. Raises `InputUnreadable`."""
    lines = usage_file.read(chunks_of(args.usage), args.usage, provider=args.provider, model=args.model)
    if args.at is not None:
        lines = tuple(replace(line, day=args.at) if isinstance(line, UsageLine) else line for line in lines)
    found = report(lines, args.at or dt.datetime.now(dt.UTC).date())
    if args.format == "json":
        print(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
    else:
        print(text(found), end="")
    if not found.totals.skipped:
        return 0
    print(f"samovar: {found.totals.skipped} records are not understood and in no sum", file=sys.stderr)
    return 1
