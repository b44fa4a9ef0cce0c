"""Digest chains: what makes two prefixes the same prefix.

A running digest covers everything rendered up to and including its position, so two calls share the first
n positions exactly when their n-th running digests are equal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xxhash import xxh3_128_digest

if TYPE_CHECKING:
    from samovar.call import Call, SegmentMemo
    from samovar.call.block import Segment

ROOT = xxh3_128_digest(b"samovar chain")
"""The running digest before the first position."""


def chain(call: Call, memo: SegmentMemo, hidden: frozenset[int] = frozenset()) -> tuple[bytes, ...]:
    """Return the running digest after each position, 16 bytes each.

    A segment seen before after the same prefix costs one look-up for all its positions. `hidden` are
    positions that the provider leaves out of this prompt, though they were sent.
    """
    running: list[bytes] = []
    last = ROOT
    chains = memo.chains
    for place in call.places:
        segment = place.segment
        if not segment.blocks:
            continue
        if hidden:
            steps = _steps(last, segment, hidden, len(running))
        else:
            key = last + segment.wire
            known = chains.get(key)
            if known is None:
                known = _steps(last, segment, hidden, 0)
                chains.put(key, known)
            steps = known
        running += steps
        last = steps[-1]
    return tuple(running)


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
