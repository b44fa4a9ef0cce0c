"""What OpenAI's endpoints refuse. Wordings that no public source has are ours, and say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import UNSET

from samovar.emulator.anthropic_checks import check_markers
from samovar.emulator.openai_bodies import ChatBody, ResponsesBody, of_type
from samovar.emulator.openai_parameters import check_value, invalid, missing
from samovar.emulator.refusal import Refusal, from_fact
from samovar.providers.facts import facts
from samovar.providers.rules import BreakpointRules, Level, MarkerRules, lifetimes_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samovar.call.call import Call
    from samovar.providers.rules import CacheRules


_UNSUPPORTED: Final = "openai.error.cache-control-unsupported"
_NO_INPUT: Final = "openai.error.no-input"
_CHAT_OPTIONS: Final = frozenset({"mode", "ttl"})
_OPTIONS: Final = frozenset({"mode", "ttl", "prewarm", "comparison_response_id"})
_RETENTIONS: Final = ("in_memory", "24h")


class KeyLength(msgspec.Struct):
    """What the fact about long cache keys says; `limit` in characters."""

    limit: int


def served_tier(asked: str | None) -> str:
    """Return the service tier that a response names: the one that serves what was asked for."""
    served = facts().fact("openai.tier-served").read(dict[str, str])
    return served.get(asked or "auto", str(asked))


def check_headers(headers: Mapping[str, str]) -> Refusal | None:
    """Refuse a request without a key."""
    if headers.get("authorization", "").removeprefix("Bearer").strip():
        return None
    message = (
        "You didn't provide an API key. You need to provide your API key in an Authorization header using "
        "Bearer auth (i.e. Authorization: Bearer YOUR_KEY)."
    )
    return Refusal(status=401, message=message)


def check_members(body: ChatBody | ResponsesBody) -> Refusal | None:
    """Refuse a body without a model or without content."""
    if isinstance(body, ChatBody):
        if not body.model:
            return Refusal(status=400, message="you must provide a model parameter")
        return missing("messages") if body.messages is UNSET else None
    if not body.model:
        return missing("model")
    instead = body.previous_response_id or body.talk or body.prompt
    return missing("input") if body.input is UNSET and not instead else None


def check_cache(body: ChatBody | ResponsesBody, call: Call, rules: CacheRules) -> Refusal | None:
    """Refuse a body that has nothing to answer, and cache controls that the model does not have."""
    if not call.blocks or all(block.level is Level.TOOLS for block in call.blocks):
        chat = isinstance(body, ChatBody)
        return from_fact("openai.error.empty-array", name="messages") if chat else from_fact(_NO_INPUT)
    if refusal := _check_key(body.prompt_cache_key):
        return refusal
    if isinstance(rules, MarkerRules):
        # A gateway hands on what the maker of the model says.
        return check_markers(call, None, rules, {})
    if isinstance(rules, BreakpointRules):
        if body.prompt_cache_retention is not None:
            return from_fact("openai.error.retention-refused")
        return _check_options(body) or _check_lifetimes(body, call, rules)
    if body.prompt_cache_options is not None:
        return from_fact(_UNSUPPORTED, name="prompt_cache_options")
    if any(block.marker is not None for block in call.blocks):
        return from_fact(_UNSUPPORTED, name="prompt_cache_breakpoint")
    return _check_retention(body, [tier.name for tier in rules.lifetimes])


def _check_options(body: ChatBody | ResponsesBody) -> Refusal | None:
    """Refuse options that the endpoint does not have; to warm and to compare is the Responses API's."""
    options = body.prompt_cache_options or {}
    known = _CHAT_OPTIONS if isinstance(body, ChatBody) else _OPTIONS
    surplus = next((name for name in options if name not in known), None)
    if surplus is not None:
        return from_fact("openai.error.unknown-parameter", name=f"prompt_cache_options.{surplus}")
    if not isinstance(options.get("prewarm"), bool | None):
        return of_type("prompt_cache_options.prewarm", "a boolean", options["prewarm"])
    compared = options.get("comparison_response_id")
    if not isinstance(compared, str | None):
        return of_type("prompt_cache_options.comparison_response_id", "a string", compared)
    return check_value("prompt_cache_options.mode", options.get("mode"))


def _check_retention(body: ChatBody | ResponsesBody, sold: list[str]) -> Refusal | None:
    retention, chat = body.prompt_cache_retention, isinstance(body, ChatBody)
    if retention is None or retention in sold:
        return None
    if retention not in _RETENTIONS:
        if chat:
            return _refused("prompt_cache_retention", "Invalid prompt_cache_retention argument", None)
        return invalid("prompt_cache_retention", retention, _RETENTIONS)
    if sold == ["24h"]:
        only = "This model is compatible only with 24h extended prompt caching"
        return _refused("prompt_cache_retention", only, None if chat else "invalid_parameter")
    return from_fact(_UNSUPPORTED, name="prompt_cache_retention")


def _check_key(key: str | None) -> Refusal | None:
    limit = facts().fact("openai.error.key-length").read(KeyLength).limit
    if key is None or len(key) <= limit:
        return None
    return from_fact("openai.error.key-length", limit=limit, length=len(key))


def _check_lifetimes(body: ChatBody | ResponsesBody, call: Call, rules: BreakpointRules) -> Refusal | None:
    """Refuse lifetimes that the endpoint does not sell."""
    sold = [tier.name for tier in reversed(lifetimes_at(rules, call.endpoint))]
    asked = [("prompt_cache_options.ttl", (body.prompt_cache_options or {}).get("ttl"))]
    asked += [("prompt_cache_breakpoint.ttl", block.marker or None) for block in call.blocks]
    for name, ttl in asked:
        if ttl is not None and ttl not in sold:
            return invalid(name, ttl, sold)
    return None


def _refused(param: str, message: str, code: str | None) -> Refusal:
    return Refusal(status=400, message=message, param=param, code=code)
