"""Provider usage → disjoint token classes. What a provider did not report stays None.

Anthropic's `input_tokens` leave cached tokens out; OpenAI's totals include them (facts
`anthropic.usage`, `openai.usage`). Numbers that contradict each other are kept as
reported where that is possible: `stated_input` lets a reader find the contradiction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from samovar.call.block import malformed
from samovar.providers.usage import Sampling, Usage

if TYPE_CHECKING:
    from collections.abc import Mapping

_json = msgspec.json.Decoder()
_PRICED = ("service_tier", "inference_geo", "speed")


def usage_member(body: bytes, dialect: str) -> Mapping[str, Any] | None:
    """Return the `usage` object of a response body, None where there is none. Raise `MalformedBody`."""
    try:
        value = _json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise malformed(dialect, error) from error
    if not isinstance(value, dict):
        return None
    usage = value.get("usage", value.get("usageMetadata"))
    return usage if isinstance(usage, dict) else None


USD_TICKS: Final = 10**10
"""xAI's `cost_in_usd_ticks` in one dollar (fact `xai.usage`)."""

MOST: Final = 10**12
"""Tokens that no call has: a larger number is a mistake, and would drown every sum."""


def count(value: object) -> int | None:
    """Return a token count, or None for what cannot be one."""
    if type(value) is int and 0 <= value <= MOST:
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST:
        return None
    if value != int(value):
        return None
    return int(value)


def anthropic_usage(usage: Mapping[str, Any] | None) -> Usage:
    """Return the classes of a Messages `usage` object. Writes without a breakdown have tier ""."""
    if usage is None:
        return Usage()
    total = count(usage.get("cache_creation_input_tokens"))
    split = usage.get("cache_creation")
    written: dict[str, int] | None = None
    if isinstance(split, dict):
        tiers = {
            name.removeprefix("ephemeral_").removesuffix("_input_tokens"): count(tokens)
            for name, tokens in split.items()
            if name.startswith("ephemeral_")
        }
        written = {tier: tokens for tier, tokens in tiers.items() if tokens is not None}
        unsplit = 0 if total is None else total - sum(written.values())
        if unsplit > 0:
            # Running totals of a stream may outgrow the split of its first event: nothing is lost.
            written = {tier: tokens for tier, tokens in written.items() if tokens} | {"": unsplit}
    elif total is not None:
        written = {"": total} if total else {}
    extra = {name: str(usage[name]) for name in _PRICED if usage.get(name) is not None}
    server = usage.get("server_tool_use")
    if isinstance(server, dict) and any(count(uses) for uses in server.values()):
        extra["server_tools"] = "used"
    return Usage(
        uncached_input=count(usage.get("input_tokens")),
        cache_read=count(usage.get("cache_read_input_tokens")),
        cache_write=written,
        output=count(usage.get("output_tokens")),
        extra=extra,
        samplings=_samplings(usage.get("iterations")),
    )


_LEFT_OUT: Final = frozenset({"compaction", "advisor_message"})
"""Iterations whose tokens the members above them do not hold; those of messages are held."""


def _samplings(iterations: object) -> tuple[Sampling, ...]:
    return tuple(
        Sampling(kind=each["type"], model=str(each.get("model") or ""), usage=anthropic_usage(each))
        for each in (iterations if isinstance(iterations, list) else ())
        if isinstance(each, dict) and each.get("type") in _LEFT_OUT
    )


_TOTALS: Final = ("input_tokens", "prompt_tokens", "total_input_tokens")
_OUTPUTS: Final = ("output_tokens", "completion_tokens", "total_output_tokens")
_DETAILS: Final = ("input_tokens_details", "prompt_tokens_details", "prompt_token_details")
_READ: Final = ("cached_tokens", "total_cached_tokens", "cache_read_input_tokens")
_WRITE: Final = ("cache_write_tokens", "cache_creation_tokens", "cache_creation_input_tokens")
_SPLIT: Final = ("cache_write_tokens_details", "cache_creation_token_details", "cache_creation")


def first(usage: Mapping[str, Any], names: tuple[str, ...], otherwise: object = None) -> Any:  # noqa: ANN401  # a member can hold anything
    """Return the first member of these names that is not null."""
    return next((usage[name] for name in names if usage.get(name) is not None), otherwise)


def _tiers(split: object) -> dict[str, int]:
    """Return tokens by TTL of members such as `ttl_30m_tokens` or `ephemeral_5m_input_tokens`."""
    found: dict[str, int] = {}
    for name, value in split.items() if isinstance(split, dict) else ():
        tier = (
            name.removeprefix("ttl_")
            .removeprefix("ephemeral_")
            .removesuffix("_tokens")
            .removesuffix("_input")
        )
        tokens = count(value)
        if tokens is not None:
            found[tier] = tokens
    return found


def openai_usage(usage: Mapping[str, Any] | None) -> Usage:
    """Return the classes of a Chat Completions or Responses `usage` object, and of those who copy them.

    DeepSeek's own count of hits goes before the copied one (fact `deepseek.usage`); gateways put Anthropic's
    names beside an inclusive total. Gemini's Interactions count thoughts beside the output, and what tools
    put in beside the input, as `usageMetadata` does.
    """
    if usage is None:
        return Usage()
    total = count(first(usage, _TOTALS))
    if total is not None:
        total += count(usage.get("total_tool_use_tokens")) or 0
    details = first(usage, _DETAILS)
    details = details if isinstance(details, dict) else {}
    hit = count(usage.get("prompt_cache_hit_tokens"))
    read = count(first(details, ("cached_tokens",), first(usage, _READ))) if hit is None else hit
    write = count(first(details, _WRITE, first(usage, _WRITE)))
    written: dict[str, int] | None = None
    if write is not None:
        written = _tiers(first(details, _SPLIT, first(usage, _SPLIT)))
        if sum(written.values()) != write:
            written = {"": write} if write else {}
    parts = (read or 0) + (write or 0)
    output = count(first(usage, _OUTPUTS))
    if total is not None and parts and "cache_read_input_tokens" in usage:
        # A gateway may have kept Anthropic's exclusive input under OpenAI's name: the sum tells.
        told = count(usage.get("total_tokens"))
        total += parts if parts > total or told == total + parts + (output or 0) else 0
    uncached = None if total is None else max(0, total - parts)
    thoughts = count(usage.get("total_thought_tokens"))
    if thoughts is None and total is not None and output is not None:
        thoughts = _outside(usage, total + output)
    return Usage(
        uncached_input=uncached,
        cache_read=read,
        cache_write=written,
        output=output if thoughts is None else (output or 0) + thoughts,
        stated_input=total,
        extra=_priced(usage),
    )


def _outside(usage: Mapping[str, Any], told: int) -> int | None:
    """Return the reasoning tokens that the output leaves out, as xAI's does: the total tells."""
    details = first(usage, ("completion_tokens_details", "output_tokens_details"))
    reasoning = count(details.get("reasoning_tokens")) if isinstance(details, dict) else None
    return reasoning if reasoning and count(usage.get("total_tokens")) == told + reasoning else None


def _priced(usage: Mapping[str, Any]) -> dict[str, str]:
    """Return the tier, and what a router or xAI says that the call cost, in USD."""
    found = {"service_tier": str(usage["service_tier"])} if usage.get("service_tier") else {}
    cost = usage.get("cost")
    if isinstance(cost, int | float) and not isinstance(cost, bool) and cost >= 0:
        found["cost"] = repr(float(cost))
    ticks = count(usage.get("cost_in_usd_ticks"))
    if ticks is not None and "cost" not in found:
        found["cost"] = repr(ticks / USD_TICKS)
    return found


def bedrock_usage(usage: Mapping[str, Any] | None) -> Usage:
    """Return the classes of a Converse `usage` object: exclusive input, writes by TTL where it says so."""
    if usage is None:
        return Usage()
    read = first(usage, ("cacheReadInputTokens", "cacheReadInputTokenCount"))
    write = count(first(usage, ("cacheWriteInputTokens", "cacheWriteInputTokenCount")))
    written = None if write is None else ({"": write} if write else {})
    details = usage.get("cacheDetails")
    if isinstance(details, list) and write:
        tiers: dict[str, int] = {}
        for detail in details:
            tokens = count(detail.get("inputTokens")) if isinstance(detail, dict) else None
            if tokens:
                ttl = str(detail.get("ttl") or "")
                tiers[ttl] = tiers.get(ttl, 0) + tokens
        if sum(tiers.values()) == write:
            written = tiers
    return Usage(
        uncached_input=count(first(usage, ("inputTokens", "inputTokenCount"))),
        cache_read=count(read),
        cache_write=written,
        output=count(first(usage, ("outputTokens", "outputTokenCount"))),
    )


def _modalities(details: object) -> int | None:
    """Return the sum of a count that is told by modality, None where it is not."""
    if not isinstance(details, list) or not details:
        return None
    return sum(count(each.get("tokenCount")) or 0 for each in details if isinstance(each, dict))


def _camel(name: str) -> str:
    begin, *rest = name.split("_")
    return begin + "".join(part.capitalize() for part in rest)


def gemini_usage(usage: Mapping[str, Any] | None) -> Usage:
    """Return the classes of a `usageMetadata` object: the prompt includes the cache, the output not thoughts.

    Protocol buffers leave a zero out of their JSON, so beside a prompt count an absent cached count is 0.
    """
    if usage is None:
        return Usage()
    if "prompt_token_count" in usage:
        usage = {_camel(name): value for name, value in usage.items()}  # as Google's Python SDK spells it
    told = count(usage.get("promptTokenCount"))
    tools = count(usage.get("toolUsePromptTokenCount")) or 0
    total = None if told is None else told + tools
    read = count(first(usage, ("cachedContentTokenCount",), _modalities(usage.get("cacheTokensDetails"))))
    if read is None and total and usage.get("cachedContentTokenCount") is None:
        read = 0
    spoken = count(first(usage, ("candidatesTokenCount", "responseTokenCount")))
    thoughts = count(usage.get("thoughtsTokenCount"))
    return Usage(
        uncached_input=None if total is None else max(0, total - (read or 0)),
        cache_read=read,
        output=None if spoken is None and thoughts is None else (spoken or 0) + (thoughts or 0),
        stated_input=total,
    )
