"""The log played through the model of the provider's cache: what each call should have read as sent.

Families that cache tokens rather than positions have no model here: what an engine of unknown size should
still hold is bounded by what calls have in common.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.cache import CacheModel, Interval

if TYPE_CHECKING:
    from samovar.attribution.measure import Measure
    from samovar.attribution.potential import Potential
    from samovar.attribution.turn import Turn


class Timeline:
    """One cache model for the whole log: key spaces keep domains and models apart."""

    def __init__(self, cap: int = 200_000) -> None:
        """Begin with an empty cache of at most `cap` entries."""
        self._model = CacheModel(cap)

    def play(self, turn: Turn) -> Interval | None:
        """Return how many positions the model expects a call that was answered to read, and admit the call.

        None where the model has no opinion.
        """
        prompt = turn.prompt
        if prompt is None or not turn.marked:
            return None
        return self._model.play(
            prompt, started_at=turn.start, first_byte_at=turn.first, granted=turn.granted or None
        )


def in_tokens(turn: Turn, read: Interval, measure: Measure) -> Interval:
    """Return positions in the provider's tokens."""
    lo, hi = read
    least = measure.tokens(turn, lo) if lo else 0
    return Interval(least, least if hi == lo else measure.tokens(turn, hi))


def bounded(turn: Turn, potential: Potential) -> Interval:
    """Return what a cache of tokens serves at most; an engine owes nothing that it may have evicted."""
    generated = turn.predecessor.obs.usage.output or 0 if turn.predecessor is not None else 0
    return Interval(0, potential.tokens + generated)
