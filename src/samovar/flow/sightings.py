"""What a client has learnt from its own calls: which prefixes were sent before, and how long they really are.

A provider's report of a call is the best measure of a prefix: what was read and written together is exactly
the prefix up to the deepest marker. Estimates give way to it.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from samovar.cache.expectation import ZERO, Expectation, Interval
from samovar.prefix.prompt import STEP
from samovar.providers.rules import AutomaticRules, BlockRules, SlotRules
from samovar.record.verdict import NEGLIGIBLE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from samovar.prefix.prompt import Prompt
    from samovar.providers.usage import Usage


class Mark(NamedTuple):
    """A boundary of a prompt that is or was written: its running digest and its tokens from the start."""

    digest: bytes
    tokens: Interval


@dataclass(frozen=True, slots=True)
class Sight:
    """What could have been read at the moment of sending, and the boundaries that reads and writes end at."""

    potential: Interval
    marks: tuple[Mark, ...]
    scopes: Mapping[str, Interval]
    """Tokens up to the end of each scope that the planner asked about."""
    unasked: bool = False
    """Whether the provider caches without a marker."""
    long_enough: bool = True
    """Whether the prompt may reach the floor."""
    in_flight: bool = False
    """Whether all calls that share anything worth caching had yet to be answered."""
    tiers: frozenset[str] = frozenset()
    """The lifetimes that the call asks for where it writes."""


class Sightings:
    """Prefixes that were answered, and the sizes that reports have taught."""

    __slots__ = ("_answered", "_seen", "_sizes")

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self._answered: set[bytes] = set()
        self._sizes: dict[bytes, int] = {}

    def look(self, prompt: Prompt, ends: Mapping[str, int]) -> Sight:
        """Return what earlier calls have in common with a prompt that is about to be sent.

        `ends` gives by scope the position of its last block.
        """
        writing = prompt.writing
        marked = {marker.position for marker in writing}
        marks = tuple(
            Mark(digest, self.size(prompt, position))
            for position, digest in enumerate(prompt.chain)
            if position in marked or digest in self._sizes
        )
        step = _granule(prompt)
        sizes = {scope: self.size(prompt, end) for scope, end in ends.items() if end < len(prompt.chain)}
        # Where reads come in whole steps, the step in which a scope ends is never read without what follows.
        scopes = {scope: Interval(size.lo // step * step, size.hi) for scope, size in sizes.items()}
        potential = self._potential(prompt, self._seen)
        return Sight(
            potential,
            marks,
            scopes,
            unasked=isinstance(prompt.rules, AutomaticRules | BlockRules | SlotRules),
            long_enough=prompt.total_hi >= prompt.rules.floor.lo,
            in_flight=potential.hi > 0 and self._potential(prompt, self._answered).hi == 0,
            tiers=frozenset(marker.ttl for marker in writing),
        )

    def sent(self, prompt: Prompt) -> tuple[bytes, ...]:
        """Remember a prompt that is on its way; return what nobody had sent before, for `withdrawn`."""
        new = tuple(step for step in _steps(prompt) if step not in self._seen)
        self._seen.update(new)
        return new

    def withdrawn(self, new: tuple[bytes, ...]) -> None:
        """Forget what a call sent that was refused: nobody can have read it."""
        self._seen.difference_update(new)

    def answered(self, prompt: Prompt) -> None:
        """Remember a prompt that the provider has begun to answer."""
        self._answered.update(_steps(prompt))

    def learn(self, prompt: Prompt, usage: Usage) -> None:
        """Take the sizes of prefixes from a report."""
        markers = prompt.writing
        if not markers or not usage.reports_cache:
            return
        read, written = usage.cache_read or 0, usage.cache_write or {}
        asked = {marker.ttl for marker in markers}
        # Server tools write entries of the short tier behind those of the call (fact anthropic.server-tools).
        ours = sum(tokens for tier, tokens in written.items() if tier in asked)
        deepest = markers[-1]
        place = prompt.chain[deepest.position]
        # What is written in no tier that was asked for is ours in another one, unless all of ours was read.
        if not ours and read != self._sizes.get(place):
            ours = sum(written.values())
        cached = read + ours
        if not cached:
            return
        self._sizes[place] = cached
        # With mixed tiers the longer-lived part comes first and is billed apart.
        upper = [m for m in markers if m.ttl != deepest.ttl]
        if upper and written.get(upper[-1].ttl):
            self._sizes[prompt.chain[upper[-1].position]] = read + written[upper[-1].ttl]

    def size(self, prompt: Prompt, position: int) -> Interval:
        """Return the tokens up to and including a position.

        As reported; else in proportion to a longer prefix whose size was reported; else as estimated.
        """
        known = self._sizes.get(prompt.chain[position])
        if known is not None:
            return Interval(known, known)
        lo, hi = prompt.lo[position], prompt.hi[position]
        if prompt.tokens is not None:
            # The estimates are of another vocabulary; what holds is the place of the position in the whole.
            return _near(prompt.total_hi, (lo + hi) / max(1, prompt.lo[-1] + prompt.hi[-1]))
        for deeper in range(position + 1, len(prompt.chain)):
            whole = self._sizes.get(prompt.chain[deeper])
            if whole is not None:
                return _near(whole, (lo + hi) / (prompt.lo[deeper] + prompt.hi[deeper]))
        return Interval(lo, hi)

    def sharpen(self, prompt: Prompt, expected: Expectation) -> Expectation:
        """Return an expectation whose read is as exact as reports allow: only what is marked is reported."""
        if not prompt.writing:
            return expected
        read = Interval(
            self._read(prompt, expected, expected.depth.lo).lo,
            self._read(prompt, expected, expected.depth.hi).hi,
        )
        return replace(expected, read=read) if expected.depth.hi else expected

    def _read(self, prompt: Prompt, expected: Expectation, depth: int) -> Interval:
        """Return the size of a read that ends after `depth` positions."""
        if depth == 0:
            return Interval(0, 0)
        known = self._sizes.get(prompt.chain[depth - 1])
        return expected.read if known is None else Interval(known, known)

    def _potential(self, prompt: Prompt, seen: AbstractSet[bytes]) -> Interval:
        """Return the tokens of the longest prefix that an earlier call shares; 0 if it is not cacheable."""
        # Running digests are nested: where one was seen, so were all before it.
        if prompt.tokens is not None:
            steps = prompt.grains or ()
            common = STEP * bisect_left(steps, 1, key=lambda digest: digest not in seen)
            most = min(common + STEP - 1, prompt.total_hi - 1) if seen else 0
            return Interval(min(common, most), most) if common > NEGLIGIBLE else ZERO
        shared = bisect_left(prompt.chain, 1, key=lambda digest: digest not in seen)
        if shared == 0:
            return ZERO
        size = self.size(prompt, shared - 1)
        if isinstance(prompt.rules, AutomaticRules):
            step = _granule(prompt)
            size = Interval(
                min(size.lo, prompt.total_lo - 1) // step * step,
                min(size.hi, prompt.total_hi - 1) // step * step,
            )
        floor = prompt.rules.floor
        if size.hi <= NEGLIGIBLE or size.hi < floor.lo:
            return ZERO
        return Interval(0 if size.lo < floor.hi and not size.exact else size.lo, size.hi)


def _steps(prompt: Prompt) -> tuple[bytes, ...]:
    """Return the running digests by which a prompt is compared with others."""
    return prompt.chain if prompt.tokens is None else prompt.grains or ()


def _granule(prompt: Prompt) -> int:
    """Return the step in which reads are reported."""
    match prompt.rules:
        case AutomaticRules(reported_granule=step) | BlockRules(block=step):
            return step
        case _:
            return 1


def _near(whole: int, share: float) -> Interval:
    """Return about that share of the whole: texts of one prompt are about equally dense in tokens."""
    return Interval(int(whole * share * 0.9), min(int(whole * share * 1.1) + 1, whole))
