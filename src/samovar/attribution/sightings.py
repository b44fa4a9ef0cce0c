"""Which calls have been seen with a prefix: newest last per key space, bounded.

One sight per prefix and key space keeps what look-ups need: the newest calls with the prefix and, where an
entry was written exactly there, who touched it last and since when it can be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samovar.attribution.lifetimes import lifetime
from samovar.attribution.spots import Sight

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from samovar.attribution.spots import Spot, Spots
    from samovar.attribution.turn import Turn

SPACES: Final = 6
"""Key spaces kept per prefix, the newest ones."""


class Sightings:
    """Prefixes seen so far, on the spots that hold what is known of them."""

    __slots__ = ("_depth", "_row", "_spots", "_turn")

    def __init__(self, spots: Spots) -> None:
        """Begin with nothing seen."""
        self._spots = spots
        self._turn: Turn | None = None
        self._row: Sequence[Spot] = ()
        self._depth = 0
        """How many leading positions of the turn at hand had been seen."""

    def depth(self, turn: Turn) -> int:
        """Return how many leading positions have been seen before, in any key space.

        What is behind a forgotten one is forgotten.
        """
        return self._depth if turn is self._turn else self._look_at(turn)

    def _look_at(self, turn: Turn) -> int:
        """Keep the spots of one call at hand, and return how many were seen before."""
        self._row = self._spots.of(turn)
        depth = 0
        for spot in self._row:
            if not spot.sights:
                break
            depth += 1
        self._turn, self._depth = turn, depth
        return depth

    def deepest(self, turn: Turn) -> Sequence[Sight]:
        """Return the sights of the longest prefix that has been seen, newest last."""
        depth = self.depth(turn)
        return self._row[depth - 1].sights if depth else ()

    def again(self, turn: Turn, position: int) -> bool:
        """Whether more than one call had a prefix."""
        sights = self._spots.of(turn)[position].sights
        return len(sights) > 1 or any(sight.before is not None for sight in sights)

    def at(self, turn: Turn, position: int) -> Sequence[Sight]:
        """Return the sights of the prefix that ends at a position, newest last."""
        return self._spots.of(turn)[position].sights

    def down(self, turn: Turn, steps: int) -> Iterator[tuple[int, Sight]]:
        """Yield (positions shared, sight) from the deepest on and `steps` below, the newest first at each."""
        depth, row = self.depth(turn), self._row
        for count in range(depth, max(0, depth - steps - 1), -1):
            for sight in reversed(row[count - 1].sights):
                yield count, sight

    def written(self, turn: Turn, depth: int) -> int:
        """Return the most positions, `depth` at most, after which an entry ends; 0 without any."""
        row = self._row if turn is self._turn else self._spots.of(turn)
        for count in range(depth, 0, -1):
            for sight in row[count - 1].sights:
                if sight.entry is not None:
                    return count
        return 0

    def add(self, turn: Turn, lifetime: float) -> None:
        """Take a call in; a prefix that nobody used for `lifetime` seconds begins a new life."""
        space, start = turn.space, turn.start
        known, row, renews = self.depth(turn), self._row, not turn.marked
        last: Spot | None = None
        for spot in row[:known]:
            if spot is last:  # positions that nobody renders have the digest of the last
                continue
            last = spot
            sight = spot.sights[-1]
            if sight.space is not space:
                sight = _own(spot.sights, turn)
            before = sight.turn
            if renews and (start - before.start > lifetime or turn.first < sight.visible):
                sight.visible = turn.first
            if before is not turn:
                sight.before = before
                sight.turn = turn
        for spot in row[known:]:
            if spot is not last:
                last = spot
                spot.sights = [Sight(space, turn)]
        self._depth = len(row)

    def touch(self, turn: Turn, position: int, tier: str, lifetime: float, *, wrote: bool) -> None:
        """An entry that ends after `position` was written or read by a call that `add` has taken in."""
        row = self._row if turn is self._turn else self._spots.of(turn)
        sights = row[position].sights
        if not sights:
            return
        sight = sights[-1]
        if sight.space is not turn.space:
            sight = _own(sights, turn)
        lapsed = sight.entry is None or turn.start - sight.entry.start > lifetime
        if wrote:
            sight.writes += 1
        if lapsed:
            if not wrote:
                return
            sight.visible, sight.tier = turn.first, tier
        elif wrote and turn.first < sight.visible:
            sight.visible = turn.first
        sight.entry = turn

    def keep(self, turn: Turn, position: int, tier: str) -> None:
        """Let an entry live on that ends after `position`: the call marked it for `tier`, and read past it.

        Such a call makes none. Whether one was still there after its promised lifetime is not known, nor
        whether it lives for longer than is asked for, where only the longer lifetime had kept it until now.
        """
        row = self._row if turn is self._turn else self._spots.of(turn)
        sights, rules = row[position].sights, turn.rules
        if not sights or rules is None:
            return
        sight = sights[-1] if sights[-1].space is turn.space else _own(sights, turn)
        if sight.entry is None:
            return
        held, asked = lifetime(rules, sight.tier), lifetime(rules, tier)
        idle = turn.start - sight.entry.start
        if idle > (held.must if held.must > 0 else held.may):
            return
        if asked.may < idle:
            sight.tier = tier
        sight.entry = turn


def _own(sights: list[Sight], turn: Turn) -> Sight:
    """Return the sight in the call's key space, as the newest one."""
    space = turn.space
    for i, sight in enumerate(sights):
        if sight.space == space:
            sights.append(sights.pop(i))
            return sight
    if len(sights) >= SPACES:
        del sights[0]
    sight = Sight(space, turn)
    sights.append(sight)
    return sight
