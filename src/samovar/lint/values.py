"""Values in one slot over several requests: what two bodies say differently at the same place."""

from __future__ import annotations

import difflib
import itertools
import re
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from samovar.call.call import joined
from samovar.lint.locate import resolve
from samovar.prefix.divergence import Change, Divergence, divergence
from samovar.providers.rules import Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.call import Call
    from samovar.lint.log import Log
    from samovar.lint.request import Request


class Slot(NamedTuple):
    """A place in a later call where an earlier one of the same kind said something else."""

    earlier: Request
    later: Request
    where: Divergence
    before: str
    after: str
    """The words that differ, at most 80 characters each."""

    @property
    def path(self) -> str:
        """The path of the string that differs, in the later body."""
        value = resolve(self.later.body, self.where.path)
        return (
            f"{self.where.path}.text"
            if isinstance(value, dict) and isinstance(value.get("text"), str)
            else self.where.path
        )


def changes(log: Log) -> Iterator[Slot]:
    """Yield, per kind of call, the first change of the tools and of the system prompt between neighbours."""
    for group in log.kinds:
        told: set[str] = set()
        for earlier, later in itertools.pairwise(group):
            for level in (Level.TOOLS, Level.SYSTEM):
                where = _parted(earlier, later, level)
                if where is None or where.later is None or where.earlier is None or where.path in told:
                    continue
                told.add(where.path)
                before, after = differing(where.earlier.text, where.later.text, where.offset)
                yield Slot(earlier, later, where, before, after)


def _parted(earlier: Request, later: Request, level: Level) -> Divergence | None:
    """Return where two calls part within one level."""
    one, other = _only(earlier.call, level), _only(later.call, level)
    if one is None or other is None:
        return None
    where = divergence(one, other)
    return None if where is None or where.appended else where


def _only(call: Call | None, level: Level) -> Call | None:
    """Return a call with the blocks of one level only."""
    if call is None:
        return None
    places = tuple(
        place for place in call.places if any(block.level is level for block in place.segment.blocks)
    )
    return replace(call, places=places, blocks=joined(places), stem=None)


def differing(one: str, other: str, offset: int) -> tuple[str, str]:
    """Return the words around the first difference of two texts."""
    begin = max(one.rfind("\n", 0, offset), one.rfind(" ", 0, offset)) + 1
    end = offset
    tail = min(len(one), len(other)) - offset
    for size in (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64):
        if size > tail:
            break
        end = offset + size
        if one[end : end + 12] == other[end : end + 12]:
            break
    first = re.match(r"\S*", one[end:])
    second = re.match(r"\S*", other[end:])
    return (
        one[begin : end + (first.end() if first else 0)][:80],
        other[begin : end + (second.end() if second else 0)][:80],
    )


def reordered(slot: Slot) -> bool:
    """Whether the two blocks hold the same lines in another order."""
    if slot.where.earlier is None or slot.where.later is None or slot.where.change is not Change.CHANGED:
        return False
    one, other = slot.where.earlier.text.splitlines(), slot.where.later.text.splitlines()
    return len(one) > 2 and one != other and sorted(one) == sorted(other)  # noqa: PLR2004  # two lines are no list


def alike(one: str, other: str) -> float:
    """Return how much of two texts agrees, from 0 to 1; long texts are compared by their lines."""
    return difflib.SequenceMatcher(None, one.splitlines(), other.splitlines(), autojunk=False).ratio()
