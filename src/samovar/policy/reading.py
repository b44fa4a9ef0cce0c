"""TOML bytes become a frozen struct, or one `ConfigInvalid` that lists every mistake.

The struct is the schema. It converts a good file directly; only a bad one is held against the JSON Schema
that msgspec makes of the struct, because that check sees all mistakes where conversion stops at the first.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, TypeVar

import msgspec

from samovar.errors import ConfigInvalid
from samovar.policy.wording import shown_path

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")

SYNTAX_PLACE = re.compile(r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")
CONVERSION_PLACE = re.compile(r" - at `(?:key in )?\$(?P<path>[^`]*)`$")


def read_config(kind: type[T], data: bytes, where: str) -> T:
    """Return `data` (TOML) as `kind`, a struct; raises `ConfigInvalid` about `where`, the file's name."""
    table = _parse(data, where)
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError:
        pass
    # Not imported above: a good file never needs it, and it is slow to load.
    from samovar.policy.mistakes import against_schema  # noqa: PLC0415  # the reason is the line above

    found = against_schema(msgspec.json.schema(kind), table)
    for path in found:
        _drop(table, path)
    for path, line in _conversion_mistakes(kind, table):
        # A rule between keys says nothing certain while one of them is itself a mistake.
        if not any(other[: len(path)] == path for other in found):
            found[path] = line
    raise ConfigInvalid(where, [line for _, line in sorted(found.items(), key=lambda item: _order(item[0]))])


def _parse(data: bytes, where: str) -> dict[str, object]:
    """Return the TOML table; a syntax error becomes one mistake with its line and column."""
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        mistake = f"line {line}, column {column}: given a byte that is not UTF-8, needs UTF-8 text"
    except tomllib.TOMLDecodeError as error:
        place = SYNTAX_PLACE.search(str(error))
        what = SYNTAX_PLACE.sub("", str(error))
        at = f"line {place['line']}, column {place['column']}" if place and place["line"] else "end of file"
        mistake = f"{at}: not TOML: {what}"
    except RecursionError:
        mistake = "nested too deeply to be read"
    raise ConfigInvalid(where, [mistake])


def _conversion_mistakes(kind: type, table: dict[str, object]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield what only conversion finds: rules between keys, and what JSON Schema cannot express.

    Conversion stops at its first mistake, so the place of each is dropped before the next attempt.
    """
    while True:
        try:
            msgspec.convert(table, kind)
        except msgspec.ValidationError as error:
            place = CONVERSION_PLACE.search(str(error))
            path = _path(place["path"] if place else "")
            yield path, f"{shown_path(path) or 'the file'}: {CONVERSION_PLACE.sub('', str(error))}"
            if not _drop(table, path):
                return
        else:
            return


def _path(text: str) -> tuple[str | int, ...]:
    """Return a msgspec path such as `.faults[2].at` in parts; `[...]`, an unnamed key, ends it."""
    parts: list[str | int] = []
    for name, index in re.findall(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]", text):
        if index == "...":
            break
        parts.append(name or int(index))
    return tuple(parts)


def _drop(table: dict[str, object], path: tuple[str | int, ...]) -> bool:
    """Remove what is at `path`, or the whole list that holds it (an index must not shift its neighbours)."""
    here: object = table
    keys = path[: next((i for i, part in enumerate(path) if isinstance(part, int)), len(path))]
    for key in keys[:-1]:
        here = here.get(str(key)) if isinstance(here, dict) else None
    if not keys or not isinstance(here, dict):
        return False
    return here.pop(str(keys[-1]), here) is not here


def _order(path: tuple[str | int, ...]) -> list[tuple[str, int]]:
    """Return a sort key that keeps sections together and list items in order."""
    return [("", part) if isinstance(part, int) else (part, 0) for part in path]
