"""Where two calls part, in render order: the position, the JSON path, and the offset inside the text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from samovar.call import Block, Call
    from samovar.providers.rules import Level


class Change(Enum):
    """What happened to the first position that differs."""

    CHANGED = "changed"
    ADDED = "added"
    """The later call goes on where the earlier one ends, or has a block in between."""
    REMOVED = "removed"
    """The later call ends, or goes on without the earlier one's block."""
    RESERIALIZED = "reserialized"
    """Same meaning, other rendered text: object keys in another order."""


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first difference between an earlier and a later call.

    `position` counts rendered positions from 0 and equals the length of the common prefix. `path` points
    into the later body; for a removed block it is where the block stood in the earlier one. `offset` is
    the number of characters of the block's text that both have in common; `earlier` and `later` are the
    blocks, None where one call has ended.
    """

    position: int
    level: Level
    path: str
    offset: int
    change: Change
    earlier: Block | None
    later: Block | None

    @property
    def appended(self) -> bool:
        """Whether the later call only goes on: everything of the earlier one is still there."""
        return self.earlier is None


def common_positions(a: Call, b: Call) -> int:
    """Return how many leading positions of two calls have equal rendered blocks."""
    count = 0
    for one, other in zip(a.blocks, b.blocks, strict=False):
        if one.rendered != other.rendered:
            break
        count += 1
    return count


def divergence(earlier: Call, later: Call) -> Divergence | None:
    """Return where `later` parts from `earlier`, or None when their rendered prompts are equal."""
    position = common_positions(earlier, later)
    before = earlier.blocks[position] if position < len(earlier.blocks) else None
    after = later.blocks[position] if position < len(later.blocks) else None
    if after is None:
        if before is None:
            return None
        return Divergence(position, before.level, earlier.path(position), 0, Change.REMOVED, before, None)
    path = later.path(position)
    if before is None:
        return Divergence(position, after.level, path, 0, Change.ADDED, None, after)
    if before.canonical == after.canonical:
        change = Change.RESERIALIZED
    elif _returns(before, later.blocks[position + 1 :]):
        change = Change.ADDED
    elif _returns(after, earlier.blocks[position + 1 :]):
        change = Change.REMOVED
    else:
        change = Change.CHANGED
    if change is Change.REMOVED:
        return Divergence(position, before.level, earlier.path(position), 0, change, before, after)
    return Divergence(position, after.level, path, offset(before.text, after.text), change, before, after)


def _returns(block: Block, rest: tuple[Block, ...]) -> bool:
    """Whether the same rendered block comes later: something was put before it."""
    return any(other.rendered == block.rendered for other in rest)


def offset(a: str, b: str) -> int:
    """Return the length of the common prefix of two texts, in characters."""
    most = min(len(a), len(b))
    if a[:most] == b[:most]:
        return most
    same, differs = 0, most
    while differs - same > 1:
        middle = (same + differs) // 2
        if a[same:middle] == b[same:middle]:
            same = middle
        else:
            differs = middle
    return same


def likeness(one: str, other: str) -> float:
    """Return the share of the longer of two texts that is in both.

    That is where they begin and end alike, or the lines and sentences that come again in the other.
    """
    if not one or not other:
        return 0.0
    most = max(len(one), len(other))
    begin = offset(one, other)
    end = offset(one[begin:][::-1], other[begin:][::-1])
    known, parts = set(_sentences(one)), _sentences(other)
    again = 0 if known.isdisjoint(parts) else sum(len(part) + 1 for part in parts if part in known)
    return min(1.0, max(begin + end, again) / most)


@lru_cache(64)
def _sentences(text: str) -> tuple[str, ...]:
    """Return lines and sentences; kept, since one text is compared with several others."""
    return tuple(text.replace(".", "\n").split("\n"))
