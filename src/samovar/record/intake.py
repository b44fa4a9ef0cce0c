"""What came in while a log was read: how many calls, what was skipped and why, what was odd. Bounded."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Final

from samovar.errors import InputUnreadable
from samovar.record.observation import BadLine, Observation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NAMED: Final = 20
"""Skipped entries that are named; all are counted."""
KINDS: Final = 200
"""Different notes and providers that are counted."""


class Intake:
    """Counts what passes through."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self.calls = 0
        self.skipped = 0
        self.named: list[BadLine] = []
        """The first skipped entries."""
        self.notes: Counter[str] = Counter()
        """How many calls have each note."""
        self.providers: Counter[str] = Counter()
        self.models: Counter[str] = Counter()
        self.bodiless = 0
        """Calls whose request body is not known."""
        self.untimed = 0
        """Calls without a time of start."""

    def read(self, found: Iterable[Observation | BadLine], where: str) -> Iterator[Observation | BadLine]:
        """Pass on what follows, from the first call on. Raises `InputUnreadable` where there is none."""
        counted = self._counted(found)
        first = next((each for each in counted if isinstance(each, Observation)), None)
        if first is None:
            raise InputUnreadable(f"no call could be read from {where}{self._why()}")
        return chain((first,), counted)

    def _why(self) -> str:
        if not self.named:
            return ""
        bad = self.named[0]
        at = f"entry {bad.place}: " if bad.place else ""
        return f": {self.skipped:,} skipped, the first because of {at}{bad.reason}"

    def _counted(self, found: Iterable[Observation | BadLine]) -> Iterator[Observation | BadLine]:
        for each in found:
            if isinstance(each, BadLine):
                self.skipped += 1
                if len(self.named) < NAMED:
                    self.named.append(each)
            else:
                self.calls += 1
                provider, model = each.provider or "(unknown)", each.served_model or each.model or "(unknown)"
                if provider in self.providers and model in self.models:
                    self.providers[provider] += 1
                    self.models[model] += 1
                else:
                    _count(self.providers, provider)
                    _count(self.models, model)
                self.bodiless += each.call is None
                self.untimed += each.started_at is None
                for note in each.notes:
                    _count(self.notes, note)
            yield each


def _count(counter: Counter[str], name: str) -> None:
    counter[name if name in counter or len(counter) < KINDS else "(others)"] += 1
