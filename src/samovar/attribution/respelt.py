"""Bytes that differ where the rendered text does not: white space, escapes, a string for a list of one text.

A provider reads past those. Where a read stops exactly at one, the evidence beats that assumption, unless the
log has shown the provider to read past just this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from samovar.attribution.finding import Finding
from samovar.attribution.turn import LEAST
from samovar.call.block import decode

if TYPE_CHECKING:
    from samovar.attribution.turn import Turn
    from samovar.call.block import Block, Segment

OFF: Final = 16
"""An estimate of tokens may be off by this part of it."""
SPELLING: Final = "ids, white space, escapes or numbers are spelt otherwise; the text is the same"
KEYS: Final = "other order of object keys"
INSIDE: Final = "other white space, escapes or numbers in JSON that stands in a string"
LISTS: Final = "other order of a list whose order means nothing (required, enum, type)"
_json = msgspec.json.Decoder()
_text = msgspec.json.Encoder()
_sorted = msgspec.json.Encoder(order="sorted")


def respelt(turn: Turn, earlier: Turn, granule: int, *, past_form: bool) -> Finding | None:
    """Return the finding where a read stops, in steps of `granule`, at other bytes of the same text.

    `past_form` says that the provider has read past a string for a list of one text. Of pieces with cache
    markers only this form counts: moving a marker changes the other bytes, and nothing else.
    """
    before, now = earlier.call, turn.call
    if before is None or now is None or not turn.sizes or not turn.total:
        return None
    position, said = 0, ""
    for one, other in zip(before.places, now.places, strict=False):
        blocks = other.segment.blocks
        if [block.rendered for block in one.segment.blocks] != [block.rendered for block in blocks]:
            return None
        if blocks and one.segment.wire != other.segment.wire:
            said = _said(one.segment, other.segment, past_form=past_form)
            if said:
                break
        position += len(blocks)
    else:
        return None
    tokens = _tokens(turn, position)
    slack = max(LEAST, tokens // OFF)
    if not tokens - granule - slack <= turn.read <= tokens + slack:
        return None
    return Finding(
        cause="reserialized",
        level=now.blocks[position].level.name.lower(),
        path=now.path(position),
        detail=f"{said}, and the read stops there",
        position=position,
        confidence="likely",
    )


def other_bytes(turn: Turn, earlier: Turn, position: int) -> bool:
    """Whether the pieces in which two calls have a position were sent in other bytes."""
    return _wire(turn, position) != _wire(earlier, position)


def _wire(turn: Turn, position: int) -> bytes:
    for place in () if turn.call is None else turn.call.places:
        position -= len(place.segment.blocks)
        if position < 0:
            return place.segment.wire
    return b""


def spelling(before: Block, now: Block) -> str:
    """Return in what two blocks of one canonical form differ."""
    if before.withheld or now.withheld:
        return "another order or spelling of the same values"
    one, other = _json.decode(before.content), _json.decode(now.content)
    if _sorted.encode(one) == _sorted.encode(other):
        return KEYS
    one, other = _read(one), _read(other)
    if _text.encode(one) == _text.encode(other):
        return INSIDE
    return KEYS if _sorted.encode(one) == _sorted.encode(other) else LISTS


def _read(value: object) -> object:
    """Return a value with the strings among its members read that are JSON themselves."""
    if not isinstance(value, dict):
        return value
    return {name: _read_text(member) for name, member in value.items()}


def _read_text(member: object) -> object:
    if not isinstance(member, str):
        return member
    try:
        return decode(member)
    except msgspec.DecodeError:
        return member


def passes_form(turn: Turn) -> bool:
    """Whether a call read past a string that was a list of one text in the call before, or the reverse."""
    before = turn.predecessor
    if before is None or not turn.goes_on or before.call is None or turn.call is None or not turn.total:
        return False
    last = len(before.call.places) - 1
    if last < 0 or last >= len(turn.call.places):
        return False
    one, other = before.call.places[last].segment, turn.call.places[last].segment
    if one is other or _bare(one) is _bare(other) or len(one.blocks) != 1 or len(other.blocks) != 1:
        return False
    end = len(before.chain)
    if turn.marked:
        whole = bool(before.entries) and before.entries[-1][0] == end - 1
        return whole and turn.read >= before.read + before.written > LEAST
    start = _tokens(turn, end - 1)
    return turn.read > start + max(LEAST, start // OFF)


def _tokens(turn: Turn, count: int) -> int:
    """Return about how many tokens the first `count` positions have."""
    return round((turn.sizes[count - 1] if count else 0) * turn.total / max(1, turn.sizes[-1]))


def _said(one: Segment, other: Segment, *, past_form: bool) -> str:
    """Return in what the bytes of two pieces of the same text differ, "" where that means nothing."""
    if len(other.blocks) == 1 and _bare(one) is not _bare(other):
        forms = ("a string", "a list of one text")
        was, now = forms if _bare(one) else reversed(forms)
        return "" if past_form else f"{was} then, {now} now"
    marked = any(block.marker is not None for block in (*one.blocks, *other.blocks))
    return "" if marked else SPELLING


def _bare(segment: Segment) -> bool:
    """Whether a piece is a text by itself, not an element of a list."""
    return not segment.suffixes[-1].endswith("]")
