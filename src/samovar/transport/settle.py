"""How long a new entry takes until it can be read, as far as calls have shown it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.flow.role import Role

if TYPE_CHECKING:
    from samovar.flow.outcome import Outcome

LONGEST = 5.0
"""Seconds: whatever takes longer is not a lag."""


class Settling:
    """The settle time of one deployment's provider, in seconds.

    Up at each verifier that missed, slowly down.
    """

    __slots__ = ("least", "seconds")

    def __init__(self, least: float) -> None:
        self.least = least
        self.seconds = least

    def learn(self, outcome: Outcome) -> None:
        """Take in what a verifier found."""
        if Role.VERIFY not in outcome.roles or outcome.usage is None or outcome.usage.cache_read is None:
            return
        if outcome.usage.cache_read == 0:
            self.seconds = min(LONGEST, self.seconds * 2 + 0.25)
        else:
            self.seconds = max(self.least, self.seconds * 0.9)
