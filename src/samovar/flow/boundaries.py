"""The boundaries of a prompt that calls can share: where a provider's rules let it keep a prefix."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from samovar.flow.steps import Boundary
from samovar.providers.rules import BreakpointRules, MarkerRules

if TYPE_CHECKING:
    from collections.abc import Iterable

    from samovar.prefix.prompt import Prompt

MOST = 8
"""Boundaries of one call that are coordinated; the first half and the last half where there are more."""
NAME_BYTES = 16
UNKNOWN = 300.0
"""Seconds that an entry is taken to live where nothing is known."""
LONGEST = 86_400.0
"""Seconds after which even an entry that never expires is asked about again."""


def boundaries(prompt: Prompt, key: bytes, least: int) -> tuple[Boundary, ...]:
    """Return the prefixes worth writing once, shortest first.

    `key` (at most 64 bytes) is the deployment's digest key: names leave the process. A prefix counts that
    may clear the provider's floor and adds at least `least` tokens to the one before.
    """
    chosen: list[Boundary] = []
    before = 0
    for position, ttl in _candidates(prompt):
        tokens = (prompt.lo[position] + prompt.hi[position]) // 2
        if prompt.hi[position] < prompt.rules.floor.lo or tokens - before < least:
            continue
        before = tokens
        space = prompt.keys[prompt.levels[position]].strict
        name = blake2b(space + prompt.chain[position], digest_size=NAME_BYTES, key=key).digest()
        chosen.append(Boundary(name, tokens, ttl))
    return tuple(chosen if len(chosen) <= MOST else [*chosen[: MOST // 2], *chosen[-MOST // 2 :]])


def _candidates(prompt: Prompt) -> Iterable[tuple[int, float]]:
    """Yield positions in ascending order, and the seconds that an entry there is promised to live."""
    match prompt.rules:
        case MarkerRules():
            for marker in prompt.markers:
                yield marker.position, _seconds(prompt, marker.ttl)
        case BreakpointRules():
            marked = {marker.position: marker.ttl for marker in prompt.markers}
            if prompt.implicit and prompt.endings:
                marked.setdefault(prompt.endings[-1], prompt.default_ttl)
            for position in sorted(marked):
                yield position, _seconds(prompt, marked[position])
        case _:
            # Any prefix can be read here. Levels and blocks end where callers put their own text.
            seconds = _seconds(prompt, prompt.default_ttl)
            yield from ((position, seconds) for position in range(len(prompt.chain)))


def _seconds(prompt: Prompt, ttl: str) -> float:
    """Return the promised lifetime of a tier, that of the shortest one where the tier is unknown."""
    tiers = prompt.rules.lifetimes
    promised = next((tier.must for tier in tiers if tier.name == ttl), tiers[-1].must if tiers else UNKNOWN)
    return min(promised, LONGEST)
