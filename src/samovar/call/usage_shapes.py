"""Usage told by its members: what logs hold is not always what the endpoint's provider would have sent.

Gateways translate usage into each other's spelling, so the members decide, and the dialect only where they
do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from samovar.call.usage import anthropic_usage, bedrock_usage, gemini_usage, openai_usage
from samovar.call.usage_relayed import framework_usage, is_span, itemised_usage, span_usage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from samovar.call.dialects import Dialect
    from samovar.providers.usage import Usage

    Classifier = Callable[[Mapping[str, Any] | None], Usage]

_RELAYED: Final = ("cachedInputTokens", "inputTokenDetails", "input_token_details", "cached_input_tokens")
_INCLUSIVE: Final = ("prompt_tokens", "input_tokens_details", "total_input_tokens", "prompt_cache_hit_tokens")


def classified(usage: Mapping[str, Any], dialect: Dialect | None) -> Usage:
    """Return the disjoint classes of a `usage` object of any provider."""
    return (classifier(usage) or (openai_usage if dialect is None else dialect.classify))(usage)


def classifier(usage: Mapping[str, Any]) -> Classifier | None:
    """Return the function for these members, None where they do not say whose they are."""
    if is_span(usage):
        return span_usage
    if isinstance(usage.get("raw"), dict) and "inputTokens" in usage:
        return _raw
    if any(name in usage for name in _RELAYED):
        return framework_usage
    if "input" in usage and not isinstance(usage["input"], dict):
        return itemised_usage
    if "promptTokenCount" in usage or "totalTokenCount" in usage:
        return gemini_usage
    if any(name in usage for name in _INCLUSIVE):
        return openai_usage
    if "inputTokens" in usage:
        return bedrock_usage
    if (
        "cache_read_input_tokens" in usage
        or "cache_creation_input_tokens" in usage
        or "cache_creation" in usage
    ):
        return anthropic_usage
    return None


def _raw(usage: Mapping[str, Any] | None) -> Usage:
    """A framework's total that carries the provider's own words: those count."""
    told = usage["raw"] if usage is not None else {}
    return (classifier(told) or anthropic_usage)(told)
