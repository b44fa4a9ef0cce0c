"""Google Gemini `generateContent`: the wire and what is rendered of it.

Caching is implicit, without markers. A request that names `cachedContent` goes on from a prompt that was
stored before, which is a key space of its own. Members come in camel or snake case; the model stands in the
path. Sources: facts `gemini.*`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from xxhash import xxh3_128_digest

from samovar.call.block import (
    NO_FLAGS,
    UNREADABLE,
    Block,
    Json,
    Misshapen,
    Segment,
    compact,
    compact_bytes,
    decode,
    head_of,
    malformed,
    tool_of,
)
from samovar.call.call import Call, Placed, joined
from samovar.call.paths import path_model
from samovar.providers.rules import Level

if TYPE_CHECKING:
    from msgspec import Raw

    from samovar.call.segments import SegmentMemo

_body = msgspec.json.Decoder(dict[str, msgspec.Raw])
_array = msgspec.json.Decoder(list[msgspec.Raw] | None)
_plain = msgspec.json.Decoder()
_MEDIA: Final = ("inlineData", "fileData", "inline_data", "file_data")
_SYSTEM: Final = ("systemInstruction", "system_instruction")
_CALLS: Final = ("functionCall", "function_call")
_RESULTS: Final = ("functionResponse", "function_response")
_UNRENDERED: Final = frozenset({"thoughtSignature", "thought_signature"})


def parse(body: bytes, memo: SegmentMemo, endpoint: str = "/models/unknown:generateContent") -> Call:
    """Read the body of a generateContent request. Raise `MalformedBody` when it is not one."""
    try:
        wire = _body.decode(body)
        places: list[Placed] = []
        if "tools" in wire:
            places.append(Placed("tools", memo.segment(b"Gt", wire["tools"], _tools)))
        places += [Placed(n, memo.segment(b"Gs", wire[n], _system)) for n in _SYSTEM if n in wire]
        contents = wire.get("contents")
        if contents is not None:
            turns = _array.decode(contents) if bytes(contents)[:1] != b'"' else [contents]
            for i, raw in enumerate(turns or ()):
                places.append(Placed(f"contents[{i}]", memo.segment(b"Gm", raw, _turn)))
        params = _params(wire)
        model = _said(wire, "model")
        options = _object(wire, "generationConfig") or _object(wire, "generation_config")
    except UNREADABLE as error:
        raise malformed("Gemini generateContent", error) from error
    spread = tuple(places)
    for place in spread:
        params.update(place.segment.params)
    most = options.get("maxOutputTokens", options.get("max_output_tokens"))
    return Call(
        provider="gemini",
        endpoint=endpoint,
        model=(model or path_model(endpoint)).rsplit("models/", 1)[-1],
        places=spread,
        blocks=joined(spread),
        params=params,
        stream="stream" in endpoint.rsplit(":", 1)[-1].lower(),
        max_tokens=most if isinstance(most, int) else None,
    )


def _said(wire: dict[str, Raw], name: str) -> str:
    value = _plain.decode(wire[name]) if name in wire else None
    return value if isinstance(value, str) else ""


def _object(wire: dict[str, Raw], name: str) -> Json:
    value = _plain.decode(wire[name]) if name in wire else None
    return value if isinstance(value, dict) else {}


def _params(wire: dict[str, Raw]) -> dict[str, str]:
    """Return the parameters that name another stored prompt or may change the rendered one."""
    params: dict[str, str] = {}
    stored = _said(wire, "cachedContent") or _said(wire, "cached_content")
    if stored:
        params["cached_content"] = stored
    tools = _object(wire, "toolConfig") or _object(wire, "tool_config")
    if tools:
        params["tool_choice"] = compact(tools)
    options = _object(wire, "generationConfig") or _object(wire, "generation_config")
    for name in ("responseSchema", "response_schema", "responseJsonSchema"):
        if options.get(name) is not None:
            params["text_format"] = compact(options[name])
    thinking = options.get("thinkingConfig", options.get("thinking_config"))
    if isinstance(thinking, dict) and thinking:
        params["thinking"] = compact(thinking)
    return params


def _tools(wire: bytes, raw: Raw) -> Segment:
    """Each function declaration is a tool of its own; so is each built-in tool."""
    value = decode(raw)
    if not isinstance(value, list):
        raise Misshapen("tools must be an array")
    blocks: list[Block] = []
    suffixes: list[str] = []
    for i, group in enumerate(value):
        if not isinstance(group, dict):
            raise Misshapen("a tool must be an object")
        for name, member in group.items():
            if isinstance(member, list):
                blocks += [_tool(declared) for declared in member]
                suffixes += [f"[{i}].{name}[{j}]" for j in range(len(member))]
            else:
                blocks.append(_tool({name: member}))
                suffixes.append(f"[{i}].{name}")
    return Segment(wire, tuple(blocks), tuple(suffixes))


def _tool(value: object) -> Block:
    head, json = head_of(Level.TOOLS, "", "tool"), compact_bytes(value)
    return Block(Level.TOOLS, "", "tool", xxh3_128_digest(head + json), head, json)


def _system(wire: bytes, raw: Raw) -> Segment:
    return _speech(wire, decode(raw), Level.SYSTEM)


def _turn(wire: bytes, raw: Raw) -> Segment:
    return _speech(wire, decode(raw), Level.MESSAGES)


def _speech(wire: bytes, value: object, level: Level) -> Segment:
    if value is None:
        return Segment(wire, (), ())
    if isinstance(value, str):
        value = {"parts": [{"text": value}]}
    if not isinstance(value, dict):
        raise Misshapen("a content must be an object with parts")
    role = "" if level is Level.SYSTEM else str(value.get("role") or "user")
    parts = value.get("parts", [])
    if isinstance(parts, dict):
        parts = [parts]
    if not isinstance(parts, list):
        raise Misshapen("parts must be an array")
    blocks = tuple(_part(level, role, part) for part in parts)
    params = (("images", "true"),) if any(block.images for block in blocks) else ()
    return Segment(wire, blocks, tuple(f".parts[{i}]" for i in range(len(blocks))), role, params)


def _part(level: Level, role: str, part: object) -> Block:
    if isinstance(part, str):
        part = {"text": part}
    if not isinstance(part, dict):
        raise Misshapen("a part must be an object")
    shown: Json = {name: member for name, member in part.items() if name not in _UNRENDERED}
    kind, text, images, tool = "text", "", 0, None
    called = next((shown[name] for name in _CALLS if name in shown), None)
    result = next((shown[name] for name in _RESULTS if name in shown), None)
    if isinstance(called, dict):
        kind, tool = "tool_use", tool_of(called.get("id"), called.get("name"))
        text = str(called.get("name", "")) + compact(called.get("args", {}))
    elif isinstance(result, dict):
        kind, text = "tool_result", compact(result.get("response", {}))
        tool = tool_of(result.get("id"), result.get("name"))
    elif any(name in shown for name in _MEDIA):
        kind, images = "image", 1
    elif "text" in shown:
        kind, text = ("thinking" if shown.get("thought") else "text"), str(shown["text"])
    else:
        kind, text = "other", compact(shown)
    head, json = head_of(level, role, kind), compact_bytes(shown)
    flags = frozenset({"images"}) if images else NO_FLAGS
    rendered = xxh3_128_digest(head + json)
    return Block(level, role, kind, rendered, head, json, text, images=images, flags=flags, tool=tool)
