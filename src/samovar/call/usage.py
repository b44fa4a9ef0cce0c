"""Provider usage → disjoint token classes. What a provider did not report stays None.

Anthropic's `input_tokens` leave cached tokens out; OpenAI's totals include them (facts
`anthropic.usage-exclusive`, `openai.usage-inclusive`). Numbers that contradict each other are kept as
reported where that is possible: `stated_input` lets a reader find the contradiction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from samovar.call.block import malformed
from samovar.providers.usage import Usage

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
    usage = value.get("usage") if isinstance(value, dict) else None
    return usage if isinstance(usage, dict) else None


def _count(value: object) -> int | None:
    """Return a token count, or None for what cannot be one."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0 or value != int(value):
        return None
    return int(value)


def anthropic_usage(usage: Mapping[str, Any] | None) -> Usage:
    """Return the classes of a Messages `usage` object. Writes without a breakdown have tier ""."""
    if usage is None:
        return Usage()
    total = _count(usage.get("cache_creation_input_tokens"))
    split = usage.get("cache_creation")
    written: dict[str, int] | None = None
    if isinstance(split, dict):
        tiers = {
            name.removeprefix("ephemeral_").removesuffix("_input_tokens"): _count(tokens)
            for name, tokens in split.items()
            if name.startswith("ephemeral_")
        }
        written = {tier: tokens for tier, tokens in tiers.items() if tokens is not None}
        if total is not None and sum(written.values()) == 0 < total:
            written = {"": total}
    elif total is not None:
        written = {"": total} if total else {}
    return Usage(
        uncached_input=_count(usage.get("input_tokens")),
        cache_read=_count(usage.get("cache_read_input_tokens")),
        cache_write=written,
        output=_count(usage.get("output_tokens")),
        extra={name: str(usage[name]) for name in _PRICED if usage.get(name) is not None},
    )


def openai_usage(usage: Mapping[str, Any] | None) -> Usage:
    """Return the classes of a Chat Completions or Responses `usage` object."""
    if usage is None:
        return Usage()
    total = _count(usage.get("input_tokens", usage.get("prompt_tokens")))
    details = usage.get("input_tokens_details", usage.get("prompt_tokens_details"))
    details = details if isinstance(details, dict) else {}
    read = _count(details.get("cached_tokens"))
    write = _count(details.get("cache_write_tokens"))
    written: dict[str, int] | None = None
    if write is not None:
        split = details.get("cache_write_tokens_details")
        tiers = {
            name.removeprefix("ttl_").removesuffix("_tokens"): _count(tokens)
            for name, tokens in (split.items() if isinstance(split, dict) else ())
        }
        written = {tier: tokens for tier, tokens in tiers.items() if tokens}
        if sum(written.values()) != write:
            written = {"": write} if write else {}
    uncached = None if total is None else max(0, total - (read or 0) - (write or 0))
    return Usage(
        uncached_input=uncached,
        cache_read=read,
        cache_write=written,
        output=_count(usage.get("output_tokens", usage.get("completion_tokens"))),
        stated_input=total,
        extra={"service_tier": str(usage["service_tier"])} if usage.get("service_tier") else {},
    )
