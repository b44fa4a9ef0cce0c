"""What became of one try to get one answer: the line that a journal keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from samovar.flow.limits import LONGEST_PAUSE, retry_after
from samovar.record.refusal import codes_of, spend_capped

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
    def broken(self) -> bool:
        """Whether the answer broke off: what had arrived is paid for all the same."""
        return self.answer is not None and self.answer.broken is not None

    @property
    def retryable(self) -> bool:
        """Whether the same request may be sent again, within what a run can wait for."""
        return self.answer is not None and self.answer.status in RETRIED and not self.final

    @property
    def retry_after(self) -> float | None:
        """Seconds that the provider asks to wait, where it says so."""
        answer = self.answer
        return None if answer is None else retry_after(answer.headers, answer.first_byte_at)

    @property
    def asks_too_much(self) -> bool:
        """Whether the provider asks for a pause that no run can wait out."""
        return (self.retry_after or 0.0) > LONGEST_PAUSE

    @property
    def spent(self) -> bool:
        """Whether the account's money is what has run out: no waiting brings it back."""
        answer = self.answer
        return answer is not None and spend_capped(answer.status, codes_of(answer.body))

    @property
    def final(self) -> bool:
        """Whether every further request would be refused as well, for longer than a run can wait."""
        return self.asks_too_much or self.spent
