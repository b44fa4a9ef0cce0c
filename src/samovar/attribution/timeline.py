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

    def play(self, turn: Turn, measure: Measure) -> Interval | None:
        """Return what the model expects the call to read, in the provider's tokens, and admit the call.

        None where the model has no opinion.
        """
        prompt = turn.prompt
        if prompt is None or not turn.marked:
            return None
        if turn.answered:
            lo, hi = self._model.play(
                prompt, started_at=turn.start, first_byte_at=turn.first, granted=turn.granted or None
            )
        else:
            lo, hi = self._model.look_up(prompt, turn.start).depth
        least = measure.tokens(turn, lo) if lo else 0
        return Interval(least, least if hi == lo else measure.tokens(turn, hi))


def bounded(turn: Turn, potential: Potential) -> Interval:
    """Return what a cache of tokens serves at most; an engine owes nothing that it may have evicted."""
    generated = turn.predecessor.obs.usage.output or 0 if turn.predecessor is not None else 0
    return Interval(0, potential.tokens + generated)
