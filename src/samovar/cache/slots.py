"""The cache of a llama.cpp server: one token sequence per slot, and a list of copies in host memory.

A call goes to one slot and reads what its prompt has in common with that slot's sequence. Which slot that
is, and what happens to the sequence it replaces, decides every reuse:

1. Of the idle slots, the one whose sequence shares the most with the prompt, if that is more than
   `similarity` of the prompt; else the one idle longest, a slot never used before all others and the last
   of several. Busy slots do not take part; when all are busy the call waits.
2. A slot taken for want of a better one, and one that would lose more than half of its sequence, first
   puts a copy of that sequence into the host cache; then a copy from there that shares more of itself *and*
   more of the prompt, and at least a quarter of itself, replaces it and leaves the host cache.
3. When a call starts, the other idle slots put copies of their sequences into the host cache; with one
   buffer for all slots (`unified`) they are emptied too. A server without a host cache does neither.
4. At least the prompt's last token is computed, so a read is at most one token less than the prompt.
5. After the call the slot holds the prompt and the generated tokens but the last, which was never fed back.

The host cache keeps no sequence that is the beginning of another, and drops the oldest beyond its size.
Found by experiment with the server that `tests/engines/test_llamacpp.py` runs (facts
`llamacpp.common-prefix`, `llamacpp.similarity`, `llamacpp.slots`, `llamacpp.host-cache` and
`llamacpp.generated`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from samovar.cache.expectation import Expectation, Interval
from samovar.cache.reasons import facts_of
from samovar.prefix.tokens import common_prefix, tokens_of

if TYPE_CHECKING:
    from array import array

    from samovar.providers.rules import SlotRules

KEPT_WITHOUT_COPY = 0.5
"""Share of a slot's sequence that must survive a call for the slot to be reused without a copy (step 2)."""
RESTORABLE = 0.25
"""Share of a host copy that the prompt must have in common with it for the copy to be restored (step 2)."""
USUAL_BYTES_PER_TOKEN = 131_072
"""Of an 8-billion-parameter model: 32 layers, keys and values, 8 heads of 128 numbers of 16 bits."""
NEVER = float("-inf")


@dataclass(slots=True, eq=False)
class _Slot:
    """One sequence of the engine. `last_used` is when its last call ended."""

    tokens: array[int]
    last_used: float = NEVER
    busy: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """Where a call goes: the slot's number, and the host cache once its sequence was exchanged there."""

    slot: int
    host: tuple[array[int], ...]
    common: int
    """Leading tokens that the prompt has in common with what the slot then holds."""


@dataclass(slots=True, eq=False)
class Seat:
    """A call that is being served; hand it back with `SlotCache.end`."""

    slot: int
    read: Interval
    prompt: array[int]
    open: bool = field(default=True)


class SlotCache:
    """The state of one server.

    `bytes_per_token` is the size of a saved sequence, for the bound of the host cache; `copies_idle` and
    `unified` are the server's options of those names (`--cache-idle-slots`, `--kv-unified`). Rules that leave
    the number of slots open stand for one.
    """

    def __init__(
        self,
        rules: SlotRules,
        *,
        bytes_per_token: int = USUAL_BYTES_PER_TOKEN,
        copies_idle: bool = True,
        unified: bool = False,
    ) -> None:
        self._rules = rules
        self._slots = [_Slot(tokens_of(())) for _ in range(rules.slots or 1)]
        self._host: tuple[array[int], ...] = ()
        self._host_tokens = rules.host_cache_bytes // bytes_per_token
        self._copies_idle = copies_idle and rules.host_cache_bytes > 0
        self._unified = unified

    def look_up(self, tokens: array[int], now: float) -> Expectation:
        """Return what a call with this prompt would read if it started at `now`; changes nothing.

        While every slot is busy the call would wait, and could then read anything up to what it shares
        with a sequence that is being made.
        """
        del now  # a sequence has no lifetime: it stays until it is replaced
        choice = self._choose(tokens)
        if choice is None:
            most = max((common_prefix(slot.tokens, tokens) for slot in self._slots), default=0)
            copies = max((common_prefix(copy, tokens) for copy in self._host), default=0)
            read = Interval(0, self._cap(tokens, max(most, copies)))
        else:
            read = self._read(tokens, choice.common)
        total = Interval(len(tokens), len(tokens))
        uncached = Interval(len(tokens) - read.hi, len(tokens) - read.lo)
        why = "slots" if choice is None else "sliding_window"
        reasons = () if read.exact else facts_of(self._rules, [why])
        return Expectation(read, {}, uncached, total, reasons)

    def begin(self, tokens: array[int], now: float) -> Seat | None:
        """Give the call a slot, or return None while all are busy."""
        choice = self._choose(tokens)
        if choice is None:
            return None
        slot = self._slots[choice.slot]
        self._host = choice.host
        read = self._read(tokens, choice.common)
        slot.busy = True
        slot.tokens = tokens
        slot.last_used = now
        if self._copies_idle:
            self._copy_idle()
        return Seat(choice.slot, read, tokens)

    def end(self, seat: Seat, generated: array[int], now: float) -> None:
        """Free the call's slot; `generated` are all tokens of its answer, also the one that ended it."""
        if not seat.open:
            return
        seat.open = False
        slot = self._slots[seat.slot]
        slot.tokens = seat.prompt + generated[:-1]
        slot.last_used = now
        slot.busy = False

    def admit(self, tokens: array[int], generated: array[int], now: float) -> Expectation:
        """Serve one call from start to end while nothing else runs; return what it read."""
        expected = self.look_up(tokens, now)
        seat = self.begin(tokens, now)
        if seat is not None:
            self.end(seat, generated, now)
        return expected

    @property
    def host_copies(self) -> int:
        """Sequences in the host cache."""
        return len(self._host)

    # ── step 1 ───────────────────────────────────────────────────────────────────────────────────────

    def _choose(self, tokens: array[int]) -> Choice | None:
        best, common = None, 0
        for number, slot in enumerate(self._slots):
            if slot.busy:
                continue
            shared = common_prefix(slot.tokens, tokens)
            if shared > common and shared > self._rules.similarity * len(tokens):
                best, common = number, shared
        if best is not None:
            saves = common < KEPT_WITHOUT_COPY * len(self._slots[best].tokens)
        else:
            best = self._idle_longest()
            if best is None:
                return None
            common = common_prefix(self._slots[best].tokens, tokens)
            saves = True
        if not saves:
            return Choice(best, self._host, common)
        # The copy goes out first and may push out the very sequence that would have been restored.
        held = self._slots[best].tokens
        host = self._with_copy(held)
        restored = _better_copy(host, held, common, tokens)
        if restored is None:
            return Choice(best, host, common)
        left = tuple(copy for copy in host if copy is not restored)
        return Choice(best, left, common_prefix(restored, tokens))

    def _idle_longest(self) -> int | None:
        longest = None
        for number, slot in enumerate(self._slots):
            if not slot.busy and (longest is None or slot.last_used <= self._slots[longest].last_used):
                longest = number
        return longest

    # ── steps 2 and 3 ────────────────────────────────────────────────────────────────────────────────

    def _with_copy(self, tokens: array[int]) -> tuple[array[int], ...]:
        """Return the host cache with a copy of a sequence, unless it, or a longer one, is there."""
        if not tokens or len(tokens) > self._host_tokens:
            return self._host
        if any(common_prefix(copy, tokens) == len(tokens) for copy in self._host):
            return self._host
        kept = [copy for copy in self._host if common_prefix(copy, tokens) < len(copy)]
        kept.append(tokens)
        room = self._host_tokens - sum(map(len, kept))
        while room < 0:
            room += len(kept.pop(0))
        return tuple(kept)

    def _copy_idle(self) -> None:
        for slot in self._slots:
            if not slot.busy:
                self._host = self._with_copy(slot.tokens)
                if self._unified:
                    slot.tokens = tokens_of(())

    # ── step 4 ───────────────────────────────────────────────────────────────────────────────────────

    def _read(self, tokens: array[int], common: int) -> Interval:
        most = self._cap(tokens, common)
        return Interval(0 if self._rules.sliding_window else most, most)

    @staticmethod
    def _cap(tokens: array[int], common: int) -> int:
        return min(common, max(0, len(tokens) - 1))


def _better_copy(
    host: tuple[array[int], ...], held: array[int], common: int, tokens: array[int]
) -> array[int] | None:
    """Return the host copy to restore in place of `held`, which shares `common` with the prompt, or None."""
    best, shared = None, common
    kept = common / len(held) if held else -1.0
    for copy in host:
        in_common = common_prefix(copy, tokens)
        keeps = in_common / len(copy)
        if keeps >= RESTORABLE and keeps > kept and in_common > shared:
            best, shared, kept = copy, in_common, keeps
    return best
