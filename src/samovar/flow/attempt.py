"""What became of one try to get one answer: the line that a journal keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from samovar.flow.limits import LONGEST_PAUSE, retry_after

if TYPE_CHECKING:
    from samovar.cache.expectation import Expectation
    from samovar.errors import SamovarError
    from samovar.flow.exchange import Answer
    from samovar.flow.sightings import Sight
    from samovar.providers.usage import Usage

OK = range(200, 300)
RETRIED = frozenset({408, 409, 429, 500, 502, 503, 504, 529})
"""Statuses after which the same request may be sent again; 529 is Anthropic's "overloaded"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try. `answer` is None when there was none (`failure` says why); `usage` when it could not be read.

    `number` counts from 1. `sent_at` is in epoch seconds of the driver's clock.
    """

    call: str
    phase: str
    number: int
    sent_at: float
    debited: int
    expected: Expectation
    sight: Sight
    answer: Answer | None = None
    usage: Usage | None = None
    failure: SamovarError | None = None

    @property
    def answered(self) -> bool:
        """Whether the provider gave an answer that it charges for."""
        return self.answer is not None and self.answer.status in OK

    @property
    def retryable(self) -> bool:
        """Whether the same request may be sent again."""
        return self.answer is not None and self.answer.status in RETRIED

    @property
    def retry_after(self) -> float | None:
        """Seconds that the provider asks to wait, where it says so in the form of a number."""
        return None if self.answer is None else retry_after(self.answer.headers)

    @property
    def asks_too_much(self) -> bool:
        """Whether the provider asks for a pause that no run can wait out."""
        return (self.retry_after or 0.0) > LONGEST_PAUSE
