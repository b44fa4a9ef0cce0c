"""Observations between two processes: what one reads, another explains.

Pieces of bodies come again from call to call, so each is sent once and then named by its number. Both ends
count alike and begin anew together, so that neither holds more than a bound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import force_setattr, replace

from samovar.call import Placed, Segment
from samovar.call.call import joined
from samovar.record.observation import BadLine, Observation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST: Final = 25_000
"""Pieces, or lists of paths, after which both ends begin anew."""


class Item(msgspec.Struct, array_like=True, gc=False):
    """A call whose places are left out: the number of their paths, and their numbers; or a bad line."""

    seen: Observation | None
    bad: BadLine | None = None
    paths: int = -1
    pieces: tuple[int, ...] = ()


class Batch(msgspec.Struct, array_like=True, gc=False):
    """Calls in their order, and what they name for the first time. `anew` forgets what was named before."""

    anew: bool
    segments: list[Segment]
    paths: list[tuple[str, ...]]
    items: list[Item]


class Sender:
    """Packs what was read."""

    def __init__(self) -> None:
        """Begin with nothing named."""
        self._encode = msgspec.msgpack.Encoder(enc_hook=dict).encode  # read-only mappings
        self._segments: dict[bytes, int] = {}
        self._paths: dict[tuple[str, ...], int] = {}

    def pack(self, found: Iterable[Observation | BadLine]) -> bytes:
        """Return some calls as bytes."""
        anew = len(self._segments) > MOST or len(self._paths) > MOST
        if anew:
            self._segments.clear()
            self._paths.clear()
        batch = Batch(anew, [], [], [])
        batch.items = [
            Item(None, each) if isinstance(each, BadLine) else self._item(each, batch) for each in found
        ]
        return self._encode(batch)

    def _item(self, seen: Observation, batch: Batch) -> Item:
        call = seen.call
        if call is None:
            return Item(seen)
        at = tuple([place.base for place in call.places])
        paths = self._paths.get(at)
        if paths is None:
            paths = self._paths[at] = len(self._paths)
            batch.paths.append(at)
        return Item(
            replace(seen, call=replace(call, places=(), blocks=(), stem=None)),
            None,
            paths,
            tuple([self._piece(place.segment, batch) for place in call.places]),
        )

    def _piece(self, segment: Segment, batch: Batch) -> int:
        number = self._segments.get(segment.wire)
        if number is None:
            number = self._segments[segment.wire] = len(self._segments)
            batch.segments.append(segment)
        return number


class Receiver:
    """Unpacks what a sender packed, in the same order."""

    def __init__(self) -> None:
        """Begin with nothing named."""
        self._decode = msgspec.msgpack.Decoder(Batch).decode
        self._segments: list[Segment] = []
        self._paths: list[tuple[str, ...]] = []

    def unpack(self, data: bytes) -> Iterator[Observation | BadLine]:
        """Yield the calls that `data` holds."""
        batch = self._decode(data)
        if batch.anew:
            self._segments.clear()
            self._paths.clear()
        self._segments += batch.segments
        self._paths += batch.paths
        segment = self._segments.__getitem__
        for item in batch.items:
            if item.bad is not None:
                yield item.bad
            elif item.seen is not None:
                seen = item.seen
                call = seen.call
                if call is not None:
                    places = tuple(map(Placed, self._paths[item.paths], map(segment, item.pieces)))
                    # The call is this end's own, and nobody else has seen it yet.
                    force_setattr(call, "places", places)
                    force_setattr(call, "blocks", joined(places))
                yield seen
