"""What one process remembers of the wire, so that what agents repeat is read once."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final

from xxhash import xxh3_128_digest

from samovar.call.block import Block, Segment, Walk, numbered, switched
from samovar.call.memo import Memo
from samovar.call.outline import Outlines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import msgspec

_size: Callable[[Segment | Block], int] = attrgetter("size")


def _length(held: Walk) -> int:
    return len(held.digests)


FEW: Final = 3
"""Pieces that are sooner looked up one by one than all together."""
FARTHEST: Final = 400_000
"""Positions of all walks of one generation: some 10 MB."""


class SegmentMemo:
    """What one process remembers of the wire: segments by the digest of their bytes.

    Agents repeat nearly all of their bytes from turn to turn; a remembered piece costs one hash.
    `capacity` counts segments and walks separately; `heaviest`, in bytes, is what the texts of the
    segments of one generation may take.
    """

    __slots__ = ("outlines", "pieces", "segments", "walks")

    def __init__(self, capacity: int = 50_000, heaviest: int | None = None) -> None:
        """Make an empty memory."""
        self.outlines = Outlines()
        self.segments: Memo[bytes, Segment] = Memo(capacity, _size, heaviest)
        self.pieces: Memo[bytes, Block] = Memo(capacity, _size, heaviest)
        self.walks: Memo[bytes, Walk] = Memo(capacity, _length, FARTHEST)

    def segment(
        self, tag: bytes, raw: msgspec.Raw, build: Callable[[bytes, msgspec.Raw], Segment]
    ) -> Segment:
        """Return the segment of `raw` read under `tag` (dialect and place), building it at first sight."""
        wire = tag + xxh3_128_digest(raw)
        found = self.segments.get(wire)
        if found is None:
            found = build(wire, raw)
            self.segments.put(wire, found)
        return found

    def segmented(
        self, tag: bytes, raws: Sequence[msgspec.Raw], build: Callable[[bytes, msgspec.Raw], Segment]
    ) -> list[Segment]:
        """Return the segments of several pieces, as `segment` does for each."""
        if len(raws) <= FEW:
            return [self.segment(tag, raw, build) for raw in raws]
        wires = [tag + xxh3_128_digest(raw) for raw in raws]
        return self.segments.filled(wires, lambda i: build(wires[i], raws[i]))

    def row(self, tag: bytes, raws: Sequence[msgspec.Raw], build: Callable[[msgspec.Raw], Block]) -> Segment:
        """Return the segment of an array whose elements are blocks, building those that are new."""
        digests = [xxh3_128_digest(raw) for raw in raws]
        wire = tag + xxh3_128_digest(b"".join(digests))
        known = self.segments.get(wire)
        if known is not None:
            return known
        wires = [tag + digest for digest in digests]
        blocks = tuple(self.pieces.filled(wires, lambda i: build(raws[i])))
        segment = Segment(wire, blocks, numbered(len(blocks)), params=switched(blocks))
        self.segments.put(wire, segment)
        return segment
