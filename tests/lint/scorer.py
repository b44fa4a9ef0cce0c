"""Scores the linter against the corpus: expected findings at their paths, ordinary bodies silent.

`python -m tests.lint.scorer [FOLDER] [even|odd|ids…]` prints what failed; FOLDER holds one folder a case. A
body is linted as `samovar lint request.json --provider … --endpoint … --at …` does it, a log as its file.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from samovar.lint.run import lint
from samovar.lint.settings import Settings
from tests.corpus import Case, cases

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from samovar.lint.finding import Finding


@dataclass
class Score:
    """Counts, and the failures in words."""

    expected: int = 0
    found: int = 0
    quiet: int = 0
    silent: int = 0
    extra: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """The share of expected findings that are made at their path, from 0 to 1."""
        return self.found / self.expected if self.expected else 1.0


def findings(case: Case, **more: object) -> tuple[Finding, ...]:
    """Return what the linter says about a case at the default confidence."""
    about = case.about
    if "request.json" in case.files:
        at = dt.date.fromisoformat(about["date"]) if about.get("date") else None
        settings = Settings(provider=about["provider"], endpoint=about.get("endpoint") or "", at=at, **more)  # type: ignore[arg-type]  # members of Settings
        report = lint({"request.json": case.files["request.json"].encode()}, settings)
    else:
        report = lint({"exchanges.jsonl": case.files["exchanges.jsonl"].encode()}, Settings(**more))  # type: ignore[arg-type]  # as above
    assert not report.problems, (case.id, report.problems)
    return report.findings


def score(chosen: Iterable[Case]) -> Score:
    """Score bodies whole, and of logs the findings that are expected of the log."""
    result = Score()
    for case in chosen:
        made = {(each.name, each.path) for each in findings(case)}
        wanted = {
            (each.get("finding") or each["cause"], each["path"]) for each in case.expected.get("findings", ())
        }
        result.expected += len(wanted)
        result.found += len(wanted & made)
        result.failures += [f"{case.id}: missed {name} at {path}" for name, path in sorted(wanted - made)]
        if "request.json" not in case.files:
            continue
        if not wanted:
            result.quiet += 1
            result.silent += not made
            result.failures += [f"{case.id}: control has {name} at {path}" for name, path in sorted(made)]
        else:
            result.extra += [f"{case.id}: also {name} at {path}" for name, path in sorted(made - wanted)]
    return result


def subjects() -> tuple[Case, ...]:
    """Return the cases that say something about findings."""
    return tuple(
        case
        for case in cases("body", "control", "log")
        if "request.json" in case.files or "findings" in case.expected
    )


def from_folder(folder: Path) -> tuple[Case, ...]:
    """Return the cases of an unpacked corpus."""
    found = []
    for about in sorted(folder.glob("*/case.json")):
        case = json.loads(about.read_text("utf-8"))
        if case["kind"] in {"body", "control", "log"}:
            files = {name: (about.parent / name).read_text("utf-8") for name in case["given"]}
            found.append(Case(case["id"], case["kind"], case, files))
    return tuple(case for case in found if "request.json" in case.files or "findings" in case.expected)


def main(arguments: Sequence[str]) -> None:
    """Print the figures and the failures of the chosen cases."""
    rest = list(arguments)
    chosen = from_folder(Path(rest.pop(0))) if rest and Path(rest[0]).is_dir() else subjects()
    if rest in (["even"], ["odd"]):
        chosen = tuple(case for case in chosen if int(case.id[1:]) % 2 == (rest == ["odd"]))
    elif rest:
        chosen = tuple(case for case in chosen if case.id in rest)
    result = score(chosen)
    for line in (*result.failures, *result.extra):
        print(line)
    print(
        f"found {result.found} of {result.expected} ({result.recall:.3f}); "
        f"silent {result.silent} of {result.quiet}; extra {len(result.extra)}"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
