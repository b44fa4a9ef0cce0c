"""What of a body is, byte for byte, what an earlier one said: it is compared instead of scanned.

An agent sends its whole conversation with every turn, and all but the last few elements of one long array
are as they were. An outline remembers of one body where the elements of that array end, and the call that was
made of it. Of a later body that begins and ends as that one did only what lies between is decoded; all else
is taken from the earlier call.

That is sound because a JSON reader's state follows from the bytes before: behind the same beginning it is
the same, and where what lies between is whole elements, so it is in front of the same end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

import msgspec

from samovar.call.block import UNREADABLE, element
from samovar.call.call import Placed, Stem, joined, params_of
from samovar.call.memo import Memo

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from samovar.call.block import Segment
    from samovar.call.call import Call

M = TypeVar("M")
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
SPACE: Final = b" \t\r\n"
BETWEEN: Final = b" \t\r\n,"
KEY: Final = re.compile(rb'[ \t\r\n]*("(?:[^"\\]|\\.)*")[ \t\r\n]*:[ \t\r\n]*')
COMMA: Final = re.compile(rb"[ \t\r\n]*,")
_members: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_elements: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode
_name: Final = msgspec.json.Decoder(str).decode


@dataclass(frozen=True, slots=True)
class Frame(Generic[M]):
    """How a dialect's bodies are built: `array` is the name of the long one.

    `read` makes segments of some of its elements, given the places of those before and a memory. `switching`
    is whether pieces of a body switch on parameters of the call.
    """

    name: bytes
    array: str
    read: Callable[[Sequence[Placed], list[msgspec.Raw], M], list[Segment]]
    switching: bool


class Outline(NamedTuple):
    """One body. `ends[i]` is where its first i elements end, `ends[0]` where the array opens.

    `call` was made of it; the places of the elements are its last. `stated` are the parameters that follow
    from the members beside the array. `stems` is what of the call is before some element, by its number.
    """

    body: bytes
    view: memoryview
    ends: tuple[int, ...]
    call: Call
    stated: Mapping[str, str]
    stems: dict[int, Stem]

    def stem(self, known: int, *, switching: bool) -> Stem:
        """Return what of the call comes before element `known`."""
        stem = self.stems.get(known)
        if stem is None:
            places = self.call.places
            before = places[: len(places) - len(self.ends) + 1 + known]
            stem = Stem(before, joined(before), params_of(before) if switching else {})
            # Nearly always it is the same one that is asked for.
            self.stems.clear()
            self.stems[known] = stem
        return stem

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
    """What of a body was known: the first `known` elements of an outline, and all but the elements.

    `fresh` are the others, which end at `ends`, counted from where the known ones end.
    """

    outline: Outline
    known: int
    fresh: list[msgspec.Raw]
    ends: tuple[int, ...]


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

    def go_on(self, frame: Frame[M], body: bytes, memo: M, endpoint: str) -> Call | None:
        """Return the call of a body that goes on with an earlier one, None where nothing is known of it.

        Raises what `frame.read` does.
        """
        key = frame.name + body[:OPENING]
        group = self._groups.get(key)
        cut = None if group is None or not group.outlines else _cut(body, group.outlines)
        if group is None or cut is None:
            return None
        outline, known, fresh, ends = cut
        stem = outline.stem(known, switching=frame.switching)
        first, array = len(stem.places) - known, frame.array
        read = frame.read(stem.places[first:], fresh, memo)
        added = tuple([Placed(element(array, i), segment) for i, segment in enumerate(read, known)])
        stated = outline.stated
        call = msgspec.structs.replace(
            outline.call,
            endpoint=endpoint,
            places=stem.places + added,
            blocks=stem.blocks + joined(added),
            params={**stem.params, **params_of(added), **stated} if frame.switching else stated,
            stem=stem,
        )
        if ends and ends[-1] >= max(FRESH, len(body) // 8) and len(body) * WEIGHT <= self._largest:
            self._grow(key, group, cut, body, call)
        return call

    def _grow(self, key: bytes, group: Group, cut: Cut, body: bytes, call: Call) -> None:
        """Remember the newest body of a conversation."""
        outline, known = cut.outline, cut.known
        start = outline.ends[known]
        ends = (*outline.ends[: known + 1], *[start + end for end in cut.ends])
        grown = Outline(body, memoryview(body), ends, call, outline.stated, {})
        replaced = outline if 2 * known >= len(outline.ends) - 1 else None
        others = [each for each in group.outlines if each is not replaced]
        self._groups.put(key, Group(group.tally, (grown, *others[: KEPT - 1])))

    def keep(self, frame: Frame[M], body: bytes, call: Call, turns: int, stated: Mapping[str, str]) -> None:
        """Remember the call that was made of a body, whose last places are the `turns` of the long array.

        `stated` are the parameters that follow from the other members. The first body of its kind is not
        outlined: there may be no other.
        """
        if len(body) * WEIGHT > self._largest:
            return
        key = frame.name + body[:OPENING]
        group = self._groups.get(key)
        if group is None:
            self._groups.put(key, Group(Tally()))
            return
        tally = group.tally
        tally.strangers += 1
        eager = len(group.outlines) < KEPT and not tally.odd
        if eager or not tally.strangers % KEEN:
            ends = outlined(frame.array, body, turns)
            tally.odd = ends is None
            if ends is not None:
                found = Outline(body, memoryview(body), ends, call, stated, {})
                self._groups.put(key, Group(tally, (found, *group.outlines[: KEPT - 1])))


def _cut(body: bytes, outlines: Sequence[Outline]) -> Cut | None:
    """Decode what lies between the beginning and the end that an outline shares with a body."""
    for best in outlines:
        if best.resembles(body):
            break
    else:
        best = outlines[0]
    known = best.shared(body)
    if known < 0:
        return None
    end = best.ends[-1]
    start, stop = best.ends[known], len(body) - len(best.body) + end
    if start > stop or LEAST * (stop - start) > len(body) or not body.endswith(best.view[end:]):
        return None
    between = body[start:stop]
    try:
        # An element that stands for those before: what comes behind it begins with a comma.
        fresh = _elements(b"[0%b]" % between)[1:] if known else _elements(b"[%b]" % between)
    except UNREADABLE:
        return None  # the whole body tells what is wrong with it
    ends = located(between, fresh)
    return None if ends is None else Cut(best, known, fresh, ends)


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


def outlined(array: str, body: bytes, turns: int) -> tuple[int, ...] | None:
    """Return where the elements of a body's long array end, None where it is not built as usual."""
    first, last = (spans_of(body) or {}).get(array, (0, 0))
    if body[first : first + 1] != b"[":
        return None
    opens = first + 1
    ends = located(body[opens : last - 1], _elements(body[first:last]))
    return None if ends is None or len(ends) != turns else (opens, *[opens + end for end in ends])


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
