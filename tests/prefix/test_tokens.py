"""Token chains and common prefixes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from samovar.prefix.tokens import block_chain, common_prefix, tokens_of

IDS = st.lists(st.integers(0, 3), max_size=300)
"""Few different tokens, so that random prompts do have beginnings in common."""


def naive(a: list[int], b: list[int]) -> int:
    """Count leading equal items the slow way."""
    count = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        count += 1
    return count


@given(IDS, IDS, IDS)
def test_common_prefix(start: list[int], a: list[int], b: list[int]) -> None:
    """The bisection finds what a loop finds, wherever the difference is."""
    assert common_prefix(tokens_of(start + a), tokens_of(start + b)) == naive(start + a, start + b)


def test_common_prefix_at_every_place() -> None:
    """One changed token is found at every place, also around the first comparison's end."""
    a = tokens_of(range(200))
    for place in range(200):
        b = a[:]
        b[place] += 1
        assert common_prefix(a, b) == place
    assert common_prefix(a, a) == 200


def test_common_prefix_of_bytes_alike() -> None:
    """Tokens that differ in one of their bytes only are different tokens."""
    assert common_prefix(tokens_of([0] * 99 + [0x0100]), tokens_of([0] * 99 + [0x0200])) == 99
    assert common_prefix(tokens_of([0] * 99 + [0x0001]), tokens_of([0] * 99 + [0x01000001])) == 99


@given(IDS, IDS, IDS, st.integers(1, 40))
def test_block_chain(start: list[int], a: list[int], b: list[int], block: int) -> None:
    """Two chains agree on exactly the full blocks inside the common prefix."""
    one, two = start + a, start + b
    chains = block_chain(tokens_of(one), block), block_chain(tokens_of(two), block)
    shared = 0
    for x, y in zip(*chains, strict=False):
        if x != y:
            break
        shared += 1
    assert shared == naive(one, two) // block
    assert [len(chain) for chain in chains] == [len(one) // block, len(two) // block]


def test_block_after_a_difference() -> None:
    """Equal blocks behind a difference have different digests: a digest covers everything before it."""
    tokens = tokens_of(range(64))
    other = tokens_of([99, *range(1, 64)])
    assert not set(block_chain(tokens, 16)) & set(block_chain(other, 16))


def test_salt() -> None:
    """A salt changes every digest, and is part of the name: equal salts share."""
    tokens = tokens_of(range(64))
    plain, a, b = (set(block_chain(tokens, 16, salt)) for salt in ("", "a", "b"))
    assert not plain & a
    assert not a & b
    assert a == set(block_chain(tokens, 16, "a"))
