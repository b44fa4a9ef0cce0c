"""What the Messages API refuses, in the order in which a client meets it, with the provider's words.

Messages whose exact wording no public source has are ours, and say so in a comment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, Raw, UnsetType

from samovar.emulator.refusal import Refusal, from_fact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samovar.call.block import Block
    from samovar.call.call import Call
    from samovar.providers.rules import MarkerRules

Json = dict[str, Any]
"""A decoded JSON object of whatever the client sent."""

BODY_LIMIT = 32 * 1024 * 1024
SAMPLING_REFUSED_SINCE = "2026-10-21"
_HOURLY = "1h"


class Body(msgspec.Struct):
    """The members that are checked or answered; the rest is skipped unread."""

    model: str | UnsetType = UNSET
    messages: Raw | UnsetType = UNSET
    max_tokens: int | UnsetType = UNSET
    tools: Raw | UnsetType = UNSET
    tool_choice: Json | None = None
    metadata: Json | None = None
    thinking: Json | None = None
    output_config: Json | None = None
    stream: bool | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    inference_geo: str | None = None
    speed: str | None = None
    service_tier: str | None = None
    diagnostics: Json | None = None


decode = msgspec.json.Decoder(Body).decode


def check_headers(headers: Mapping[str, str]) -> Refusal | None:
    """Refuse a request without a key or a version."""
    if not (headers.get("x-api-key") or headers.get("authorization")):
        # Wording ours: the page gives the type only.
        return Refusal(status=401, message="x-api-key header is required")
    if not headers.get("anthropic-version"):
        # Wording ours.
        return Refusal(status=400, message="anthropic-version: header is required")
    return None


def check_body(body: Body, headers: Mapping[str, str], *, counting: bool) -> Refusal | None:
    """Refuse what is wrong with the members of a body, before its blocks are looked at."""
    if body.model is UNSET:
        return _invalid("model: Field required")
    if body.messages is UNSET:
        return _invalid("messages: Field required")
    if not bytes(body.messages)[1:-1].strip():
        # Wording ours.
        return _invalid("messages: at least one message is required")
    if counting:
        return None
    if body.max_tokens is UNSET:
        return _invalid("max_tokens: Field required")
    if body.max_tokens < 0:
        # Wording ours.
        return _invalid("max_tokens: Input should be greater than or equal to 0")
    for field in body.metadata or ():
        if field != "user_id":
            return from_fact("anthropic.error.extra-input", field=field)
    if headers.get("anthropic-version", "") >= SAMPLING_REFUSED_SINCE:
        for name in ("temperature", "top_p", "top_k"):
            if getattr(body, name) is not None:
                # Wording ours: the change log says that the version refuses the parameter.
                return _invalid(
                    f"{name}: not supported with anthropic-version {headers['anthropic-version']}"
                )
    return check_prewarm(body) if body.max_tokens == 0 else None


def check_prewarm(body: Body) -> Refusal | None:
    """Refuse a zero budget with what implies output. The wordings are ours; the list is documented."""
    thinking, choice = body.thinking or {}, body.tool_choice or {}
    if body.stream:
        return _invalid("max_tokens: 0 is not supported with stream: true")
    if thinking.get("type") == "enabled":
        return _invalid("max_tokens: 0 is not supported with thinking.type: enabled")
    if (body.output_config or {}).get("format") is not None:
        return _invalid("max_tokens: 0 is not supported with output_config.format")
    if choice.get("type") in {"tool", "any"}:
        return _invalid(f"max_tokens: 0 is not supported with tool_choice.type: {choice['type']}")
    return None


def check_blocks(call: Call, rules: MarkerRules) -> Refusal | None:
    """Refuse blocks and markers that the provider does not take: empty texts, too many markers, TTL order."""
    marked: list[tuple[int, Block]] = []
    for position, block in enumerate(call.blocks):
        if block.marker is not None:
            marked.append((position, block))
        elif block.kind == "text" and not block.text and block.level == 2:  # noqa: PLR2004  # Level.MESSAGES
            return from_fact("anthropic.error.empty-text-block")
    if not marked and call.automatic is None:
        return None
    for position, block in marked:
        if block.kind == "text" and not block.text:
            return from_fact("anthropic.error.empty-text", path=dotted(call.path(position)))
        if not block.markable:
            # Wording as the API words fields that a schema does not have.
            return _invalid(
                f"{dotted(call.path(position))}.{block.kind}.cache_control: Extra inputs are not permitted"
            )
        if block.marker and all(tier.name != block.marker for tier in rules.lifetimes):
            # Wording ours.
            return _invalid(f"{dotted(call.path(position))}.cache_control.ttl: Input should be '5m' or '1h'")
    if call.automatic and all(tier.name != call.automatic for tier in rules.lifetimes):
        return _invalid("cache_control.ttl: Input should be '5m' or '1h'")  # wording ours
    automatic = _automatic_slot(call)
    taken = len(marked) + (automatic is not None and call.blocks[automatic].marker is None)
    if taken > rules.max_markers:
        return from_fact("anthropic.error.too-many-markers", n=taken)
    if automatic is not None:
        own = call.blocks[automatic].marker
        if own is not None and (own or rules.default_ttl) != (call.automatic or rules.default_ttl):
            # Wording ours: the page says only that it is a 400.
            return _invalid(
                "cache_control.ttl: the last block already has an explicit cache_control with a different ttl"
            )
        if own is None:
            return _check_order(call, rules, [*marked, (automatic, call.blocks[automatic])])
    return _check_order(call, rules, marked)


def _automatic_slot(call: Call) -> int | None:
    """Return the position that a top-level marker lands on: the last one that may carry a marker."""
    if call.automatic is None:
        return None
    return next((i for i in range(len(call.blocks) - 1, -1, -1) if call.blocks[i].markable), None)


def _check_order(call: Call, rules: MarkerRules, marked: list[tuple[int, Block]]) -> Refusal | None:
    shorter = False
    for position, block in marked:
        ttl = block.marker if block.marker is not None else call.automatic
        if (ttl or rules.default_ttl) != _HOURLY:
            shorter = True
        elif shorter:
            path = dotted(call.path(position)) if block.marker is not None else ""
            refusal = from_fact("anthropic.error.ttl-order", path=path)
            return refusal if path else Refusal(status=400, message=refusal.message.removeprefix("."))
    return None


def dotted(path: str) -> str:
    """Return a JSON path as the provider spells it: `messages.0.content.4`."""
    return path.replace("[", ".").replace("]", "")


def _invalid(message: str) -> Refusal:
    return Refusal(status=400, message=message)
