"""What a page about a log shows of each cause: the dearest call, and the places where it struck."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from samovar.attribution.explanation import Explained

PLACES: Final = 200
"""Places that are counted of one cause."""
SURE: Final = {"certain": 2, "likely": 1}
_INDEX: Final = re.compile(r"^((?:messages|input|contents))\[\d+\]")


@dataclass(slots=True)
class Example:
    """One cause: its dearest call, how often it struck where, and how often it was no more than likely."""

    call: Explained
    places: Counter[str] = field(default_factory=Counter)
    unsure: int = 0


class Examples:
    """The dearest call of each cause, and the largest change of each kind. As many as there are causes."""

    def __init__(self) -> None:
        """Begin without calls."""
        self.by_cause: dict[str, Example] = {}
        self.by_shift: dict[str, Explained] = {}
        """By what would be the cause: the call without usage whose content changed earliest."""

    def add(self, call: Explained) -> None:
        """Take a call in."""
        if call.shift is not None and call.verdict == "unreported":
            largest = self.by_shift.get(call.shift.cause)
            if largest is None or largest.shift is None or largest.shift.tokens < call.shift.tokens:
                self.by_shift[call.shift.cause] = call
        if call.cause is None:
            return
        found = self.by_cause.get(call.cause)
        if found is None:
            found = self.by_cause[call.cause] = Example(call)
        elif _weight(call) > _weight(found.call):
            found.call = call
        found.unsure += call.confidence != "certain"
        place = place_of(call)
        if place and (place in found.places or len(found.places) < PLACES):
            found.places[place] += 1


def place_of(call: Explained) -> str:
    """Return the place of a cause as calls share it: turns move on, so messages lose their number."""
    return _INDEX.sub(r"\1[*]", call.path or "")


def _weight(call: Explained) -> tuple[float, float, int, int]:
    lost = max(0, call.should - (call.reported or 0))
    return (call.avoidable_usd, call.lost_usd, SURE.get(call.confidence, 0), lost)
