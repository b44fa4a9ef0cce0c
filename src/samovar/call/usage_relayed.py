"""Usage as others pass it on: OpenTelemetry spans, OpenInference, agent frameworks, session logs.

All of them count cached tokens into the input, by convention; where the parts exceed the total, the sender
did not keep to it and the total is what was left. Without any cache field the classes cannot be told:
absent is not zero.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, Final

import msgspec

from samovar.call.usage import count, first
from samovar.providers.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Mapping

_json = msgspec.json.Decoder()

SPAN_INPUT: Final = ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt")
SPAN_OUTPUT: Final = (
    *("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
    "llm.token_count.completion",
)
SPAN_READ: Final = (
    *("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens"),
    *(
        "gen_ai.usage.cache_read_tokens",
        "gen_ai.usage.cached_tokens",
        "gen_ai.usage.details.cache_read_tokens",
    ),
    *("gen_ai.usage.details.cache_read_input_tokens", "gen_ai.usage.details.cached_tokens"),
    *("gen_ai.usage.input_cached_tokens", "gen_ai.usage.input_token_details.cache_read"),
    "llm.token_count.prompt_details.cache_read",
)
SPAN_WRITE: Final = (
    *("gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens"),
    *("gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.cache_write_input_tokens"),
    *("gen_ai.usage.cache_creation_tokens", "gen_ai.usage.cache_write_tokens"),
    *("gen_ai.usage.details.cache_write_tokens", "gen_ai.usage.details.cache_creation_input_tokens"),
    "gen_ai.usage.input_token_details.cache_creation",
    "llm.token_count.prompt_details.cache_write",
)
SPAN_DETAILS: Final = ("gen_ai.usage.input_token_details", "gen_ai.usage.prompt_tokens_details")
ITEM_READ: Final = ("cache_read_input_tokens", "input_cache_read", "input_cached_tokens", "cache_read")
ITEM_THOUGHT: Final = ("output_reasoning_tokens", "output_reasoning")
ITEM_WRITE: Final = ("cache_creation_input_tokens", "input_cache_creation", "cache_creation", "cache_write")
_DETAIL_READ: Final = ("cache_read", "cacheReadTokens", "cached_tokens")
_DETAIL_WRITE: Final = ("cache_creation", "cache_write", "cacheWriteTokens", "cache_write_tokens")


def is_span(usage: Mapping[str, Any]) -> bool:
    """Whether the members are attributes of a span."""
    return any(name.startswith(("gen_ai.usage.", "llm.token_count.")) for name in usage)


def span_usage(usage: Mapping[str, Any] | None) -> Usage:
    """Return the classes of a span's attributes, in any of the spellings that are in use."""
    if usage is None:
        return Usage()
    details = _details(first(usage, SPAN_DETAILS))
    return inclusive(
        _number(first(usage, SPAN_INPUT)),
        _number(first(usage, SPAN_READ), first(details, _DETAIL_READ)),
        _number(first(usage, SPAN_WRITE), first(details, _DETAIL_WRITE)),
        _number(first(usage, SPAN_OUTPUT)),
        tiers(details) or tiers({name.rsplit(".", 1)[-1]: value for name, value in usage.items()}),
    )


def framework_usage(usage: Mapping[str, Any] | None) -> Usage:
    """Return the classes of a framework's total: camel-cased, LangChain's details, or Codex's session log."""
    if usage is None:
        return Usage()
    details = _details(usage.get("inputTokenDetails", usage.get("input_token_details")))
    return inclusive(
        _number(usage.get("inputTokens"), usage.get("input_tokens")),
        _number(
            *(usage.get(name) for name in ("cachedInputTokens", "cached_input_tokens", "cache_read_tokens")),
            first(details, _DETAIL_READ),
        ),
        _number(
            *(usage.get(name) for name in ("cache_write_input_tokens", "cache_write_tokens")),
            first(details, _DETAIL_WRITE),
        ),
        _number(usage.get("outputTokens"), usage.get("output_tokens")),
        tiers(details),
    )


def admin_usage(usage: Mapping[str, Any] | None) -> Usage:
    """Return the classes of a line of OpenAI's usage API: the input's parts, each by its name."""
    if usage is None:
        return Usage()
    written = {
        name.removeprefix("input_cache_write_").removesuffix("tokens").removesuffix("_"): tokens
        for name, value in usage.items()
        if name.startswith("input_cache_write_") and (tokens := _number(value))
    }
    tiered = {tier: tokens for tier, tokens in written.items() if tier}
    return Usage(
        uncached_input=_number(usage.get("input_uncached_tokens")),
        cache_read=_number(usage.get("input_cached_tokens")),
        cache_write=tiered or written,
        output=_number(usage.get("output_tokens")),
        stated_input=_number(usage.get("input_tokens")),
    )


def engine_usage(usage: Mapping[str, Any] | None) -> Usage:
    """Return the counts of Ollama's own API, which says nothing of its cache."""
    if usage is None:
        return Usage()
    return Usage(
        stated_input=_number(usage.get("prompt_eval_count")), output=_number(usage.get("eval_count"))
    )


def prompt_usage(usage: Mapping[str, Any] | None) -> Usage:
    """Return the classes of the AI SDK's older totals; the provider's own words on its cache stand beside."""
    if usage is None:
        return Usage()
    told = usage.get("providerMetadata", usage.get("experimental_providerMetadata"))
    told = told if isinstance(told, dict) else {}
    prompt, output = _number(usage.get("promptTokens")), _number(usage.get("completionTokens"))
    anthropic = told.get("anthropic")
    if isinstance(anthropic, dict):
        write = _number(anthropic.get("cacheCreationInputTokens"))
        return Usage(
            uncached_input=prompt,
            cache_read=_number(anthropic.get("cacheReadInputTokens")),
            cache_write=None if write is None else ({"": write} if write else {}),
            output=output,
        )
    openai = told.get("openai")
    read = _number(openai.get("cachedPromptTokens")) if isinstance(openai, dict) else None
    return inclusive(prompt, read, None, output, {})


def itemised_usage(usage: Mapping[str, Any] | None) -> Usage:
    """Return the classes of an observability tool's items: `input`, `output` and whatever else was sent.

    The items are meant to be disjoint, but senders put the total under `input`; a stated `total` tells.
    """
    if usage is None:
        return Usage()
    told, output = _number(usage.get("input")), _number(usage.get("output"))
    read = _number(first(usage, ITEM_READ))
    write = _number(first(usage, ITEM_WRITE))
    total = _number(usage.get("total"))
    split = tiers(usage)
    thought = _number(first(usage, ITEM_THOUGHT)) or 0
    if thought and total == sum((told or 0, output or 0, read or 0, write or 0, thought)):
        output = (output or 0) + thought
    if told is not None and total is not None and total == told + (output or 0):
        return inclusive(told, read, write, output, split)
    written = None if write is None else ({"": write} if write else {})
    if split and (write is None or sum(split.values()) == write):
        written = split
    return Usage(uncached_input=told, cache_read=read, cache_write=written, output=output)


def inclusive(
    total: int | None, read: int | None, write: int | None, output: int | None, split: Mapping[str, int]
) -> Usage:
    """Return the classes of an input total that includes the cache. `split` is the write by tier."""
    written = None if write is None else ({"": write} if write else {})
    if split and (not write or sum(split.values()) == write):
        # LangChain leaves 0 in the sum where it knows the tiers.
        written = dict(split)
    parts = (read or 0) + sum((written or {}).values())
    if total is None or (read is None and written is None):
        return Usage(cache_read=read, cache_write=written, output=output, stated_input=total)
    if parts > total:
        return Usage(uncached_input=total, cache_read=read, cache_write=written, output=output)
    return Usage(
        uncached_input=total - parts, cache_read=read, cache_write=written, output=output, stated_input=total
    )


def tiers(details: Mapping[str, Any]) -> dict[str, int]:
    """Return the tokens written by TTL, of members such as `ephemeral_5m_input_tokens`."""
    found = {
        name.removeprefix("ephemeral_").removesuffix("_input_tokens"): count(value)
        for name, value in details.items()
        if name.startswith("ephemeral_")
    }
    return {tier: tokens for tier, tokens in found.items() if tokens}


def _details(value: object) -> Mapping[str, Any]:
    """Return an object, also of its text as JSON or as Python writes it."""
    if isinstance(value, str):
        said = value
        try:
            value = _json.decode(said)
        except msgspec.DecodeError:
            try:
                value = ast.literal_eval(said)
            except (ValueError, SyntaxError, MemoryError, RecursionError):
                return {}
    return value if isinstance(value, dict) else {}


def _number(*values: object) -> int | None:
    """Return the first value that is a count, also where it is spelled as text."""
    for value in values:
        found = count(int(value) if isinstance(value, str) and value.isdigit() else value)
        if found is not None:
            return found
    return None
