"""What a formatter says before it writes: the files, and what their new form costs once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samovar.lint.change import Change
    from samovar.lint.finding import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Formatted:
    """A file whose form changes. `change` is None when no prompt in it does.

    `committed` is whether the change is held against the committed version, or else against the file.
    """

    file: str
    change: Change | None
    model: str
    committed: bool
    diff: str = ""


def as_text(found: Sequence[Formatted], files: int, *, check: bool) -> str:
    """Return the page for a terminal; `files` were read."""
    lines = []
    for each in found:
        lines.append(f"{each.file}: {'would be' if check else 'is'} formatted; {_effect(each)}")
        lines += [f"    {line}" for line in each.diff.splitlines()]
    known = [each.change.usd for each in found if each.change and each.change.usd is not None]
    if not found:
        lines.append("every file is in its form" if files else "there is no file to format")
    elif len(known) > 1:
        lines.append(
            f"{len(found)} files; all of it {money(sum(known))}, once for each cache that holds them"
        )
    return "\n".join(lines) + "\n"


def _effect(each: Formatted) -> str:
    if each.change is None:
        return "no prompt changes by it"
    return f"{effect(each.change, each.model)}{'' if each.committed else ' (it was never committed)'}"


def effect(change: Change, model: str) -> str:
    """Return in words what a change does to a cache."""
    kept = f"the first {change.same:,} of {change.after:,} tokens stay the same"
    begins = f"from line {change.line} on it is another prompt: {kept}"
    if not change.cached:
        return f"{begins}; alone it is too short for {model} to cache, so nothing is written once more"
    read = change.read[1]
    reads = "nothing of the old entry is read" if not read else f"{read:,} tokens are still read"
    price = "at an unknown price" if change.usd is None else f"for {money(change.usd)}"
    return f"{begins}, {reads} by {model}, and {change.rewritten:,} are written once more {price}"


def money(usd: float) -> str:
    """Return an amount with as many digits as it takes to see it."""
    return f"${usd:,.2f}" if usd >= 1 else f"${usd:.4f}"


def as_json(found: Sequence[Formatted], problems: Sequence[Problem], files: int, *, check: bool) -> str:
    """Return one JSON document: `changed`, `problems`, `files`, `written`."""
    document = {
        "changed": [
            {"file": each.file, "model": each.model, "committed": each.committed, "change": each.change}
            for each in found
        ],
        "problems": [{"file": each.file, "reason": each.reason} for each in problems],
        "files": files,
        "written": not check,
    }
    return msgspec.json.format(msgspec.json.encode(document)).decode() + "\n"
