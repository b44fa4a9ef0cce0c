"""The verdict on a call: what became of its prefix, by what was reported and what should have been read.

One rule for whoever judges: the first of rejected, unreported, bypass, miss, hit, partial that applies. What
should have been read, and by how much a read may fall short of it, is the judge's own knowledge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from samovar.providers.usage import Usage

Verdict = Literal["hit", "partial", "miss", "bypass", "unreported", "rejected"]

NEGLIGIBLE: Final = 64
"""Tokens up to which a prefix, a read or a write counts as none."""


GROWTH: Final = 1_024
"""Tokens up to which, as up to a tenth of a prompt, what was not read counts as a conversation's growth."""


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


def growth(tokens: int) -> int:
    """Return how much of a prompt of so many tokens may be new, where nothing but its own report is known."""
    return max(GROWTH, tokens // 10)


def verdict_by_report(usage: Usage | None) -> Verdict:
    """Return the verdict on an answered call by its own report alone, without looking at any other call.

    It should have read all but a conversation's growth; one that wrote and read nothing, of a provider that
    reports writes, could not be cached as it was sent. It costs nothing, and says the same however many calls
    there are.
    """
    if usage is None or not usage.reports_cache:
        return "unreported"
    total = usage.total_input or 0
    return verdict_on(
        usage.cache_read or 0,
        usage.written or 0,
        answered=True,
        reported=True,
        cacheable=usage.cache_write is None,
        should=total,
        allowed=growth(total),
    )
