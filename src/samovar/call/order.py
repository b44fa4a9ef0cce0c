"""Render order: the same call with its sections in the order of a chat template."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from samovar.call.call import Call, joined
from samovar.providers.rules import Level

if TYPE_CHECKING:
    from samovar.call.call import Placed


def in_order(call: Call, order: tuple[Level, ...]) -> Call:
    """Return the call with its places sorted by `order`; places of one level keep theirs.

    A place without blocks stays with the messages. JSON paths do not change: they tell where a block stood.
    """
    rank = {level: i for i, level in enumerate(order)}

    def key(place: Placed) -> int:
        blocks = place.segment.blocks
        return rank[blocks[0].level if blocks else Level.MESSAGES]

    places = tuple(sorted(call.places, key=key))
    if places == call.places:
        return call
    return replace(call, places=places, blocks=joined(places), stem=None)
