"""OpenAI Responses: the wire and what is rendered of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from samovar.call.block import (
    UNREADABLE,
    Block,
    Json,
    Misshapen,
    Seen,
    Segment,
    compact,
    decode,
    element,
    malformed,
    together,
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
    part_block,
    rendered,
    visible,
)
from samovar.call.openai_chat import tools_segment
from samovar.call.outline import Frame
from samovar.providers.rules import Level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samovar.call.segments import SegmentMemo


class _Wire(msgspec.Struct):
    """The members of a body that matter here; everything else is skipped unread."""

    model: str = ""
    instructions: Raw | UnsetType = UNSET
    input: Raw | UnsetType = UNSET
    tools: list[Raw] | UnsetType | None = UNSET
    text: Json | None = None
    reasoning: Json | None = None
    parallel_tool_calls: bool | None = None
    service_tier: str | None = None
    tool_choice: str | Json | None = None
    prompt_cache_key: str | None = None
    prompt_cache_options: Json | None = None
    prompt_cache_retention: str | None = None
    cache_salt: str | None = None
    stream: bool | None = None
    max_output_tokens: int | None = None


_body = msgspec.json.Decoder(_Wire)
_input = msgspec.json.Decoder(str | list[Raw] | None)


def parse(body: bytes, memo: SegmentMemo, endpoint: str = "/v1/responses") -> Call:
    """Read the body of a Responses request. Raise `MalformedBody` when it is not one."""
    try:
        known = memo.outlines.go_on(FRAME, body, memo, endpoint)
        if known is not None:
            return known
        wire = _body.decode(body)
        places = []
        if wire.tools is not UNSET:
            places.append(Placed("tools", tools_segment(wire.tools, memo)))
        if wire.instructions is not UNSET:
            segment = memo.segment(b"Ri", wire.instructions, _instructions)
            places.append(Placed("instructions", segment))
        value = None if wire.input is UNSET else _input.decode(wire.input)
        items = value if isinstance(value, list) else []
        places += [Placed(element("input", i), item) for i, item in enumerate(_items((), items, memo))]
        if isinstance(value, str) and wire.input is not UNSET:
            places.append(Placed("input", _bare_input(wire.input, value, memo)))
    except UNREADABLE as error:
        raise malformed("OpenAI Responses", error) from error
    options = wire.prompt_cache_options or {}
    spread = tuple(places)
    params = common_params(
        effort=(wire.reasoning or {}).get("effort"),
        verbosity=(wire.text or {}).get("verbosity"),
        text_format=(wire.text or {}).get("format"),
        parallel=wire.parallel_tool_calls,
        service_tier=wire.service_tier,
        tool_choice=wire.tool_choice,
    )
    call = Call(
        provider="openai",
        endpoint=endpoint,
        model=wire.model,
        places=spread,
        blocks=joined(spread),
        params=params,
        implicit=options.get("mode") != "explicit",
        default_ttl=str(options.get("ttl") or ""),
        cache_key=wire.prompt_cache_key or "",
        salt=wire.cache_salt or "",
        retention=wire.prompt_cache_retention or "",
        stream=bool(wire.stream),
        max_tokens=wire.max_output_tokens,
        prewarm=bool(options.get("prewarm")),
    )
    memo.outlines.keep(FRAME, body, call, len(items), params)
    return call


def _items(before: Sequence[Placed], raws: list[Raw], memo: SegmentMemo) -> list[Segment]:
    return instructed(before, raws, memo, (b"Ro", _opening), (b"Rm", _later))


def _bare_input(raw: Raw, text: str, memo: SegmentMemo) -> Segment:
    """Return the segment of an input that is a string."""
    return memo.segment(b"Rs", raw, lambda wire, _: _bare(wire, text))


FRAME: Final = Frame(b"R", "input", _items, switching=False)


def _instructions(wire: bytes, raw: Raw) -> Segment:
    value = decode(raw)
    if value is None:
        return Segment(wire, (), ())
    if not isinstance(value, str):
        reason = "instructions must be a string"
        raise Misshapen(reason)
    only = part_block(Level.SYSTEM, "developer", value, opens=True, name="instructions")
    return Segment(wire, (only,), ("",), "developer")


def _bare(wire: bytes, text: str) -> Segment:
    return Segment(wire, (part_block(Level.MESSAGES, "user", text, opens=True),), ("",), "user")


def _opening(wire: bytes, raw: Raw) -> Segment:
    return _item(wire, raw, opening=True)


def _later(wire: bytes, raw: Raw) -> Segment:
    return _item(wire, raw, opening=False)


def _item(wire: bytes, raw: Raw, *, opening: bool) -> Segment:
    item = decode(raw)
    if not isinstance(item, dict):
        reason = "an input item must be an object"
        raise Misshapen(reason)
    kind = str(item.get("type") or ("message" if "role" in item else "item"))
    if kind == "message":
        role = str(item.get("role", ""))
        level = Level.SYSTEM if opening and role in INSTRUCTING else Level.MESSAGES
        blocks, suffixes = content_blocks(level, role, item.get("content"))
        flags = {name for each in blocks for name in each.flags}
        params = tuple((name, "true") for name in sorted(flags))
        return Segment(wire, tuple(blocks), tuple(suffixes), role, params)
    role, only = _event(kind, item)
    return Segment(wire, (only,), ("",), role)


def _event(kind: str, item: Json) -> tuple[str, Block]:
    """Return the speaker and the block of an item that is not a message."""
    value = rendered(item)
    value.pop("type", None)
    if kind.endswith("_call_output"):
        output = value.get("output")
        if isinstance(output, list | dict):
            # A screenshot is an output of one part that stands alone.
            listed = output if isinstance(output, list) else [output]
            parts = [part for part in listed if isinstance(part, dict)]
            text = "\n".join(str(part.get("text", "")) for part in parts if "text" in part)
            seen = together(visible(str(part.get("type", "")), part) for part in parts)._replace(text=text)
            shown: object = [rendered(part) for part in parts]
            # A tool's output is one position, whichever of its parts carries the breakpoint.
            marks = [ttl for part in parts if (ttl := breakpoint_ttl(part)) is not None]
        else:
            seen, shown, marks = Seen(str(output or "")), output, []
        marker = marks[-1] if marks else None
        shown, tool = {"output": shown}, tool_of(item.get("call_id"))
        return "tool", block(Level.MESSAGES, "tool", "tool_result", shown, seen, marker, tool=tool)
    if kind.endswith("_call"):
        arguments = value.get("arguments", value.get("input", ""))
        text = str(value.get("name", "")) + (arguments if isinstance(arguments, str) else compact(arguments))
        tool = tool_of(item.get("call_id"), item.get("name"))
        return "assistant", block(Level.MESSAGES, "assistant", "tool_use", value, Seen(text), tool=tool)
    if kind == "reasoning":
        pieces = [
            str(part.get("text", ""))
            for parts in (value.get("content"), value.get("summary"))
            for part in (parts if isinstance(parts, list) else ())
            if isinstance(part, dict)
        ]
        return "assistant", block(Level.MESSAGES, "assistant", "thinking", value, Seen("\n".join(pieces)))
    if kind == "item_reference":
        # Here the id is the content: it stands for an item that the provider keeps.
        value = {"id": item.get("id")}
    return kind, block(Level.MESSAGES, kind, kind, value, Seen(compact(value)))
