"""A log of what was spent, limited over every window of a given length, not only on average."""

from __future__ import annotations

import math
from collections import deque


class SlidingWindow:
    """At most `limit` within any half-open window of `seconds`."""

    __slots__ = ("_log", "_total", "limit", "seconds")

    def __init__(self, limit: float, seconds: float = 60.0) -> None:
        """`limit` is an amount per window, `seconds` the window's length."""
        if limit <= 0 or seconds <= 0:
            raise ValueError(f"a window needs a limit and a length above 0, got {limit} and {seconds}")
        self.limit = limit
        self.seconds = seconds
        # [time, amount, inside]: lists, because entries are corrected in place.
        self._log: deque[list[float]] = deque()
        self._total = 0.0

    def used(self, now: float) -> float:
        """Return what was spent in the `seconds` up to `now`."""
        while self._log and self._log[0][0] + self.seconds <= now:
            gone = self._log.popleft()
            self._total -= gone[1]
            gone[2] = 0.0
        if not self._log:
            self._total = 0.0  # drops the rounding that a long run of sums leaves behind
        return self._total

    def earliest(self, now: float, amount: float) -> float:
        """Return the first time at which `amount` fits; infinity if it is larger than the limit."""
        if amount > self.limit:
            return math.inf
        excess = self.used(now) + amount - self.limit
        when = now
        for at, spent, _ in self._log:
            if excess <= 0:
                break
            excess -= spent
            when = at + self.seconds
        return when

    def add(self, now: float, amount: float) -> list[float]:
        """Enter `amount` at `now` (times may not go back) and return the entry, for `correct`."""
        if self._log and now < self._log[-1][0]:
            now = self._log[-1][0]
        entry = [now, amount, 1.0]
        self._log.append(entry)
        self._total += amount
        return entry

    def correct(self, entry: list[float], amount: float) -> None:
        """Set the amount of an entry; nothing happens when it has already left the window."""
        if entry[2]:
            self._total += amount - entry[1]
        entry[1] = amount
