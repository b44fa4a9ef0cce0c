"""Which entry a call could reach with the markers that it sent, whatever the time and the key space.

What is lost beyond the deepest such entry is a matter of markers; what is lost before it is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from samovar.attribution.keyspace import differences
from samovar.attribution.potential import counts
from samovar.providers.rules import BreakpointRules, MarkerRules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from samovar.attribution.measure import Measure
    from samovar.attribution.potential import Potential, Shared
    from samovar.attribution.sightings import Sightings
    from samovar.attribution.spots import Sight
    from samovar.attribution.turn import Turn


class Entry(NamedTuple):
    """An entry of `depth` positions and `tokens` tokens, at least `least`.

    `own` says whether this call's key space has it, `visible` since when it could be read.
    """

    depth: int
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
    """What the markers of a call could reach.

    `deepest` is the deepest entry of any key space, `own` the deepest of this one, `shallow` further ones of
    this key space from there on. `beyond` is an entry deeper than `own` that no marker of the call finds, of
    this key space if there is one. `foreign` is the deepest one of another key space, where it is as deep as
    `own`.
    """

    deepest: Entry | None
    own: Entry | None
    beyond: Entry | None = None
    shallow: tuple[Entry, ...] = ()
    foreign: Entry | None = None


SHALLOW: Final = 6
"""Entries looked at below the deepest one."""
NOWHERE: Final = Reach(None, None)


def reach(turn: Turn, potential: Potential, seen: Sightings, measure: Measure) -> Reach:
    """Return what the call could reach of its potential."""
    best = potential.best
    if best is None:
        return NOWHERE
    if not turn.marked:
        return _everywhere(turn, potential, seen, measure)
    deepest = own = foreign = None
    for position, sight in _sights(turn, _looked_at(turn, best.depth), seen):
        if own is not None and position + 1 < own.depth:
            break
        same = _same(turn, sight, position)
        if not same and not counts(turn, sight, position + 1, measure):
            continue
        entry = _entry(turn, position, sight, measure, own=same)
        if not same and foreign is None:
            foreign = entry
        if deepest is None or (entry.depth == deepest.depth and same):
            deepest = entry
        if same and own is None:
            own = entry
    if own is None:
        return Reach(deepest, None, _beyond(turn, best.depth, 0, seen, measure), (), foreign)
    beyond = _beyond(turn, best.depth, own.depth, seen, measure)
    return Reach(deepest, own, beyond, _shallow(turn, own.depth, seen, measure), foreign)


def _sights(turn: Turn, positions: Iterable[int], seen: Sightings) -> Iterator[tuple[int, Sight]]:
    """Yield the entries of earlier calls that end at these positions, the newest first at each."""
    for position in positions:
        for sight in reversed(seen.at(turn, position)):
            if sight.entry is not None and sight.entry is not turn:
                yield position, sight


def _same(turn: Turn, sight: Sight, position: int) -> bool:
    return sight.space == turn.space or not differences(turn, sight.turn, position + 1)


def _shallow(turn: Turn, depth: int, seen: Sightings, measure: Measure) -> tuple[Entry, ...]:
    """Return the entries of this key space in reach that are less deep."""
    found: dict[int, Entry] = {}
    for position, sight in _sights(turn, _looked_at(turn, depth - 1), seen):
        if sight.space == turn.space and position not in found:
            found[position] = _entry(turn, position, sight, measure, own=True)
            if len(found) >= SHALLOW:
                break
    return tuple(found.values())


def _beyond(turn: Turn, limit: int, depth: int, seen: Sightings, measure: Measure) -> Entry | None:
    """Return the deepest entry between two depths, whether or not a marker finds it.

    One of this key space goes before those of others.
    """
    other: Entry | None = None
    for position, sight in _sights(turn, range(limit - 1, depth - 1, -1), seen):
        if _same(turn, sight, position):
            return _entry(turn, position, sight, measure, own=True)
        if other is None and counts(turn, sight, position + 1, measure):
            other = _entry(turn, position, sight, measure, own=False)
    return other


def _entry(turn: Turn, position: int, sight: Sight, measure: Measure, *, own: bool) -> Entry:
    holder = sight.entry if sight.entry is not None else sight.turn
    count = position + 1
    tokens = measure.tokens(turn, count)
    return Entry(
        count, tokens, tokens - measure.slack(turn, count, tokens), own, holder, sight.visible, sight.tier
    )


def _everywhere(turn: Turn, potential: Potential, seen: Sightings, measure: Measure) -> Reach:
    """Where every position is an entry, the potential itself is in reach."""
    best, own = potential.best, potential.own
    deepest = None if best is None else _whole(turn, best, potential.tokens, seen)
    if own is None or best is None:
        return Reach(deepest, None)
    mine = deepest if own is best else _whole(turn, own, own_tokens(turn, own, potential), seen)
    shallow: list[Entry] = []
    visible = mine.visible if mine is not None else 0.0
    for depth in range(own.depth - 1, 0, -1):
        sight = next((each for each in seen.at(turn, depth - 1) if each.space == turn.space), None)
        if sight is None or sight.turn is turn or sight.visible == visible:
            continue
        visible = sight.visible
        tokens = measure.tokens(turn, depth)
        if turn.rules is not None and tokens >= turn.rules.floor.hi:
            shallow.append(Entry(depth, tokens, tokens * 9 // 10, True, sight.turn, visible, ""))  # noqa: FBT003  # a field
        if len(shallow) >= SHALLOW:
            break
    return Reach(deepest, mine, None, tuple(shallow))


def own_tokens(turn: Turn, own: Shared, potential: Potential) -> int:
    """Return the tokens of the longest prefix in the own key space, at most."""
    sizes = turn.sizes
    return min(potential.tokens, sizes[own.depth - 1] if own.depth else own.inner)


def _whole(turn: Turn, shared: Shared, tokens: int, seen: Sightings) -> Entry:
    """Return the prefix that two calls share as an entry."""
    sights = seen.at(turn, shared.depth - 1) if shared.depth and not shared.inner else []
    visible = min(
        (each.visible for each in sights if each.space == shared.turn.space), default=shared.turn.first
    )
    return Entry(shared.depth, tokens, tokens, shared.own, shared.turn, visible, "")


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
            yield from range(top, max(position - rules.lookback, -1), -1)
            last = min(last, max(position - rules.lookback + 1, 0), top + 1)
