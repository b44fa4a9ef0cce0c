"""`samovar explain`: why each call of a log read less than it could, what that cost, and what to change."""

from __future__ import annotations

import datetime as dt
import re
import sys
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from samovar.attribution import Explainer
from samovar.attribution.causes import BY_NAME
from samovar.attribution.conditions import conditions
from samovar.call import SegmentMemo
from samovar.cli.ahead import HEAVIEST, REMEMBERED, read_ahead
from samovar.cli.collector import unwatched
from samovar.cli.logs import together
from samovar.cli.numbers import whole
from samovar.cli.pages import LargePages
from samovar.cli.settings import policy_at
from samovar.errors import YoursError
from samovar.record.clock import seconds
from samovar.record.intake import Intake
from samovar.report.explanation import JsonReport, Whole
from samovar.report.explanation_html import HtmlReport
from samovar.report.explanation_text import TextReport

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable

    from samovar.attribution import Explained
    from samovar.report.explanation import Report

TOGETHER: Final = 256
"""Calls that are written at once."""
AGO: Final = re.compile(r"(\d+(?:\.\d+)?)([smhd])")
UNITS: Final = {"s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}


def configure(parser: ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument(
        "logs", nargs="*", metavar="LOG", help="logs of any kind, folders of them, a ledger; - is stdin"
    )
    parser.add_argument(
        "--provider", default="", metavar="P", help="who was called, instead of what the log says"
    )
    parser.add_argument("--format", choices=("text", "json", "html"), default="text")
    parser.add_argument(
        "--calls", action="store_true", help="list every call in the text, not only the causes"
    )
    parser.add_argument(
        "--since", default="", metavar="T", help="only calls from T on: a time, or 90m, 12h, 7d before now"
    )
    parser.add_argument("--session", default="", metavar="S", help="only calls of this session or lineage")
    parser.add_argument("--cause", default="", metavar="C", help="only calls with this cause")
    parser.add_argument(
        "--fail-on",
        default=None,
        metavar="IF",
        help="exit 1 if one holds: 'avoidable-usd>0.5,cause=tools-changed'",
    )
    parser.add_argument("--show-text", action="store_true", help="show the values that differ, else masked")
    parser.add_argument(
        "--jobs",
        type=whole(1),
        default=1,
        metavar="N",
        help="with 2 a second process reads the logs ahead; the answers are the same (default 1)",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="instead of ./samovar.toml")


def run(args: Namespace) -> int:
    """Explain, print as it goes, and return 1 when a condition of --fail-on holds."""
    wanted = () if args.fail_on is None else conditions(args.fail_on)
    selects = _selection(args)
    memo, intake = SegmentMemo(REMEMBERED, HEAVIEST), Intake()
    explainer = Explainer(
        memo,
        show_text=args.show_text,
        freshness=policy_at(args.config).lint.freshness,
        selects=selects,
        tree=args.format != "text",
    )
    logs = _logs(args)
    if args.jobs > 1 and "-" not in logs:
        found = read_ahead(logs, provider=args.provider)
    else:
        found = together(logs, memo, provider=args.provider)
    observed = intake.read(found, " ".join(logs))
    report = _report(args)
    sys.stdout.write(report.begin())
    with unwatched():
        stream, pages = explainer.stream(observed), LargePages()
        for calls in iter(lambda: list(islice(stream, TOGETHER)), []):
            pages.round()
            sys.stdout.write("".join(map(report.call, calls)))
        explainer.summary.skipped = intake.skipped
        whole = Whole(explainer.patterns(), explainer.prefixes(), explainer.summary, intake)
        sys.stdout.write(report.end(whole))
    if wanted and not whole.summary.total.calls:
        print("samovar: --fail-on: no call is selected, so nothing was checked", file=sys.stderr)
        return 1
    met = [each for each in wanted if each.holds(whole.summary, whole.patterns)]
    if met:
        print(f"samovar: --fail-on: {', '.join(map(str, met))}", file=sys.stderr)
    return 1 if met else 0


def _logs(args: Namespace) -> list[str]:
    """Return the logs that were named, or stdin where something is piped into it. Raises `YoursError`."""
    if args.logs or not sys.stdin.isatty():
        return args.logs or ["-"]
    raise YoursError("no log is named", "Name one, or pipe it in: samovar explain calls.jsonl.")


def _only(logs: list[str]) -> str:
    """Return the log if it is a single file, in which calls can be named."""
    return logs[0] if len(logs) == 1 and Path(logs[0]).is_file() else ""


def _report(args: Namespace) -> Report:
    match args.format:
        case "json":
            return JsonReport()
        case "html":
            return HtmlReport()
        case _:
            return TextReport(calls=args.calls, show_text=args.show_text, log=_only(args.logs))


@dataclass(frozen=True, slots=True)
class Selection:
    """Which calls are told of; all others are evidence only."""

    since: float | None
    session: str
    cause: str

    def __call__(self, call: Explained) -> bool:
        """Whether a call is told of."""
        if self.since is not None and (call.started_at is None or call.started_at < self.since):
            return False
        named = {call.session, call.lineage, call.lineage.rpartition("/")[2]}
        if self.session and self.session not in named:
            return False
        return not self.cause or call.cause == self.cause


def _selection(args: Namespace) -> Callable[[Explained], bool] | None:
    """Return what the options select, None for everything. Raises `YoursError`."""
    if args.cause and args.cause not in BY_NAME:
        raise YoursError(f"there is no cause {args.cause!r}", f"There are {', '.join(BY_NAME)}.")
    since = _time(args.since) if args.since else None
    found = Selection(since, args.session, args.cause)
    return found if args.since or args.session or args.cause else None


def _time(text: str) -> float:
    """Return epoch seconds of a time, or of so long ago. Raises `YoursError`."""
    ago = AGO.fullmatch(text)
    if ago is not None:
        return time.time() - float(ago[1]) * UNITS[ago[2]]
    found = seconds(text)
    if found is None:
        shown = dt.datetime.now(dt.UTC)
        raise YoursError(
            f"--since {text!r} is not a time",
            f"Write one like {shown:%Y-%m-%dT%H:%M:%SZ}, or 12h for 12 hours ago.",
        )
    return found
