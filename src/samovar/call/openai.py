"""What OpenAI's two dialects share: content parts, message boundaries, key-space parameters.

Unlike Anthropic's, a message boundary is part of the rendered prompt here, so the first block of a message
carries one. Developer and system messages before the first other message form the system level.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xxhash import xxh3_128_digest

from samovar.call.block import (
    NO_FLAGS,
    Block,
    Json,
    Misshapen,
    Seen,
    compact,
    compact_bytes,
    head_of,
    numbered,
    text_digest,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from msgspec import Raw

    from samovar.call.block import Segment, Tool
    from samovar.call.call import Placed
    from samovar.call.segments import SegmentMemo
    from samovar.providers.rules import Level

    Reader = Callable[[bytes, Raw], Segment]

INSTRUCTING: Final = frozenset({"system", "developer"})
_IDS: Final = frozenset({"id", "call_id", "tool_call_id", "status"})
_UNRENDERED: Final = frozenset({"prompt_cache_breakpoint", "cache_control", "phase"})
_TEXTS: Final = frozenset({"text", "input_text", "output_text", "summary_text", "reasoning_text", "refusal"})
_IMAGES: Final = frozenset({"image_url", "input_image", "computer_screenshot", "image"})
_FILES: Final = frozenset({"input_file", "file"})
"""Parts that are files of Responses and of Chat Completions; of a PDF the model sees text and pages."""
_TEXT_TAIL: Final = b"}"


def instructed(
    before: Sequence[Placed],
    raws: Sequence[Raw],
    memo: SegmentMemo,
    opening: tuple[bytes, Reader],
    later: tuple[bytes, Reader],
) -> list[Segment]:
    """Return the segments of messages or items behind those `before`.

    What instructs belongs to the opening as long as nothing else has been said; `opening` and `later` are the
    tag and the reader of either.
    """
    opens = all(place.segment.role in INSTRUCTING for place in before)
    segments = []
    for raw in raws:
        segment = (
            memo.segment(opening[0], raw, opening[1]) if opens else memo.segment(later[0], raw, later[1])
        )
        opens = opens and segment.role in INSTRUCTING
        segments.append(segment)
    return segments


def breakpoint_ttl(part: Json) -> str | None:
    """Return the TTL of a part's explicit breakpoint, "" for the default, None without one.

    Routers take Anthropic's `cache_control` in OpenAI's shape and pass it on.
    """
    mark = part.get("prompt_cache_breakpoint", part.get("cache_control"))
    if not isinstance(mark, dict):
        return None
    ttl = mark.get("ttl")
    return ttl if isinstance(ttl, str) else ""


def rendered(value: Json) -> Json:
    """Return what the template sees of a part or item: members in a fixed order, protocol members dropped."""
    return {
        name: member
        for name, member in sorted(value.items())
        if member is not None and name not in _IDS and name not in _UNRENDERED
    }


def visible(kind: str, value: Json) -> Seen:
    """Return what a model sees of a rendered part."""
    if kind in _TEXTS:
        return Seen(str(value.get("text", value.get("refusal", ""))))
    if kind in _IMAGES:
        return Seen("", 1)
    if kind in _FILES:
        file = value.get("file", value)
        return Seen(str(file.get("filename") or "") if isinstance(file, dict) else "", 1, 1)
    return Seen(compact({name: member for name, member in value.items() if name != "type"}))


def part_block(level: Level, role: str, part: object, *, opens: bool, name: str = "") -> Block:
    """Return the block of one content part. `opens` marks the first block of a message."""
    if isinstance(part, str):
        return text_block(level, role, part, opens=opens, name=name)
    if not isinstance(part, dict):
        reason = "a content part must be an object"
        raise Misshapen(reason)
    kind = str(part.get("type", "text"))
    value = rendered(part)
    seen = visible(kind, value)
    if kind in _TEXTS:
        # input_text, output_text and text are one thing under three names: the role already tells them apart.
        return text_block(level, role, seen.text, breakpoint_ttl(part), opens=opens, name=name)
    return block(level, role, kind, value, seen, breakpoint_ttl(part), opens, name)


def text_block(
    level: Level, role: str, text: str, marker: str | None = None, *, opens: bool = True, name: str = ""
) -> Block:
    """Return a block of plain text: nearly all are."""
    head = _head(level, role, "text", name if opens else None)
    rendered = text_digest(head, text, _TEXT_TAIL)
    return Block(level, role, "text", rendered, head, said=text, tail=_TEXT_TAIL, marker=marker)


def block(  # noqa: PLR0913, PLR0917  # one argument per member of the block that it makes
    level: Level,
    role: str,
    kind: str,
    content: object,
    seen: Seen,
    marker: str | None = None,
    opens: bool = True,  # noqa: FBT001, FBT002  # always passed by position from this module's own callers
    name: str = "",
    tool: Tool | None = None,
) -> Block:
    """Return a block of any other kind."""
    head = _head(level, role, kind, name if opens else None)
    json = compact_bytes(content)
    flags = frozenset({"images"}) if seen.images else NO_FLAGS
    rendered = xxh3_128_digest(head + json)
    return Block(
        level,
        role,
        kind,
        rendered,
        head,
        json,
        seen.text,
        images=seen.images,
        marker=marker,
        flags=flags,
        files=seen.files,
        tool=tool,
    )


def _head(level: Level, role: str, kind: str, name: str | None) -> bytes:
    """Return what a digest covers before the content; a block that opens a message also covers who speaks."""
    return head_of(level, role if name is None else f"{role}\x1f{name}\x1e", kind)


def content_blocks(level: Level, role: str, content: object, name: str = "") -> tuple[list[Block], list[str]]:
    """Return a message's content as blocks, and their paths below the message."""
    if content is None:
        return [], []
    if isinstance(content, str):
        return [part_block(level, role, content, opens=True, name=name)], [".content"]
    if not isinstance(content, list):
        reason = "message content must be a string or an array of parts"
        raise Misshapen(reason)
    blocks = [part_block(level, role, part, opens=i == 0, name=name) for i, part in enumerate(content)]
    return blocks, list(numbered(len(blocks), ".content"))


def common_params(
    *,
    effort: object,
    verbosity: object,
    text_format: object,
    parallel: object,
    service_tier: object,
    tool_choice: object,
) -> dict[str, str]:
    """Return the key-space parameters that are not at their defaults."""
    params: dict[str, str] = {}
    if effort is not None:
        params["reasoning_effort"] = str(effort)
    if isinstance(verbosity, str) and verbosity != "medium":
        params["verbosity"] = str(verbosity)
    if isinstance(text_format, dict) and text_format.get("type", "text") != "text":
        params["text_format"] = compact(text_format)
    if parallel is False:
        params["parallel_tool_calls"] = "false"
    if isinstance(service_tier, str) and service_tier not in {"auto", "default"}:
        params["service_tier"] = str(service_tier)
    if tool_choice not in (None, "auto"):
        params["tool_choice"] = tool_choice if isinstance(tool_choice, str) else compact(tool_choice)
    return params
