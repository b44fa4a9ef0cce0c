"""`samovar fmt`: write prompt files in one form, and say first what that costs."""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from samovar.cli.atomic import replace_file
from samovar.cli.committed import before as committed_before
from samovar.cli.prompt_tree import STDIN, read_tree, spared
from samovar.cli.settings import policy_at
from samovar.errors import MalformedBody, OutputUnwritable, YoursError
from samovar.lint.finding import Problem
from samovar.lint.layout.form import formed
from samovar.lint.source.decode import decoded
from samovar.report.fmt import Formatted, as_json, as_text

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator, Mapping


def configure(parser: ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files and folders (this folder)")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; return 1 if something would change"
    )
    parser.add_argument("--diff", action="store_true", help="show the changes")
    parser.add_argument(
        "--unsafe-fixes",
        action="store_true",
        help="also order tools and schema keys, compose strings in tables, take spaces from line starts",
    )
    parser.add_argument("--model", default="", metavar="ID", help="whose cache rules and prices count")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="text (default) or json")
    parser.add_argument("--config", type=Path, metavar="FILE", help="instead of ./samovar.toml")
    parser.add_argument(
        "--force-exclude", action="store_true", help="choose among named files as in a folder (for hooks)"
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    """A file whose form differs: its bytes now, its text now and in its form."""

    file: str
    data: bytes
    before: str
    after: str


def run(args: Namespace) -> int:
    """Format, and return 1 when a check found something to do. Raises `OutputUnwritable`, `YoursError`."""
    policy = policy_at(args.config)
    if STDIN in args.paths:
        raise YoursError("fmt writes files, and - is none", "Name files or folders.")
    tree, problems = read_tree(
        args.paths or ["."], policy.lint.files, policy.lint.exclude, choosy=args.force_exclude, requests=False
    )
    unread = len(problems)
    plans = list(_plans(tree, problems, unsafe=args.unsafe_fixes))
    done = len(tree) - (len(problems) - unread)
    if args.force_exclude:
        problems = spared(problems, tree, "formatted")
    model = args.model or policy.lint.model or policy.provider.model or ""
    effects = _effects(plans, model, diff=args.diff)
    if args.format == "text":
        # Before writing: what it will cost is said while it can still be stopped.
        print(as_text(effects, done, check=args.check), end="", flush=True)
    written = 0
    for plan in () if args.check else plans:
        try:
            replace_file(plan.file, plan.after.encode())
            written += 1
        except OutputUnwritable as error:
            problems.append(Problem(plan.file, error.what))
    if args.format == "json":
        print(as_json(effects, problems, len(tree), check=args.check), end="")
    for problem in problems:
        print(f"samovar: {problem.file}: not formatted: {problem.reason}", file=sys.stderr)
    return _code(plans, problems, done, written, check=args.check)


def _code(plans: list[_Plan], problems: list[Problem], done: int, written: int, *, check: bool) -> int:
    if plans and not check and not written:
        return OutputUnwritable.exit_code
    if problems and not done:
        return YoursError.exit_code
    return 1 if check and plans else 0


def _plans(tree: Mapping[str, bytes], problems: list[Problem], *, unsafe: bool) -> Iterator[_Plan]:
    for file, data in tree.items():
        try:
            text = decoded(data)
            after = formed(file, text, unsafe=unsafe)
        except MalformedBody as error:
            problems.append(Problem(file, error.what))
            continue
        if after.encode() != data:
            yield _Plan(file, data, text, after)


def _effects(plans: list[_Plan], model: str, *, diff: bool) -> list[Formatted]:
    if not plans:
        return []
    # Counting takes a vocabulary and half a second: only who has something to format should wait.
    from samovar.lint.change import change, reader_for  # noqa: PLC0415  # the reason is the line above
    from samovar.lint.prompt_file import rendered  # noqa: PLC0415  # as above
    from samovar.lint.strange import strange  # noqa: PLC0415  # as above

    for said in strange(model=model):
        print(f"samovar: note: {said}", file=sys.stderr)
    reader = reader_for(model, dt.datetime.now(dt.UTC).date())
    cached, _ = committed_before(plan.file for plan in plans)
    effects = []
    for plan in plans:
        base = cached.get(plan.file)
        try:
            before = plan.before if base is None else decoded(base)
            old, new = rendered(plan.file, before), rendered(plan.file, plan.after)
        except MalformedBody:
            old = new = ""
        effects.append(
            Formatted(
                file=plan.file,
                change=change(old, new, reader) if old != new else None,
                model=reader.model,
                committed=base is not None,
                diff=_diff(plan) if diff else "",
            )
        )
    return effects


def _diff(plan: _Plan) -> str:
    import difflib  # noqa: PLC0415  # only who asks for it

    lines = difflib.unified_diff(
        plan.before.splitlines(keepends=True), plan.after.splitlines(keepends=True), plan.file, plan.file
    )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ no line end\n" for line in lines)
