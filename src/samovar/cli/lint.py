"""`samovar lint`: rules about prompt files, rendered requests and logs, before they ship."""

from __future__ import annotations

import datetime as dt
import os
import secrets
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import samovar
from samovar.cli.atomic import replace_file
from samovar.cli.processes import lint_tree
from samovar.cli.prompt_tree import STDIN, read_tree, spared
from samovar.cli.settings import policy_at
from samovar.detectors import ask, named
from samovar.errors import OursError, OutputUnwritable, YoursError
from samovar.lint.baseline import read_baseline, unknown, write_baseline
from samovar.lint.finding import Confidence, Problem, Safety
from samovar.lint.fixes import fixed
from samovar.lint.run import Report
from samovar.lint.strange import strange
from samovar.report.findings import as_github, as_json, as_text
from samovar.testing.settings import lint_settings

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Mapping

    from samovar.lint.beside import Beside
    from samovar.lint.finding import Fix
    from samovar.lint.settings import Settings
    from samovar.policy import LintPolicy


def configure(parser: ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="files and folders; - reads one body from stdin"
    )
    parser.add_argument(
        "--provider", default="", metavar="P", help="who bodies go to (told by the body if it can be)"
    )
    parser.add_argument("--endpoint", default="", metavar="E", help="path or URL that bodies go to")
    parser.add_argument(
        "--at", type=dt.date.fromisoformat, metavar="DATE", help="day whose provider rules hold"
    )
    parser.add_argument("--model", default="", metavar="ID", help="whose floor and prices count for files")
    parser.add_argument("--format", choices=("text", "json", "sarif", "github"), default="text")
    parser.add_argument(
        "--select", default="", metavar="CODES", help="only these codes or names, comma-separated"
    )
    parser.add_argument("--ignore", default="", metavar="CODES", help="not these")
    parser.add_argument(
        "--confidence", choices=[each.word for each in Confidence], help="the least to report (likely)"
    )
    parser.add_argument(
        "--detectors",
        default="",
        metavar="NAMES",
        help="look for personal data with these extras too: presidio, kingfisher",
    )
    parser.add_argument("--fix", action="store_true", help="apply the safe fixes")
    parser.add_argument(
        "--unsafe-fixes", action="store_true", help="with --fix: those that change what a model reads too"
    )
    parser.add_argument(
        "--baseline", type=Path, metavar="FILE", help="known findings; written if the file is missing"
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="instead of ./samovar.toml")
    parser.add_argument(
        "--force-exclude", action="store_true", help="choose among named files as in a folder (for hooks)"
    )


def run(args: Namespace) -> int:
    """Lint, print, and return 1 when there are findings."""
    policy = policy_at(args.config).lint
    settings = _settings(args, policy)
    said = strange(
        provider=args.provider, endpoint=args.endpoint, model=settings.model, region=settings.region
    )
    for each in said:
        print(f"samovar: note: {each}", file=sys.stderr)
    tree, unread = read_tree(args.paths or ["."], policy.files, policy.exclude, choosy=args.force_exclude)
    if args.baseline is not None:
        # It tells of findings, and is none of the prompts.
        known = args.baseline.resolve()
        tree = {name: data for name, data in tree.items() if Path(name).resolve() != known}
    settings = ask(tree, settings)
    report = lint_tree(tree, settings)
    if args.fix:
        tree = _fix(tree, report, unread, unsafe=args.unsafe_fixes)
        settings = ask(tree, settings)
        report = lint_tree(tree, settings)
    problems = [*unread, *report.problems]
    if args.force_exclude:
        problems = spared(problems, tree, "linted")
    report = Report(report.findings, tuple(problems), report.files)
    if args.baseline is not None:
        report = _against(report, args.baseline)
    print(_rendered(report, tree, args.format, settings.beside), end="")
    if report.problems and not report.files:
        return YoursError.exit_code
    if any(problem.defect for problem in report.problems):
        return OursError.exit_code  # what the failed rule would have found must not pass a hook
    return 1 if report.findings else 0


def _settings(args: Namespace, policy: LintPolicy) -> Settings:
    settings = lint_settings(
        policy,
        provider=args.provider,
        endpoint=args.endpoint,
        at=args.at,
        select=tuple(filter(None, args.select.split(","))),
        ignore=tuple(filter(None, args.ignore.split(","))),
        confidence=args.confidence or "",
        model=args.model,
    )
    return replace(settings, detectors=named(args.detectors)) if args.detectors else settings


def _fix(
    tree: Mapping[str, bytes], report: Report, unwritten: list[Problem], *, unsafe: bool
) -> dict[str, bytes]:
    """Return the tree after the fixes; what cannot be written stays, and is told of in `unwritten`."""
    allowed = frozenset(Safety) if unsafe else frozenset({Safety.SAFE})
    after = dict(tree)
    fixes: dict[str, list[Fix]] = {}
    for each in report.findings:
        if each.fix is not None:
            fixes.setdefault(each.file, []).append(each.fix)
    for file, some in fixes.items():
        data = tree[file]
        new = fixed(data, some, allowed)
        if new != data and file != STDIN:
            try:
                replace_file(file, new)
            except OutputUnwritable as error:
                unwritten.append(Problem(file, error.what))
                continue
            after[file] = new
    return after


def _against(report: Report, path: Path) -> Report:
    folder = os.path.dirname(os.path.abspath(path))  # noqa: PTH100, PTH120  # links stay what they are called

    def named(file: str) -> str:
        """Return a file's path from the baseline's folder, however it was spelt."""
        return file if file == STDIN else os.path.relpath(file, folder).replace(os.sep, "/")

    if path.exists():
        known = read_baseline(path.read_bytes(), str(path))
        return Report(unknown(report.findings, known, named), report.problems, report.files)
    _write(path, write_baseline(report.findings, secrets.token_bytes(16), named))
    unread = len({each.file for each in report.problems if each.unread})
    print(
        f"samovar: {path} written with {len(report.findings)} findings; new ones are reported from now on"
        + (f"; {unread} files could not be read and are not in it" if unread else ""),
        file=sys.stderr,
    )
    return Report((), report.problems, report.files)


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise OutputUnwritable(f"cannot write {path}: {error.strerror}") from error


def _rendered(report: Report, tree: Mapping[str, bytes], form: str, beside: Beside) -> str:
    if form == "json":
        return as_json(report)
    if form == "github":
        return as_github(report)
    if form == "sarif":
        from samovar.report.sarif import as_sarif  # noqa: PLC0415  # one format of four

        return as_sarif(report, samovar.__version__)
    return as_text(report, tree, beside)
