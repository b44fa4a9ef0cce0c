"""JSON paths: reading them, and finding the line and column of what they name in the bytes of a file."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from functools import lru_cache
from json.decoder import scanstring  # type: ignore[attr-defined]  # the module has it; the stubs do not
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")
_SPACE = re.compile(r"[ \t\r\n]*")
_skip = json.JSONDecoder(strict=False).raw_decode


class Spot(NamedTuple):
    """A place in a text, counted from 1; columns in characters."""

    line: int
    column: int


@lru_cache(4096)
def steps(path: str) -> tuple[str | int, ...]:
    """Return the parts of a path such as `messages[4].content[1]`."""
    return tuple(int(index) if index else name for name, index in _STEP.findall(path))


def resolve(value: object, path: str) -> object:
    """Return what a path names in a decoded body, None where there is nothing."""
    for step in steps(path):
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def strings(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Yield path and text of every string in a decoded value, in the order in which it was written."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from strings(member, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for i, member in enumerate(value):
            yield from strings(member, f"{path}[{i}]")


def place(text: str, path: str) -> int:
    """Return where the value of a path begins in JSON text; its deepest ancestor where it is missing."""
    at = _blank(text, 0)
    try:
        for step in steps(path):
            found = _element(text, at, step) if isinstance(step, int) else _member(text, at, step)
            if found is None:
                return at
            at = found
    except (ValueError, IndexError, RecursionError):
        return at
    return at


def in_string(text: str, at: int, offset: int) -> int:
    """Return where character `offset` of the JSON string that begins at `at` stands in the text."""
    if text[at : at + 1] != '"':
        return at
    at += 1
    for _ in range(offset):
        if text[at : at + 1] == "\\":
            at += 6 if text[at + 1 : at + 2] == "u" else 2
        else:
            at += 1
    return min(at, len(text))


def spot(text: str, at: int) -> Spot:
    """Return line and column of an index."""
    ends = _line_ends(text)
    above = bisect_left(ends, at)
    return Spot(above + 1, at - (ends[above - 1] if above else -1))


@lru_cache(1)
def _line_ends(text: str) -> list[int]:
    """Return where the lines end: a file may have a finding on each."""
    return [found.start() for found in re.finditer("\n", text)]


def _blank(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _member(text: str, at: int, name: str) -> int | None:
    """Return where the value of an object's member begins; of a repeated name, the last one's."""
    if text[at] != "{":
        return None
    at = _blank(text, at + 1)
    last = None
    while text[at] == '"':
        key, at = scanstring(text, at + 1, False)  # noqa: FBT003  # takes positions only
        at = _blank(text, _blank(text, at) + 1)
        if key == name:
            last = at
        _, at = _skip(text, at)
        at = _blank(text, at)
        if text[at] != ",":
            break
        at = _blank(text, at + 1)
    return last


def _element(text: str, at: int, index: int) -> int | None:
    """Return where an element of an array begins."""
    if text[at] != "[":
        return None
    at = _blank(text, at + 1)
    if text[at] == "]":
        return None
    for _ in range(index):
        _, at = _skip(text, at)
        at = _blank(text, at)
        if text[at] != ",":
            return None
        at = _blank(text, at + 1)
    return at
