"""The verdict on a call: what became of its prefix, by what was reported and what should have been read.

One rule for whoever judges: the first of rejected, unreported, bypass, miss, hit, partial that applies. What
should have been read, and by how much a read may fall short of it, is the judge's own knowledge.
"""

from __future__ import annotations

from typing import Final, Literal

Verdict = Literal["hit", "partial", "miss", "bypass", "unreported", "rejected"]

NEGLIGIBLE: Final = 64
"""Tokens up to which a prefix, a read or a write counts as none."""


def tail(tokens: int) -> int:
    """Return how long an unwritten tail may be that nobody misses: 64 tokens, or a hundredth of it all."""
    return max(NEGLIGIBLE, tokens // 100)


def verdict_on(
    read: int, written: int, *, answered: bool, reported: bool, cacheable: bool, should: int, allowed: int
) -> Verdict:
    """Return the verdict on a call that read and wrote so many tokens.

    `reported` is whether its usage says anything of the cache, `cacheable` whether it could be cached at all
    as it was sent. `should` is what it should have read, `allowed` by how much it may fall short of that. A
    read that is no longer than such a tail counts as none.
    """
    if not answered:
        return "rejected"
    if not reported:
        return "unreported"
    if not cacheable and read == 0 and written == 0:
        return "bypass"
    if read <= tail(should):
        return "miss"
    return "hit" if read >= should - allowed else "partial"
