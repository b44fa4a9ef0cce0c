"""Prefixes of prompts, each with all that is known of it: looked for once a call, whoever asks.

Two generations bound them, as in `Memo`: what no call has had for a while is forgotten as a whole.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from samovar.attribution.turn import NO_SPOTS, Known

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from samovar.attribution.turn import Space, Turn

AT_HAND: Final = 2_000
"""Turns whose spots need not be looked for again, when their conversations go on."""
MODELS: Final = 500
"""Models that count one prefix; a log with more of them is no log of one deployment."""


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


UNSEEN: Final[list[Sight]] = []
"""The sights of a prefix without any; never added to."""


class Spot(Known):
    """One prefix: who was seen with it, what the provider counted it as, what was written there.

    `sights` are those of `Sightings`, newest last. `model` counted it first, as `tokens`. `unread` is until
    when what was written at its end may be read, by whom it was written (call site and level), and how many
    tokens of it nobody has read yet. `salts` are those under which it was sent, where it is all of a steady
    part.
    """

    __slots__ = ("_counts", "model", "salts", "sights", "tokens", "unread")

    def __init__(self) -> None:
        """Begin with nothing known."""
        self.sights = UNSEEN
        self.model: str | None = None
        self.tokens = 0
        self._counts: dict[str, int] | None = None
        self.unread: tuple[float, str, str, int] | None = None
        self.salts: frozenset[str] | None = None

    def counted(self, model: str) -> int | None:
        """Return how many tokens a model's provider counted, None if it never did."""
        if self.model == model:
            return self.tokens
        return None if self._counts is None else self._counts.get(model)

    def count(self, model: str, tokens: int) -> None:
        """Take in what a model's provider counted."""
        if self.model == model or self.model is None:
            self.model, self.tokens = model, tokens
            return
        if self._counts is None or len(self._counts) > MODELS:
            self._counts = {}
        self._counts[model] = tokens


class Spots:
    """At least the `capacity` most recently used spots, by the running digest of their prefix."""

    __slots__ = ("_age", "_capacity", "_old", "_rows", "_young")

    def __init__(self, capacity: int = 25_000) -> None:
        """Begin without any."""
        self._capacity = capacity
        self._young: dict[bytes, Spot] = {}
        self._old: dict[bytes, Spot] = {}
        self._age = object()
        """Changes when spots are forgotten: those of a turn of this age are all held."""
        self._rows: deque[Turn] = deque()
        """The turns with their spots at hand; for longer, they would keep what is forgotten here."""

    def of(self, turn: Turn) -> Sequence[Spot]:
        """Return the spots of a call's positions, new ones where nothing is known."""
        if turn.age is self._age:
            return turn.spots  # type: ignore[return-value]  # they are set below
        if len(self._young) >= self._capacity:
            self._old, self._young = self._young, {}
            self._age = object()
        chain, before = turn.chain, turn.predecessor
        row: list[Spot] = []
        if turn.goes_on and before is not None and before.age is self._age:
            known = len(before.chain)
            if chain[:known] == before.chain:
                row += before.spots  # type: ignore[arg-type]  # as above
                chain = chain[known:]
        found = list(map(self._young.get, chain))
        if None in found:
            self._fill(chain, found)
        row += found  # type: ignore[arg-type]  # none of them is None any more
        turn.spots, turn.age = row, self._age
        self._rows.append(turn)
        if len(self._rows) > AT_HAND:
            earlier = self._rows.popleft()
            earlier.spots, earlier.age = NO_SPOTS
        return row

    def _fill(self, chain: Sequence[bytes], found: list[Spot | None]) -> None:
        """Put the spots that were not used lately, and new ones, where there is none."""
        young, old = self._young, self._old
        for i, spot in enumerate(found):
            if spot is None:
                digest = chain[i]
                # Positions that nobody renders have the digest of the last.
                held = young.get(digest) or old.get(digest) or Spot()
                young[digest] = found[i] = held

    def values(self) -> Iterator[Spot]:
        """Yield every spot that is held, once."""
        yield from self._young.values()
        for digest, spot in self._old.items():
            if digest not in self._young:
                yield spot
