"""Anthropic Messages: the wire, what is rendered of it, and its usage.

Sources of the rules: the provider's prompt-caching page (facts `anthropic.*`); what is not rendered
(protocol ids, markers, metadata) follows the definition of the rendered form in ARCHITECTURE.md.
Message boundaries are not part of the chain, since the provider joins consecutive turns of one role.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType
from xxhash import xxh3_128_digest

from samovar.call.block import (
    ABSENT,
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
    element,
    head_of,
    malformed,
    numbered,
    text_digest,
    together,
    tool_of,
)
from samovar.call.call import Call, Placed, joined, params_of
from samovar.call.outline import Frame
from samovar.providers.rules import Level
from samovar.providers.wire import listed, marker_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samovar.call.segments import SegmentMemo

_IDS: Final = frozenset({"id", "tool_use_id"})
_UNRENDERED: Final = frozenset({"cache_control"})
_UNMARKABLE: Final = frozenset({"thinking", "redacted_thinking"})
_WEB: Final = (("web_search", "web_search"), ("web_fetch", "web_fetch"))
"""Prefixes of server tools that the provider renders into the system section, and their parameter."""


class _Wire(msgspec.Struct):
    """The members of a body that matter here; everything else is skipped unread."""

    model: str = ""
    messages: list[Raw] | UnsetType = UNSET
    system: Raw | UnsetType = UNSET
    tools: list[Raw] | UnsetType | None = UNSET
    cache_control: object = None
    tool_choice: Json | None = None
    thinking: Json | None = None
    output_config: Json | None = None
    output_format: Json | None = None
    speed: str | None = None
    stream: bool | None = None
    max_tokens: int | None = None


_TOOL_HEAD: Final = head_of(Level.TOOLS, "", "tool")
_TEXT_TAIL: Final = b',"type":"text"}'

_body = msgspec.json.Decoder(_Wire)


def parse(body: bytes, memo: SegmentMemo, endpoint: str = "/v1/messages") -> Call:
    """Read the body of a Messages request. Raise `MalformedBody` when it is not one."""
    try:
        known = memo.outlines.go_on(FRAME, body, memo, endpoint)
        if known is not None:
            return known
        wire = _body.decode(body)
        places = []
        if wire.tools is not UNSET:
            places.append(Placed("tools", memo.row(b"At", wire.tools or (), _tool)))
        if wire.system is not UNSET:
            places.append(Placed("system", memo.segment(b"As", wire.system, _system)))
        messages = wire.messages or []
        places += [Placed(element("messages", i), turn) for i, turn in enumerate(_turns((), messages, memo))]
    except UNREADABLE as error:
        raise malformed("Anthropic Messages", error) from error
    spread = tuple(places)
    stated = _stated(wire)
    call = Call(
        provider="anthropic",
        endpoint=endpoint,
        model=wire.model,
        places=spread,
        blocks=joined(spread),
        params={**params_of(spread), **stated},
        automatic=None if wire.cache_control is None else _ttl(wire.cache_control),
        stream=bool(wire.stream),
        max_tokens=wire.max_tokens,
        prewarm=wire.max_tokens == 0,
    )
    memo.outlines.keep(FRAME, body, call, len(messages), stated)
    return call


def _turns(_: Sequence[Placed], raws: list[Raw], memo: SegmentMemo) -> list[Segment]:
    return memo.segmented(b"Am", raws, _turn)


FRAME: Final = Frame(b"A", "messages", _turns, switching=True)


def _stated(wire: _Wire) -> dict[str, str]:
    """Return the parameters that the provider renders or keys on; defaults stay absent."""
    params: dict[str, str] = {}
    choice = wire.tool_choice
    if choice is not None:
        if choice.get("disable_parallel_tool_use"):
            params["disable_parallel_tool_use"] = "true"
        if choice.get("type") != "auto":
            params["tool_choice"] = f"{choice.get('type')}:{choice.get('name', '')}"
    thinking = wire.thinking
    if thinking is not None and thinking.get("type") != "disabled":
        params["thinking"] = f"{thinking.get('type')}:{thinking.get('budget_tokens', '')}"
    if wire.output_config is not None and wire.output_config.get("effort") is not None:
        params["effort"] = str(wire.output_config["effort"])
    if wire.output_config is not None and wire.output_config.get("format") is not None:
        params["text_format"] = compact(wire.output_config["format"])
    if wire.output_format is not None:
        params["output_format"] = compact(wire.output_format)
    if wire.speed is not None and wire.speed != "standard":
        params["speed"] = wire.speed
    return params


def _ttl(control: object) -> str | None:
    """Return the TTL that a `cache_control` value asks for, "" for the default, None for no marker.

    A value of another type marks nothing: the provider refuses it.
    """
    if not isinstance(control, dict) or control.get("type") not in marker_values().types:
        return None
    ttl = control.get("ttl")
    return ttl if isinstance(ttl, str) else ""


def marker_mistake(control: object) -> str:
    """Return what the provider finds wrong with a `cache_control` value, from its path on; "" for nothing.

    Facts `anthropic.error.marker` and `anthropic.error.marker-extra`.
    """
    if control is None:
        return ""
    if not isinstance(control, dict):
        return ": Input should be a valid dictionary or object to extract fields from"
    if "type" not in control:
        return ".type: Field required"
    known = marker_values()
    if control["type"] not in known.types:
        tag = f"Input tag '{control['type']}' found using 'type'"
        return f": {tag} does not match any of the expected tags: {listed(known.types)}"
    if control.get("ttl") not in (None, *known.ttls):  # it may be anything, also what cannot be hashed
        return f".ephemeral.ttl: Input should be {listed(known.ttls)}"
    extra = next((name for name in control if name not in {"type", "ttl"}), None)
    return "" if extra is None else f".ephemeral.{extra}: Extra inputs are not permitted"


def _tool(raw: Raw) -> Block:
    value = decode(raw)
    if not isinstance(value, dict):
        raise Misshapen("a tool must be an object")
    marker, wrong = None, ""
    if "cache_control" in value:
        control = value.pop("cache_control")
        marker, wrong = _ttl(control), marker_mistake(control)
    json = compact_bytes(value)
    kind, rendered, tokens, flags = "tool", xxh3_128_digest(_TOOL_HEAD + json), None, NO_FLAGS
    if value.get("defer_loading") is True:
        # Not in the prompt until tool search finds it (fact `anthropic.key.deferred-tools`).
        kind, rendered, tokens = "deferred_tool", ABSENT, 0
    elif "type" in value:
        named = str(value["type"])
        switches = [f"{parameter}=" + json.decode() for prefix, parameter in _WEB if named.startswith(prefix)]
        if switches:
            kind, rendered, flags = "server_tool", ABSENT, frozenset(switches)
    return Block(
        Level.TOOLS,
        "",
        kind,
        rendered,
        _TOOL_HEAD,
        json,
        marker=marker,
        flags=flags,
        tokens=tokens,
        mismarked=wrong,
    )


def _system(wire: bytes, raw: Raw) -> Segment:
    value = decode(raw)
    if value is None:
        return Segment(wire, (), ())
    if isinstance(value, str):
        return Segment(wire, (_text(Level.SYSTEM, "", value),), ("",))
    if not isinstance(value, list):
        raise Misshapen("system must be a string or an array of blocks")
    blocks = tuple([_content_block(Level.SYSTEM, "", item) for item in value])
    return Segment(wire, blocks, numbered(len(blocks)), params=_flagged(blocks))


def _turn(wire: bytes, raw: Raw) -> Segment:
    message = decode(raw)
    if not isinstance(message, dict) or not isinstance(message.get("role"), str):
        raise Misshapen("a message must be an object with a role")
    role = message["role"]
    content = message.get("content")
    if isinstance(content, str):
        return Segment(wire, (_text(Level.MESSAGES, role, content),), (".content",), role)
    if not isinstance(content, list):
        raise Misshapen("message content must be a string or an array of blocks")
    blocks = tuple([_content_block(Level.MESSAGES, role, item) for item in content])
    return Segment(wire, blocks, numbered(len(blocks), ".content"), role, _flagged(blocks))


def _flagged(blocks: tuple[Block, ...]) -> tuple[tuple[str, str], ...]:
    names = {name for block in blocks if block.flags for name in block.flags}
    return tuple([(name, "true") for name in sorted(names)]) if names else ()


def _content_block(level: Level, role: str, value: object) -> Block:
    if isinstance(value, str):
        return _text(level, role, value)
    if not isinstance(value, dict):
        raise Misshapen("a content block must be an object")
    said = value.get("text")
    if value.get("type") == "text" and isinstance(said, str) and len(value) == 2 + ("cache_control" in value):
        return _text(level, role, said, value.get("cache_control"))
    kind = str(value.get("type", "text"))
    rendered_value = _rendered(value)
    seen = _visible(kind, rendered_value)
    flags = set()
    if seen.images:
        flags.add("images")
    citations = value.get("citations")
    if kind in {"document", "search_result"} and isinstance(citations, dict) and citations.get("enabled"):
        flags.add("citations")
    head, json = head_of(level, role, kind), compact_bytes(rendered_value)
    tool = None
    if kind.endswith("tool_use"):
        tool = tool_of(value.get("id"), value.get("name"))
    elif kind.endswith("tool_result"):
        tool = tool_of(value.get("tool_use_id"))
    return Block(
        level,
        role,
        kind,
        xxh3_128_digest(head + json),
        head,
        json,
        seen.text,
        images=seen.images,
        files=seen.files,
        marker=_ttl(value.get("cache_control")),
        markable=kind not in _UNMARKABLE and not (kind == "text" and seen.text == ""),
        flags=frozenset(flags) if flags else NO_FLAGS,
        mismarked=marker_mistake(value.get("cache_control")),
        tool=tool,
    )


def _text(level: Level, role: str, text: str, control: object = None) -> Block:
    """Return a block of plain text: nearly all are."""
    head = head_of(level, role, "text")
    return Block(
        level,
        role,
        "text",
        text_digest(head, text, _TEXT_TAIL),
        head,
        said=text,
        tail=_TEXT_TAIL,
        marker=None if control is None else _ttl(control),
        markable=text != "",
        mismarked=marker_mistake(control),
    )


def _rendered(value: Json) -> Json:
    """Return what the template sees of a block: members in a fixed order, protocol members dropped.

    The order of a block's own members and of its source's is a matter of the protocol; inside tool inputs it
    is text, and kept. Null members are the same as absent ones, and so are `is_error: false` and an empty
    list of citations.
    """
    kept = {
        name: member
        for name, member in sorted(value.items())
        if member is not None and name not in _UNRENDERED and name not in _IDS
    }
    if kept.get("is_error") is False:
        del kept["is_error"]
    if kept.get("citations") == []:
        del kept["citations"]
    content = kept.get("content")
    if isinstance(content, list):
        kept["content"] = [_rendered(part) if isinstance(part, dict) else part for part in content]
    elif isinstance(content, str) and str(value.get("type", "")).endswith("tool_result"):
        kept["content"] = [{"text": content, "type": "text"}]
    source = kept.get("source")
    if isinstance(source, dict):
        kept["source"] = source = dict(sorted(source.items()))
        if isinstance(source.get("content"), list):
            inner = [_rendered(part) if isinstance(part, dict) else part for part in source["content"]]
            source["content"] = inner
    return kept


def _visible(kind: str, value: Json) -> Seen:
    """Return what a model sees of a rendered block."""
    match kind:
        case "text":
            return Seen(str(value.get("text", "")))
        case "thinking":
            return Seen(str(value.get("thinking", "")))
        case "redacted_thinking":
            return Seen(str(value.get("data", "")))
        case "image":
            return Seen("", 1)
        case "tool_use" | "server_tool_use" | "mcp_tool_use":
            return Seen(str(value.get("name", "")) + compact(value.get("input", {})))
        case "document" | "search_result":
            return _document(value)
        case _ if isinstance(value.get("content"), list):
            return together(
                _visible(str(part.get("type", "text")), part)
                for part in value["content"]
                if isinstance(part, dict)
            )
        case _:
            return Seen(compact({name: member for name, member in value.items() if name != "type"}))


def _document(value: Json) -> Seen:
    source = value.get("source")
    pieces = [str(value[name]) for name in ("title", "context") if value.get(name)]
    images = files = 0
    if isinstance(source, str):
        pieces.append(source)
    elif isinstance(source, dict):
        if source.get("type") == "text":
            pieces.append(str(source.get("data", "")))
        elif source.get("type") == "content":
            inner = source.get("content")
            if isinstance(inner, str):
                pieces.append(inner)
            elif isinstance(inner, list):
                seen = [_visible(str(p.get("type")), p) for p in inner if isinstance(p, dict)]
                pieces += [each.text for each in seen if each.text]
                _, images, files = together(seen)
        else:
            images = files = 1
    content = value.get("content")
    if isinstance(content, list):
        pieces += [str(part.get("text", "")) for part in content if isinstance(part, dict)]
    return Seen("\n".join(pieces), images, files)
