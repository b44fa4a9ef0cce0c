"""Bytes that differ where the rendered text does not: white space, escapes, a string for a list of one text.

A provider reads past those. Where a read stops exactly at one, the evidence beats that assumption.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samovar.attribution.finding import Finding
from samovar.attribution.turn import LEAST

if TYPE_CHECKING:
    from samovar.attribution.turn import Turn

OFF: Final = 16
"""An estimate of tokens may be off by this part of it."""


def respelt(turn: Turn, earlier: Turn, granule: int) -> Finding | None:
    """Return the finding where a read stops, in steps of `granule`, at other bytes of the same text.

    Pieces with cache markers are left out: moving a marker changes the bytes and nothing else.
    """
    before, now = earlier.call, turn.call
    if before is None or now is None or not turn.sizes or not turn.total:
        return None
    position = 0
    for one, other in zip(before.places, now.places, strict=False):
        blocks = other.segment.blocks
        marked = any(block.marker is not None for block in (*one.segment.blocks, *blocks))
        same = [block.rendered for block in one.segment.blocks] == [block.rendered for block in blocks]
        if not same:
            return None
        if one.segment.wire != other.segment.wire and not marked and blocks:
            break
        position += len(blocks)
    else:
        return None
    tokens = round((turn.sizes[position - 1] if position else 0) * turn.total / turn.sizes[-1])
    slack = max(LEAST, tokens // OFF)
    if not tokens - granule - slack <= turn.read <= tokens + slack:
        return None
    return Finding(
        cause="reserialized",
        level=now.blocks[position].level.name.lower(),
        path=now.path(position),
        detail="the same text in other bytes, and the read stops there",
        position=position,
        confidence="likely",
    )
