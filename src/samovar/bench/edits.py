"""The catalogue of edits: what people do to a request between two calls, one at a time.

Each takes a body of its own to change and returns it, or None where it does not apply; whether the provider
takes what comes out is not its business. What dialects spell in different ways takes the endpoint as well:
the members of a body do not tell it. Registered in plain sight at the end of the file.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from samovar.bench.spots import Json, Spot, definition, marked, messages, of, system, tools
from samovar.call import dialect_for
from samovar.providers.capabilities import effort_levels, most_output, refused_thinking
from samovar.providers.models import other_model, rules_for, whose
from samovar.providers.rules import lifetimes_at

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

STAMP: Final = "2026-11-20T12:00:00Z"
PIXEL: Final = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
LEAST_BUDGET: Final = 1_024
"""Tokens of thinking; the limit of output has to be above it, and is no part of the prompt."""
MORE: Final = 100
"""Tokens by which a limit of output is changed."""
SCHEMA: Final = {
    "type": "object",
    "properties": {"reply": {"type": "string"}},
    "required": ["reply"],
    "additionalProperties": False,
}
"""A form for answers that nobody has asked for before."""
MESSAGES, CHAT, RESPONSES = "/v1/messages", "/v1/chat/completions", "/v1/responses"
LOW_HIGH: Final = ("low", "high")
"""Levels that are tried first: nearly every model has them."""
encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit: its name, what it does, and how. `wire` writes the body where bytes are the point."""

    name: str
    what: str
    change: Callable[[Json], Json | None]
    wire: Callable[[Json], bytes] = encode

    def apply(self, body: Json, endpoint: str) -> Json | None:  # noqa: ARG002  # for those that are spelt
        """Return the body, changed, None where the edit does not apply."""
        return self.change(body)


@dataclass(frozen=True, slots=True)
class Spelt:
    """An edit that each dialect spells in its own way: `change` gets the endpoint, too."""

    name: str
    what: str
    change: Callable[[Json, str], Json | None]
    wire: Callable[[Json], bytes] = encode

    def apply(self, body: Json, endpoint: str) -> Json | None:
        """Return the body, changed, None where the edit does not apply or the dialect has no word for it."""
        return self.change(body, endpoint) if endpoint in {MESSAGES, CHAT, RESPONSES} else None


def _last(body: Json) -> Spot | None:
    """Return the last text of the last message, be it a tool's result; None where that has no text."""
    found = messages(body)
    spots = of(found[-1]) if found else []
    return spots[-1] if spots else None


def _text_kind(endpoint: str) -> str:
    return "input_text" if endpoint == RESPONSES else "text"


def _change(spot: Spot | None, before: str = "", after: str = "") -> bool:
    """Put words around a text; return whether there was one."""
    if spot is None:
        return False
    spot.put(f"{before}{spot.text}{after}")
    return True


def _first(spots: list[Spot]) -> Spot | None:
    return spots[0] if spots else None


def same(body: Json) -> Json:
    """Change nothing."""
    return body


def space(body: Json) -> Json | None:
    """Add a space to the system prompt."""
    return body if _change(_first(system(body)), after=" ") else None


def newline(body: Json) -> Json | None:
    """Begin the system prompt with a line break."""
    return body if _change(_first(system(body)), before="\n") else None


def clock(body: Json) -> Json | None:
    """Begin the system prompt with the time."""
    return body if _change(_first(system(body)), before=f"It is {STAMP}. ") else None


def clock_last(body: Json) -> Json | None:
    """End the last message with the time."""
    return body if _change(_last(body), after=f"\n(sent {STAMP})") else None


def first_message(body: Json) -> Json | None:
    """Change a word of the first message."""
    found = messages(body)
    return body if len(found) > 1 and _change(_first(of(found[0])), before="Well, ") else None


def last_message(body: Json) -> Json | None:
    """Ask something else."""
    spot = _last(body)
    if spot is None:
        return None
    spot.put("Something else altogether, please.")
    return body


def next_turn(body: Json) -> Json | None:
    """Append an answer and a question."""
    found = body.get("messages", body.get("input"))
    if not isinstance(found, list):
        return None
    found += [
        {"role": "assistant", "content": "Here is my answer."},
        {"role": "user", "content": "And what follows from it?"},
    ]
    return body


def tool_order(body: Json) -> Json | None:
    """Reverse the tools."""
    if len(tools(body)) < 2:  # noqa: PLR2004  # one tool has one order
        return None
    body["tools"].reverse()
    return body


def tool_text(body: Json) -> Json | None:
    """Change a tool's description."""
    found = tools(body)
    described = (definition(tool) for tool in found)
    spot = next(
        (Spot(each, "description") for each in described if isinstance(each.get("description"), str)), None
    )
    return body if _change(spot, after=" Really.") else None


def tool_more(body: Json) -> Json | None:
    """Add a tool at the end."""
    found = tools(body)
    if not found:
        return None
    new = json.loads(json.dumps(found[-1]))
    for name in ("cache_control", "prompt_cache_breakpoint"):
        new.pop(name, None)
    definition(new)["name"] = "one_more"
    body["tools"].append(new)
    return body


def tool_less(body: Json) -> Json | None:
    """Remove the last tool."""
    if len(tools(body)) < 2:  # noqa: PLR2004  # as above
        return None
    body["tools"].pop()
    return body


def tool_keys(body: Json) -> Json | None:
    """Write a tool's schema with its keys in reverse order."""
    for tool in tools(body):
        inner = definition(tool)
        for name in ("input_schema", "parameters"):
            schema = inner.get(name)
            if isinstance(schema, dict) and len(schema) > 1:
                inner[name] = dict(reversed(schema.items()))
                return body
    return None


def member_order(body: Json) -> Json:
    """Write the members of the body in another order."""
    return dict(reversed(body.items()))


def string_to_block(body: Json, endpoint: str) -> Json | None:
    """Send a bare string as one text block."""
    for message in messages(body):
        if isinstance(message.get("content"), str):
            message["content"] = [{"type": _text_kind(endpoint), "text": message["content"]}]
            return body
    return None


def split_system(body: Json) -> Json | None:
    """Cut the first system block in two; the words stay the same."""
    blocks = body.get("system")
    if isinstance(blocks, str):
        blocks = body["system"] = [{"type": "text", "text": blocks}]
    if not isinstance(blocks, list) or not blocks or len(str(blocks[0].get("text", ""))) < 2:  # noqa: PLR2004  # two halves
        return None
    text = blocks[0]["text"]
    half = len(text) // 2
    body["system"] = [{"type": "text", "text": text[:half]}, {**blocks[0], "text": text[half:]}, *blocks[1:]]
    return body


def model(body: Json, endpoint: str) -> Json | None:
    """Ask another model of the same maker."""
    asked = _asked(body)
    other = other_model(whose(dialect_for(endpoint).provider, asked), asked)
    return None if other is None else {**body, "model": other}


def effort(body: Json, endpoint: str) -> Json | None:
    """Ask for less effort, or for more; some models take none, or one level only."""
    levels = effort_levels(dialect_for(endpoint).provider, _asked(body))
    if endpoint == CHAT:
        return _turned(body, body, "reasoning_effort", levels)
    holder = _member(body, "reasoning" if endpoint == RESPONSES else "output_config")
    return _turned(body, holder, "effort", levels)


def verbosity(body: Json, endpoint: str) -> Json | None:
    """Ask for shorter answers, or for longer ones."""
    if endpoint == MESSAGES:
        return None
    return _turned(body, body if endpoint == CHAT else _member(body, "text"), "verbosity")


def _asked(body: Json) -> str:
    """Return the model that a body asks."""
    return str(body.get("model", ""))


def _member(body: Json, name: str) -> Json:
    """Return a member that holds others, and make it where there is none."""
    if not isinstance(body.get(name), dict):
        body[name] = {}
    inner: Json = body[name]
    return inner


def _turned(body: Json, holder: Json, name: str, levels: Sequence[str] | None = None) -> Json | None:
    """Turn a level down, or up where it is low, to one of `levels`; return None where there is one only."""
    stated = holder.get(name)
    others = [level for level in LOW_HIGH if level != stated and (levels is None or level in levels)]
    others += [level for level in levels or () if level != stated]
    # Where nothing is stated, the only level that there is holds already.
    if not others or (levels is not None and len(levels) == 1 and stated is None):
        return None
    holder[name] = others[0]
    return body


def answer_format(body: Json, endpoint: str) -> Json:
    """Ask for an answer in another form."""
    form: Json = {"type": "json_schema", "schema": SCHEMA}
    if endpoint == CHAT:
        body["response_format"] = {"type": "json_schema", "json_schema": {"name": "reply", "schema": SCHEMA}}
        return body
    holder = "text" if endpoint == RESPONSES else "output_config"
    named = {"name": "reply"} if endpoint == RESPONSES else {}
    _member(body, holder)["format"] = {**form, **named}
    return body


def service_tier(body: Json, endpoint: str) -> Json | None:
    """Ask to be served in another tier."""
    if endpoint == MESSAGES:
        return None
    body["service_tier"] = "flex" if body.get("service_tier") == "priority" else "priority"
    return body


def thinking(body: Json, endpoint: str) -> Json | None:
    """Switch thinking on or off."""
    if endpoint != MESSAGES:
        return None
    if body.pop("thinking", None) is not None:
        return body
    if "enabled" in refused_thinking(_asked(body)):
        body["thinking"] = {"type": "adaptive"}
    else:
        body["thinking"] = {"type": "enabled", "budget_tokens": LEAST_BUDGET}
        body["max_tokens"] = max(int(body.get("max_tokens") or 0), 2 * LEAST_BUDGET)
    return body


def tool_choice(body: Json, endpoint: str) -> Json | None:
    """Force a tool, or no longer."""
    if not tools(body):
        return None
    stated = body.pop("tool_choice", None)
    if (stated.get("type") if isinstance(stated, dict) else stated) in {None, "auto"}:
        # "auto" is what holds where nothing is stated: to leave it out would change nothing.
        rest = stated if isinstance(stated, dict) else {}
        body["tool_choice"] = {**rest, "type": "any"} if endpoint == MESSAGES else "required"
    return body


def one_tool(body: Json, endpoint: str) -> Json | None:
    """Forbid parallel tool use."""
    if not tools(body):
        return None
    if endpoint == MESSAGES:
        body["tool_choice"] = {
            **(body.get("tool_choice") or {"type": "auto"}),
            "disable_parallel_tool_use": True,
        }
    else:
        body["parallel_tool_calls"] = False
    return body


def image(body: Json, endpoint: str) -> Json | None:
    """Add an image to the last message."""
    found = messages(body)
    if not found:
        return None
    content = found[-1].get("content")
    parts = [{"type": _text_kind(endpoint), "text": content}] if isinstance(content, str) else content
    if not isinstance(parts, list):
        return None
    source = {"type": "base64", "media_type": "image/png", "data": PIXEL}
    url = f"data:image/png;base64,{PIXEL}"
    shown: dict[str, Json] = {
        MESSAGES: {"type": "image", "source": source},
        CHAT: {"type": "image_url", "image_url": {"url": url}},
        RESPONSES: {"type": "input_image", "image_url": url},
    }
    parts.append(shown[endpoint])
    found[-1]["content"] = parts
    return body


def marker_gone(body: Json) -> Json | None:
    """Remove the last marker."""
    found = list(marked(body))
    if not found:
        return None
    holder, name = found[-1]
    del holder[name]
    return body


def marker_moved(body: Json, endpoint: str) -> Json | None:
    """Move the last marker to the end of the last message."""
    found, said = list(marked(body)), messages(body)
    if not found or not said:
        return None
    holder, name = found[-1]
    content = said[-1].get("content")
    if isinstance(content, str):
        content = said[-1]["content"] = [{"type": _text_kind(endpoint), "text": content}]
    part = content[-1] if isinstance(content, list) and content else None
    if not isinstance(part, dict) or part is holder:
        return None  # there is nothing that can hold it, or it stands there already
    part[name] = holder.pop(name)
    return body


def marker_tier(body: Json, endpoint: str) -> Json | None:
    """Ask for one TTL at every marker, as a longer one after a shorter would be refused: the longest, or the
    shortest where that is asked for already. One that is sold alone leaves no choice.
    """
    asked = _asked(body)
    rules = rules_for(whose(dialect_for(endpoint).provider, asked), asked)
    found, sold = list(marked(body)), [tier.name for tier in lifetimes_at(rules, endpoint)]
    if not found or len(sold) < 2:  # noqa: PLR2004  # another than the only one there is none
        return None
    stated = {holder[name].get("ttl") or rules.default_ttl for holder, name in found}
    for holder, name in found:
        holder[name]["ttl"] = sold[-1] if stated == {sold[0]} else sold[0]
    return body


def limit(body: Json, endpoint: str) -> Json:
    """Allow more output, or less where the model has no more."""
    name = {MESSAGES: "max_tokens", RESPONSES: "max_output_tokens", CHAT: "max_completion_tokens"}[endpoint]
    if endpoint == CHAT and "max_tokens" in body:
        name = "max_tokens"
    stated, most = int(body.get(name) or 0), most_output(dialect_for(endpoint).provider, _asked(body))
    body[name] = stated + MORE if most is None or stated + MORE <= most else stated - MORE
    return body


def temperature(body: Json) -> Json:
    """Ask for another temperature."""
    body["temperature"] = 0.5 if body.get("temperature") != 0.5 else 1.0  # noqa: PLR2004  # one or the other
    return body


def metadata(body: Json, endpoint: str) -> Json:
    """Name another user."""
    body["metadata"] = {"user_id": "somebody-else"}
    if endpoint == CHAT:
        body["store"] = True  # without it the endpoint takes no metadata
    return body


def streaming(body: Json) -> Json:
    """Switch streaming."""
    body["stream"] = not body.get("stream")
    return body


def speed(body: Json, endpoint: str) -> Json | None:
    """Ask for the fast mode."""
    if endpoint != MESSAGES:
        return None
    body["speed"] = "fast"
    return body


def cache_key(body: Json, endpoint: str) -> Json | None:
    """Send another cache key."""
    if endpoint == MESSAGES:
        return None
    body["prompt_cache_key"] = "another-key"
    return body


def _indented(body: Json) -> bytes:
    return json.dumps(body, indent=2, ensure_ascii=False).encode()


def _escaped(body: Json) -> bytes:
    return json.dumps(body, ensure_ascii=True).encode()


EDITS: Final = (
    Edit("same", "the same request again", same),
    Edit("json-whitespace", "the JSON indented", same, _indented),
    Edit("json-escapes", "non-ASCII characters escaped in the JSON", same, _escaped),
    Edit("member-order", "the body's members in another order", member_order),
    Spelt("string-to-block", "a bare string sent as one text block", string_to_block),
    Spelt("max-tokens", "another output limit", limit),
    Edit("temperature", "another temperature", temperature),
    Spelt("metadata", "another user id in metadata", metadata),
    Edit("stream", "streaming switched", streaming),
    Edit("next-turn", "an answer and a question appended", next_turn),
    Edit("last-message", "another question", last_message),
    Edit("clock-last", "the time at the end of the last message", clock_last),
    Edit("first-message", "a word changed in the first message", first_message),
    Spelt("image", "an image added to the last message", image),
    Edit("space", "a space at the end of the system prompt", space),
    Edit("newline", "a line break before the system prompt", newline),
    Edit("clock", "the time at the beginning of the system prompt", clock),
    Edit("split-system", "the first system block cut in two", split_system),
    Edit("tool-order", "the tools in another order", tool_order),
    Edit("tool-text", "a word added to a tool's description", tool_text),
    Edit("tool-added", "a tool added at the end", tool_more),
    Edit("tool-removed", "the last tool removed", tool_less),
    Edit("tool-keys", "a tool's schema with its keys in another order", tool_keys),
    Spelt("tool-choice", "a tool forced, or no longer", tool_choice),
    Spelt("parallel-tools", "parallel tool use forbidden", one_tool),
    Spelt("thinking", "thinking switched", thinking),
    Spelt("effort", "less effort, or more", effort),
    Spelt("verbosity", "shorter answers, or longer ones", verbosity),
    Spelt("answer-format", "the answer asked for in another form", answer_format),
    Spelt("service-tier", "another tier of service", service_tier),
    Spelt("speed", "the fast mode", speed),
    Spelt("model", "another model", model),
    Spelt("cache-key", "another cache key", cache_key),
    Edit("marker-removed", "the last marker removed", marker_gone),
    Spelt("marker-moved", "the last marker moved to the last message", marker_moved),
    Spelt("ttl", "the longest TTL at every marker, or the shortest", marker_tier),
)
