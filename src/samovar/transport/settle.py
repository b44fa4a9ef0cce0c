"""How long a new entry takes until it can be read, as far as calls have shown it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.flow.role import Role

if TYPE_CHECKING:
    from samovar.flow.outcome import Outcome

LONGEST = 5.0
"""Seconds: whatever takes longer is not a lag."""


class Settling:
    """The settle times of one deployment's providers, in seconds.

    Up at each verifier that missed, slowly down; never below `least`.
    """

    def __init__(self, least: float) -> None:
        self._least = least
        self._known: dict[str, float] = {}

    def of(self, provider: str) -> float:
        """Return how long a new entry of a provider's is given."""
        return self._known.get(provider, self._least)

    def learn(self, outcome: Outcome, provider: str) -> None:
        """Take in what a verifier found."""
        if Role.VERIFY not in outcome.roles or outcome.usage is None or outcome.usage.cache_read is None:
            return
        before = self.of(provider)
        missed = outcome.usage.cache_read == 0
        self._known[provider] = min(LONGEST, before * 2 + 0.25) if missed else max(self._least, before * 0.9)
