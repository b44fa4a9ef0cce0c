"""Which member of a tool's definition was edited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from samovar.call import Block

NESTED: Final = frozenset({"function", "toolSpec"})
"""Members in which dialects wrap a definition."""
_json = msgspec.json.Decoder()


def tool_leaf(before: Block, now: Block) -> str:
    """Return the path, below the tool, of the one member that differs between two tools of one name.

    "" where it is another tool, where several members differ, or where the texts are not at hand.
    """
    return _differing(before, now)[0]


def tool_texts(before: Block, now: Block) -> tuple[str, str] | None:
    """Return the two texts of that member, None where it is none or no text."""
    path, one, other = _differing(before, now)
    return (one, other) if path and isinstance(one, str) and isinstance(other, str) else None


def _differing(before: Block, now: Block) -> tuple[str, Any, Any]:
    """Return the path of the one member that differs and its two values, "" and two Nones without one."""
    none = ("", None, None)
    one, other = _members(before), _members(now)
    path = ""
    while True:
        names = {name for name in {*one, *other} if one.get(name) != other.get(name)}
        if len(names) != 1 or one.keys() != other.keys():
            return none
        (name,) = names
        path += f".{name}"
        one, other = one[name], other[name]
        if name not in NESTED:
            return none if name == "name" else (path, one, other)
        if not isinstance(one, dict) or not isinstance(other, dict):
            return none


def _members(block: Block) -> dict[str, Any]:
    if block.withheld:
        return {}
    value = _json.decode(block.content)
    return value if isinstance(value, dict) else {}
