"""What a client can say of a slot server that only it calls: exact in turn, bounds as soon as calls overlap.

`cache.slots` is the engine; this is the knowledge of whoever talks to it.

1. While one call ends before the next begins, and the prompts' tokens are known, each server that the rules
   allow is played along: small and large models, which decides how much the host cache holds, and one buffer
   for all slots or one each, where there are several. The answer is the hull of theirs: mostly a point.
2. Once calls have overlapped, who sits in which slot is unknown for good. A read is then at most what the
   prompt has in common with any sequence of before, and at least what it has in common with each call that
   may have been the last: the best slot is chosen, and the last call's is one of them, if more than
   `similarity` of the prompt is common (with one slot, always). While others are in flight nothing is sure,
   and one that was sent later may overtake: what was expected is revised when a call ends.
3. Where the number of slots is unknown rule 2 holds from the start. Where the tokens are unknown, positions
   bound a read from above only.
4. What was generated sits behind the prompt; its tokens are not reported, only how many they are. A prompt
   that goes on where an earlier one ended may read so many more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from samovar.cache.earlier import Earlier
from samovar.cache.expectation import ZERO, Expectation, Interval
from samovar.cache.reasons import facts_of
from samovar.cache.slots import SlotCache
from samovar.prefix.tokens import common_prefix, tokens_of

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterable

    from samovar.cache.slots import Seat
    from samovar.prefix.prompt import Prompt
    from samovar.providers.rules import SlotRules

GENERATED: Final = 0xFFFF_FFFF
"""Stands for a generated token; no vocabulary has it."""
BYTES_PER_TOKEN: Final = (8_192, 524_288)
"""Of models of half a billion and of a hundred billion parameters: a client does not know which is served."""


@dataclass(slots=True)
class _Going:
    """A call in flight, with its seat at each server that is played along."""

    seats: list[Seat | None] = field(default_factory=list)
    later: list[array[int]] = field(default_factory=list)
    """What was sent after it and before it ended."""


class SlotView:
    """One server of `rules`, as its only client knows it."""

    __slots__ = ("_before", "_earlier", "_going", "_last", "_rules", "_twins")

    def __init__(self, rules: SlotRules) -> None:
        self._rules = rules
        self._twins = _twins(rules)
        self._going: dict[Prompt, _Going] = {}
        self._earlier = Earlier()
        self._last: list[array[int]] = []
        """Each may be what the last call left; of several when calls overlapped."""
        self._before: list[array[int]] = []

    def look_up(self, prompt: Prompt, now: float) -> Expectation:
        """Return what a call with this prompt reads if it starts at `now`; changes nothing."""
        tokens = prompt.tokens
        if tokens is None:
            most = min(self._earlier.reach_by_position(prompt), max(0, prompt.total_hi - 1))
            return self._expectation(prompt, Interval(0, most), ())
        if self._twins and not self._going:
            found = [twin.look_up(tokens, now) for twin in self._twins]
            low = min(each.read.lo for each in found)
            high = max(each.read.hi for each in found)
            why = [fact for each in found for fact in each.reasons]
            if len({each.read for each in found}) > 1:
                why += facts_of(self._rules, ["host_cache_bytes"])
            # Rule 4: it may go on into what was generated behind the sequence that it shares.
            beyond = self._cap(tokens, self._earlier.beyond(tokens, high, high))
            if beyond > high:
                why += facts_of(self._rules, ["reads_generated"])
            return self._expectation(prompt, Interval(low, max(high, beyond)), why)
        most = self._cap(tokens, self._earlier.reach(tokens))
        return self._expectation(prompt, Interval(min(self._least(tokens), most), most), self._unseen)

    def begin(self, prompt: Prompt, now: float) -> None:
        """A call has been sent."""
        # What is unknown has nothing in common with anything for sure.
        left = tokens_of(()) if prompt.tokens is None else prompt.tokens
        for earlier in self._going.values():
            earlier.later.append(left)
        going = self._going[prompt] = _Going()
        self._earlier.sent(prompt)
        tokens = prompt.tokens
        if tokens is None or len(self._going) > 1:
            self._twins = ()
        if len(self._going) == 1:
            self._before, self._last = self._last, [left]
        else:
            self._last.append(left)
        if tokens is not None:
            going.seats = [twin.begin(tokens, now) for twin in self._twins]

    def answered(self, prompt: Prompt) -> None:
        """A call has begun to answer: that says nothing about who sits in which slot."""

    def revised(self, prompt: Prompt, found: Expectation) -> Expectation:
        """Return what a call was to read, now that it is known which others may have overtaken it."""
        going, tokens = self._going.get(prompt), prompt.tokens
        if going is None or tokens is None or not going.later:
            return found
        overtaken = self._cap(tokens, max(common_prefix(other, tokens) for other in going.later))
        return self._expectation(prompt, Interval(0, max(found.read.hi, overtaken)), self._unseen)

    def end(self, prompt: Prompt, output: int | None, now: float) -> None:
        """A call has ended with so many generated tokens; None if it failed, or does not say."""
        going = self._going.pop(prompt, None)
        tokens = prompt.tokens
        if going is None or tokens is None:
            return
        self._earlier.ended(tokens, output or 0)
        if output is None:
            # It may never have reached a slot.
            self._twins = ()
            self._last += self._before
            return
        # Empty since another call came in between.
        for twin, seat in zip(self._twins, going.seats, strict=False):
            if seat is not None:
                twin.end(seat, tokens_of([GENERATED] * output), now)

    def __len__(self) -> int:
        """Sequences that are remembered."""
        return len(self._earlier)

    def _least(self, tokens: array[int]) -> int:
        """Return what is read for sure, by rule 2."""
        if self._going or not self._last or self._rules.sliding_window:
            return 0
        least = min(common_prefix(last, tokens) for last in self._last)
        if self._rules.slots != 1 and least <= self._rules.similarity * len(tokens):
            return 0
        return self._cap(tokens, least)

    @property
    def _unseen(self) -> tuple[str, ...]:
        """The facts that leave open what a call reads whose slot nobody knows."""
        return facts_of(self._rules, ["slots", "sliding_window"] if self._rules.sliding_window else ["slots"])

    def _expectation(self, prompt: Prompt, read: Interval, why: Iterable[str]) -> Expectation:
        total = Interval(prompt.total_lo, prompt.total_hi)
        uncached = Interval(max(0, total.lo - read.hi), total.hi - read.lo)
        reasons = () if read.exact else tuple(dict.fromkeys(why))
        return Expectation(read, {}, uncached, total, reasons, ZERO)

    @staticmethod
    def _cap(tokens: array[int], common: int) -> int:
        return min(common, max(0, len(tokens) - 1))


def _twins(rules: SlotRules) -> tuple[SlotCache, ...]:
    """Return the servers that the rules allow, none where the number of slots is unknown."""
    if rules.slots is None:
        return ()
    buffers = (False,) if rules.slots == 1 else (False, True)
    return tuple(
        SlotCache(rules, bytes_per_token=size, unified=unified)
        for size in BYTES_PER_TOKEN
        for unified in buffers
    )
