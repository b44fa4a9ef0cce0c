"""How long a new entry takes until it can be read, as far as calls have shown it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from samovar.flow.outcome import Outcome

LONGEST = 5.0
"""Seconds: whatever takes longer is not a lag."""


class Settling:
    """The settle times of one deployment's providers, in seconds.

    Up at each entry that was read after verifiers had missed it, slowly down; never below `least`. An entry
    that nobody reads later teaches nothing: it may never have been kept.
    """

    def __init__(self, least: float) -> None:
        self._least = least
        self._known: dict[str, float] = {}

    def of(self, provider: str) -> float:
        """Return how long a new entry of a provider's is given."""
        return self._known.get(provider, self._least)

    def learn(self, outcome: Outcome, provider: str) -> None:
        """Take in what a verifier found."""
        if outcome.missed is None:
            return
        before = self.of(provider)
        if not outcome.missed:
            self._known[provider] = max(self._least, before * 0.9)
            return
        # From what the entry was given: all who read after the same misses teach the same.
        needed = outcome.settle
        for _ in range(outcome.missed):
            needed = needed * 2 + 0.25
        self._known[provider] = max(before, min(LONGEST, needed))
