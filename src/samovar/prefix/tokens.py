"""Prompts as token ids, for engines that cache what they tokenized themselves.

The one rule: a block's digest covers every token before it, so two prompts share a block exactly when they
agree from the first token to that block's last. The digests are in-process names (XXH3, 128 bits); what
leaves the process is keyed elsewhere.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import xxhash

if TYPE_CHECKING:
    from collections.abc import Iterable

_ITEM = array("I").itemsize
_GLANCE = 64
"""Tokens compared before the rest is looked at: most pairs of prompts part here or not at all."""


def tokens_of(ids: Iterable[int]) -> array[int]:
    """Return token ids in the form that this package works on: unsigned, at least 32 bits each."""
    return array("I", ids)


def block_chain(tokens: array[int], block: int, salt: str = "") -> tuple[bytes, ...]:
    """Return one 16-byte digest per full block of `block` tokens; a partial last block has none.

    The salt enters with the first block only, as in vLLM (fact `vllm.chain`): it reaches the others through
    the chain, so that prompts of different salts share nothing.
    """
    raw = tokens.tobytes()
    step = block * _ITEM
    running = xxhash.xxh3_128_digest(salt.encode()) if salt else bytes(16)
    digests = []
    for start in range(0, len(raw) - step + 1, step):
        running = xxhash.xxh3_128_digest(running + raw[start : start + step])
        digests.append(running)
    return tuple(digests)


def common_prefix(a: array[int], b: array[int]) -> int:
    """Return how many leading tokens `a` and `b` have in common.

    Bisects over memory comparisons: a prompt of 100,000 tokens costs microseconds, not a loop over tokens.
    """
    most = min(len(a), len(b))
    if a[:_GLANCE] == b[:_GLANCE] and most > _GLANCE:
        return _bisect(a.tobytes(), b.tobytes(), most)
    for at in range(min(most, _GLANCE)):
        if a[at] != b[at]:
            return at
    return most


def _bisect(a: bytes, b: bytes, most: int) -> int:
    """Return the largest count ≤ `most` of leading items on which `a` and `b` agree."""
    same, differs = 0, most + 1  # the invariant: agree on `same` items, not on `differs`
    while differs - same > 1:
        middle = (same + differs) // 2
        start, end = same * _ITEM, middle * _ITEM
        if a[start:end] == b[start:end]:
            same = middle
        else:
            differs = middle
    return same
