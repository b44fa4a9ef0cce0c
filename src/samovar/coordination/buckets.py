"""Budgets as reservations: a debit is always taken, and answered with the seconds until it may be sent.

So one round trip does it, callers are served first come, first served across processes, and what leaves is
spread evenly. Requests, input and output tokens are debited together. The Lua scripts `debit` and `settle`
are the same arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from samovar.coordination.port import RESERVE, Limit, Limits, Turn
from samovar.flow.steps import Debit, Lane, Settle


@dataclass(slots=True)
class _Level:
    """What one budget holds; below zero is reserved by those in line."""

    level: float
    at: float

    def refilled(self, limit: Limit, now: float) -> float:
        if now > self.at:
            self.level = min(limit.capacity, self.level + (now - self.at) * limit.per_second)
            self.at = now
        return self.level


@dataclass(slots=True)
class Account:
    """The budgets of one account. Not thread-safe."""

    limits: Limits
    _levels: list[_Level | None] = field(default_factory=list)
    _blocked_until: float = 0.0

    def debit(self, debit: Debit, now: float) -> Turn:
        """Take the demand and say when it may be sent; a warm-up is only taken where enough is left."""
        wait = max(0.0, self._blocked_until - now)
        budgets = self._budgets(now)
        for budget, amount in zip(budgets, debit.demand, strict=True):
            if budget is None or amount <= 0:
                continue
            limit, level = budget
            spare = RESERVE * limit.capacity if debit.lane is Lane.WARM_UP else 0.0
            need = min(amount + spare, limit.capacity)
            wait = max(wait, (need - level.refilled(limit, now)) / limit.per_second)
        if debit.lane is Lane.WARM_UP and wait > 0:
            return Turn(taken=False, wait=wait)
        for budget, amount in zip(budgets, debit.demand, strict=True):
            if budget is not None:
                budget[1].level = budget[1].refilled(budget[0], now) - amount
        return Turn(taken=True, wait=min(wait, self.limits.longest))

    def settle(self, settle: Settle, now: float) -> None:
        """Give back what was not used, take what was used besides; believe a provider that has less."""
        left = settle.left
        if left.pause:
            self._blocked_until = max(self._blocked_until, now + left.pause)
        remaining = (left.requests, left.input, left.output)
        for budget, demanded, spent, told in zip(
            self._budgets(now), settle.receipt.demand, settle.used, remaining, strict=True
        ):
            if budget is not None:
                limit, level = budget
                held = min(limit.capacity, level.refilled(limit, now) + demanded - spent)
                level.level = held if told is None else min(held, told)

    def levels(self, now: float) -> tuple[float | None, ...]:
        """Return what is left of requests, input and output; below zero where callers stand in line."""
        return tuple(None if b is None else b[1].refilled(b[0], now) for b in self._budgets(now))

    def _budgets(self, now: float) -> list[tuple[Limit, _Level] | None]:
        if not self._levels:
            self._levels = [limit and _Level(limit.capacity, now) for limit in self.limits[:3]]
        return [
            None if limit is None or level is None else (limit, level)
            for limit, level in zip(self.limits[:3], self._levels, strict=True)
        ]
