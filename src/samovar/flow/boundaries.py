"""The boundaries of a prompt that calls can share: where a provider's rules let it keep a prefix."""

from __future__ import annotations

import math
from hashlib import blake2b
from typing import TYPE_CHECKING

from samovar.call.memo import Memo
from samovar.flow.steps import Boundary
from samovar.providers.rules import BreakpointRules, MarkerRules

if TYPE_CHECKING:
    from collections.abc import Iterable

    from samovar.prefix.prompt import Prompt

MOST = 8
"""Boundaries of one call that are coordinated; the first half and the last half where there are more."""
STEPS = 8
"""Scales are told apart by an eighth, so that one that moves a little finds what is remembered."""
NAME_BYTES = 16
NAMES = 2_000
"""Prefixes whose names are remembered."""
UNKNOWN = 300.0
"""Seconds that an entry is taken to live where nothing is known."""
LONGEST = 86_400.0
"""Seconds after which even an entry that never expires is asked about again."""


class Boundaries:
    """The boundaries of one deployment's prompts: `key` (at most 64 bytes) is its digest key.

    Their names leave the process. A conversation asks for the same ones again and again.
    """

    __slots__ = ("_known", "_least", "_names", "key")

    def __init__(self, key: bytes, least: int) -> None:
        """Begin without names. A prefix has to add at least `least` tokens to the one before."""
        self.key = key
        self._least = least
        self._names: Memo[bytes, bytes] = Memo(NAMES)
        self._known: Memo[object, tuple[Boundary, ...]] = Memo(NAMES)

    def of(self, prompt: Prompt, scale: float = 1.0) -> tuple[Boundary, ...]:
        """Return the prefixes worth writing once, shortest first: all that may clear the provider's floor.

        `scale` is by how much reports have shown estimates to be off. It only ever shortens.
        """
        scale = min(1.0, math.ceil(scale * STEPS) / STEPS)
        if not isinstance(prompt.rules, MarkerRules):
            return self._found(prompt, scale)
        marked = (
            scale,
            prompt.keys,
            prompt.markers,
            *[prompt.chain[position] for position, _ in prompt.markers],
        )
        known = self._known.get(marked)
        if known is None:
            known = self._found(prompt, scale)
            self._known.put(marked, known)
        return known

    def _found(self, prompt: Prompt, scale: float) -> tuple[Boundary, ...]:
        chosen: list[Boundary] = []
        before = 0
        for position, ttl in _candidates(prompt):
            tokens = _tokens(prompt, position)
            if prompt.hi[position] * scale < prompt.rules.floor.lo or tokens - before < self._least:
                continue
            before = tokens
            prefix = prompt.keys[prompt.levels[position]].strict + prompt.chain[position]
            chosen.append(Boundary(self._name(prefix), tokens, ttl))
        return tuple(chosen if len(chosen) <= MOST else [*chosen[: MOST // 2], *chosen[-MOST // 2 :]])

    def _name(self, prefix: bytes) -> bytes:
        name = self._names.get(prefix)
        if name is None:
            name = blake2b(prefix, digest_size=NAME_BYTES, key=self.key).digest()
            self._names.put(prefix, name)
        return name


def marked(prompt: Prompt) -> int:
    """Return the tokens up to the last marker, as boundaries estimate them; 0 where others are kept too."""
    if not isinstance(prompt.rules, MarkerRules) or not prompt.markers:
        return 0
    return _tokens(prompt, prompt.markers[-1].position)


def _tokens(prompt: Prompt, position: int) -> int:
    return (prompt.lo[position] + prompt.hi[position]) // 2


def _candidates(prompt: Prompt) -> Iterable[tuple[int, float]]:
    """Return positions in ascending order, and the seconds that an entry there is promised to live."""
    match prompt.rules:
        case MarkerRules() | BreakpointRules():
            return [(position, _seconds(prompt, ttl)) for position, ttl in prompt.writing]
        case _:
            # Any prefix can be read here. Levels and blocks end where callers put their own text.
            seconds = _seconds(prompt, prompt.default_ttl)
            return ((position, seconds) for position in range(len(prompt.chain)))


def _seconds(prompt: Prompt, ttl: str) -> float:
    """Return the promised lifetime of a tier, that of the shortest one where the tier is unknown."""
    tiers = prompt.rules.lifetimes
    for tier in tiers:
        if tier.name == ttl:
            return min(tier.must, LONGEST)
    return min(tiers[-1].must, LONGEST) if tiers else UNKNOWN
