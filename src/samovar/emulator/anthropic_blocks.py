"""What stands inside content blocks and tools of a Messages request: the types of their members.

A parser that reads a call leniently takes a text that is a number; the provider refuses it by its path. Each
piece of a body is looked at once: agents repeat nearly all of theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType
from xxhash import xxh3_128_digest

from samovar.call.memo import Memo
from samovar.emulator.mistakes import within
from samovar.emulator.reply import Json  # noqa: TC001  # msgspec reads the annotations at run time

if TYPE_CHECKING:
    from collections.abc import Callable

    from samovar.emulator.anthropic_body import Body


CUSTOM: Final = "custom"
"""What a tool is that names no type."""


class _Kind(msgspec.Struct):
    type: object = CUSTOM


class _Text(msgspec.Struct):
    text: str | UnsetType = UNSET


class _Thinking(msgspec.Struct):
    thinking: str | UnsetType = UNSET
    signature: str | UnsetType = UNSET


class _Redacted(msgspec.Struct):
    data: str | UnsetType = UNSET


class _Source(msgspec.Struct):
    """Where an image or a document comes from: base64, a URL, a file, text, or blocks."""

    type: str | UnsetType = UNSET
    media_type: str | UnsetType = UNSET
    data: str | UnsetType = UNSET
    url: str | UnsetType = UNSET
    file_id: str | UnsetType = UNSET
    content: str | list[Raw] | UnsetType = UNSET


class _Image(msgspec.Struct):
    source: _Source | UnsetType = UNSET


class _Document(msgspec.Struct):
    source: _Source | UnsetType = UNSET
    title: str | None = None
    context: str | None = None


class _Use(msgspec.Struct):
    id: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    input: Json | UnsetType = UNSET


class _Result(msgspec.Struct):
    tool_use_id: str | UnsetType = UNSET
    is_error: bool | None = None
    content: str | list[Raw] | UnsetType | None = UNSET


class _Tool(msgspec.Struct):
    name: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    input_schema: Json | UnsetType = UNSET


class _Turn(msgspec.Struct):
    content: str | list[Raw] | UnsetType = UNSET


_kind: Final = msgspec.json.Decoder(_Kind).decode
_turn: Final = msgspec.json.Decoder(_Turn).decode
_pieces: Final = msgspec.json.Decoder(list[Raw]).decode
_content: Final = msgspec.json.Decoder(str | list[Raw]).decode
_tool: Final = msgspec.json.Decoder(_Tool).decode
_BLOCKS: Final[dict[str, msgspec.json.Decoder[object]]] = {
    "text": msgspec.json.Decoder(_Text),
    "thinking": msgspec.json.Decoder(_Thinking),
    "redacted_thinking": msgspec.json.Decoder(_Redacted),
    "image": msgspec.json.Decoder(_Image),
    "document": msgspec.json.Decoder(_Document),
    "tool_use": msgspec.json.Decoder(_Use),
    "tool_result": msgspec.json.Decoder(_Result),
}
"""Kinds whose members are known by their types."""
_fine: Final[Memo[bytes, bool]] = Memo(50_000)
"""Pieces that are in order, by the place that they stand in and the digest of their bytes."""


def check_members(body: Body) -> None:
    """Raise `msgspec.ValidationError`, with its place in the body, for a member of the wrong type."""
    for name, value, check in (("system", body.system, _check_system), ("tools", body.tools, _check_tools)):
        if isinstance(value, Raw) and value != b"null":
            _once(name, name, value, check)
    if isinstance(body.messages, Raw) and body.messages != b"null":
        for at, raw in enumerate(_pieces(body.messages)):
            _once("messages", f"messages[{at}]", raw, _check_turn)


def _once(kind: str, place: str, raw: Raw, check: Callable[[str, Raw], None]) -> None:
    """Check what was not found in order before."""
    piece = kind.encode() + xxh3_128_digest(raw)
    if not _fine.get(piece):
        check(place, raw)
        _fine.put(piece, True)  # noqa: FBT003  # a set with a bound


def _check_system(place: str, raw: Raw) -> None:
    _check_blocks(place, _content(raw))


def _check_tools(place: str, raw: Raw) -> None:
    for at, tool in enumerate(_pieces(raw)):
        _check_tool(f"{place}[{at}]", tool)


def _check_tool(place: str, raw: Raw) -> None:
    if _kind(raw).type == CUSTOM:
        within(place, _tool, raw)


def _check_turn(place: str, raw: Raw) -> None:
    content = _turn(raw).content
    if content is not UNSET:
        _check_blocks(f"{place}.content", content)


def _check_blocks(path: str, blocks: str | list[Raw]) -> None:
    if isinstance(blocks, str):
        return
    for at, raw in enumerate(blocks):
        place = f"{path}[{at}]"
        kind = None if bytes(raw)[:1] == b'"' else _kind(raw).type
        decoder = _BLOCKS.get(kind) if isinstance(kind, str) else None
        if decoder is None:
            continue
        block = within(place, decoder.decode, raw)
        if isinstance(block, _Result) and isinstance(block.content, list):
            _check_blocks(f"{place}.content", block.content)
        if isinstance(block, _Document) and isinstance(block.source, _Source):
            inside = block.source.content
            _check_blocks(f"{place}.source.content", [] if inside is UNSET else inside)
