"""The boundaries of a prompt that calls can share: where a provider's rules let it keep a prefix."""

from __future__ import annotations

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
NAME_BYTES = 16
NAMES = 10_000
"""Prefixes whose names are remembered."""
UNKNOWN = 300.0
"""Seconds that an entry is taken to live where nothing is known."""
LONGEST = 86_400.0
"""Seconds after which even an entry that never expires is asked about again."""


class Names:
    """The names of prefixes outside the process, keyed with a deployment's digest key (at most 64 bytes)."""

    __slots__ = ("_known", "key")

    def __init__(self, key: bytes) -> None:
        """Begin without names."""
        self.key = key
        self._known: Memo[bytes, bytes] = Memo(NAMES)

    def of(self, prefix: bytes) -> bytes:
        """Return the name of a prefix; those of a conversation are asked for again and again."""
        name = self._known.get(prefix)
        if name is None:
            name = blake2b(prefix, digest_size=NAME_BYTES, key=self.key).digest()
            self._known.put(prefix, name)
        return name


def boundaries(prompt: Prompt, names: Names, least: int, scale: float = 1.0) -> tuple[Boundary, ...]:
    """Return the prefixes worth writing once, shortest first.

    A prefix counts that may clear the provider's floor and adds at least `least` tokens to the one before.
    `scale` is by how much reports have shown the estimates to be off.
    """
    chosen: list[Boundary] = []
    before = 0
    lo, hi, floor = prompt.lo, prompt.hi, prompt.rules.floor.lo
    for position, ttl in _candidates(prompt):
        tokens = (lo[position] + hi[position]) // 2
        if hi[position] < floor or tokens - before < least:
            continue
        before = tokens
        prefix = prompt.keys[prompt.levels[position]].strict + prompt.chain[position]
        chosen.append(Boundary(names.of(prefix), round(tokens * scale), ttl))
    return tuple(chosen if len(chosen) <= MOST else [*chosen[: MOST // 2], *chosen[-MOST // 2 :]])


def _candidates(prompt: Prompt) -> Iterable[tuple[int, float]]:
    """Return positions in ascending order, and the seconds that an entry there is promised to live."""
    match prompt.rules:
        case MarkerRules():
            return [(position, _seconds(prompt, ttl)) for position, ttl in prompt.markers]
        case BreakpointRules():
            marked = {marker.position: marker.ttl for marker in prompt.markers}
            if prompt.implicit and prompt.endings:
                marked.setdefault(prompt.endings[-1], prompt.default_ttl)
            return [(position, _seconds(prompt, marked[position])) for position in sorted(marked)]
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
