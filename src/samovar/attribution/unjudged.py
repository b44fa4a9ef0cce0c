"""Changes of content that nothing is said to have been lost to: the call hit all the same, or has no usage.

A folder of bodies has no usage at all; what changed from one to the next is all that can be told of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from samovar.attribution.content import Changed, changed, later_changes, shared_positions
from samovar.attribution.lineage import continues
from samovar.attribution.turn import LEAST

if TYPE_CHECKING:
    from collections.abc import Iterable

    from samovar.attribution.measure import Measure
    from samovar.attribution.turn import Turn


class Unjudged(NamedTuple):
    """A change, the call before it, and the tokens of that call that stood behind the change."""

    change: Changed
    before: Turn
    tokens: int


def unjudged(turn: Turn, compared: Iterable[tuple[Turn, bool]], measure: Measure) -> Unjudged | None:
    """Return the first change against calls that this one should share with, None for one that only goes on.

    With each of those comes whether messages are to be shared too, or tools and system alone.
    """
    for before, whole in compared:
        depth = shared_positions(before, turn)
        end = len(before.chain) if whole else before.steady
        if depth >= end:
            if whole:
                return None
            continue
        tokens = measure.tokens(before, end) - (measure.tokens(before, depth) if depth else 0)
        change = changed(before, turn) if tokens > LEAST else None
        if change is None or (change.level == "messages" and not (whole and continues(before, turn))):
            continue
        if whole and change.level != "messages":
            change = replace(change, others=later_changes(before, turn, change.level))
        return Unjudged(change, before, tokens)
    return None
