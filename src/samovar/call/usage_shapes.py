"""Usage told by its members: what logs hold is not always what the endpoint's provider would have sent.

Gateways translate usage into each other's spelling, so the members decide, and the dialect only where they
do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from samovar.call.usage import anthropic_usage, bedrock_usage, gemini_usage, openai_usage
from samovar.call.usage_relayed import (
    admin_usage,
    engine_usage,
    framework_usage,
    is_span,
    itemised_usage,
    prompt_usage,
    span_usage,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from samovar.call.dialects import Dialect
    from samovar.providers.usage import Usage

    Classifier = Callable[[Mapping[str, Any] | None], Usage]


def classified(usage: Mapping[str, Any], dialect: Dialect | None) -> Usage:
    """Return the disjoint classes of a `usage` object of any provider."""
    return (classifier(usage) or (openai_usage if dialect is None else dialect.classify))(usage)


def classifier(usage: Mapping[str, Any]) -> Classifier | None:
    """Return the function for these members, None where they do not say whose they are."""
    if is_span(usage):
        return span_usage
    if isinstance(usage.get("raw"), dict) and "inputTokens" in usage:
        return _raw
    for members, found in _TOLD:
        if members.isdisjoint(usage) or (found is itemised_usage and isinstance(usage["input"], dict)):
            continue
        return found
    return None


def _raw(usage: Mapping[str, Any] | None) -> Usage:
    """A framework's total that carries the provider's own words: those count."""
    told = usage["raw"] if usage is not None else {}
    return (classifier(told) or anthropic_usage)(told)


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
        frozenset({"prompt_tokens", "input_tokens_details", "total_input_tokens", "prompt_cache_hit_tokens"}),
        openai_usage,
    ),
    (frozenset({"inputTokens", "inputTokenCount"}), bedrock_usage),
    (
        frozenset({"cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation"}),
        anthropic_usage,
    ),
)
"""Members that tell whose words a usage is in; the first that has one of its own decides."""
