"""Where two calls part, in render order: the position, the JSON path, and the offset inside the text."""

from __future__ import annotations

from collections import Counter
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from samovar.call import Block  # noqa: TC001  # msgspec reads the annotations at run time
from samovar.providers.rules import Level  # noqa: TC001  # as above

if TYPE_CHECKING:
    from collections.abc import Callable

    from samovar.call import Call


class Change(Enum):
    """What happened to the first position that differs."""

    CHANGED = "changed"
    ADDED = "added"
    """The later call goes on where the earlier one ends, or has a block in between."""
    REMOVED = "removed"
    """The later call ends, or goes on without the earlier one's block."""
    RESERIALIZED = "reserialized"
    """Same meaning, other rendered text: object keys in another order."""


class Divergence(msgspec.Struct, frozen=True, gc=False):
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
    if before.respells(after):
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
    if a[:1] != b[:1]:
        return 0
    return _agreeing(lambda i, j: a[i:j] == b[i:j], min(len(a), len(b)))


def ending(a: str, b: str) -> int:
    """Return the length of the common suffix of two texts, in characters."""
    if a[-1:] != b[-1:]:
        return 0
    one, other = len(a), len(b)
    return _agreeing(lambda i, j: a[one - j : one - i] == b[other - j : other - i], min(one, other))


def _agreeing(agree: Callable[[int, int], bool], most: int) -> int:
    """Return up to where two texts of at least `most` characters agree, given whether they do from i to j.

    Most texts part at once or not at all: ever longer pieces are compared, then the differing one is halved.
    """
    same, step = 0, 1
    while same < most:
        differs = min(most, same + step)
        if not agree(same, differs):
            break
        same, step = differs, step * 4
    else:
        return most
    while differs - same > 1:
        middle = (same + differs) // 2
        if agree(same, middle):
            same = middle
        else:
            differs = middle
    return same


@lru_cache(16)
def likeness(one: str, other: str) -> float:
    """Return the share of the longer of two texts that is in both; kept, since it is asked for twice.

    That is where they begin and end alike, or the lines and sentences that come again in the other.
    """
    if not one or not other:
        return 0.0
    most = max(len(one), len(other))
    begin = offset(one, other)
    end = min(ending(one, other), min(len(one), len(other)) - begin)
    known, parts = _sentences(one), _sentences(other)
    again = sum((len(part) + 1) * parts[part] for part in parts.keys() & known.keys())
    return min(1.0, max(begin + end, again) / most)


@lru_cache(64)
def _sentences(text: str) -> Counter[str]:
    """Return how often each line and sentence comes; kept, since one text is compared with several others."""
    return Counter(text.replace(".", "\n").split("\n"))
