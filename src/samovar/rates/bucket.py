"""Token buckets. A bucket holds at most `capacity` and fills by `per_second`; what is taken is never more.

Over any interval of s seconds the net amount taken is at most `capacity + per_second * s`. Corrections
may push a bucket below zero (a debt that must refill first), never above its capacity. Times are
seconds of one clock and may not go back: an earlier `now` is read as the latest one seen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

# One part in 10^9 of slack: a caller that waits exactly until `earliest` must then succeed in floats.
_SLACK = 1e-9


class Bucket:
    """One budget that refills continuously."""

    __slots__ = ("_at", "_level", "capacity", "per_second")

    def __init__(self, capacity: float, per_second: float, *, level: float | None = None) -> None:
        """Start full unless `level` says otherwise."""
        if capacity <= 0 or per_second < 0:
            raise ValueError(
                f"a bucket needs a capacity above 0 and a rate ≥ 0, got {capacity}, {per_second}"
            )
        self.capacity = capacity
        self.per_second = per_second
        self._level = capacity if level is None else level
        self._at = -math.inf

    def level(self, now: float) -> float:
        """Return what can be taken at `now`; below zero while a correction has to be paid back."""
        if now > self._at:
            if self._at != -math.inf:
                self._level = min(self.capacity, self._level + (now - self._at) * self.per_second)
            self._at = now
        return self._level

    def fits(self, now: float, amount: float) -> bool:
        """Whether `amount` can be taken at `now`."""
        return amount <= 0 or self.level(now) >= amount - _SLACK * self.capacity

    def earliest(self, now: float, amount: float) -> float:
        """Return the first time at which `amount` fits; infinity if it is larger than the bucket."""
        if self.fits(now, amount):
            return now
        if amount > self.capacity or self.per_second == 0:
            return math.inf
        return max(now, self._at) + (amount - self._level) / self.per_second

    def take(self, now: float, amount: float) -> bool:
        """Take `amount` if it fits, else nothing. Return whether it was taken."""
        if not self.fits(now, amount):
            return False
        self._level -= amount
        return True

    def correct(self, now: float, amount: float) -> None:
        """Take `amount` whether it fits or not; a negative amount gives back, up to the capacity."""
        self._level = min(self.capacity, self.level(now) - amount)

    def full_at(self, now: float) -> float:
        """Return when the bucket will be full again if nothing is taken."""
        missing = self.capacity - self.level(now)
        if missing <= 0:
            return now
        return now + missing / self.per_second if self.per_second else math.inf


class Demand(NamedTuple):
    """What one request asks of an account: requests, and tokens of input and output."""

    requests: float = 1
    input: float = 0
    output: float = 0


@dataclass(slots=True)
class Budgets:
    """An account's budgets; None is a budget without limit. Debited all together or not at all."""

    requests: Bucket | None = None
    input: Bucket | None = None
    output: Bucket | None = None

    @classmethod
    def per_minute(
        cls,
        *,
        requests: float | None = None,
        input: float | None = None,  # noqa: A002  # the name of the field
        output: float | None = None,
    ) -> Budgets:
        """Build budgets that hold one minute's worth and refill continuously."""
        return cls(*(None if n is None else Bucket(n, n / 60) for n in (requests, input, output)))

    def _pairs(self, demand: Demand) -> tuple[tuple[str, Bucket, float], ...]:
        named = (("requests", self.requests), ("input", self.input), ("output", self.output))
        return tuple((n, b, a) for (n, b), a in zip(named, demand, strict=True) if b is not None)

    def lacking(self, now: float, demand: Demand) -> str | None:
        """Return the name of the first budget that `demand` does not fit in at `now`, or None."""
        for name, bucket, amount in self._pairs(demand):
            if not bucket.fits(now, amount):
                return name
        return None

    def earliest(self, now: float, demand: Demand) -> float:
        """Return the first time at which all budgets fit `demand`; infinity if one never does."""
        return max((bucket.earliest(now, amount) for _, bucket, amount in self._pairs(demand)), default=now)

    def debit(self, now: float, demand: Demand) -> bool:
        """Take `demand` from every budget, or from none. Return whether it was taken."""
        if self.lacking(now, demand) is not None:
            return False
        self.correct(now, demand)
        return True

    def correct(self, now: float, demand: Demand) -> None:
        """Take `demand` whether it fits or not; negative amounts give back."""
        for _, bucket, amount in self._pairs(demand):
            if amount:
                bucket.correct(now, amount)
