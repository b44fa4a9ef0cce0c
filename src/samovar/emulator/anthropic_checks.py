"""What the Messages API refuses, in the order in which a client meets it, with the provider's words.

Messages whose exact wording no public source has are ours, and say so in a comment.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET, Raw

from samovar.call.anthropic import marker_mistake
from samovar.emulator.anthropic_blocks import check_members
from samovar.emulator.anthropic_body import invalid, missing
from samovar.emulator.anthropic_kinds import check_kinds, dotted, kinds_of, name_of
from samovar.emulator.anthropic_parameters import check_choices, check_model_values, check_values
from samovar.emulator.pairs import TOOL_RESULT, TOOL_USE, check_uses
from samovar.emulator.refusal import Refusal, from_fact
from samovar.providers.capabilities import is_among
from samovar.providers.prices import sells_geography
from samovar.providers.rules import Level, MarkerRules
from samovar.providers.wire import FORCED, api_versions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samovar.call.block import Block
    from samovar.call.call import Call
    from samovar.emulator.anthropic_body import Body
    from samovar.emulator.reading import Served
    from samovar.providers.models import ModelFacts

_HOURLY = "1h"
_EMPTY = re.compile(rb"\[\s*\]")
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}")
_SCOPED = "prompt-caching-scope"
"""The beta under which a marker may carry a scope."""
_TOOL_TURNS = {TOOL_USE, TOOL_RESULT}


decode_any = msgspec.json.Decoder().decode


def check_headers(headers: Mapping[str, str]) -> Refusal | None:
    """Refuse a request without a key or a version."""
    if not (headers.get("x-api-key") or headers.get("authorization")):
        # Wording ours: the page gives the type only.
        return Refusal(status=401, message="x-api-key header is required")
    version = headers.get("anthropic-version", "")
    if not version:
        # Wording ours.
        return Refusal(status=400, message="anthropic-version: header is required")
    if not _VERSION.fullmatch(version):
        # Wording ours.
        return Refusal(status=400, message=f'anthropic-version: "{version}" is not a valid version')
    return None


def check_body(body: Body, headers: Mapping[str, str], *, counting: bool) -> Refusal | None:
    """Refuse what is wrong with the members of a body, before its blocks are looked at."""
    if body.model is UNSET:
        return missing("model")
    if body.messages is UNSET:
        return missing("messages")
    if _EMPTY.fullmatch(body.messages):
        # Wording ours.
        return invalid("messages: at least one message is required")
    betas = headers.get("anthropic-beta", "")
    if counting:
        return check_choices(body, betas)
    if body.max_tokens is UNSET:
        return missing("max_tokens")
    if refusal := check_values(body) or check_choices(body, betas):
        return refusal
    if headers.get("anthropic-version", "") >= api_versions().default:
        for name in ("temperature", "top_p", "top_k"):
            if getattr(body, name) is not None:
                # Wording ours: the change log says that the version refuses the parameter.
                return invalid(f"{name}: not supported with anthropic-version {headers['anthropic-version']}")
    return check_prewarm(body) if body.max_tokens == 0 else None


def check_prewarm(body: Body) -> Refusal | None:
    """Refuse a zero budget with what implies output. The wordings are ours; the list is documented."""
    if body.stream:
        return invalid("max_tokens: 0 is not supported with stream: true")
    if body.thought.type == "enabled":
        return invalid("max_tokens: 0 is not supported with thinking.type: enabled")
    if body.format is not None:
        return invalid("max_tokens: 0 is not supported with output_config.format")
    if body.chosen.type in FORCED:
        return invalid(f"max_tokens: 0 is not supported with tool_choice.type: {body.chosen.type}")
    return None


def check_call(
    body: Body, call: Call, served: Served, headers: Mapping[str, str], *, counting: bool
) -> Refusal | None:
    """Refuse what is wrong with the content of a call. Raise `msgspec.ValidationError` for a wrong type."""
    control = decode_any(body.cache_control) if isinstance(body.cache_control, Raw) else None
    refusal = None if counting else check_model_values(body, headers.get("anthropic-beta", ""))
    refusal = refusal or check_kinds(call)
    if refusal is None:
        check_members(body)
    refusal = refusal or check_model(body, call, served.facts) or check_texts(call)
    if refusal is None and not counting and isinstance(body.messages, Raw) and _TOOL_TURNS & kinds_of(call):
        refusal = check_uses(body.messages)
    if refusal is None and isinstance(served.rules, MarkerRules):
        refusal = check_markers(call, control, served.rules, headers)
    return refusal or (None if counting else _check_prefill(body, call))


def check_model(body: Body, call: Call, facts: ModelFacts) -> Refusal | None:
    """Refuse what this model does not take: turns of other speakers, a geography, an unknown forced tool."""
    for place in call.places:
        role = place.segment.role
        if role == "system" and not facts.system_turns:
            return from_fact("anthropic.error.system-turn")
        if role not in {"", "user", "assistant", "system"}:
            return from_fact("anthropic.error.role", role=role)
    if body.inference_geo is not None and not sells_geography(facts):
        return invalid(f"inference_geo: not supported with the model {facts.id}")  # wording ours
    choice = body.chosen
    if choice.type in FORCED:
        tools = [block for block in call.blocks if block.level is Level.TOOLS]
        if not tools:
            return invalid("tool_choice: may only be specified while providing tools")  # wording ours
        if choice.type == "tool" and not any(name_of(block) == choice.name for block in tools):
            return invalid(f"tool_choice: Tool '{choice.name}' not found in provided tools")
    return None


def _check_prefill(body: Body, call: Call) -> Refusal | None:
    """Refuse a conversation that ends with the beginning of the answer."""
    last = call.blocks[-1] if call.blocks else None
    if last is None or last.role != "assistant" or last.kind != "text":
        return None
    fact = "anthropic.error.prefill"
    return from_fact(fact) if is_among(fact, str(body.model)) else None


def check_texts(call: Call) -> Refusal | None:
    """Refuse messages without text where there must be some."""
    for block in call.blocks:
        if block.kind == "text" and block.level is Level.MESSAGES and block.marker is None:
            if not block.text:
                return from_fact("anthropic.error.empty-text-block")
            if block.text.isspace():
                return from_fact("anthropic.error.blank-text-block")
    return None


def check_markers(
    call: Call, control: object, rules: MarkerRules, headers: Mapping[str, str]
) -> Refusal | None:
    """Refuse markers that the provider does not take: their values, places, number and order.

    `control` is the top-level `cache_control`.
    """
    for position, block in enumerate(call.blocks):
        if block.mismarked and not _scoped(block.mismarked, headers):
            return invalid(f"{_field(call, position)}.cache_control{block.mismarked}")
    if (mistake := marker_mistake(control)) and not _scoped(mistake, headers):
        return invalid(f"cache_control{mistake}")
    marked = [(position, block) for position, block in enumerate(call.blocks) if block.marker is not None]
    if not marked and call.automatic is None:
        return None
    for position, block in marked:
        if block.kind == "text" and not block.text:
            return from_fact("anthropic.error.empty-text", path=dotted(call.path(position)))
        if not block.markable:
            # Wording as the API words fields that a schema does not have.
            return invalid(f"{_field(call, position)}.cache_control: Extra inputs are not permitted")
        if block.marker and all(tier.name != block.marker for tier in rules.lifetimes):
            # Wording ours.
            return invalid(f"{_field(call, position)}.cache_control.ephemeral.ttl: not sold with this model")
    automatic = call.automatic_at
    taken = len(marked) + (automatic is not None and call.blocks[automatic].marker is None)
    if taken > rules.max_markers:
        return from_fact("anthropic.error.too-many-markers", n=taken)
    if automatic is not None:
        own = call.blocks[automatic].marker
        if own is not None and (own or rules.default_ttl) != (call.automatic or rules.default_ttl):
            # Wording ours: the page says only that it is a 400.
            return invalid(
                "cache_control.ttl: the last block already has an explicit cache_control with a different ttl"
            )
        if own is None:
            return _check_order(call, rules, [*marked, (automatic, call.blocks[automatic])])
    return _check_order(call, rules, marked)


def _scoped(mistake: str, headers: Mapping[str, str]) -> bool:
    return mistake.startswith(".ephemeral.scope:") and _SCOPED in headers.get("anthropic-beta", "")


def _field(call: Call, position: int) -> str:
    """Return where the schema finds a block: behind its path the name of its kind, which system has not."""
    block, path = call.blocks[position], dotted(call.path(position))
    if block.level is Level.SYSTEM:
        return path
    return f"{path}.{'custom' if block.level is Level.TOOLS else block.kind}"


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
