"""Where two requests part, as a value and for people. Schema `samovar.diff/1`.

Values are shown masked, letters as x and digits as 9, unless text was asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from samovar.attribution.values import parted
from samovar.prefix.divergence import Change, divergence, offset
from samovar.record.schema import OPEN_PARAMS

if TYPE_CHECKING:
    from samovar.call import Block, Call
    from samovar.prefix.divergence import Divergence
    from samovar.prefix.size import Sizer

BEFORE, AFTER = 24, 56
"""Characters shown before and after the place where two texts part."""
_plain = msgspec.json.Decoder()


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One request at the place: its block's path and kind, its length, and the text around the offset."""

    path: str | None
    kind: str | None
    characters: int
    around: str


class Parting(msgspec.Struct, frozen=True, kw_only=True):
    """The first difference in what is rendered.

    `position` counts rendered positions from 0, and `of` is how many the later request has. `member` is the
    path inside a tool or an input, where it is one. `offset` counts characters of the member's value, of the
    block's text without a member. `value` is the kind of value that differs.
    """

    position: int
    of: int
    level: str
    path: str
    member: str
    offset: int
    change: str
    value: str
    earlier: Side
    later: Side
    shared_tokens: tuple[int, int]
    """Tokens of the common prefix, at least and at most."""
    lost_tokens: tuple[int, int]
    """Tokens of the earlier request behind the place."""


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter, key or marker that differs; None where a request has none."""

    name: str
    earlier: str | None
    later: str | None


class Diff(msgspec.Struct, frozen=True, kw_only=True):
    """Two requests compared. `equal` is about what the provider renders or keys on, not about the wire.

    `appended` is whether the later request has all of the earlier one, and only goes on.
    """

    equal: bool
    appended: bool
    parting: Parting | None
    settings: tuple[Setting, ...]
    markers: tuple[Setting, ...]
    wire: int | None = None
    """Offset in bytes of the first difference as sent; None when equal or not asked for."""
    masked: bool = True
    schema: str = "samovar.diff/1"


def compare(earlier: Call, later: Call, sizer: Sizer, *, show_text: bool = False) -> Diff:
    """Return where `later` parts from `earlier`."""
    found = divergence(earlier, later)
    settings = _settings(earlier, later, show_text=show_text)
    return Diff(
        equal=found is None and not settings,
        appended=found is not None and found.appended and not settings,
        parting=None if found is None else _parting(found, earlier, later, sizer, show_text=show_text),
        settings=settings,
        markers=_markers(earlier, later),
        masked=not show_text,
    )


def _parting(found: Divergence, earlier: Call, later: Call, sizer: Sizer, *, show_text: bool) -> Parting:
    sizes = sizer.sizes(earlier)
    at = found.position
    shared = (sizes.lo[at - 1], sizes.hi[at - 1]) if at else (0, 0)
    before, after = found.earlier, found.later
    one, other = before.text if before else "", after.text if after else ""
    member, inner = _member(before, after)
    cut = found.offset
    if inner is not None:
        one, other = inner
        cut = offset(one, other)
    value = parted(one, other).kind if one and other else ""
    return Parting(
        position=at,
        of=len(later.blocks),
        level=found.level.name.lower(),
        path=found.path,
        member=member,
        offset=cut,
        change=found.change.value,
        value=value,
        earlier=_side(earlier, at, before, one, cut, show_text=show_text),
        later=_side(later, at, after, other, cut, show_text=show_text),
        shared_tokens=shared,
        lost_tokens=(sizes.total_lo - shared[0], sizes.total_hi - shared[1]),
    )


def _side(call: Call, position: int, block: Block | None, said: str, cut: int, *, show_text: bool) -> Side:
    if block is None:
        return Side(path=None, kind=None, characters=0, around="")
    around = said[max(0, cut - BEFORE) : cut + AFTER]
    return Side(
        path=call.path(position),
        kind=block.kind,
        characters=len(said),
        around=around if show_text else masked(around),
    )


def masked(text: str) -> str:
    """Return the shape of a text: letters as x, digits as 9, white space and punctuation as they are."""
    return "".join("9" if c.isdigit() else "x" if c.isalpha() else c for c in text)


Member = tuple[str, tuple[str, str] | None]
"""A path inside a block and the two values there as text, None where one side has no such member."""


def _member(before: Block | None, after: Block | None) -> Member:
    """Return the path inside two structured blocks at which they first differ, "" for plain text."""
    none: Member = ("", None)
    if before is None or after is None or before.withheld or after.withheld:
        return none
    if "text" in {before.kind, after.kind} or before.kind != after.kind:
        return none
    return _walk(_plain.decode(before.content), _plain.decode(after.content)) or none


def _walk(one: Any, other: Any) -> Member | None:  # noqa: ANN401  # JSON of any shape
    """Return the first difference, None where there is none."""
    if isinstance(one, dict) and isinstance(other, dict):
        for (name, value), (again, other_value) in zip(one.items(), other.items(), strict=False):
            if name != again:
                return f".{again}", None
            inner = _walk(value, other_value)
            if inner is not None:
                return f".{name}{inner[0]}", inner[1]
        longer = list(one if len(one) > len(other) else other)
        return None if len(one) == len(other) else (f".{longer[min(len(one), len(other))]}", None)
    if isinstance(one, list) and isinstance(other, list):
        for i, (value, other_value) in enumerate(zip(one, other, strict=False)):
            inner = _walk(value, other_value)
            if inner is not None:
                return f"[{i}]{inner[0]}", inner[1]
        return None if len(one) == len(other) else (f"[{min(len(one), len(other))}]", None)
    return None if one == other else ("", (_said(one), _said(other)))


def _said(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _settings(earlier: Call, later: Call, *, show_text: bool) -> tuple[Setting, ...]:
    """Return what else is part of the cache's key: model, parameters, keys.

    Short words of the provider's own are shown; of what the caller wrote, only the length.
    """
    pairs = [("model", earlier.model, later.model)]
    pairs += [
        (name, earlier.params.get(name, ""), later.params.get(name, ""))
        for name in sorted({*earlier.params, *later.params})
    ]
    pairs += [
        ("prompt_cache_key", earlier.cache_key, later.cache_key),
        ("cache_salt", earlier.salt, later.salt),
        ("prompt_cache_retention", earlier.retention, later.retention),
    ]
    return tuple(
        Setting(name=name, earlier=_shown(name, one, show_text), later=_shown(name, other, show_text))
        for name, one, other in pairs
        if one != other
    )


_OPEN = OPEN_PARAMS | {"model", "tool_choice", "prompt_cache_retention"}
_LONGEST_WORD = 64


def _shown(name: str, value: str, show_text: bool) -> str | None:  # noqa: FBT001  # a column of one table
    if not value:
        return None
    return (
        value
        if show_text or (name in _OPEN and len(value) <= _LONGEST_WORD)
        else f"({len(value)} characters)"
    )


def _markers(earlier: Call, later: Call) -> tuple[Setting, ...]:
    """Return the markers that only one of the requests has, or that ask for another TTL there."""
    one, other = _marked(earlier), _marked(later)
    return tuple(
        Setting(name=path, earlier=one.get(path), later=other.get(path))
        for path in sorted({*one, *other}, key=[*one, *other].index)
        if one.get(path) != other.get(path)
    )


def _marked(call: Call) -> dict[str, str]:
    found = {
        call.path(i): block.marker or "default TTL"
        for i, block in enumerate(call.blocks)
        if block.marker is not None
    }
    if call.automatic is not None:
        found["cache_control"] = call.automatic or "default TTL"
    return found


def text(diff: Diff, names: tuple[str, str]) -> str:
    """Return the comparison for people; `names` are what the two requests are called."""
    lines: list[str] = []
    at = diff.parting
    if at is None:
        lines.append(f"{names[0]} and {names[1]} render to the same prompt.")
    elif at.change == Change.ADDED.value and at.earlier.path is None:
        lines.append(
            f"{names[1]} goes on where {names[0]} ends: at {at.path}, after {_tokens(at.shared_tokens)}."
        )
    else:
        where = f"{at.path}{at.member}, character {at.offset:,}"
        lines += [
            f"{names[1]} parts from {names[0]} at {where} ({at.level}; {at.change}).",
            f"  shared before it: {at.position} of {at.of} positions, {_tokens(at.shared_tokens)}",
            f"  no longer shared: {_tokens(at.lost_tokens)} of {names[0]}",
        ]
        if at.value not in {"", "text"}:
            lines.append(f"  what differs looks like: {at.value}")
        for name, side in zip(names, (at.earlier, at.later), strict=True):
            shown = "(nothing)" if side.path is None else _quoted(side.around)
            if side.kind is not None and not side.characters:
                shown = "(its text was not recorded)"
            lines.append(f"  {name}: {shown}")
        if diff.masked:
            lines.append("  (letters are shown as x and digits as 9; --show-text shows them)")
    lines += [f"{each.name}: {each.earlier or '(none)'} → {each.later or '(none)'}" for each in diff.settings]
    lines += [f"marker at {m.name}: {m.earlier or '(none)'} → {m.later or '(none)'}" for m in diff.markers]
    if diff.wire is not None:
        lines.append(f"As sent, the bytes differ from offset {diff.wire:,}.")
    return "\n".join(lines) + "\n"


def _tokens(band: tuple[int, int]) -> str:
    lo, hi = band
    return f"{lo:,} tokens" if lo == hi else f"{lo:,} to {hi:,} tokens"


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()
