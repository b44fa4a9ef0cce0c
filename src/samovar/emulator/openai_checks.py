"""What OpenAI's endpoints refuse. Wordings that no public source has are ours, and say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, Raw, UnsetType

from samovar.emulator.anthropic_checks import check_markers
from samovar.emulator.kept import Continues
from samovar.emulator.pairs import check_outputs, check_tool_messages
from samovar.emulator.refusal import Refusal, from_fact
from samovar.providers.facts import facts
from samovar.providers.rules import BreakpointRules, Level, MarkerRules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samovar.call.call import Call
    from samovar.providers.rules import CacheRules

Json = dict[str, Any]
"""A decoded JSON object of whatever the client sent."""


class KeyLength(msgspec.Struct):
    """What the fact about long cache keys says; `limit` in characters."""

    limit: int


class ChatBody(msgspec.Struct):
    """The members of a Chat Completions body that are checked or answered."""

    model: str | UnsetType = UNSET
    messages: Raw | UnsetType = UNSET
    tools: Raw | UnsetType = UNSET
    tool_choice: str | Json | None = None
    response_format: Json | None = None
    stream: bool | None = None
    stream_options: Json | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    prompt_cache_key: str | None = None
    prompt_cache_options: Json | None = None
    prompt_cache_retention: str | None = None
    service_tier: str | None = None


class ResponsesBody(Continues):
    """The members of a Responses body that are checked, answered or echoed."""

    model: str | UnsetType = UNSET
    input: Raw | UnsetType = UNSET
    instructions: str | None = None
    tools: Raw | UnsetType = UNSET
    tool_choice: str | Json | None = None
    text: Json | None = None
    reasoning: Json | None = None
    stream: bool | None = None
    max_output_tokens: int | None = None
    parallel_tool_calls: bool | None = None
    prompt_cache_key: str | None = None
    prompt_cache_options: Json | None = None
    prompt_cache_retention: str | None = None
    service_tier: str | None = None
    metadata: Json | None = None
    temperature: float | None = None
    top_p: float | None = None


def served_tier(asked: str | None) -> str:
    """Return the service tier that a response names: the one asked for, where it is a tier by itself."""
    return "default" if asked in {None, "auto"} else str(asked)


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
    if body.model is UNSET or not body.model:
        return Refusal(status=400, message="you must provide a model parameter")
    if isinstance(body, ChatBody) and body.messages is UNSET:
        return _missing("messages")
    continues = isinstance(body, ResponsesBody) and (body.previous_response_id or body.talk)
    if isinstance(body, ResponsesBody) and body.input is UNSET and not continues:
        return _missing("input")
    return None


def _missing(name: str) -> Refusal:
    return Refusal(
        status=400,
        message=f"Missing required parameter: '{name}'.",
        param=name,
        code="missing_required_parameter",
    )


def check_cache(body: ChatBody | ResponsesBody, call: Call, rules: CacheRules) -> Refusal | None:
    """Refuse cache controls that the model does not have.

    That older models answer 400 to breakpoint fields is a fact; what they say is not public, so these
    wordings are ours, in the form of OpenAI's other messages.
    """
    if not call.blocks or all(block.level is Level.TOOLS for block in call.blocks):
        name = "messages" if isinstance(body, ChatBody) else "input"
        return _unsupported(name, f"Invalid '{name}': expected at least one item, but got none.")
    if refusal := _check_key(body.prompt_cache_key):
        return refusal
    if isinstance(rules, MarkerRules):
        # A gateway hands on what the maker of the model says.
        return check_markers(call, None, rules, {})
    if isinstance(rules, BreakpointRules):
        if body.prompt_cache_retention is not None:
            return from_fact("openai.error.retention-refused")
        return _check_lifetimes(body, call, rules)
    if body.prompt_cache_options is not None:
        return _unsupported(
            "prompt_cache_options", f"prompt_cache_options is not supported with the model '{call.model}'."
        )
    if any(block.marker is not None for block in call.blocks):
        return _unsupported(
            "prompt_cache_breakpoint",
            f"prompt_cache_breakpoint is not supported with the model '{call.model}'.",
        )
    retention = body.prompt_cache_retention
    if retention is not None and all(tier.name != retention for tier in rules.lifetimes):
        return _unsupported(
            "prompt_cache_retention",
            f"prompt_cache_retention '{retention}' is not supported with the model '{call.model}'.",
        )
    return None


def check_calls(body: ChatBody | ResponsesBody) -> Refusal | None:
    """Refuse tool calls without results, and results without calls. `body` is the whole request."""
    if isinstance(body, ChatBody):
        return check_tool_messages(body.messages) if isinstance(body.messages, Raw) else None
    return check_outputs(body.input) if isinstance(body.input, Raw) else None


def _check_key(key: str | None) -> Refusal | None:
    limit = facts().fact("openai.error.key-length").read(KeyLength).limit
    if key is None or len(key) <= limit:
        return None
    return from_fact("openai.error.key-length", limit=limit, length=len(key))


def _check_lifetimes(body: ChatBody | ResponsesBody, call: Call, rules: BreakpointRules) -> Refusal | None:
    """Refuse lifetimes that the endpoint does not sell; the long ones are the Responses API's."""
    sold = [rules.default_ttl]
    if isinstance(body, ResponsesBody):
        sold = [tier.name for tier in reversed(rules.lifetimes)]
    asked = [("prompt_cache_options.ttl", (body.prompt_cache_options or {}).get("ttl"))]
    asked += [("prompt_cache_breakpoint.ttl", block.marker or None) for block in call.blocks]
    for name, ttl in asked:
        if ttl is not None and ttl not in sold:
            listed = ", ".join(f"'{tier}'" for tier in sold)
            return _unsupported(name, f"Invalid value: '{ttl}'. Supported values are: {listed}.")
    return None


def _unsupported(param: str, message: str) -> Refusal:
    return Refusal(status=400, message=message, param=param, code="invalid_value")
