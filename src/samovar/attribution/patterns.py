"""Patterns over a log."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from samovar.attribution.explanation import Explained, Pattern, Summary
    from samovar.attribution.turn import Turn


class Patterns:
    """Collects."""

    def see(self, turn: Turn, explained: Explained) -> None:
        """Take a call in."""

    def found(self, summary: Summary) -> list[Pattern]:
        """Return what was found."""
        return []
