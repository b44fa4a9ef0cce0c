"""What is wrong with the members of a body, told apart from how a provider words it.

A body is decoded into types; what does not fit is one mistake with its place.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
_AT: Final = re.compile(r"(.*?)(?: - at `\$\.?(.*)`)?$")
_TYPES: Final = re.compile(r"Expected `([^`]*)`, got `([^`]*)`$")
_FIELD: Final = re.compile(r"Object (contains unknown|missing required) field `([^`]*)`$")


class Mistake(NamedTuple):
    """One mistake: its place (`a.b[0]`, "" for the body), and one of what else there is.

    `wanted` are the JSON types that may stand there and `got` the one that does; `surplus` and `missing` name
    a member of the place that may not or must be there.
    """

    place: str
    wanted: tuple[str, ...] = ()
    got: str = ""
    surplus: str = ""
    missing: str = ""


def mistake(error: msgspec.ValidationError) -> Mistake | None:
    """Return what a decoder complains of, None for anything but types and members."""
    found = _AT.fullmatch(str(error))
    said, place = (found[1], found[2] or "") if found else ("", "")
    if types := _TYPES.match(said):
        wanted = [kind for kind in types[1].split(" | ") if kind != "null"]
        return Mistake(place, tuple(wanted or ["null"]), types[2])
    if field := _FIELD.match(said):
        name, surplus = field[2], field[1].startswith("contains")
        return Mistake(place, surplus=name) if surplus else Mistake(place, missing=name)
    return None


def within(name: str, decode: Callable[[msgspec.Raw], T], raw: msgspec.Raw) -> T:
    """Decode a member that was left unread. Raise `msgspec.ValidationError` with its place in the body."""
    try:
        return decode(raw)
    except msgspec.ValidationError as error:
        said, at, place = str(error).rpartition("`$")
        text = f"{said}`$.{name}{place}" if at else f"{error} - at `$.{name}`"
        raise msgspec.ValidationError(text) from error
