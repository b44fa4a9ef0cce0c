"""What the smoke check says of a changed prompt."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec

from samovar.report.fmt import money

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samovar.lint.finding import Problem


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a prompt fails: one of white-space, tokens, cost, first-byte, lost-prefix, floor, sharing."""

    name: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Smoked:
    """One prompt. Tokens are those that the provider in a box counts; seconds are to the first byte.

    `before` are the tokens of the committed version, None for a new file; `same` those in front of the first
    change, `read` what the provider still reads of the committed version's entry. `shared` is what the
    prompts of two users have in common, None when no slot makes them differ; `second_read` what the second
    user reads.
    """

    file: str
    model: str
    tokens: int
    before: int | None
    floor: int
    same: int | None
    read: int
    shared: int | None
    shared_before: int | None
    cold_usd: float | None
    warm_usd: float | None
    cold_seconds: float
    warm_seconds: float
    second_read: int
    changed: bool
    faults: tuple[Fault, ...] = field(default=())

    def judged(self, faults: tuple[Fault, ...]) -> Smoked:
        """Return the result with its faults."""
        return replace(self, faults=faults)


def as_text(found: Sequence[Smoked], problems: Sequence[Problem]) -> str:
    """Return the page for a terminal."""
    lines = []
    for each in found:
        lines.append(f"{each.file}: {'fails' if each.faults else 'passes'}")
        lines += [f"    ✗ {fault.says}" for fault in each.faults]
        lines += [f"    {line}" for line in _figures(each)]
    lines += [f"{each.file}: fails: {each.reason}" for each in problems]
    failed = sum(bool(each.faults) for each in found) + len(problems)
    total = len(found) + len(problems)
    passed = "1 changed prompt passes" if total == 1 else f"{total} changed prompts pass"
    said = f"{failed} of {total} changed prompts fail" if failed else passed
    lines.append(said if total else "no prompt has changed")
    return "\n".join(lines) + "\n"


def _figures(each: Smoked) -> list[str]:
    grew = "new" if each.before is None else f"was {each.before:,}"
    cached = (
        "" if each.tokens >= each.floor else f"; alone it is not cached: {each.model} needs {each.floor:,}"
    )
    lines = [f"{each.tokens:,} tokens ({grew}){cached}"]
    if each.before is not None and each.changed:
        lines.append(
            f"the first {each.same or 0:,} are those of the committed version; "
            f"{each.model} reads {each.read:,} of its entry"
        )
    if each.before is not None and not each.changed:
        lines.append("it renders as the committed version does")
    if each.shared is not None:
        was = f" (was {each.shared_before:,})" if each.shared_before is not None else ""
        lines.append(f"two users have the first {each.shared:,} tokens in common{was}")
    lines.append(
        f"first byte {each.cold_seconds:.2f} s cold, {each.warm_seconds:.2f} s warm"
        + ("" if each.cold_usd is None else f"; input {money(each.cold_usd)} cold, ")
        + ("" if each.warm_usd is None else f"{money(each.warm_usd)} warm")
    )
    return lines


def as_json(found: Sequence[Smoked], problems: Sequence[Problem]) -> str:
    """Return one JSON document: `prompts`, `problems`, `failed`."""
    document = {
        "prompts": found,
        "problems": [{"file": each.file, "reason": each.reason} for each in problems],
        "failed": sum(bool(each.faults) for each in found) + len(problems),
    }
    return msgspec.json.format(msgspec.json.encode(document)).decode() + "\n"
