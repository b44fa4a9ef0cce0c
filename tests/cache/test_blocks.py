"""The block pool, against rules that were checked with a real vLLM (`tests/engines/vllm_check.py`)."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samovar.cache.blocks import BlockCache
from samovar.cache.expectation import Interval
from samovar.prefix.tokens import common_prefix, tokens_of
from samovar.providers.rules import BlockRules, Tri, point

if TYPE_CHECKING:
    from array import array

ONE = tokens_of([7])
"""An answer of one token, of which nothing is kept."""


def pool(block: int = 32, capacity: int | None = None) -> BlockCache:
    """Return an empty pool."""
    return BlockCache(
        BlockRules(
            floor=point(block),
            lifetimes=(),
            default_ttl="",
            visibility_lag=point(0),
            block=block,
            capacity=capacity,
            reads_generated=Tri.YES,
            facts={"visibility_lag": "vllm.visibility"},
        )
    )


def prompt(name: str, tokens: int) -> array[int]:
    """Return a prompt that shares nothing with one of another name."""
    return tokens_of([ord(name), *range(1000, 999 + tokens)])


@pytest.mark.fact("vllm.block-size", "vllm.floor")
@pytest.mark.parametrize(
    ("second", "read"),
    [
        (prompt("A", 3339), 3328),
        (prompt("A", 3336) + tokens_of([1, 2, 3]), 3328),
        (prompt("B", 3339), 0),
        (prompt("A", 1650) + tokens_of([1]) + prompt("A", 3339)[1651:], 1632),
        (prompt("A", 1000), 992),
        (prompt("A", 992), 960),
        (prompt("A", 32), 0),
        (prompt("A", 33), 32),
    ],
)
def test_read(second: array[int], read: int) -> None:
    """Read: the full blocks in common, and never the block that holds the prompt's last token."""
    cache = pool()
    cache.admit(prompt("A", 3339), ONE, "", 0)
    assert cache.look_up(second, "", 1).read == Interval(read, read)


@pytest.mark.fact("sglang.page")
def test_page_of_one_token() -> None:
    """Pages of one token read the whole common prefix, all but the last token."""
    cache = pool(block=1)
    cache.admit(prompt("A", 100), ONE, "", 0)
    assert cache.look_up(prompt("A", 100), "", 1).read == Interval(99, 99)
    assert cache.look_up(prompt("A", 57) + ONE, "", 1).read == Interval(57, 57)


@pytest.mark.fact("lmcache.chunk")
def test_chunks() -> None:
    """Chunks of 256 tokens: a partial one is not kept."""
    cache = pool(block=256)
    cache.admit(prompt("A", 1000), ONE, "", 0)
    assert cache.look_up(prompt("A", 1000) + ONE, "", 1).read == Interval(768, 768)
    assert cache.look_up(prompt("A", 255), "", 1).read == Interval(0, 0)


@pytest.mark.fact("vllm.chain")
def test_salt() -> None:
    """A salt separates, and its absence does too."""
    cache = pool()
    for salt in ("a", "b", ""):
        assert cache.admit(prompt("A", 100), ONE, salt, 0).read == Interval(0, 0)
    for salt in ("a", "b", ""):
        assert cache.admit(prompt("A", 100), ONE, salt, 0).read == Interval(96, 96)


@pytest.mark.fact("vllm.generated")
@pytest.mark.parametrize(("generated", "read"), [(3, 32), (4, 32), (5, 64)])
def test_generated(generated: int, read: int) -> None:
    """Generated tokens fill blocks, except the last: 60 + 4 make two full blocks only with a fifth."""
    cache = pool()
    answer = tokens_of(range(5000, 5000 + generated))
    cache.admit(prompt("A", 60), answer, "", 0)
    assert cache.look_up(prompt("A", 60) + answer + ONE * 9, "", 1).read == Interval(read, read)


@pytest.mark.fact("vllm.block-size")
def test_written() -> None:
    """Written are the full blocks that were not read; the partial one behind them is never cached."""
    cache = pool()
    first = cache.admit(prompt("A", 100), ONE, "", 0)
    assert (first.read, first.write_total, first.uncached) == (
        Interval(0, 0),
        Interval(96, 96),
        Interval(4, 4),
    )
    second = cache.admit(prompt("A", 70) + prompt("B", 80), ONE, "", 0)
    assert (second.read, second.write_total) == (Interval(64, 64), Interval(64, 64))
    assert second.uncached == Interval(22, 22)


@pytest.mark.fact("vllm.lifetime")
def test_eviction_order() -> None:
    """300 blocks hold two prompts of 105; a third drops the one that was free longest."""
    cache = pool(capacity=300)
    reads = [cache.admit(prompt(name, 3339), ONE, "", 0).read.lo for name in "ABAACDEA"]
    assert reads == [0, 0, 3328, 3328, 0, 0, 0, 0]


@pytest.mark.fact("vllm.lifetime")
def test_tail_goes_first() -> None:
    """Under pressure a prompt loses its tail and keeps its head."""
    cache = pool(capacity=21)
    cache.admit(prompt("A", 320), ONE, "", 0)  # 10 of the 20 blocks
    cache.admit(prompt("B", 480), ONE, "", 0)  # 15: takes 5 of them
    assert cache.look_up(prompt("A", 320), "", 1).read == Interval(160, 160)


@pytest.mark.fact("vllm.lifetime")
def test_running_calls_keep_their_blocks() -> None:
    """Blocks in use cannot be taken: a call that needs more than the free ones waits."""
    cache = pool(capacity=21)
    running = cache.begin(prompt("A", 320), "", 0)
    assert running is not None
    assert cache.begin(prompt("B", 352), "", 0) is None
    assert cache.begin(prompt("B", 320), "", 0) is not None
    cache.end(running, ONE, 1)
    assert cache.begin(prompt("C", 320), "", 2) is not None


@pytest.mark.fact("vllm.visibility")
def test_in_flight() -> None:
    """Until its writer answers, a block may or may not be readable; afterwards it is."""
    cache = pool()
    running = cache.begin(prompt("A", 100), "", 0)
    assert running is not None
    before = cache.look_up(prompt("A", 100), "", 1)
    assert before.read == Interval(0, 96)
    assert before.reasons == ("vllm.visibility",)
    cache.first_byte(running)
    assert cache.look_up(prompt("A", 100), "", 2).read == Interval(96, 96)


def test_ending_twice() -> None:
    """A call that is ended twice frees its blocks once."""
    cache = pool(capacity=21)
    one, two = cache.begin(prompt("A", 320), "", 0), cache.begin(prompt("A", 320), "", 0)
    assert one is not None
    assert two is not None
    cache.end(one, ONE, 1)
    cache.end(one, ONE, 1)
    assert cache.begin(prompt("B", 640), "", 2) is None, "two still holds ten blocks"


def test_unbounded_pool_keeps_one_copy() -> None:
    """The same prompt again and again takes no more room."""
    cache = pool()
    for _ in range(50):
        cache.admit(prompt("A", 320), ONE, "", 0)
    assert len(cache) == 10


@given(st.integers(0, 2**32), st.sampled_from((1, 4, 16)), st.sampled_from((None, 40, 100)))
def test_read_bounds(seed: int, block: int, capacity: int | None) -> None:
    """A read is whole blocks of the largest common prefix, never all tokens; unbounded: all of those."""
    rng = random.Random(seed)
    cache = pool(block, capacity)
    seen: list[array[int]] = []
    for _ in range(12):
        tokens = tokens_of(rng.choices((1, 2), k=rng.randrange(1, 35)))
        most = min(max((common_prefix(old, tokens) for old in seen), default=0), len(tokens) - 1)
        found = cache.admit(tokens, ONE, "", 0)
        assert found.read.lo == found.read.hi <= most // block * block
        assert capacity is not None or found.read.lo == most // block * block
        assert found.read.lo + found.write_total.lo + found.uncached.lo == len(tokens)
        seen.append(tokens)
