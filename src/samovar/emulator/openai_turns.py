"""What OpenAI's endpoints refuse of messages, items and tools: roles, kinds, contents and breakpoints."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from samovar.emulator.mistakes import within
from samovar.emulator.openai_bodies import ChatBody, Choice, of_type
from samovar.emulator.openai_parameters import invalid, missing
from samovar.emulator.pairs import check_tool_messages
from samovar.emulator.refusal import Refusal, from_fact
from samovar.providers.facts import facts

if TYPE_CHECKING:
    from samovar.emulator.openai_bodies import ResponsesBody

Anything = msgspec.Raw | UnsetType
_NULL: Final = b"null"
_EXPLICIT: Final = "explicit"
_UNKNOWN: Final = "openai.error.unknown-parameter"
_INSTEAD: Final = ("tool_calls", "function_call", "refusal", "audio")
"""What may stand in an assistant's message in place of content."""


class _Known(msgspec.Struct, frozen=True):
    roles: list[str]
    parts: list[str]
    item_roles: list[str]
    contents: list[str]
    said: list[str]
    given: list[str]
    items: list[str]


class _Part(msgspec.Struct):
    type: str = ""
    prompt_cache_breakpoint: object = UNSET


class _Message(msgspec.Struct):
    """A message of Chat Completions."""

    role: str | None = None
    content: str | list[str | _Part] | None = None
    tool_calls: Anything = UNSET
    function_call: Anything = UNSET
    refusal: Anything = UNSET
    audio: Anything = UNSET
    prompt_cache_breakpoint: Anything = UNSET


class _Item(msgspec.Struct):
    """An item of a Responses input."""

    type: str | UnsetType = UNSET
    role: str | None = None
    content: str | list[_Part] | UnsetType | None = UNSET
    prompt_cache_breakpoint: Anything = UNSET


class _Function(msgspec.Struct):
    name: str | None = None
    prompt_cache_breakpoint: Anything = UNSET


class _Tool(msgspec.Struct):
    type: str | None = None
    name: str | None = None
    function: _Function | None = None
    prompt_cache_breakpoint: Anything = UNSET


_messages = msgspec.json.Decoder(list[_Message]).decode
_input = msgspec.json.Decoder(str | list[_Item] | None).decode
_tools = msgspec.json.Decoder(list[_Tool] | None).decode


@cache
def _known() -> _Known:
    return facts().fact("openai.messages").read(_Known)


def check_turns(body: ChatBody | ResponsesBody) -> Refusal | None:
    """Refuse turns and tools that the endpoint does not take. Raise `msgspec.ValidationError` for types."""
    if isinstance(body, ChatBody):
        return _check_messages(body.messages) or _check_tools(body.tools, "function.name")
    return _check_items(body.input) or _check_tools(body.tools, "name") or _check_choice(body)


def _check_messages(raw: Raw | UnsetType) -> Refusal | None:
    if not isinstance(raw, Raw):
        return None
    messages = within("messages", _messages, raw)
    if not messages:
        return from_fact("openai.error.empty-array", name="messages")
    for i, message in enumerate(messages):
        if refusal := _check_message(message, f"messages[{i}]"):
            return refusal
    if refusal := check_tool_messages(raw):
        return refusal
    empty = next((i for i, message in enumerate(messages) if _says_nothing(message)), None)
    return None if empty is None else from_fact("openai.error.no-content", at=empty)


def _check_message(message: _Message, place: str) -> Refusal | None:
    known = _known()
    if message.role is None:
        return missing(f"{place}.role")
    if message.role not in known.roles:
        return invalid(f"{place}.role", message.role, known.roles)
    if message.prompt_cache_breakpoint is not UNSET:
        return from_fact(_UNKNOWN, name=f"{place}.prompt_cache_breakpoint")
    for j, part in enumerate(message.content if isinstance(message.content, list) else ()):
        if isinstance(part, _Part):
            if part.type not in known.parts:
                return invalid(f"{place}.content[{j}].type", part.type, known.parts)
            if refusal := _check_breakpoint(part, f"{place}.content[{j}]"):
                return refusal
    return None


def _says_nothing(message: _Message) -> bool:
    if message.content is not None:
        return False
    instead = (getattr(message, name) for name in _INSTEAD)
    stands = any(isinstance(value, Raw) and bytes(value) != _NULL for value in instead)
    return not (message.role == "assistant" and stands)


def _check_items(raw: Raw | UnsetType) -> Refusal | None:
    if not isinstance(raw, Raw):
        return None
    items = within("input", _input, raw)
    for i, item in enumerate(items if isinstance(items, list) else ()):
        if refusal := _check_item(item, f"input[{i}]"):
            return refusal
    return None


def _check_item(item: _Item, place: str) -> Refusal | None:
    known = _known()
    if item.prompt_cache_breakpoint is not UNSET:
        return from_fact(_UNKNOWN, name=f"{place}.prompt_cache_breakpoint")
    if item.type is not UNSET and item.type not in known.items:
        return invalid(place, item.type, known.items)
    if item.type not in {UNSET, "message"}:
        return None
    if item.role not in known.item_roles:
        return invalid(place, item.role or "", known.item_roles)
    if item.content is UNSET:
        return missing(f"{place}.content")
    kinds = known.said if item.role == "assistant" else known.given
    for j, part in enumerate(item.content if isinstance(item.content, list) else ()):
        where = f"{place}.content[{j}]"
        if part.type not in {*known.contents, *kinds}:
            return invalid(f"{where}.type", part.type, known.contents)
        if part.type not in kinds:
            return invalid(where, part.type, kinds)
        if refusal := _check_breakpoint(part, where):
            return refusal
    return None


def _check_breakpoint(part: _Part, place: str) -> Refusal | None:
    """Refuse a breakpoint that is no object, or states another mode than the one that there is."""
    mark, place = part.prompt_cache_breakpoint, f"{place}.prompt_cache_breakpoint"
    if mark is UNSET or mark is None:
        return None
    if not isinstance(mark, dict):
        return of_type(place, "an object", mark)
    if mark.get("mode", _EXPLICIT) != _EXPLICIT:
        return invalid(f"{place}.mode", mark["mode"], [_EXPLICIT])
    surplus = next((name for name in mark if name not in {"mode", "ttl"}), None)
    return None if surplus is None else from_fact(_UNKNOWN, name=f"{place}.{surplus}")


def _check_tools(raw: Raw | UnsetType, named: str) -> Refusal | None:
    """Refuse tools without type or name, and breakpoints on them. `named` is where the name stands."""
    if not isinstance(raw, Raw):
        return None
    for i, tool in enumerate(within("tools", _tools, raw) or ()):
        place = f"tools[{i}]"
        if tool.type is None:
            return missing(f"{place}.type")
        if tool.type == "function":
            inner = tool.function if named != "name" else tool
            if inner is None:
                return missing(f"{place}.function")
            if inner.name is None:
                return missing(f"{place}.{named}")
        if tool.prompt_cache_breakpoint is not UNSET:
            return from_fact(_UNKNOWN, name=f"{place}.prompt_cache_breakpoint")
        if tool.function is not None and tool.function.prompt_cache_breakpoint is not UNSET:
            name = f"{place}.function.prompt_cache_breakpoint"
            return from_fact(_UNKNOWN, name=name)
    return None


def _check_choice(body: ResponsesBody) -> Refusal | None:
    """Refuse a forced tool that is not among the tools."""
    choice = body.tool_choice
    if not isinstance(choice, Choice) or choice.type == "allowed_tools":
        return None
    tools = (_tools(body.tools) or []) if isinstance(body.tools, Raw) else []
    kind = choice.type
    if any(tool.type == kind and choice.name in {None, tool.name} for tool in tools):
        return None
    # Server tools may be named by an older or newer kind than they are defined by.
    if kind != "function" and tools:
        return None
    return from_fact("openai.error.tool-choice", kind=kind)
