"""Numbers of a usage object that contradict each other, or that somebody dropped on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from samovar.call.usage import count
from samovar.call.usage_names import counts_tokens
from samovar.call.usage_relayed import is_span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from samovar.providers.usage import Usage


def contradictions(told: Mapping[str, Any], usage: Usage) -> tuple[str, ...]:
    """Return one sentence for each thing that is wrong with the numbers; `usage` is what was made of them."""
    found: list[str] = list(impossible(told))
    relayed = is_span(told) or "cachedInputTokens" in told
    if relayed and not usage.reports_cache and usage.stated_input is not None:
        found.append("the cache fields were dropped, so the classes of the input cannot be told")
    split = told.get("cache_creation")
    whole = count(told.get("cache_creation_input_tokens"))
    if isinstance(split, dict) and whole is not None:
        parts = sum(count(each) or 0 for name, each in split.items() if name.startswith("ephemeral_"))
        if parts != whole:
            found.append(f"cache_creation adds up to {parts}, cache_creation_input_tokens says {whole}")
    read, written = usage.cache_read or 0, usage.written or 0
    if usage.stated_input is not None and read + written > usage.stated_input:
        found.append(
            f"{read + written} tokens read and written exceed the stated input of {usage.stated_input}"
        )
    total = count(told.get("total_tokens", told.get("totalTokens", told.get("totalTokenCount"))))
    if total is not None and usage.total_input is not None and usage.output is not None:
        sums = {usage.total_input + usage.output, (usage.uncached_input or 0) + usage.output}
        if total not in sums:
            found.append(
                f"the total of {total} is not input plus output ({usage.total_input + usage.output})"
            )
    return tuple(found)


def impossible(told: Mapping[str, Any], depth: int = 2) -> Iterator[str]:
    """Yield a sentence for each number of tokens that no call can have."""
    for name, value in told.items():
        if isinstance(value, dict) and depth:
            yield from impossible(value, depth - 1)
        elif isinstance(value, int | float) and count(value) is None and counts_tokens(name):
            shown = str(value)
            shown = shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}…"
            yield f"{name} is {shown}, which no count can be"


SHOWN: Final = 20
"""Characters of a number that are shown."""
