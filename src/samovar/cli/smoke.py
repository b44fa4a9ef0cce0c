"""`samovar smoke`: changed prompts, rendered and tried on a provider in a box beside what is committed."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from samovar.cli.committed import before, changed, committed, kept
from samovar.cli.including import beside, includes, including
from samovar.cli.prompt_tree import SUFFIXES, read_tree, spared
from samovar.cli.settings import policy_at
from samovar.errors import MalformedBody, YoursError
from samovar.lint.finding import Problem
from samovar.lint.source.decode import LARGEST, decoded
from samovar.lint.source.kind import LANGUAGES
from samovar.report.smoke import as_json, as_text

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Sequence

    from samovar.policy import Policy
    from samovar.report.smoke import Smoked


def configure(parser: ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="prompt files (those that differ from the base version)"
    )
    parser.add_argument("--base", default="", metavar="REV", help="the version to hold them against (HEAD)")
    parser.add_argument("--model", default="", metavar="ID", help="whose cache rules and prices count")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="text (default) or json")
    parser.add_argument("--config", type=Path, metavar="FILE", help="instead of ./samovar.toml")
    parser.add_argument(
        "--force-exclude", action="store_true", help="choose among named files as in a folder (for hooks)"
    )


def run(args: Namespace) -> int:
    """Check, print, and return 1 when a prompt fails."""
    policy = policy_at(args.config)
    base = args.base or policy.smoke.base
    names = args.paths or changed(".", base)
    paths = args.paths or [name for name in names if name.rsplit(".", 1)[-1] in SUFFIXES]
    choosy = args.force_exclude or not args.paths
    if choosy:
        paths = list(dict.fromkeys([*paths, *_including(names)]))
    tree, problems = read_tree(paths, policy.lint.files, policy.lint.exclude, choosy=choosy, requests=False)
    unread = len(problems)
    found = _smoked(tree, problems, policy, base, args.model, named=not choosy)
    if choosy:
        problems = spared(problems, tree, "tried")
    print(as_json(found, problems) if args.format == "json" else as_text(found, problems), end="")
    if unread and not tree:
        return YoursError.exit_code
    return 1 if problems or any(each.faults for each in found) else 0


def _smoked(
    tree: dict[str, bytes], problems: list[Problem], policy: Policy, base: str, model: str, *, named: bool
) -> list[Smoked]:
    cached, called = before(tree, base)
    if not named:
        # What is as it was committed needs no check, unless it may include what is not.
        tree = {file: data for file, data in tree.items() if cached.get(file) != data or includes(data)}
    if not tree:
        return []
    # The emulator and a vocabulary take a third of a second: only who has a changed prompt should wait.
    from samovar.lint.change import reader_for  # noqa: PLC0415  # the reason is the line above
    from samovar.lint.strange import strange  # noqa: PLC0415  # as above
    from samovar.smoke.run import smoke  # noqa: PLC0415  # as above

    chosen = model or policy.smoke.model or policy.lint.model or policy.provider.model or ""
    for said in strange(model=chosen):
        print(f"samovar: note: {said}", file=sys.stderr)
    reader = reader_for(chosen, dt.datetime.now(dt.UTC).date(), policy.provider.platform)
    found = []
    for file, data in tree.items():
        try:
            old = _text(cached.get(file))
            loads = (_committed(called.get(file, file), base), _present(file))
            found.append(smoke(file, old, decoded(data), reader, policy.smoke, loads))
        except MalformedBody as error:
            problems.append(Problem(file, error.what))
    if not cached:
        print(f"samovar: nothing is committed under {base}: the prompts count as new", file=sys.stderr)
    return found


def _including(names: Sequence[str]) -> list[str]:
    """Return the templates here that are other prompts because of what changed."""
    if not names:
        return []
    found = {}
    for name in kept(sorted(each for each, kind in LANGUAGES.items() if kind == "jinja")):
        path = Path(name)
        if path.is_file() and path.stat().st_size <= LARGEST:
            found[name] = path.read_bytes()
    return including(found, names)


def _text(data: bytes | None) -> str | None:
    try:
        return None if data is None else decoded(data)
    except MalformedBody:
        return None


def _present(file: str) -> Callable[[str], str | None]:
    def load(name: str) -> str | None:
        for path in beside(file, name):
            if path.is_file():
                return decoded(path.read_bytes())
        return None

    return load


def _committed(file: str, base: str) -> Callable[[str], str | None]:
    def load(name: str) -> str | None:
        for path in beside(file, name):
            data = committed([str(path)], base).get(str(path))
            if data is not None:
                return decoded(data)
        return None

    return load
