"""OpenAI Chat Completions, and the many servers that speak it: the wire and what is rendered of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType
from msgspec.structs import replace
from xxhash import xxh3_128_digest

from samovar.call.block import (
    UNREADABLE,
    Block,
    Json,
    Misshapen,
    Seen,
    Segment,
    compact,
    compact_bytes,
    decode,
    element,
    head_of,
    malformed,
    tool_of,
)
from samovar.call.call import Call, Placed, joined
from samovar.call.openai import (
    INSTRUCTING,
    block,
    breakpoint_ttl,
    common_params,
    content_blocks,
    instructed,
    rendered,
)
from samovar.call.outline import Frame
from samovar.providers.rules import Level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samovar.call.segments import SegmentMemo


class _Wire(msgspec.Struct):
    """The members of a body that matter here; everything else is skipped unread."""

    model: str = ""
    messages: list[Raw] | UnsetType = UNSET
    tools: list[Raw] | UnsetType | None = UNSET
    functions: list[Raw] | UnsetType | None = UNSET
    response_format: Json | None = None
    reasoning_effort: str | None = None
    reasoning: Json | None = None
    thinking: Json | None = None
    chat_template_kwargs: Json | None = None
    verbosity: str | None = None
    parallel_tool_calls: bool | None = None
    service_tier: str | None = None
    tool_choice: str | Json | None = None
    prompt_cache_key: str | None = None
    prompt_cache_options: Json | None = None
    prompt_cache_retention: str | None = None
    cache_salt: str | None = None
    cache_control: Json | None = None
    stream: bool | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None


_body = msgspec.json.Decoder(_Wire)
_TOOL_HEAD: Final = head_of(Level.TOOLS, "", "tool")
_ANSWERING: Final = frozenset({"tool", "function"})
"""Roles of messages that are a tool's result."""
_SPOKEN: Final = frozenset({"role", "content", "name", "tool_calls", "function_call", "reasoning_content"})


def parse(body: bytes, memo: SegmentMemo, endpoint: str = "/v1/chat/completions") -> Call:
    """Read the body of a Chat Completions request. Raise `MalformedBody` when it is not one."""
    try:
        known = memo.outlines.go_on(FRAME, body, memo, endpoint)
        if known is not None:
            return known
        wire = _body.decode(body)
        places = [
            Placed(name, tools_segment(tools, memo))
            for name, tools in (("tools", wire.tools), ("functions", wire.functions))
            if tools is not UNSET
        ]
        messages = wire.messages or []
        places += [Placed(element("messages", i), turn) for i, turn in enumerate(_turns((), messages, memo))]
    except UNREADABLE as error:
        raise malformed("OpenAI Chat Completions", error) from error
    options = wire.prompt_cache_options or {}
    spread = tuple(places)
    params = common_params(
        effort=wire.reasoning_effort,
        verbosity=wire.verbosity,
        text_format=wire.response_format,
        parallel=wire.parallel_tool_calls,
        service_tier=wire.service_tier,
        tool_choice=wire.tool_choice,
    )
    for name, value in (
        ("reasoning", wire.reasoning),
        ("thinking", wire.thinking),
        ("chat_template_kwargs", wire.chat_template_kwargs),
    ):
        # Servers of open models hand these to the model's template (docs of vLLM, SGLang, OpenRouter).
        if value:
            params[name] = compact(value)
    call = Call(
        provider="openai",
        endpoint=endpoint,
        model=wire.model,
        places=spread,
        blocks=joined(spread),
        params=params,
        automatic=None
        if wire.cache_control is None
        else breakpoint_ttl({"cache_control": wire.cache_control}),
        implicit=options.get("mode") != "explicit",
        default_ttl=str(options.get("ttl") or ""),
        cache_key=wire.prompt_cache_key or "",
        salt=wire.cache_salt or "",
        retention=wire.prompt_cache_retention or "",
        stream=bool(wire.stream),
        max_tokens=wire.max_completion_tokens or wire.max_tokens,
    )
    memo.outlines.keep(FRAME, body, call, len(messages), params)
    return call


def _turns(before: Sequence[Placed], raws: list[Raw], memo: SegmentMemo) -> list[Segment]:
    return instructed(before, raws, memo, (b"Cs", _opening), (b"Cm", _later))


FRAME: Final = Frame(b"C", "messages", _turns, switching=False)


def tools_segment(tools: list[Raw] | None, memo: SegmentMemo) -> Segment:
    """Return the tools array as one segment; each tool is remembered by itself too."""
    return memo.row(b"Ct", tools or (), _tool)


def _tool(raw: Raw) -> Block:
    value = decode(raw)
    if not isinstance(value, dict):
        reason = "a tool must be an object"
        raise Misshapen(reason)
    marker = breakpoint_ttl(value)
    value.pop("cache_control", None)
    json = compact_bytes(value)
    rendered = xxh3_128_digest(_TOOL_HEAD + json)
    return Block(Level.TOOLS, "", "tool", rendered, _TOOL_HEAD, json, marker=marker)


def _opening(wire: bytes, raw: Raw) -> Segment:
    return _turn(wire, raw, opening=True)


def _later(wire: bytes, raw: Raw) -> Segment:
    return _turn(wire, raw, opening=False)


def _turn(wire: bytes, raw: Raw, *, opening: bool) -> Segment:
    message = decode(raw)
    if not isinstance(message, dict) or not isinstance(message.get("role"), str):
        reason = "a message must be an object with a role"
        raise Misshapen(reason)
    role = message["role"]
    level = Level.SYSTEM if opening and role in INSTRUCTING else Level.MESSAGES
    blocks: list[Block] = []
    suffixes: list[str] = []
    if message.get("reasoning_content"):
        thought = str(message["reasoning_content"])
        blocks.append(block(level, role, "thinking", thought, Seen(thought)))
        suffixes.append(".reasoning_content")
    said, paths = content_blocks(level, role, message.get("content"), str(message.get("name") or ""))
    if role in _ANSWERING:
        # The older form has no id: it answers by name.
        tool = tool_of(message.get("tool_call_id"), message.get("name"))
        said = [replace(each, tool=tool) for each in said]
    blocks += said
    suffixes += paths
    calls = message.get("tool_calls")
    for i, call in enumerate(calls if isinstance(calls, list) else ()):
        blocks.append(_called(level, role, call, opens=not blocks))
        suffixes.append(f".tool_calls[{i}]")
    if isinstance(message.get("function_call"), dict):
        # The older form of a single call; rendered as such a call is.
        blocks.append(_called(level, role, {"function": message["function_call"]}, opens=not blocks))
        suffixes.append(".function_call")
    rest = {name: value for name, value in message.items() if name not in _SPOKEN}
    rest = rendered({name: value for name, value in rest.items() if value not in (None, [], "")})
    if rest:
        blocks.append(block(level, role, "other", rest, Seen(compact(rest)), opens=not blocks))
        suffixes.append("")
    if not blocks:
        blocks.append(block(level, role, "text", {"text": ""}, Seen("")))
        suffixes.append(".content")
    flags = {name for each in blocks for name in each.flags}
    return Segment(
        wire, tuple(blocks), tuple(suffixes), role, tuple((name, "true") for name in sorted(flags))
    )


def _called(level: Level, role: str, call: object, *, opens: bool) -> Block:
    """A tool call: its name and its arguments, a string that is rendered as it stands."""
    if not isinstance(call, dict):
        reason = "a tool call must be an object"
        raise Misshapen(reason)
    function = call.get("function") or call.get("custom") or {}
    name = str(function.get("name", "")) if isinstance(function, dict) else ""
    arguments = function.get("arguments", function.get("input", "")) if isinstance(function, dict) else ""
    text = name + (arguments if isinstance(arguments, str) else compact(arguments))
    shown, tool = {"name": name, "arguments": arguments}, tool_of(call.get("id"), name)
    return block(level, role, "tool_use", shown, Seen(text), opens=opens, tool=tool)
