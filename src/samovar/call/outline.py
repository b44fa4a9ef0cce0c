"""What of a body is, byte for byte, what an earlier one said: it is compared instead of scanned.

An agent sends its whole conversation with every turn, and all but the last few elements of one long array
are as they were. An outline remembers of one body where the elements of that array end, and what was made of
them and of the large members around it. A later body that begins and ends as that one did is cut down to
what lies between, and only that is decoded.

The cut is sound because a JSON reader's state follows from the bytes before: behind the same beginning it is
the same, and where what lies between is whole elements, so it is in front of the same end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar

import msgspec

from samovar.call.memo import Memo

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

OPENING: Final = 64
"""Bytes of a body by which earlier ones are found that may have begun like it."""
KEPT: Final = 8
"""Outlines with one opening: of as many conversations the newest turn is remembered."""
FRESH: Final = 2_048
"""Bytes that are rather decoded again than remembered; of a long body an eighth of it."""
KEEN: Final = 32
"""Once as many are kept as may be, one in so many other bodies takes the place of the oldest."""
LEAST: Final = 4
"""What is known of a body must be so many times what is new: each new element costs more here than unread."""
HEAVIEST: Final = 16_000_000
"""Bytes that outlines may take, about; twice that for a while."""
SHARE: Final = 16
"""A body that takes more than such a part of them is not remembered."""
WEIGHT: Final = 3
"""Bytes that an outline takes for each of its body's: the body, and the texts that were read from it."""
STAND_IN: Final = b"0"
"""Is decoded in place of elements that are known."""
EMPTY: Final = b"[]"
"""Is decoded in place of a large member that is known: what a dialect reads raw, or as an array."""
SPACE: Final = b" \t\r\n"
BETWEEN: Final = b" \t\r\n,"
KEY: Final = re.compile(rb'[ \t\r\n]*("(?:[^"\\]|\\.)*")[ \t\r\n]*:[ \t\r\n]*')
COMMA: Final = re.compile(rb"[ \t\r\n]*,")
UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_members: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_elements: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode
_name: Final = msgspec.json.Decoder(str).decode

Made = Any
"""What a dialect makes of an element or of a large member: outlines do not look at it."""


W = TypeVar("W")


@dataclass(frozen=True, slots=True)
class Frame(Generic[W]):
    """How a dialect's bodies are built: `array` is the name of the long one.

    `decode` reads a body, `elements` takes the long array from what it made, None where that is none.
    """

    name: bytes
    array: str
    decode: Callable[[bytes], W]
    elements: Callable[[W], list[msgspec.Raw] | None]


class Outline(NamedTuple):
    """One body. `ends[i]` is where its first i elements end, `ends[0]` where the array opens.

    `head` and `tail` are what is decoded for the bytes before the first element and after the last: large
    members are stood in for. `turns` is what was made of the elements, `members` of the large members.
    """

    body: bytes
    view: memoryview
    ends: tuple[int, ...]
    head: bytes
    tail: bytes
    turns: tuple[Made, ...]
    members: Mapping[str, Made]

    def resembles(self, body: bytes) -> bool:
        """Whether another body has the element in the middle at the same place."""
        middle = len(self.ends) // 2
        start = self.ends[middle - 1] if middle else 0
        return body.startswith(self.view[start : self.ends[middle]], start)

    def shared(self, body: bytes) -> int:
        """Return with how many of the elements another body begins; -1 where it does not come so far."""
        ends, view = self.ends, self.view
        low, high = 0, len(ends) - 1
        # Nearly always all are shared but the last, which was the newest then.
        if high > 1 and body.startswith(view[: ends[high - 1]]):
            low = high - 1
        elif not body.startswith(view[: ends[0]]):
            return -1
        while low < high:
            middle = (low + high + 1) // 2
            if body.startswith(view[ends[low] : ends[middle]], ends[low]):
                low = middle
            else:
                high = middle - 1
        return low


class Cut(NamedTuple):
    """What of a body was known. Without an `outline` nothing was.

    Else the first `known` elements and the large members are the outline's. `fresh` are the other elements,
    which end at `ends`.
    """

    key: bytes
    fresh: list[msgspec.Raw]
    outline: Outline | None = None
    known: int = 0
    ends: tuple[int, ...] = ()

    @property
    def turns(self) -> list[Made]:
        """What was made of the elements that are known."""
        return [] if self.outline is None else list(self.outline.turns[: self.known])

    @property
    def members(self) -> Mapping[str, Made]:
        """What was made of the large members that are known."""
        return NOTHING if self.outline is None else self.outline.members


NOTHING: Final[Mapping[str, Made]] = {}


class Tally:
    """How often a body came that no outline helped with, and whether one could not be outlined."""

    __slots__ = ("odd", "strangers")

    def __init__(self) -> None:
        """Begin with the first body."""
        self.strangers = 1
        self.odd = False


class Group(NamedTuple):
    """Bodies with one opening. All versions of a group share its tally."""

    tally: Tally
    outlines: tuple[Outline, ...] = ()


def _size(group: Group) -> int:
    return sum([WEIGHT * len(outline.body) for outline in group.outlines])


class Outlines:
    """The outlines that one process remembers, at most `heaviest` bytes of them or twice that, about."""

    __slots__ = ("_groups", "_largest")

    def __init__(self, heaviest: int = HEAVIEST) -> None:
        """Make an empty memory."""
        self._largest = heaviest // SHARE
        self._groups: Memo[bytes, Group] = Memo(10_000, _size, heaviest)

    @property
    def size(self) -> int:
        """About how many bytes of memory they take."""
        return sum(map(_size, self._groups.values()))

    def read(self, frame: Frame[W], body: bytes) -> tuple[W, Cut]:
        """Decode a body, or what of it is not known from an earlier one. Raises what `frame.decode` does."""
        key = frame.name + body[:OPENING]
        group = self._groups.get(key)
        if group is not None and group.outlines:
            found = _abridged(frame, body, key, group.outlines)
            if found is not None:
                return found
        wire = frame.decode(body)
        return wire, Cut(key, frame.elements(wire) or [])

    def keep(
        self,
        frame: Frame[W],
        body: bytes,
        cut: Cut,
        turns: Sequence[Made],
        members: Mapping[str, Made],
    ) -> None:
        """Remember what was made of a body: of the elements of its long array, and of its large members.

        The first of its kind is not outlined: there may be no other.
        """
        outline = cut.outline
        if len(body) * WEIGHT > self._largest:
            return
        if outline is not None and (not cut.ends or cut.ends[-1] < max(FRESH, len(body) // 8)):
            return
        group = self._groups.get(cut.key)
        if group is None:
            self._groups.put(cut.key, Group(Tally()))
            return
        if outline is not None:
            start = outline.ends[cut.known]
            ends = (*outline.ends[: cut.known + 1], *[start + end for end in cut.ends])
            grown = outline._replace(body=body, view=memoryview(body), ends=ends, turns=tuple(turns))
            replaced = outline if 2 * cut.known >= len(outline.turns) else None
            others = [each for each in group.outlines if each is not replaced]
            self._groups.put(cut.key, Group(group.tally, (grown, *others[: KEPT - 1])))
            return
        tally = group.tally
        tally.strangers += 1
        eager = len(group.outlines) < KEPT and not tally.odd
        if eager or not tally.strangers % KEEN:
            found = outlined(frame.array, body, tuple(turns), members)
            tally.odd = found is None
            if found is not None:
                self._groups.put(cut.key, Group(tally, (found, *group.outlines[: KEPT - 1])))


def _abridged(frame: Frame[W], body: bytes, key: bytes, outlines: Sequence[Outline]) -> tuple[W, Cut] | None:
    """Decode what lies between the beginning and the end that an outline shares with a body."""
    best = next((outline for outline in outlines if outline.resembles(body)), outlines[0])
    known = best.shared(body)
    if known < 0:
        return None
    end = best.ends[-1]
    start, stop = best.ends[known], len(body) - len(best.body) + end
    if start > stop or LEAST * (stop - start) > len(body) or not body.endswith(best.view[end:]):
        return None
    between = body[start:stop]
    try:
        wire = frame.decode(b"".join((best.head, STAND_IN if known else b"", between, best.tail)))
        elements = frame.elements(wire) or []
    except UNREADABLE:
        return None  # the whole body tells what is wrong with it
    fresh = elements[1:] if known else elements
    ends = located(between, fresh)
    return None if ends is None else (wire, Cut(key, fresh, best, known, ends))


def located(between: bytes, elements: Sequence[msgspec.Raw]) -> tuple[int, ...] | None:
    """Return where each element ends, None where these bytes are anything but the elements, whole."""
    ends = []
    at = 0
    for raw in elements:
        element = bytes(raw)
        found = between.find(element, at)
        if found < 0 or not element.endswith(b"}") or between[at:found].strip(BETWEEN):
            return None
        at = found + len(element)
        ends.append(at)
    return None if between[at:].strip(SPACE) else tuple(ends)


def outlined(array: str, body: bytes, turns: tuple[Made, ...], members: Mapping[str, Made]) -> Outline | None:
    """Return the outline of a body, None where it is not built as usual."""
    spans = spans_of(body)
    first, last = (spans or {}).get(array, (0, 0))
    if spans is None or body[first : first + 1] != b"[":
        return None
    ends = located(body[first + 1 : last - 1], _elements(body[first:last]))
    if ends is None or len(ends) != len(turns):
        return None
    large = sorted(span for name, span in spans.items() if name in members)
    opens = first + 1
    closes = opens + ends[-1] if ends else opens
    return Outline(
        body,
        memoryview(body),
        (opens, *[opens + end for end in ends]),
        _stood_in(body, 0, opens, large),
        _stood_in(body, closes, len(body), large),
        turns,
        {name: made for name, made in members.items() if name in spans},
    )


def spans_of(body: bytes) -> dict[str, tuple[int, int]] | None:
    """Return where each member's value lies in a body, None where a name is said twice."""
    spans: dict[str, tuple[int, int]] = {}
    try:
        members = _members(body)
    except UNREADABLE:
        return None  # what a dialect skips unread may be anything
    at = body.find(b"{") + 1
    for name, raw in members.items():
        comma = COMMA.match(body, at) if spans else None
        key = KEY.match(body, at if comma is None else comma.end())
        if key is None or _name(key[1]) != name or not body.startswith(raw, key.end()):
            return None
        at = key.end() + len(bytes(raw))
        spans[name] = (key.end(), at)
    return None if body[at:].strip(SPACE) != b"}" else spans


def _stood_in(body: bytes, start: int, stop: int, large: Sequence[tuple[int, int]]) -> bytes:
    """Return a piece of a body with a stand-in for each large member in it."""
    pieces = []
    for first, last in large:
        if start <= first and last <= stop:
            pieces += [body[start:first], EMPTY]
            start = last
    return b"".join([*pieces, body[start:stop]])
