"""Paths, values and schemas in plain words, for messages about a configuration file."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

SHOWN = 60
"""Characters of a given value that are repeated in a message."""

PLAIN = {"boolean": "true or false", "integer": "an integer", "number": "a number", "object": "a table"}


def shown_path(path: tuple[str | int, ...]) -> str:
    """Return the path as TOML writes it: `faults[2].kind`, quoting keys that need it."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            bare = part if re.fullmatch(r"[A-Za-z0-9_-]+", part) else json.dumps(part, ensure_ascii=False)
            text += f".{bare}" if text else bare
    return text


def given(value: object) -> str:
    """Return a TOML value as its writer would recognise it, shortened."""
    if isinstance(value, dict):
        return "a table"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def needed(schema: Mapping[str, object], defined: Mapping[str, object]) -> str:
    """Return what a schema accepts, in words; `defined` holds the schemas that it refers to."""
    if "$ref" in schema:
        name = str(schema["$ref"]).removeprefix("#/$defs/")
        return needed(cast("Mapping[str, object]", defined[name]), defined)
    match schema:
        case {"anyOf": list(options)}:
            return " or ".join(dict.fromkeys(needed(option, defined) for option in options))
        case {"enum": [only]} | {"const": only}:
            return given(only)
        case {"enum": list(values)}:
            return f"one of {', '.join(given(value) for value in values)}"
        case {"type": "array"}:
            return _list(schema, defined)
        case {"type": "string"}:
            return _string(schema)
        case {"type": ("integer" | "number") as kind}:
            return PLAIN[kind] + _bounds(schema)
        case {"type": str(kind)}:
            return PLAIN.get(kind, kind)
        case _:
            return "another value"


def _list(schema: Mapping[str, object], defined: Mapping[str, object]) -> str:
    """Return what an array schema accepts."""
    match schema:
        case {"prefixItems": list(items)}:
            return f"a list of {len(items)}: {', '.join(needed(item, defined) for item in items)}"
        case {"items": dict(item)}:
            return f"a list, each of it {needed(item, defined)}"
        case _:
            return "a list"


def _string(schema: Mapping[str, object]) -> str:
    """Return what a string schema accepts."""
    match schema:
        case {"format": "date-time" | "date" | "time" as kind}:
            return f"a {kind}"
        case {"pattern": pattern}:
            return f"a string that matches {pattern}"
        case {"minLength": 1}:
            return "a string that is not empty"
        case _:
            return "a string"


def _bounds(schema: Mapping[str, object]) -> str:
    """Return the limits of a number, ready to follow its name."""
    match schema:
        case {"minimum": low, "maximum": high}:
            return f" from {low} to {high}"
        case {"exclusiveMinimum": low, "maximum": high}:
            return f" above {low}, up to {high}"
        case {"minimum": low}:
            return f" of at least {low}"
        case {"maximum": high}:
            return f" of at most {high}"
        case {"exclusiveMinimum": low}:
            return f" above {low}"
        case {"exclusiveMaximum": high}:
            return f" below {high}"
        case _:
            return ""
