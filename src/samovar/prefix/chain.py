"""Digest chains: what makes two prefixes the same prefix.

A running digest covers everything rendered up to and including its position, so two calls share the first
n positions exactly when their n-th running digests are equal.
"""

from __future__ import annotations

from itertools import chain as joined
from typing import TYPE_CHECKING, TypeVar

from xxhash import xxh3_128_digest

from samovar.call.block import Stretch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from samovar.call import Call, SegmentMemo
    from samovar.call.block import Segment

T = TypeVar("T")
ROOT = xxh3_128_digest(b"samovar chain")
"""The running digest before the first position."""


def stretches(call: Call, memo: SegmentMemo) -> list[Stretch]:
    """Return the stretches of a call; a place seen before after the same prefix costs one look-up."""
    found: list[Stretch] = []
    last = ROOT
    known, put = memo.chains.get, memo.chains.put
    for place in call.places:
        segment = place.segment
        if not segment.blocks:
            continue
        key = last + segment.wire
        stretch = known(key)
        if stretch is None:
            stretch = _stretch(last, segment)
            put(key, stretch)
        found.append(stretch)
        last = stretch.digests[-1]
    return found


def chain(call: Call, memo: SegmentMemo, hidden: frozenset[int] = frozenset()) -> tuple[bytes, ...]:
    """Return the running digest after each position, 16 bytes each.

    `hidden` are positions that the provider leaves out of this prompt, though they were sent.
    """
    if not hidden:
        return flat([stretch.digests for stretch in stretches(call, memo)])
    running: list[bytes] = []
    last = ROOT
    for place in call.places:
        if place.segment.blocks:
            running += _steps(last, place.segment, hidden, len(running))
            last = running[-1]
    return tuple(running)


def flat(pieces: Iterable[Iterable[T]]) -> tuple[T, ...]:
    """Return the members of all pieces in order."""
    return tuple(joined.from_iterable(pieces))


def _stretch(last: bytes, segment: Segment) -> Stretch:
    blocks = segment.blocks
    counted = [block.tokens for block in blocks if block.tokens is not None and block.rendered]
    return Stretch(
        _steps(last, segment, frozenset(), 0),
        tuple([block.level for block in blocks]),
        tuple(counted) if len(counted) == len(blocks) else None,
        tuple([i for i, block in enumerate(blocks) if block.marker is not None]),
    )


def _steps(last: bytes, segment: Segment, hidden: frozenset[int], first: int) -> tuple[bytes, ...]:
    steps = []
    for position, block in enumerate(segment.blocks, first):
        # A block that is not rendered leaves the prefix as it was.
        if block.rendered and position not in hidden:
            last = xxh3_128_digest(last + block.rendered)
        steps.append(last)
    return tuple(steps)


def stripped_thinking(call: Call) -> frozenset[int]:
    """Return the positions of thinking that some models drop once a new user turn has begun.

    Those before the last user message that holds anything but tool results (fact
    `anthropic.key.thinking-stripped`).
    """
    thinking: list[int] = []
    stripped: list[int] = []
    position = 0
    for place in call.places:
        segment = place.segment
        if segment.role == "user" and any(block.kind != "tool_result" for block in segment.blocks):
            stripped += thinking
            thinking = []
        for block in segment.blocks:
            if block.kind in {"thinking", "redacted_thinking"}:
                thinking.append(position)
            position += 1
    return frozenset(stripped)
