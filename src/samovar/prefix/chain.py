"""Digest chains: what makes two prefixes the same prefix.

A running digest covers everything rendered up to and including its position, so two calls share the first
n positions exactly when their n-th running digests are equal.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final

from xxhash import xxh3_128_digest

from samovar.call.block import Stretch, Walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samovar.call import Call, Placed, SegmentMemo
    from samovar.call.block import Segment
    from samovar.providers.rules import Level

ROOT = xxh3_128_digest(b"samovar chain")
"""The running digest before the first position."""


KNOWN: Final = (1, 3, 2)
"""How many of a call's last places may be new: a question, or it, the answer before it and one place more."""
NOWHERE: Final = Walk((), (), (), ())


def walk(call: Call, memo: SegmentMemo) -> Walk:
    """Return what follows from a call's places alone.

    Of a call that goes on with an earlier one only what is new is walked; a place seen before after the same
    prefix costs one look-up.
    """
    stem = call.stem
    if stem is not None:
        before = stem.walk
        if before is None:
            before = stem.walk = _on(NOWHERE, stem.places, memo)
        return _on(before, call.places[len(stem.places) :], memo)
    places = [place for place in call.places if place.segment.blocks]
    wires = [place.segment.wire for place in places]
    count, walks = len(wires), memo.walks
    before, first = NOWHERE, 0
    for new in KNOWN:
        if count > new:
            key = b"".join(wires[:-new])
            found = walks.young.get(key) or walks.get(key)
            if found is not None:
                before, first = found, count - new
                break
    if first < count - 1:
        before = _on(before, places[first:-1], memo)
        walks.put(b"".join(wires[:-1]), before)
    return _on(before, places[-1:], memo)


def _on(before: Walk, places: Sequence[Placed], memo: SegmentMemo) -> Walk:
    """Return a walk with some places more."""
    start, sizes, marks = len(before.digests), before.sizes, before.marks
    last = before.digests[-1] if start else ROOT
    digests: list[bytes] = []
    levels: list[Level] = []
    counted: list[int] = [sizes[-1] if sizes else 0]
    chains = memo.chains
    for place in places:
        segment = place.segment
        if not segment.blocks:
            continue
        key = last + segment.wire
        stretch = chains.young.get(key) or chains.get(key)
        if stretch is None:
            stretch = _stretch(last, segment)
            chains.put(key, stretch)
        last = stretch.digests[-1]
        if stretch.marks:
            marks += tuple([start + len(digests) + at for at in stretch.marks])
        digests += stretch.digests
        levels += stretch.levels
        if stretch.tokens is None:
            sizes = None
        else:
            counted += stretch.tokens
    if sizes is not None:
        sizes += tuple(accumulate(counted))[1:]
    return Walk(before.digests + tuple(digests), before.levels + tuple(levels), sizes, marks)


def chain(call: Call, memo: SegmentMemo, hidden: frozenset[int] = frozenset()) -> tuple[bytes, ...]:
    """Return the running digest after each position, 16 bytes each.

    `hidden` are positions that the provider leaves out of this prompt, though they were sent.
    """
    if not hidden:
        return walk(call, memo).digests
    running: list[bytes] = []
    last = ROOT
    for place in call.places:
        for block in place.segment.blocks:
            if len(running) not in hidden:
                last = _step(last, block.rendered)
            running.append(last)
    return tuple(running)


def _stretch(last: bytes, segment: Segment) -> Stretch:
    digests, levels, marks = [], [], []
    counted: list[int] | None = []
    for i, block in enumerate(segment.blocks):
        rendered, tokens = block.rendered, block.tokens
        last = _step(last, rendered)
        digests.append(last)
        levels.append(block.level)
        if block.marker is not None:
            marks.append(i)
        if tokens is None or not rendered:
            counted = None
        elif counted is not None:
            counted.append(tokens)
    return Stretch(tuple(digests), tuple(levels), None if counted is None else tuple(counted), tuple(marks))


def _step(last: bytes, rendered: bytes) -> bytes:
    """Return the running digest after a block; one that is not rendered leaves the prefix as it was."""
    return xxh3_128_digest(last + rendered) if rendered else last


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
