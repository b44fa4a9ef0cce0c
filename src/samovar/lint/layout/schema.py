"""The order of a tool file: tools by name, and the keys of each definition in one order.

Two programs that write the same schema in two orders make two prefixes of it. The members of `properties`
keep their author's order, because a model fills them in as they stand.
"""

from __future__ import annotations

import json
import re
from typing import Final, cast

from samovar.errors import MalformedBody

Json = dict[str, object]

_FIRST: Final = ("type", "name", "title", "description", "function", "strict")
_LAST: Final = (
    "input_schema",
    "inputSchema",
    "parameters",
    "properties",
    "items",
    "required",
    "additionalProperties",
    "cache_control",
)
_AUTHORED: Final = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
_VALUES: Final = frozenset({"default", "const", "examples", "example"})
_INDENT: Final = re.compile(r"\n([ \t]+)\S")


def ordered(text: str) -> str:
    """Return a JSON file of tools in order; any other file as it is. Raises `MalformedBody`."""
    try:
        value = json.loads(text, object_pairs_hook=_once)
    except RecursionError as error:
        raise MalformedBody("nested too deeply to be read") from error
    if not defines_tools(value):
        return text
    placed = _file(value)
    if json.dumps(placed) == json.dumps(value):
        return text
    indent = _INDENT.search(text)
    shown = json.dumps(placed, ensure_ascii=False, indent=indent[1] if indent else None)
    return shown + ("\n" if text.endswith("\n") else "")


def _once(pairs: list[tuple[str, object]]) -> Json:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedBody("a key stands twice in one object, so its order cannot be changed")
    return found


def defines_tools(value: object) -> bool:
    """Whether a decoded JSON file defines one tool, a list of tools, or an object that holds such a list."""
    if isinstance(value, dict):
        held = value.get("tools")
        return _tool(value) or (isinstance(held, list) and bool(held) and all(_tool(each) for each in held))
    return isinstance(value, list) and bool(value) and all(_tool(each) for each in value)


def _tool(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    inner = value.get("function")
    named = inner if isinstance(inner, dict) else value
    return "name" in named and any(
        isinstance(named.get(key), dict) for key in ("input_schema", "inputSchema", "parameters")
    )


def _file(value: object) -> object:
    if isinstance(value, list):
        return _tools(value)
    table = cast("Json", value)
    if _tool(value):
        return _keys(value)
    return {
        key: _tools(cast("list[object]", each)) if key == "tools" else each for key, each in table.items()
    }


def _tools(tools: list[object]) -> list[object]:
    return sorted((_keys(each) for each in tools), key=_name)


def _name(tool: object) -> str:
    table = cast("Json", tool)
    inner = table.get("function")
    return str((inner if isinstance(inner, dict) else table).get("name", ""))


def _keys(value: object) -> object:
    if isinstance(value, list):
        return [_keys(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _members(each) if key in _AUTHORED else (each if key in _VALUES else _keys(each))
        for key, each in sorted(value.items(), key=lambda item: _rank(item[0]))
    }


def _members(value: object) -> object:
    return {key: _keys(each) for key, each in value.items()} if isinstance(value, dict) else value


def _rank(key: str) -> tuple[int, int, str]:
    if key in _FIRST:
        return 0, _FIRST.index(key), key
    return (2, _LAST.index(key), key) if key in _LAST else (1, 0, key)
