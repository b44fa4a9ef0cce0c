"""Budgets as reservations: a debit is always taken, and answered with the seconds until it may be sent.

So one round trip does it, callers are served first come, first served across processes, and what leaves is
spread evenly. Requests, input and output tokens are debited together. While a provider asks for a pause
nothing is filled up, so that those in line move back by it and leave as evenly after it. The Lua scripts
`debit` and `settle` are the same arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from samovar.coordination.port import RESERVE, Limits
from samovar.flow.flight import STEP_BACK
from samovar.flow.steps import Debit, Lane, Settle, Turn

LONGER = 0.5
"""Seconds by which a pause has to outlast the one in force to move those in line again."""


@dataclass(slots=True)
class Account:
    """The budgets of one account. Not thread-safe."""

    limits: Limits
    _levels: list[float] = field(default_factory=list)
    """What each budget holds, in the order of the limits; below zero is reserved by those in line."""
    _at: float = 0.0
    _blocked_until: float = 0.0

    def debit(self, debit: Debit, now: float) -> Turn:
        """Take the demand and say when it may be sent; a warm-up is only taken where enough is left."""
        self._refill(now)
        warm_up = debit.lane is Lane.WARM_UP
        line = 0.0
        for limit, level, amount in zip(self.limits, self._levels, debit.demand, strict=True):
            if limit is not None and amount > 0:
                spare = RESERVE * limit.capacity if warm_up else 0.0
                line = max(line, (min(amount + spare, limit.capacity) - level) / limit.per_second)
        paused = max(0.0, self._blocked_until - now)
        if warm_up and paused + line > 0:
            return Turn(taken=False, wait=paused + line, paused=paused)
        for index, amount in enumerate(debit.demand):
            self._levels[index] -= amount
        return Turn(taken=True, wait=paused + line, paused=paused)

    def settle(self, settle: Settle, now: float) -> bool:
        """Give back what was not used, take what was used besides; believe a provider that has less.

        Return whether those in line have to move back for a pause.
        """
        self._refill(now)
        left = settle.left
        remaining = (left.requests, left.input, left.output)
        for index, (limit, demanded, spent, told) in enumerate(
            zip(self.limits, settle.receipt.demand, settle.used, remaining, strict=True)
        ):
            if limit is not None:
                level = min(limit.capacity, self._levels[index] + demanded - spent)
                self._levels[index] = level if told is None else min(level, told)
        moved = now + left.pause >= max(self._blocked_until, now) + min(left.pause, LONGER)
        if left.pause <= 0 or not moved:
            return False
        self._blocked_until = now + left.pause
        return True

    def levels(self, now: float) -> tuple[float | None, ...]:
        """Return what is left of requests, input and output; below zero where callers stand in line."""
        self._refill(now)
        return tuple(
            None if limit is None else level for limit, level in zip(self.limits, self._levels, strict=True)
        )

    def _refill(self, now: float) -> None:
        if not self._levels:
            self._levels = [0.0 if limit is None else limit.capacity for limit in self.limits]
            self._at = now
        if self._at > now + STEP_BACK:
            # The clock was set back: what has been told goes on from here.
            self._blocked_until -= self._at - now
            self._at = now
        seconds = now - max(self._at, self._blocked_until)
        self._at = max(self._at, now)
        if seconds > 0:
            self._levels = [
                0.0 if limit is None else min(limit.capacity, level + seconds * limit.per_second)
                for limit, level in zip(self.limits, self._levels, strict=True)
            ]
