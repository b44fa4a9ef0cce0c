"""Usage in a spelling that no shape is known for: what each member counts, by the words of its name.

Asked only where the known shapes leave a class open. What is cached is told from the ordinary input by what
adds up to the total; without one, by whose words the members are.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from samovar.call.usage import count
from samovar.providers.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WORD: Final = re.compile(r"\d+[a-z]*|[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
TIER: Final = re.compile(r"\d+[smhd]")
SPOKEN: Final = frozenset({"output", "completion", "completions", "response", "candidates", "generated"})
ASKED: Final = frozenset({"input", "prompt", "request"})
WROTE: Final = frozenset({"write", "writes", "written", "creation", "create", "created"})
HELD: Final = frozenset({"cache", "cached", "caching"})
FRESH: Final = frozenset({"uncached", "no", "non", "miss"})
NO_COUNT: Final = frozenset(
    {
        *("cost", "costs", "usd", "price", "discount", "savings", "rate", "ratio", "percent", "hits"),
        *("ms", "seconds", "time", "duration", "limit", "requests", "audio", "image", "video", "type"),
    }
)
"""Words of members that count no tokens, or tokens that another member counts as well."""
PLAIN: Final = frozenset(
    {*("token", "tokens", "count", "counts", "total", "usage"), *("llm", "gen", "ai", "native", "num")}
)
"""Words that leave open what is counted."""
DEPTH: Final = 3


def by_names(usage: Mapping[str, Any]) -> Usage:
    """Return the classes that the names of the members tell; what they do not is None."""
    found: dict[str, int] = {}
    written: dict[str, int] = {}
    # A router counts in tokens of its own besides; those of the provider are paid.
    members = sorted(_counts(usage, (), DEPTH), key=lambda member: "native" not in member[0])
    for words, tokens in members:
        kind, tier = _counted(words)
        if kind == "write" and tier:
            written.setdefault(tier, tokens)
        elif kind:
            found.setdefault(kind, tokens)
    read, output, fresh = found.get("read"), found.get("output"), found.get("uncached")
    write = found.get("write")
    if write is not None and sum(written.values()) != write:
        written = {"": write}
    tiers = {tier: tokens for tier, tokens in written.items() if tokens}
    wrote = tiers if written or write is not None else None
    stated, parts = found.get("input"), (read or 0) + sum(tiers.values())
    if fresh is None and stated is not None and (read is not None or wrote is not None):
        if _outside(stated, parts, output, found.get("total"), usage):
            fresh, stated = stated, None
        else:
            fresh = stated - parts
    return Usage(uncached_input=fresh, cache_read=read, cache_write=wrote, output=output, stated_input=stated)


def _outside(
    stated: int, parts: int, output: int | None, total: int | None, usage: Mapping[str, Any]
) -> bool:
    """Whether the input leaves the cache out."""
    if parts > stated or (total is not None and parts and total == stated + parts + (output or 0)):
        return True
    if total is not None and total == stated + (output or 0):
        return False
    return any(set(words_of(name)) >= ANTHROPIC for name in usage)


ANTHROPIC: Final = frozenset({"cache", "creation", "input"})
"""Words of the member that only Anthropic has, beside an input that leaves the cache out."""


def _counts(
    usage: Mapping[str, Any], above: tuple[str, ...], depth: int
) -> Iterator[tuple[frozenset[str], int]]:
    """Yield the words of each member, with those of the members around it, and its count."""
    for name, value in usage.items():
        words = (*above, *words_of(name))
        inner = _summed(value) if isinstance(value, list) else value
        if isinstance(inner, dict):
            if depth:
                yield from _counts(inner, words, depth - 1)
            continue
        tokens = count(value)
        if tokens is not None and NO_COUNT.isdisjoint(words):
            yield frozenset(words), tokens


def _summed(values: list[Any]) -> dict[str, Any]:
    """Return the members of a list's objects as one object: counts by modality, or by request, add up."""
    sums: dict[str, Any] = {}
    for each in values:
        for name, value in each.items() if isinstance(each, dict) else ():
            sums[name] = value if name not in sums else (count(sums[name]) or 0) + (count(value) or 0)
    return sums


def counts_tokens(name: str) -> bool:
    """Whether a member is a number of tokens by its name."""
    words = words_of(name)
    return not {"token", "tokens"}.isdisjoint(words) and NO_COUNT.isdisjoint(words)


@lru_cache(2_048)
def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a member's name, camel-cased or not, in lower case."""
    return tuple(word.lower() for word in WORD.findall(name[:200]))


@lru_cache(2_048)
def _counted(words: frozenset[str]) -> tuple[str, str]:
    """Return what a member counts, "" where nobody knows, and the lifetime that it names."""
    cached = not words.isdisjoint(HELD)
    if not words.isdisjoint(SPOKEN) and not cached:
        return ("output" if words <= SPOKEN | PLAIN else "", "")
    if not words.isdisjoint(WROTE) and cached:
        return "write", next((word for word in words if TIER.fullmatch(word)), "")
    if not words.isdisjoint(FRESH):
        return ("uncached" if cached or "uncached" in words else "", "")
    if cached:
        return "read", ""
    if not words.isdisjoint(ASKED):
        return ("input" if words <= ASKED | PLAIN else "", "")
    return ("total" if "total" in words and words <= PLAIN else "", "")
