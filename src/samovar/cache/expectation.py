"""What the model expects of a call: closed intervals of tokens, and the facts that made their ends differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping


class Interval(NamedTuple):
    """A closed interval of token counts."""

    lo: int
    hi: int

    @property
    def exact(self) -> bool:
        """Whether both ends agree."""
        return self.lo == self.hi

    def __contains__(self, tokens: object) -> bool:
        """Whether a reported count lies inside."""
        return isinstance(tokens, int) and self.lo <= tokens <= self.hi


ZERO = Interval(0, 0)


def hull(one: Interval, other: Interval) -> Interval:
    """Return the smallest interval that contains both."""
    return Interval(min(one.lo, other.lo), max(one.hi, other.hi))


class Expectation(msgspec.Struct, frozen=True, gc=False):
    """Tokens that a call should read, write per TTL tier and leave uncached.

    `read + written + uncached = total` holds for every combination of one real provider's answers; with
    exact rules the intervals are points. `depth` is the number of positions read, at least and at most.
    `reasons` are the ids of the facts that decide them (`cache.reasons`). `readings` are the expectations
    that this one is the hull of, where the order in which the provider renders the prompt is not known.
    """

    read: Interval
    written: Mapping[str, Interval]
    uncached: Interval
    total: Interval
    reasons: tuple[str, ...] = ()
    depth: Interval = ZERO
    readings: tuple[Expectation, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether the model is sure."""
        return self.read.exact and self.uncached.exact and all(w.exact for w in self.written.values())

    @property
    def write_total(self) -> Interval:
        """Tokens written over all tiers."""
        return Interval(sum(w.lo for w in self.written.values()), sum(w.hi for w in self.written.values()))


def either(one: Expectation, other: Expectation, fact: str | None) -> Expectation:
    """Return what a call should pay of which either may hold; `fact` is what leaves it open."""
    same = (one.read, one.written, one.uncached) == (other.read, other.written, other.uncached)
    named = dict.fromkeys((*one.reasons, *other.reasons, *(() if same or fact is None else (fact,))))
    return Expectation(
        hull(one.read, other.read),
        {
            tier: hull(one.written.get(tier, ZERO), other.written.get(tier, ZERO))
            for tier in {**one.written, **other.written}
        },
        hull(one.uncached, other.uncached),
        hull(one.total, other.total),
        tuple(named),
        hull(one.depth, other.depth),
        (one, other),
    )
