"""What a client can say of an engine with a block pool: exact where it tells tokens and the size of its pool.

The engine itself is `cache.blocks`. Where the pool's size is unknown, what was written may have been dropped,
and nothing is promised; where the tokens are unknown, positions bound a read from above. What was generated
may be read on by a prompt that follows it, up to as many tokens as were reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samovar.cache.blocks import BlockCache
from samovar.cache.earlier import Earlier
from samovar.cache.expectation import ZERO, Expectation, Interval
from samovar.cache.reasons import facts_of
from samovar.prefix.tokens import tokens_of

if TYPE_CHECKING:
    from samovar.cache.blocks import Running
    from samovar.prefix.prompt import Prompt
    from samovar.providers.rules import BlockRules

GENERATED: Final = 0xFFFF_FFFF
"""Stands for a generated token; no vocabulary has it."""


class BlockView:
    """One engine of `rules`, as its only client knows it."""

    __slots__ = ("_earlier", "_engine", "_going", "_rules")

    def __init__(self, rules: BlockRules) -> None:
        self._rules = rules
        self._engine = BlockCache(rules)
        self._earlier = Earlier()
        self._going: dict[Prompt, Running | None] = {}

    def __len__(self) -> int:
        """Sequences that are remembered."""
        return len(self._earlier)

    def look_up(self, prompt: Prompt, now: float) -> Expectation:
        """Return what a call with this prompt reads if it starts at `now`; changes nothing."""
        total = Interval(prompt.total_lo, prompt.total_hi)
        if prompt.tokens is None:
            most = self._whole(min(self._earlier.reach_by_position(prompt), total.hi - 1))
            dropped = most and self._rules.capacity is None
            return self._expectation(total, Interval(0, most), ["lifetimes."] if dropped else [])
        found = self._engine.look_up(prompt.tokens, "", now)
        # It may go on into what was generated behind the sequence that it shares.
        held = self._earlier.beyond(prompt.tokens, found.read.hi, found.read.hi + self._rules.block - 1)
        most = max(found.read.hi, self._whole(min(held, total.hi - 1)))
        sure = 0 if self._rules.capacity is None else found.read.lo
        why = ["lifetimes."] if sure < found.read.lo else []
        why += ["visibility_lag"] if not found.read.exact else []
        why += ["reads_generated"] if most > found.read.hi else []
        return self._expectation(total, Interval(sure, most), why)

    def begin(self, prompt: Prompt, now: float) -> None:
        """A call has been sent."""
        self._earlier.sent(prompt)
        self._going[prompt] = None if prompt.tokens is None else self._engine.begin(prompt.tokens, "", now)

    def answered(self, prompt: Prompt) -> None:
        """A call has begun to answer."""
        running = self._going.get(prompt)
        if running is not None:
            self._engine.first_byte(running)

    def revised(self, prompt: Prompt, found: Expectation) -> Expectation:  # noqa: ARG002  # as for slots
        """Return what a call was to read: blocks are shared whoever comes first."""
        return found

    def end(self, prompt: Prompt, output: int | None, now: float) -> None:
        """A call has ended with so many generated tokens; None if it failed, or does not say."""
        running = self._going.pop(prompt, None)
        if running is None or prompt.tokens is None:
            return
        self._earlier.ended(prompt.tokens, output or 0)
        self._engine.end(running, tokens_of([GENERATED] * (output or 0)), now)

    def _whole(self, tokens: int) -> int:
        return max(0, tokens) // self._rules.block * self._rules.block

    def _expectation(self, total: Interval, read: Interval, why: list[str]) -> Expectation:
        uncached = Interval(max(0, total.lo - read.hi), total.hi - read.lo)
        return Expectation(read, {}, uncached, total, facts_of(self._rules, why), ZERO)
