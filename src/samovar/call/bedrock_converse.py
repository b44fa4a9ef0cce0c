"""Amazon Bedrock Converse: the wire and what is rendered of it.

A `cachePoint` is an element of its own that marks everything before it; here it becomes the marker of the
block that it follows, so that equal text has equal positions in every dialect. The model stands in the
path. Sources: the Bedrock pages on prompt caching (facts `bedrock.*`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType
from msgspec.structs import replace
from xxhash import xxh3_128_digest

from samovar.call.block import (
    NO_FLAGS,
    UNREADABLE,
    Block,
    Json,
    Misshapen,
    Seen,
    Segment,
    compact,
    compact_bytes,
    decode,
    head_of,
    malformed,
    together,
    tool_of,
)
from samovar.call.call import Call, Placed, joined
from samovar.call.paths import path_model
from samovar.providers.rules import Level

if TYPE_CHECKING:
    from samovar.call.segments import SegmentMemo


class _Wire(msgspec.Struct, rename="camel"):
    """The members of a body that matter here; everything else is skipped unread."""

    messages: list[Raw] | UnsetType = UNSET
    system: Raw | UnsetType = UNSET
    tool_config: Json | None = None
    inference_config: Json | None = None
    additional_model_request_fields: Json | None = None
    performance_config: Json | None = None
    model_id: str = ""


_body = msgspec.json.Decoder(_Wire)
_MEDIA: Final = frozenset({"image", "document", "video"})
_KINDS: Final = {
    "text": "text",
    "toolUse": "tool_use",
    "toolResult": "tool_result",
    "reasoningContent": "thinking",
    "image": "image",
    "document": "document",
    "video": "video",
}


def parse(body: bytes, memo: SegmentMemo, endpoint: str = "/model/unknown/converse") -> Call:
    """Read the body of a Converse request. Raise `MalformedBody` when it is not one."""
    try:
        wire = _body.decode(body)
        places: list[Placed] = []
        tools = (wire.tool_config or {}).get("tools")
        if tools is not None:
            raw = Raw(msgspec.json.encode(tools))
            places.append(Placed("toolConfig.tools", memo.segment(b"Bt", raw, _tools)))
        if wire.system is not UNSET:
            places.append(Placed("system", memo.segment(b"Bs", wire.system, _system)))
        for i, raw in enumerate(wire.messages or ()):
            places.append(Placed(f"messages[{i}]", memo.segment(b"Bm", raw, _turn)))
    except UNREADABLE as error:
        raise malformed("Bedrock Converse", error) from error
    spread = tuple(places)
    params: dict[str, str] = {}
    for place in spread:
        params.update(place.segment.params)
    params.update(_params(wire))
    return Call(
        provider="bedrock",
        endpoint=endpoint,
        model=wire.model_id or path_model(endpoint),
        places=spread,
        blocks=joined(spread),
        params=params,
        stream=endpoint.endswith("-stream"),
        max_tokens=_max_tokens(wire),
    )


def _max_tokens(wire: _Wire) -> int | None:
    most = (wire.inference_config or {}).get("maxTokens")
    return most if isinstance(most, int) else None


def _params(wire: _Wire) -> dict[str, str]:
    """Return the parameters that the model behind the API renders or keys on, by the model's own names."""
    params: dict[str, str] = {}
    choice = (wire.tool_config or {}).get("toolChoice")
    if isinstance(choice, dict) and "auto" not in choice:
        kind, detail = next(iter(choice.items()), ("", {}))
        params["tool_choice"] = f"{kind}:{detail.get('name', '') if isinstance(detail, dict) else ''}"
    extra = wire.additional_model_request_fields or {}
    thinking = extra.get("thinking", extra.get("reasoning_config"))
    if isinstance(thinking, dict) and thinking.get("type") != "disabled":
        params["thinking"] = f"{thinking.get('type')}:{thinking.get('budget_tokens', '')}"
    output = extra.get("output_config")
    if isinstance(output, dict) and output.get("effort") is not None:
        params["effort"] = str(output["effort"])
    latency = (wire.performance_config or {}).get("latency")
    if latency not in {None, "standard"}:
        params["speed"] = str(latency)
    return params


def _marked(elements: object, level: Level, role: str) -> tuple[list[Block], list[str]]:
    """Return the blocks of an array and their indices; a cache point marks the block before it."""
    if not isinstance(elements, list):
        raise Misshapen("content must be an array")
    blocks: list[Block] = []
    suffixes: list[str] = []
    for i, element in enumerate(elements):
        if not isinstance(element, dict):
            raise Misshapen("a content element must be an object")
        point = element.get("cachePoint")
        if isinstance(point, dict):
            if blocks:
                blocks[-1] = replace(blocks[-1], marker=str(point.get("ttl") or ""))
            continue
        blocks.append(_block(level, role, element))
        suffixes.append(f"[{i}]")
    return blocks, suffixes


def _tools(wire: bytes, raw: Raw) -> Segment:
    blocks, suffixes = _marked(decode(raw), Level.TOOLS, "")
    return Segment(wire, tuple(blocks), tuple(suffixes))


def _system(wire: bytes, raw: Raw) -> Segment:
    value = decode(raw)
    if value is None:
        return Segment(wire, (), ())
    blocks, suffixes = _marked(value, Level.SYSTEM, "")
    return Segment(wire, tuple(blocks), tuple(suffixes))


def _turn(wire: bytes, raw: Raw) -> Segment:
    message = decode(raw)
    if not isinstance(message, dict) or not isinstance(message.get("role"), str):
        raise Misshapen("a message must be an object with a role")
    role = message["role"]
    blocks, suffixes = _marked(message.get("content"), Level.MESSAGES, role)
    flags = sorted({name for block in blocks for name in block.flags})
    params = tuple((name, "true") for name in flags)
    return Segment(wire, tuple(blocks), tuple(f".content{at}" for at in suffixes), role, params)


def _block(level: Level, role: str, element: Json) -> Block:
    """An element is an object whose one member names its kind."""
    name = next((known for known in _KINDS if known in element), next(iter(element), ""))
    value = element.get(name)
    kind = "tool" if level is Level.TOOLS else _KINDS.get(name, name)
    shown: object = {name: value}
    if isinstance(value, dict) and "toolUseId" in value:
        shown = {name: {member: said for member, said in value.items() if member != "toolUseId"}}
    seen = _visible(name, value, shown)
    head, json = head_of(level, role, kind), compact_bytes(shown)
    rendered = xxh3_128_digest(head + json)
    flags = frozenset({"images"}) if seen.images else NO_FLAGS
    markable = kind != "thinking" and not (kind == "text" and not seen.text)
    tool = None
    if isinstance(value, dict) and kind in {"tool_use", "tool_result"}:
        tool = tool_of(value.get("toolUseId"), value.get("name"))
    return Block(
        level,
        role,
        kind,
        rendered,
        head,
        json,
        seen.text,
        images=seen.images,
        markable=markable,
        flags=flags,
        files=seen.files,
        tool=tool,
    )


def _visible(name: str, value: object, shown: object) -> Seen:
    """Return what a model sees of an element."""
    if name == "text":
        return Seen(str(value or ""))
    if name in _MEDIA:
        return Seen("", 1, name == "document")
    if name == "toolUse" and isinstance(value, dict):
        return Seen(str(value.get("name", "")) + compact(value.get("input", {})))
    if name == "toolResult" and isinstance(value, dict):
        content = value.get("content")
        parts = [part for part in (content if isinstance(content, list) else ()) if isinstance(part, dict)]
        return together(_visible(kind, part[kind], {kind: part[kind]}) for part in parts for kind in part)
    if name == "json":
        return Seen(compact(value))
    if name == "reasoningContent" and isinstance(value, dict):
        told = value.get("reasoningText")
        return Seen(str(told.get("text", "")) if isinstance(told, dict) else compact(value))
    return Seen(compact(shown))
