"""What a record file holds of a request: digests, levels, sizes and markers, no text.

Two outlines made under one digest key can be compared as two calls can; outlines made under different keys
have nothing in common.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

WIDTH = 16
"""Bytes of one digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The positions of one request, in render order.

    `chain` and `canonical` are digests of `WIDTH` bytes each, one after another: the running digest after
    each position, and each position's own digest with object keys sorted. `levels` is one byte a position,
    the value of `Level`. `tokens` are estimates per position. `markers` maps a position to the TTL asked for
    there ("" for the default). `paths` are runs of positions: where they begin, and the JSON path of the
    piece of the body that they came from.
    """

    key_id: str
    chain: bytes
    canonical: bytes = b""
    levels: bytes = b""
    tokens: tuple[int, ...] = ()
    markers: Mapping[int, str] = field(default_factory=dict)
    paths: tuple[str, ...] = ()
    params: Mapping[str, str] = field(default_factory=dict)
    automatic: str | None = None
    implicit: bool = True
    default_ttl: str = ""
    cache_key: str = ""
    """Keyed digest of the cache key, in hexadecimal; "" without one. As is `salt`."""
    salt: str = ""
    retention: str = ""

    def __len__(self) -> int:
        """Return the number of positions."""
        return len(self.chain) // WIDTH

    def running(self, position: int) -> bytes:
        """Return the running digest after a position."""
        return self.chain[position * WIDTH : (position + 1) * WIDTH]

    def common(self, other: Outline) -> int:
        """Return how many leading positions two outlines share; 0 for different keys."""
        if self.key_id != other.key_id:
            return 0
        low, high = 0, min(len(self), len(other))
        while low < high:
            middle = (low + high + 1) // 2
            if self.running(middle - 1) == other.running(middle - 1):
                low = middle
            else:
                high = middle - 1
        return low

    def reserialized(self, other: Outline, position: int) -> bool:
        """Whether the two positions differ only in the order of object keys."""
        here = slice(position * WIDTH, (position + 1) * WIDTH)
        mine = self.canonical[here]
        return (
            bool(mine) and mine == other.canonical[here] and self.running(position) != other.running(position)
        )
