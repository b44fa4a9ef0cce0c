"""Which entry a call could reach with the markers that it sent, whatever the time and the key space.

What is lost beyond the deepest such entry is a matter of markers; what is lost before it is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from samovar.attribution.keyspace import differences
from samovar.attribution.potential import counts
from samovar.providers.rules import BreakpointRules, MarkerRules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.attribution.measure import Measure
    from samovar.attribution.potential import Potential, Shared
    from samovar.attribution.sightings import Sight, Sightings
    from samovar.attribution.turn import Turn


class Entry(NamedTuple):
    """An entry of `count` positions and `tokens` tokens, at least `least`; `own` if this call's key space has it.

    `touched` is the start of the call that wrote or read it last, `visible` when it could first be read.
    """

    count: int
    tokens: int
    least: int
    own: bool
    turn: Turn
    visible: float
    tier: str

    @property
    def touched(self) -> float:
        """Start of the newest call that kept the entry alive."""
        return self.turn.start


class Reach(NamedTuple):
    """The deepest entry in reach of the markers, the deepest of this key space, and the deepest out of reach.

    `beyond` is an entry of this key space that is deeper than both, and that no marker of the call finds.
    """

    deepest: Entry | None
    own: Entry | None
    beyond: Entry | None
    shallow: tuple[Entry, ...] = ()
    """Further entries of this key space in reach, less deep than `own`, deepest first."""
    foreign: Entry | None = None
    """The deepest of another key space that this call should have met, if it is as deep as `own`."""


def reach(turn: Turn, potential: Potential, seen: Sightings, measure: Measure) -> Reach:
    """Return what the call could reach of its potential."""
    best = potential.best
    if best is None:
        return Reach(None, None, None)
    if not turn.marked:
        return _everywhere(turn, potential)
    limit = best.count
    deepest = own = foreign = None
    for position in _looked_at(turn, limit):
        for sight in reversed(seen.at(turn.chain[position])):
            if sight.entry is None or sight.entry is turn:
                continue
            same = sight.space == turn.space or not differences(turn, sight.turn, position + 1)
            if not same and not counts(turn, sight, position + 1, measure):
                continue
            entry = _entry(turn, position, sight, measure, own=same)
            if not same and foreign is None:
                foreign = entry
            if deepest is None or entry.count > deepest.count or (entry.count == deepest.count and same):
                deepest = entry
            if same and (own is None or entry.count > own.count):
                own = entry
        if own is not None:
            break
    shallow: list[Entry] = []
    if own is not None:
        for position in _looked_at(turn, own.count - 1):
            for sight in reversed(seen.at(turn.chain[position])):
                if sight.space == turn.space and sight.entry is not None and sight.entry is not turn:
                    shallow.append(_entry(turn, position, sight, measure, own=True))
                    break
            if len(shallow) >= SHALLOW:
                break
    beyond = None
    floor = 0 if own is None else own.count
    for position in range(min(limit, len(turn.chain)) - 1, floor - 1, -1):
        for sight in reversed(seen.at(turn.chain[position])):
            same = sight.space == turn.space or not differences(turn, sight.turn, position + 1)
            if same and sight.entry is not None and sight.entry is not turn:
                beyond = _entry(turn, position, sight, measure, own=True)
                break
        if beyond is not None:
            break
    if beyond is not None and own is not None and beyond.count <= own.count:
        beyond = None
    return Reach(deepest, own, beyond, tuple(shallow), foreign)


SHALLOW: Final = 6
"""Entries looked at below the deepest one."""


def _entry(turn: Turn, position: int, sight: Sight, measure: Measure, *, own: bool) -> Entry:
    holder = sight.entry if sight.entry is not None else sight.turn
    count = position + 1
    tokens = measure.tokens(turn, count)
    return Entry(count, tokens, tokens - measure.slack(turn, count, tokens), own, holder, sight.visible, sight.tier)


def _everywhere(turn: Turn, potential: Potential) -> Reach:
    """Where every position is an entry, the potential itself is in reach."""
    best, own = potential.best, potential.own
    deepest = None if best is None else _whole(best, potential.tokens)
    mine = deepest if own is best else None if own is None else _whole(own, own_tokens(turn, own, potential))
    return Reach(deepest, mine, None)


def own_tokens(turn: Turn, own: Shared, potential: Potential) -> int:
    """Return the tokens of the longest prefix in the own key space, at most."""
    sizes = turn.sizes
    return min(potential.tokens, sizes[own.count - 1] if own.count else own.inner)


def _whole(shared: Shared, tokens: int) -> Entry:
    return Entry(shared.count, tokens, tokens, shared.own, shared.turn, shared.turn.first, "")


def _looked_at(turn: Turn, limit: int) -> Iterator[int]:
    """Yield the positions below `limit` at which the call's markers look for entries, deepest first."""
    prompt, rules = turn.prompt, turn.rules
    if prompt is None:
        return
    if isinstance(rules, BreakpointRules):
        looked = {position for position, _ in prompt.markers}
        if prompt.implicit:
            looked.update(prompt.endings[-1 - rules.implicit_endings :])
            if prompt.opening >= 0:
                looked.add(prompt.opening)
        yield from sorted((position for position in looked if position < limit), reverse=True)
    elif isinstance(rules, MarkerRules):
        last = limit
        for position, _ in reversed(prompt.markers):
            top = min(position, last - 1)
            for at in range(top, max(position - rules.lookback, -1), -1):
                yield at
            last = min(last, max(position - rules.lookback + 1, 0), top + 1)
