"""Which calls have been seen with a prefix: by digest, newest last per key space, bounded.

One sight per prefix and key space keeps what look-ups need: the newest calls with the prefix and, where an
entry was written exactly there, who touched it last and since when it can be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samovar.call.memo import Memo

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from samovar.attribution.turn import Space, Turn

SPACES: Final = 6
"""Key spaces kept per prefix, the newest ones."""


class Sight:
    """A prefix in one key space.

    `turn` is the newest call with it and `before` the newest but one. `entry` is the newest call that wrote
    or read an entry that ends exactly here, None while there was none; `tier` is the entry's granted
    lifetime and `visible` the earliest first byte of those who wrote it in its present life. Where every
    position is an entry, `visible` belongs to the prefix.
    """

    __slots__ = ("before", "entry", "space", "tier", "turn", "visible", "writes")

    def __init__(self, space: Space, turn: Turn) -> None:
        """Begin with the first call."""
        self.space = space
        self.turn = turn
        self.before: Turn | None = None
        self.entry: Turn | None = None
        self.tier = ""
        self.visible = turn.first
        self.writes = 0
        """Calls that marked exactly this prefix."""


class Sightings:
    """Prefixes seen so far: at least the `capacity` most recently used ones.

    One call at a time is looked at, so the sights of its whole chain are kept at hand.
    """

    __slots__ = ("_chain", "_depth", "_row", "_seen")

    def __init__(self, capacity: int = 25_000) -> None:
        """Begin with nothing seen."""
        self._seen: Memo[bytes, list[Sight]] = Memo(capacity)
        self._chain: tuple[bytes, ...] = ()
        self._row: list[list[Sight] | None] = []
        self._depth = 0
        """How many leading positions of the chain at hand had been seen."""

    def _at_hand(self, chain: tuple[bytes, ...]) -> list[list[Sight] | None]:
        if chain is not self._chain:
            self._row = row = self._seen.all(chain)
            self._chain = chain
            self._depth = _leading(row)
        return self._row

    def depth(self, chain: tuple[bytes, ...]) -> int:
        """Return how many leading positions have been seen before, in any key space."""
        if chain is not self._chain:
            self._at_hand(chain)
        return self._depth

    def deepest(self, chain: tuple[bytes, ...]) -> Sequence[Sight]:
        """Return the sights of the longest prefix that has been seen, newest last."""
        depth = self.depth(chain)
        return (self._row[depth - 1] or ()) if depth else ()

    def again(self, digest: bytes) -> bool:
        """Whether more than one call had a prefix."""
        sights = self.at(digest)
        return len(sights) > 1 or any(sight.before is not None for sight in sights)

    def at(self, digest: bytes) -> list[Sight]:
        """Return the sights of one prefix, newest last."""
        return self._seen.get(digest) or []

    def down(self, chain: tuple[bytes, ...], depth: int) -> Iterator[tuple[int, Sight]]:
        """Yield (positions shared, sight) from the deepest on, the newest first at each depth."""
        row = self._at_hand(chain)
        for count in range(depth, 0, -1):
            for sight in reversed(row[count - 1] or ()):
                yield count, sight

    def written(self, chain: tuple[bytes, ...], depth: int) -> int:
        """Return the most positions, `depth` at most, after which an entry ends; 0 without any."""
        row = self._at_hand(chain)
        for count in range(depth, 0, -1):
            for sight in row[count - 1] or ():
                if sight.entry is not None:
                    return count
        return 0

    def add(self, turn: Turn, lifetime: float) -> None:
        """Take a call in; a prefix that nobody used for `lifetime` seconds begins a new life."""
        chain, space, start = turn.chain, turn.space, turn.start
        row, known, renews = self._at_hand(chain), self._depth, not turn.marked
        last: list[Sight] | None = None
        for sights in row[:known]:
            if sights is last or sights is None:  # positions that nobody renders have the digest of the last
                continue
            last = sights
            sight = sights[-1]
            if sight.space is not space:
                sight = _own(sights, turn)
            before = sight.turn
            if renews and (start - before.start > lifetime or turn.first < sight.visible):
                sight.visible = turn.first
            if before is not turn:
                sight.before = before
                sight.turn = turn
        for i in range(known, len(chain)):
            if i and chain[i] == chain[i - 1]:
                row[i] = row[i - 1]
            else:
                row[i] = fresh = [Sight(space, turn)]
                self._seen.put(chain[i], fresh)
        self._depth = len(chain)

    def touch(self, turn: Turn, position: int, tier: str, lifetime: float, *, wrote: bool) -> None:
        """An entry that ends after `position` was written or read by a call that `add` has taken in."""
        chain = turn.chain
        sights = self._row[position] if chain is self._chain else self._at_hand(chain)[position]
        if sights is None:
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


def _leading(row: list[list[Sight] | None]) -> int:
    """Return how many leading positions have been seen; what is behind a forgotten one is forgotten."""
    return row.index(None) if None in row else len(row)


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
