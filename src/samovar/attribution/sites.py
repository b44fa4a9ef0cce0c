"""The newest calls of each call site, and which of them a later call is meant to be like.

One-shot traffic has no conversation to compare with. What it has is a template: calls of one site whose tools
and system are mostly the same are meant to share them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from samovar.attribution.content import same_in_another_order
from samovar.attribution.turn import MAIN
from samovar.attribution.values import CLOCKS, parted
from samovar.call.memo import Memo
from samovar.prefix.divergence import divergence, likeness, offset
from samovar.providers.rules import Level

if TYPE_CHECKING:
    from samovar.attribution.turn import Turn
    from samovar.call import Block

MOST: Final = 50_000
TEMPLATES: Final = 8
"""Prompts kept per call site, the newest ones."""


class Sites:
    """Remembers calls by site and credential."""

    def __init__(self, capacity: int = 5_000) -> None:
        """Begin without any."""
        self._latest: Memo[tuple[str, str], list[Turn]] = Memo(capacity)
        self._again: set[bytes] = set()
        """Names of prompts that were sent more than once."""
        self._answered: tuple[Turn, Turn | None] | None = None
        """Whose kin was asked for last, and which it is: true until the next call is taken in."""

    def latest(self, turn: Turn) -> Turn | None:
        """Return the newest call of a turn's site."""
        found = self._latest.get((turn.site, turn.space.credential))
        return found[0] if found else None

    def kin(self, turn: Turn) -> Turn | None:
        """Return the newest call of the same site and tenant that is of the same template.

        Calls that name no site are of one, as null tenants are equal: the template tells them apart.
        """
        if self._answered is None or self._answered[0] is not turn:
            self._answered = (turn, self._kin(turn))
        return self._answered[1]

    def _kin(self, turn: Turn) -> Turn | None:
        kind = _kind(turn)
        for other in self._latest.get((turn.site, turn.space.credential)) or ():
            if other.tenant == turn.tenant and _kind(other) == kind and alike(other, turn):
                if not turn.site and not same_words(other, turn):
                    continue
                numbered = turn.obs.session is None and other.name in self._again and renamed(other, turn)
                return None if numbered else other
        return None

    def put(self, turn: Turn) -> None:
        """Take a call in."""
        self._answered = None
        if not turn.chain:
            return
        key = (turn.site, turn.space.credential)
        found = self._latest.young.get(key) or self._latest.get(key)
        if found is None:
            self._latest.put(key, [turn])
            return
        steady = turn.name
        if found[0].name == steady:
            found[0] = turn
            if steady not in self._again:
                self._repeat(steady)
            return
        rest = [other for other in found if other.name != steady]
        if len(rest) < len(found):
            self._repeat(steady)
        found[:] = [turn, *rest][:TEMPLATES]

    def _repeat(self, steady: bytes) -> None:
        if len(self._again) > MOST:
            self._again.clear()
        self._again.add(steady)


def _kind(turn: Turn) -> str:
    return (turn.obs.lineage or MAIN).partition(":")[0]


def alike(earlier: Turn, later: Turn) -> bool:
    """Whether at least half of the tools and system of two calls, by size, is the same text."""
    return same_in_another_order(earlier, later) or _mostly(_steady(earlier), _steady(later), 1)


def unlike(earlier: Turn, later: Turn) -> bool:
    """Whether the texts of two calls show that they are of two templates; records hold no texts."""
    call = later.call
    if earlier.name == later.name or call is None or not call.blocks or call.blocks[0].withheld:
        return False
    return not alike(earlier, later)


def same_words(earlier: Turn, later: Turn) -> bool:
    """Whether at least half of the system of two calls is the same text.

    Agents of one program have one set of tools and a prompt each; the tools do not make them one template.
    """
    return _mostly(_words(earlier), _words(later))


class Part(NamedTuple):
    """Blocks of tools and system with their estimated tokens, the names of all, those of system, the sum."""

    blocks: list[tuple[Block, int]]
    names: frozenset[bytes]
    words: list[tuple[Block, int]]
    size: int


def _part(blocks: list[tuple[Block, int]]) -> Part:
    return Part(
        blocks,
        frozenset([block.rendered for block, _ in blocks]),
        [each for each in blocks if each[0].level is Level.SYSTEM],
        sum([size for _, size in blocks]),
    )


def _mostly(one: Part, other: Part, least: int = 0) -> bool:
    """Whether half of the larger part, and half of `least` tokens, is the same text in both."""
    half = max(least, one.size, other.size) / 2
    shared, left, fresh = 0, one.words, other.words
    if not one.names.isdisjoint(other.names):
        shared = sum(size for block, size in other.blocks if block.rendered in one.names)
        left = [each for each in left if each[0].rendered not in other.names]
        fresh = [each for each in fresh if each[0].rendered not in one.names]
    # Texts are looked into only where they could make up for what is missing.
    if shared + sum([size for _, size in fresh]) < half:
        return False
    for (before, _), (block, size) in zip(left, fresh, strict=False):
        shared += round(size * likeness(before.text, block.text))
    return shared >= half


def renamed(earlier: Turn, later: Turn) -> bool:
    """Whether all that differs in tools and system is one id of the same form.

    Where each id came several times, it names a series: runs of a probe, conversations without another id.
    """
    if earlier.call is None or later.call is None:
        return False
    where = divergence(earlier.call, later.call)
    if where is None or where.earlier is None or where.later is None or where.level is Level.MESSAGES:
        return False
    one, other = where.earlier.text, where.later.text
    if len(one) != len(other):
        return False
    begin = offset(one, other)
    while begin and ID.fullmatch(one[begin - 1]):
        begin -= 1
    match, found = ID.match(one, begin), ID.match(other, begin)
    if (
        match is None
        or found is None
        or match.end() != found.end()
        or one[match.end() :] != other[match.end() :]
    ):
        return False
    if parted(one, other).kind in CLOCKS:  # a day is no name of a series
        return False
    return len(match.group()) >= SHORTEST and any(c.isdigit() for c in match.group() + found.group())


ID: Final = re.compile(r"[\w-]+")
SHORTEST: Final = 6
"""Characters that an id has at least; counters and times have fewer between their separators."""


@lru_cache(64)
def _steady(turn: Turn) -> Part:
    """Return what tools and system say; kept, since one call is held against several others."""
    if turn.call is None:
        return _part([])
    sizes = (0, *turn.sizes)
    return _part(
        [
            (block, sizes[at + 1] - sizes[at])
            for at, block in enumerate(turn.call.blocks[: len(turn.sizes)])
            if block.level is not Level.MESSAGES
        ]
    )


@lru_cache(64)
def _words(turn: Turn) -> Part:
    """Return what system says."""
    return _part(_steady(turn).words)
