"""Digest chains: what makes two prefixes the same prefix.

A running digest covers everything rendered up to and including its position, so two calls share the first
n positions exactly when their n-th running digests are equal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xxhash import xxh3_128_digest

from samovar.call.block import Walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samovar.call import Call, Placed, SegmentMemo
    from samovar.providers.rules import Level

ROOT = xxh3_128_digest(b"samovar chain")
"""The running digest before the first position."""


KNOWN: Final = (1, 3, 2)
"""How many of a call's last places may be new: a question, or it, the answer before it and one place more."""
NOWHERE: Final = Walk((), (), (), ())


def walk(call: Call, memo: SegmentMemo) -> Walk:
    """Return what follows from a call's places alone.

    Of a call that goes on with an earlier one only what is new is walked.
    """
    stem = call.stem
    if stem is not None:
        before = stem.walk
        if before is None:
            before = stem.walk = _on(NOWHERE, stem.places)
        return _on(before, call.places[len(stem.places) :])
    places: Sequence[Placed] = call.places
    wires = [place.segment.wire for place in places if place.segment.blocks]
    if len(wires) < len(places):
        places = [place for place in places if place.segment.blocks]
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
        before = _on(before, places[first:-1])
        walks.put(b"".join(wires[:-1]), before)
    return _on(before, places[-1:])


def _on(before: Walk, places: Sequence[Placed]) -> Walk:
    """Return a walk with some places more."""
    known, marks = before.digests, before.marks
    last = known[-1] if known else ROOT
    digests: list[bytes] = []
    levels: list[Level] = []
    sizes: list[int] = []
    sized = before.sizes is not None
    total = before.sizes[-1] if before.sizes else 0
    for place in places:
        for block in place.segment.blocks:
            rendered, tokens = block.rendered, block.tokens
            if block.marker is not None:
                marks += (len(known) + len(digests),)
            if rendered:
                last = xxh3_128_digest(last + rendered)
            digests.append(last)
            levels.append(block.level)
            if tokens is None or not rendered:
                sized = False
            else:
                total += tokens
                sizes.append(total)
    return Walk(
        known + tuple(digests),
        before.levels + tuple(levels),
        (before.sizes or ()) + tuple(sizes) if sized else None,
        marks,
    )


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
