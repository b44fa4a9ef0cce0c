"""TOML bytes become a frozen struct, or one `ConfigInvalid` that lists every mistake.

The struct is the schema. It converts a good file directly; only a bad one is held against the JSON Schema
that msgspec makes of the struct, because that check sees all mistakes where conversion stops at the first.
"""

from __future__ import annotations

import math
import re
import tomllib
from typing import TYPE_CHECKING, TypeVar

import msgspec

from samovar.errors import ConfigInvalid
from samovar.policy.wording import shown_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

T = TypeVar("T")
Path = tuple[str | int, ...]

SYNTAX_PLACE = re.compile(r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")
CONVERSION_PLACE = re.compile(r" - at (?:`key` in )?`(?:key in )?\$(?P<path>[^`]*)`$")


class Contradiction(ValueError):
    """Parts of a file that are in order by themselves and not together: what is wrong, by top-level key."""

    def __init__(self, told: Mapping[str, str]) -> None:
        super().__init__("; ".join(told.values()))
        self.told = told


def read_config(kind: type[T], data: bytes, where: str) -> T:
    """Return `data` (TOML) as `kind`, a struct; raises `ConfigInvalid` about `where`, the file's name."""
    table = _parse(data, where)
    endless = dict(_endless(table))
    if not endless:
        try:
            return msgspec.convert(table, kind)
        except msgspec.ValidationError:
            pass
    # Not imported above: a good file never needs it, and it is slow to load.
    from samovar.policy.mistakes import against_schema  # noqa: PLC0415  # the reason is the line above

    found = {**against_schema(msgspec.json.schema(kind), table), **endless}
    rest = _Rest(table)
    for path in found:
        rest.drop(path)
    for path, line in _conversion_mistakes(kind, rest):
        # A rule between keys says nothing certain while one of them is itself a mistake. An item of a list
        # that is taken out leaves the others as they were.
        if not any(other[: len(path)] == path and not _item(other, len(path)) for other in found):
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


def _endless(value: object, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield the numbers without an end, which TOML can write: no limit and no time of ours is one."""
    if isinstance(value, float) and not math.isfinite(value):
        yield path, f"{shown_path(path)}: given {value}, needs a finite number"
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from _endless(item, (*path, key))


def _conversion_mistakes(kind: type, rest: _Rest) -> Iterator[tuple[Path, str]]:
    """Yield what only conversion finds: rules between keys, and what JSON Schema cannot express.

    Conversion stops at its first mistake, so the place of each is dropped before the next attempt.
    """
    while True:
        try:
            msgspec.convert(rest.table, kind)
        except msgspec.ValidationError as error:
            if isinstance(error.__cause__, Contradiction):
                yield from (((name,), f"{name}: {told}") for name, told in error.__cause__.told.items())
                return
            place = CONVERSION_PLACE.search(str(error))
            path = rest.written(_path(place["path"] if place else ""))
            yield path, f"{shown_path(path) or 'the file'}: {CONVERSION_PLACE.sub('', str(error))}"
            if not rest.drop(path):
                return
        else:
            return


class _Rest:
    """What is left of a table while its mistakes are taken out; items of lists keep the file's numbers."""

    def __init__(self, table: dict[str, object]) -> None:
        self.table = table
        self._numbers: dict[int, list[int]] = {}
        """The items that each list still has, by the list's identity."""
        self._gone: list[object] = []
        """What was taken out, kept so that no identity is used again."""

    def drop(self, path: Path) -> bool:
        """Remove what the file has at `path`, or the item of a list around it; return if it was there."""
        here: object = self.table
        for i, key in enumerate(path):
            last = i == len(path) - 1
            if isinstance(here, dict):
                if str(key) not in here:
                    return False
                if last:
                    self._gone.append(here.pop(str(key)))
                    return True
                here = here[str(key)]
            elif isinstance(here, list) and isinstance(key, int):
                numbers = self._numbers.setdefault(id(here), list(range(len(here))))
                if key not in numbers:
                    return False
                # The whole item goes: what is left of it could lack what makes it one.
                self._gone.append(here.pop(numbers.index(key)))
                numbers.remove(key)
                return True
            else:
                return False
        return False

    def written(self, path: Path) -> Path:
        """Return `path`, counted in what is left, as the file counts."""
        here: object = self.table
        spelt: list[str | int] = []
        for key in path:
            if isinstance(here, list) and isinstance(key, int):
                spelt.append(self._numbers.get(id(here), range(len(here)))[key])
                here = here[key]
            else:
                spelt.append(key)
                here = here.get(str(key)) if isinstance(here, dict) else None
        return tuple(spelt)


def _path(text: str) -> Path:
    """Return a msgspec path such as `.faults[2].at` in parts; `[...]`, an unnamed key, ends it."""
    parts: list[str | int] = []
    for name, index in re.findall(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]", text):
        if index == "...":
            break
        parts.append(name or int(index))
    return tuple(parts)


def _item(path: Path, depth: int) -> bool:
    """Whether a path that is longer than `depth` goes on into an item of a list, or is one key further."""
    return len(path) > depth and isinstance(path[depth], int)


def _order(path: Path) -> list[tuple[str, int]]:
    """Return a sort key that keeps sections together and list items in order."""
    return [("", part) if isinstance(part, int) else (part, 0) for part in path]
