"""Prefixes of one call site that part in one short span: one per person or place, before what is shared."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from samovar.attribution.lineage import SPEAKING
from samovar.attribution.money import saved
from samovar.attribution.occurrences import Occurrences
from samovar.attribution.turn import LEAST
from samovar.attribution.values import CLOCKS, parted
from samovar.call.memo import Memo
from samovar.prefix.divergence import divergence, ending, offset
from samovar.providers.rules import Level

if TYPE_CHECKING:
    from samovar.attribution.explanation import Explained, Pattern
    from samovar.attribution.turn import Turn
    from samovar.call import Call
    from samovar.prefix.divergence import Divergence

SPAN: Final = 64
"""Characters within which values count as one slot."""
LOOKED: Final = 500
"""First calls of a site whose messages are looked at."""
SLOTS: Final = 5_000
"""Spans that are watched at most."""
BYTES: Final = 4
"""Bytes of a token, about."""


@dataclass(slots=True)
class Slot:
    """A span at which prefixes part: the first character that differs, what kind of value, and the calls."""

    level: Level
    kind: str
    offset: int
    seen: Occurrences = field(default_factory=Occurrences)


class Personalised:
    """Watches the first call of every conversation against the first of its site."""

    def __init__(self) -> None:
        """Begin without calls."""
        self._first: Memo[str, Turn] = Memo(2_000)
        self._slots: dict[tuple[str, str, int], Slot] = {}
        self._prefixes: Memo[bytes, int] = Memo(50_000)
        self._looked: Counter[str] = Counter()

    def see(self, turn: Turn, call: Explained) -> None:
        """Take the first call of every prefix in."""
        if turn.call is None or turn.number or not turn.site or not turn.chain:
            return
        prefixes, name = self._prefixes, turn.chain[turn.steady - 1] if turn.steady else b""
        fresh = bool(name) and name not in prefixes.young and prefixes.get(name) is None
        if fresh:
            prefixes.put(name, turn.index)
        elif turn.read + turn.written <= LEAST or self._looked[turn.site] >= LOOKED:
            return
        first = self._first.get(turn.site)
        if first is None or first.call is None:
            self._first.put(turn.site, turn)
            return
        where = divergence(first.call, turn.call)
        if where is None or where.earlier is None or where.later is None:
            return
        said = where.level is Level.MESSAGES
        if said:
            self._looked[turn.site] += 1
        shared = _shared_said(first, turn, where) if said else _shared_steady(first.call, turn.call, where)
        if shared:
            self._note(turn, call, where, shared if said else 0)

    def _note(self, turn: Turn, call: Explained, where: Divergence, shared: int) -> None:
        """Count a prefix; `shared` tokens of messages stand behind what is its own."""
        one, other = where.earlier, where.later
        if one is None or other is None:
            return
        values = parted(one.text, other.text)
        if values.kind in CLOCKS:  # that has a pattern of its own
            return
        key = (turn.site, where.path, values.offset // SPAN)
        slot = self._slots.get(key)
        if slot is None:
            if len(self._slots) >= SLOTS:
                return
            slot = self._slots[key] = Slot(where.level, values.kind, where.offset)
        slot.offset = min(slot.offset, where.offset)
        slot.seen.add(call, usd=saved(turn, shared) if shared else call.avoidable_usd, tokens=shared)

    def found(self) -> list[Pattern]:
        """Return a pattern per span at which many prefixes part."""
        return [
            replace(
                slot.seen.pattern(
                    "per-user-before-shared",
                    f"{slot.seen.count + 1:,} prefixes of {site} part at {path}, character {slot.offset} "
                    f"({slot.kind}), before what they share: put it behind that",
                    level=slot.level.name.lower(),
                    path=path,
                ),
                count=slot.seen.count + 1,
            )
            for (site, path, _), slot in self._slots.items()
            if slot.seen.count >= 3  # noqa: PLR2004  # four prefixes that part in one place
        ]


def _shared_steady(one: Call, other: Call, where: Divergence) -> bool:
    """Whether tools or system of two calls are the same again behind the place: they are one template."""
    before, now = where.earlier, where.later
    if before is None or now is None:
        return False
    if before.text and now.text:
        again = offset(before.text, now.text) + ending(before.text, now.text)
        if again >= min(len(before.text), len(now.text)) // 2:
            return True
    behind = where.position + 1
    if behind >= min(len(one.blocks), len(other.blocks)):
        return False
    block = one.blocks[behind]
    return block.level is not Level.MESSAGES and block.rendered == other.blocks[behind].rendered


def _shared_said(first: Turn, turn: Turn, where: Divergence) -> int:
    """Return the tokens of the first message that are shared behind the place, 0 if too few for a cache."""
    one, other = first.call, turn.call
    before, now = where.earlier, where.later
    if one is None or other is None or before is None or now is None:
        return 0
    opening = [*other.blocks[turn.steady : where.position], before, now]
    if any(block.role in SPEAKING for block in opening):
        return 0
    tokens = ending(before.text, now.text) // BYTES if before.text and now.text else 0
    at = where.position + 1
    while at < min(len(one.blocks), len(other.blocks), len(turn.sizes)):
        if one.blocks[at].rendered != other.blocks[at].rendered or one.blocks[at].role in SPEAKING:
            break
        tokens += turn.sizes[at] - turn.sizes[at - 1]
        at += 1
    floor = turn.rules.floor.lo if turn.rules is not None else 0
    return tokens if tokens >= max(floor, LEAST) else 0
