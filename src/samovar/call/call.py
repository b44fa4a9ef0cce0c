"""A call as ordered blocks, in the order in which the provider renders them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003  # msgspec reads the annotations at run time
from itertools import chain
from typing import TypeAlias

import msgspec

from samovar.call.block import Block, Segment, Walk  # noqa: TC001  # as above


class Placed(msgspec.Struct, frozen=True, gc=False):
    """A segment and the JSON path of the piece of the body that it was read from."""

    base: str
    segment: Segment


Counted: TypeAlias = tuple[tuple[int, ...], tuple[int, ...], tuple[int, int] | None]
"""Cumulative tokens at least and at most, and those that come with the next section."""


class Stem(msgspec.Struct, eq=False):
    """What of a call an earlier one had as well: its first places, their blocks and what they switch on.

    Calls that go on with one conversation share it, and so what follows from it: `walk`, and what `sizes`
    remembers by who counted. How a call was read is no part of what it says, so all stems are equal.
    """

    places: tuple[Placed, ...]
    blocks: tuple[Block, ...]
    params: Mapping[str, str]
    walk: Walk | None = None
    sizes: dict[object, Counted] = msgspec.field(default_factory=dict)

    def __eq__(self, other: object) -> bool:
        return other is None or isinstance(other, Stem)

    def __hash__(self) -> int:
        return hash(None)


class Call(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One request, parsed.

    `blocks` are in provider order (tools, system, messages), whatever the order of the JSON members.
    `params` holds the key-space parameters that the request states, by the names that the provider's
    rules use; a parameter at the provider's default is absent. `automatic` is the TTL of a top-level
    marker ("" for the default), None without one. `implicit` is whether the provider may choose
    boundaries itself (OpenAI).
    """

    provider: str
    endpoint: str
    model: str
    places: tuple[Placed, ...]
    blocks: tuple[Block, ...]
    params: Mapping[str, str]
    automatic: str | None = None
    implicit: bool = True
    default_ttl: str = ""
    cache_key: str = ""
    salt: str = ""
    retention: str = ""
    stream: bool = False
    max_tokens: int | None = None
    prewarm: bool = False
    stem: Stem | None = None
    """Where its beginning was read before. Whoever makes a call of other places makes it without."""

    @property
    def automatic_at(self) -> int | None:
        """The position that a top-level marker lands on: the last block that can carry one (fact
        `anthropic.automatic`). None without such a marker or block.
        """
        if self.automatic is None:
            return None
        blocks = self.blocks
        return next((i for i in range(len(blocks) - 1, -1, -1) if blocks[i].markable), None)

    def path(self, position: int) -> str:
        """Return the JSON path of a block, such as `messages[4].content[1]`."""
        behind = len(self.blocks) - position
        if behind > 0 and self.places:
            last = self.places[-1]
            suffixes = last.segment.suffixes
            if behind <= len(suffixes):
                return last.base + suffixes[-behind]
        for place in self.places:
            count = len(place.segment.blocks)
            if position < count:
                return place.base + place.segment.suffixes[position]
            position -= count
        message = f"position {position} is beyond the call's last block"
        raise IndexError(message)


def joined(places: tuple[Placed, ...]) -> tuple[Block, ...]:
    """Return the blocks of all places in order."""
    return tuple(chain.from_iterable([place.segment.blocks for place in places]))


def params_of(places: Sequence[Placed]) -> dict[str, str]:
    """Return the parameters that these pieces of a body switch on."""
    params: dict[str, str] = {}
    for place in places:
        if place.segment.params:
            params.update(place.segment.params)
    return params
