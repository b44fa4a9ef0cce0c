"""The cache of an engine that keeps hash-chained blocks of tokens in a bounded pool: vLLM and its like.

1. A prompt reads the leading full blocks that the pool holds, but computes at least its last token: of `P`
   tokens in common and `n` in the prompt, `floor(min(P, n - 1) / b) * b` are read. `b` is 16 or 32 in vLLM;
   1 is what SGLang's radix tree amounts to; 256 are LMCache's chunks, of which partial ones are not kept.
2. Everything that was computed is kept, generated tokens too, except the last of them: it was never fed back.
3. A prompt writes all its full blocks that it did not read; the partial one behind them stays uncached.
4. Blocks of running calls cannot be taken. When a call ends its blocks become free, the last block first.
   New blocks are taken from those without content, then from the one that has been free longest. So a
   conversation loses its tail before its head, and old conversations before new ones.
5. One block of a bounded pool is the engine's own and holds nothing.
6. A salt separates: prompts of different salts share no block.

Two calls at once share blocks as soon as the first has been scheduled, which a client cannot see: until
`first_byte` (or `end`) of the writer its new blocks count for the upper end of a read only.
Rules 1 to 6 are checked against vLLM by `tests/engines/vllm_check.py` (facts `vllm.block-size`,
`vllm.chain`, `vllm.generated`, `vllm.lifetime`).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from samovar.cache.expectation import Expectation, Interval
from samovar.cache.reasons import facts_of
from samovar.prefix.tokens import block_chain

if TYPE_CHECKING:
    from array import array

    from samovar.providers.rules import BlockRules

UNBOUNDED: Final = 1_000_000
"""Blocks without users that are remembered of a pool whose size nobody knows; the oldest go first."""


@dataclass(slots=True, eq=False)
class _Block:
    """One block of the pool: the chain digest of its content (None until it is full) and who uses it."""

    digest: bytes | None = None
    users: int = 1
    settled: bool = False
    """Whether its writer has answered, so that everyone must be able to read it."""


@dataclass(slots=True, eq=False)
class Running:
    """A call that is being served; hand it back with `BlockCache.end`."""

    prompt: array[int]
    salt: str
    expected: Expectation
    """What it reads and writes of its prompt."""
    blocks: list[_Block]
    chain: tuple[bytes, ...] = ()
    open: bool = field(default=True)


class BlockCache:
    """The state of one engine."""

    def __init__(self, rules: BlockRules) -> None:
        self._rules = rules
        self._size = rules.block
        self._unmade = None if rules.capacity is None else rules.capacity - 1
        """Blocks of a bounded pool that hold nothing."""
        self._by_digest: dict[bytes, list[_Block]] = {}
        self._free: OrderedDict[_Block, None] = OrderedDict()
        """Blocks with content and without users, the one to be taken first in front."""

    def look_up(self, tokens: array[int], salt: str, now: float) -> Expectation:
        """Return what a call with this prompt would read if it started at `now`; changes nothing."""
        del now  # a block has no lifetime: it stays until it is taken
        found = self._found(tokens, block_chain(tokens, self._size, salt))
        return self._expectation(len(tokens), self._read(found))

    def begin(self, tokens: array[int], salt: str, now: float) -> Running | None:
        """Take the blocks that the prompt needs, or return None while the pool has too few."""
        del now
        chain = block_chain(tokens, self._size, salt)
        found = self._found(tokens, chain)
        idle = sum(1 for block in found if not block.users)
        fresh = -(-len(tokens) // self._size) - len(found)
        if fresh > self._available() - idle:
            return None
        expected = self._expectation(len(tokens), self._read(found))
        for block in found:
            if not block.users:
                del self._free[block]
            block.users += 1
        blocks = [*found, *(self._take() for _ in range(fresh))]
        self._fill(blocks, chain, len(found))
        return Running(tokens, salt, expected, blocks, chain)

    def first_byte(self, running: Running) -> None:
        """The call has begun to answer: what its prompt wrote can be read by everyone from now on."""
        for block in running.blocks:
            block.settled = True

    def end(self, running: Running, generated: array[int], now: float) -> None:
        """Keep what was computed and free the call's blocks; `generated` are all tokens of its answer.

        A pool that is too full for the generated tokens keeps as many of them as fit.
        """
        del now
        if not running.open:
            return
        running.open = False
        computed = running.prompt + generated[:-1]
        chain = block_chain(computed, self._size, running.salt)
        wanted = -(-len(computed) // self._size) - len(running.blocks)
        running.blocks.extend(self._take() for _ in range(min(wanted, self._available())))
        self._fill(running.blocks, chain, len(running.chain))
        self.first_byte(running)
        for block in reversed(running.blocks):
            block.users -= 1
            if block.users:
                continue
            if block.digest is None:
                self._empty(1)
            elif self._unmade is None and self._by_digest[block.digest][0] is not block:
                self._forget(block)  # a second copy matters only to what a bounded pool drops next
            else:
                self._free[block] = None
        while self._unmade is None and len(self._free) > UNBOUNDED:
            self._forget(self._free.popitem(last=False)[0])

    def admit(self, tokens: array[int], generated: array[int], salt: str, now: float) -> Expectation:
        """Serve one call from start to end while nothing else runs; return what it read."""
        expected = self.look_up(tokens, salt, now)
        running = self.begin(tokens, salt, now)
        if running is not None:
            self.end(running, generated, now)
        return expected

    def __len__(self) -> int:
        """Blocks that can be found, copies of one content counted once."""
        return len(self._by_digest)

    # ── look-up ──────────────────────────────────────────────────────────────────────────────────────

    def _found(self, tokens: array[int], chain: tuple[bytes, ...]) -> list[_Block]:
        """Return the leading blocks of a prompt that the pool holds, the oldest copy of each."""
        found = []
        for digest in chain[: max(0, len(tokens) - 1) // self._size]:
            copies = self._by_digest.get(digest)
            if copies is None:
                break
            found.append(copies[0])
        return found

    def _read(self, found: list[_Block]) -> Interval:
        settled = next((at for at, block in enumerate(found) if not block.settled), len(found))
        return Interval(settled * self._size, len(found) * self._size)

    def _expectation(self, total: int, read: Interval) -> Expectation:
        full = total - total % self._size
        written = {self._rules.default_ttl: Interval(full - read.hi, full - read.lo)}
        uncached = Interval(total - full, total - full)
        reasons = () if read.exact else facts_of(self._rules, ["visibility_lag"])
        return Expectation(read, written, uncached, Interval(total, total), reasons)

    # ── the pool ─────────────────────────────────────────────────────────────────────────────────────

    def _available(self) -> int:
        """Blocks that can be taken; of an unbounded pool, always enough."""
        return 1 << 62 if self._unmade is None else self._unmade + len(self._free)

    def _take(self) -> _Block:
        """Return a block without content that belongs to the caller."""
        if self._unmade is None or self._unmade > 0:
            self._empty(-1)
        else:
            self._forget(self._free.popitem(last=False)[0])
        return _Block()

    def _empty(self, count: int) -> None:
        if self._unmade is not None:
            self._unmade += count

    def _forget(self, block: _Block) -> None:
        """Make a block's content impossible to find."""
        if block.digest is None:
            return
        copies = self._by_digest[block.digest]
        copies.remove(block)
        if not copies:
            del self._by_digest[block.digest]

    def _fill(self, blocks: list[_Block], chain: tuple[bytes, ...], start: int) -> None:
        """Name the blocks from `start` on that are full by now."""
        for block, digest in zip(blocks[start:], chain[start:], strict=False):
            block.digest = digest
            self._by_digest.setdefault(digest, []).append(block)
