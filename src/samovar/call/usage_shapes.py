"""Usage told by its members: what logs hold is not always what the endpoint's provider would have sent.

Gateways translate usage into each other's spelling, so the members decide, and the dialect only where they
do not. What a shape leaves open is looked for by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from samovar.call.usage import anthropic_usage, bedrock_usage, gemini_usage, openai_usage
from samovar.call.usage_names import by_names
from samovar.call.usage_relayed import (
    admin_usage,
    engine_usage,
    framework_usage,
    is_span,
    itemised_usage,
    prompt_usage,
    span_usage,
)
from samovar.providers.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from samovar.call.dialects import Dialect

    Classifier = Callable[[Mapping[str, Any] | None], Usage]


def classified(usage: Mapping[str, Any], dialect: Dialect | None) -> Usage:
    """Return the disjoint classes of a `usage` object of any provider."""
    found = _shaped(usage, dialect)
    return found if _complete(found, usage) else _looked_at_again(usage, dialect, found)


def _shaped(usage: Mapping[str, Any], dialect: Dialect | None) -> Usage:
    return (classifier(usage) or (openai_usage if dialect is None else dialect.classify))(usage)


def _complete(found: Usage, usage: Mapping[str, Any]) -> bool:
    """Whether a shape left no class open that the members may tell."""
    if found.uncached_input is None or found.cache_read is None:
        return False
    return found.cache_write is not None or not any(
        "creation" in name.lower() or "write" in name.lower() for name in usage
    )


def _looked_at_again(usage: Mapping[str, Any], dialect: Dialect | None, found: Usage) -> Usage:
    """Take counts that are spelled as text, then what the names of the members tell beyond the shape."""
    counts = _counts(usage)
    if counts != usage:
        found = _shaped(counts, dialect)
    if _complete(found, counts):
        return found
    told = by_names(counts)
    if _known(told) <= _known(found):
        return found
    return replace(told, extra=found.extra, samplings=found.samplings)


def _known(usage: Usage) -> int:
    """Return how many classes of the input and the output are known."""
    classes = (usage.uncached_input, usage.cache_read, usage.cache_write, usage.output)
    return sum(known is not None for known in classes)


def _counts(usage: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same members, with counts that are spelled as text (exports of tables do) as numbers."""
    return {
        name: _counts(value)
        if isinstance(value, dict)
        else int(value)
        if isinstance(value, str) and len(value) <= DIGITS and value.isascii() and value.isdigit()
        else value
        for name, value in usage.items()
    }


DIGITS: Final = 13
"""Digits of the largest count."""


def classifier(usage: Mapping[str, Any]) -> Classifier | None:
    """Return the function for these members, None where they do not say whose they are."""
    if is_span(usage):
        return span_usage
    if "inputTokens" in usage and isinstance(usage.get("raw"), dict):
        return _raw
    for members, found in _TOLD:
        if members.isdisjoint(usage) or (found is itemised_usage and isinstance(usage["input"], dict)):
            continue
        return found
    return None


def _raw(usage: Mapping[str, Any] | None) -> Usage:
    """A framework's total that carries the provider's own words: those count, where they are understood."""
    if usage is None:
        return Usage()
    told = usage["raw"]
    found = (classifier(told) or anthropic_usage)(told)
    if found.total_input is not None:
        return found
    return classified({name: value for name, value in usage.items() if name != "raw"}, None)


_TOLD: Final[tuple[tuple[frozenset[str], Classifier], ...]] = (
    (frozenset({"input_uncached_tokens"}), admin_usage),
    (frozenset({"promptTokens"}), prompt_usage),
    (frozenset({"prompt_eval_count"}), engine_usage),
    (
        frozenset(
            {
                *("cachedInputTokens", "inputTokenDetails", "input_token_details"),
                *("cached_input_tokens", "cache_read_tokens"),
            }
        ),
        framework_usage,
    ),
    (frozenset({"input"}), itemised_usage),
    (frozenset({"promptTokenCount", "totalTokenCount", "prompt_token_count"}), gemini_usage),
    (
        frozenset(
            {
                "prompt_tokens",
                "input_tokens_details",
                "prompt_tokens_details",
                "total_input_tokens",
                "prompt_cache_hit_tokens",
            }
        ),
        openai_usage,
    ),
    (frozenset({"inputTokens", "inputTokenCount"}), bedrock_usage),
    (
        frozenset({"cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation"}),
        anthropic_usage,
    ),
)
"""Members that tell whose words a usage is in; the first that has one of its own decides."""
