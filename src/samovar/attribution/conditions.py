"""Conditions under which a log is a finding: `avoidable-usd>0.5,cause=tools-changed`. One is enough."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, get_args

from samovar.attribution.causes import BY_NAME
from samovar.attribution.explanation import PatternName
from samovar.errors import YoursError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samovar.attribution.explanation import Pattern, Summary

FIGURES: Final = (
    "avoidable-usd",
    "lost-usd",
    "cost-usd",
    "lost-tokens",
    "hit-rate",
    "token-hit-rate",
    "skipped",
)
NAMES: Final = ("cause", "verdict", "pattern")
VERDICTS: Final = frozenset({"hit", "partial", "miss", "bypass", "rejected", "unreported"})
_CONDITION: Final = re.compile(r"\s*([a-z-]+)\s*(>=|<=|>|<|=)\s*([^\s]+)\s*")
_ADVICE: Final = (
    f"Write FIGURE>NUMBER or FIGURE<NUMBER with {', '.join(FIGURES)}, or NAME=WORD with {', '.join(NAMES)}; "
    "separate conditions with commas, and quote them for the shell."
)


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition, and how it was written."""

    subject: str
    sign: str
    value: str

    def __str__(self) -> str:
        """Return it as it can be written."""
        return f"{self.subject}{self.sign}{self.value}"

    def holds(self, summary: Summary, patterns: Sequence[Pattern]) -> bool:
        """Whether the sums and patterns of a log meet it; a rate over no calls meets nothing."""
        match self.subject:
            case "cause":
                return self.value in summary.by_cause
            case "verdict":
                return self.value in summary.by_verdict
            case "pattern":
                return any(pattern.name == self.value for pattern in patterns)
            case _:
                figure = _figure(self.subject, summary)
                return figure is not None and _compare(figure, self.sign, float(self.value))


def conditions(text: str) -> tuple[Condition, ...]:
    """Return the conditions that a text states, separated by commas. Raises `YoursError`, also for none."""
    found = tuple(_condition(part) for part in text.split(",") if part.strip())
    if not found:
        raise YoursError(f"--fail-on {text!r} states no condition, so nothing would ever fail", _ADVICE)
    return found


def _condition(text: str) -> Condition:
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise YoursError(f"{text.strip()!r} is not a condition", _ADVICE)
    subject, sign, value = found.groups()
    if subject in NAMES:
        _check_name(subject, sign, value)
    elif subject in FIGURES:
        _check_number(text, sign, value)
    else:
        raise YoursError(f"{text.strip()!r}: there is no {subject!r} to look at", _ADVICE)
    return Condition(subject, sign, value)


def _check_name(subject: str, sign: str, value: str) -> None:
    if sign != "=":
        raise YoursError(f"{subject}{sign}{value}: a {subject} can only be named, with =", _ADVICE)
    known = {"cause": BY_NAME.keys(), "verdict": VERDICTS, "pattern": get_args(PatternName)}[subject]
    if value not in known:
        raise YoursError(f"there is no {subject} {value!r}", f"There are {', '.join(sorted(known))}.")


def _check_number(text: str, sign: str, value: str) -> None:
    try:
        finite = math.isfinite(float(value))
    except ValueError:
        finite = False
    if not finite:
        raise YoursError(f"{text.strip()!r}: {value!r} is not a number", _ADVICE)
    if sign == "=":
        raise YoursError(f"{text.strip()!r}: a figure is compared with < or >", _ADVICE)


def _figure(subject: str, summary: Summary) -> float | None:
    total = summary.total
    match subject:
        case "avoidable-usd":
            return total.avoidable_usd
        case "lost-usd":
            return total.lost_usd
        case "cost-usd":
            return total.cost_usd
        case "lost-tokens":
            return total.lost
        case "hit-rate":
            return summary.hits / summary.rated if summary.rated else None
        case "token-hit-rate":
            whole = total.read + total.written + total.uncached
            return total.read / whole if whole else None
        case _:
            return summary.skipped


def _compare(figure: float, sign: str, limit: float) -> bool:
    match sign:
        case ">":
            return figure > limit
        case ">=":
            return figure >= limit
        case "<":
            return figure < limit
        case _:
            return figure <= limit
