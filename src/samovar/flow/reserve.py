"""How many tokens of the input budget a call sets aside before it is sent: what may count, and not much more.

What is set aside and not used is idle while other requests wait. Where no tokenizer is public an estimate
is a band, and its upper end is too much for nearly every call; how much of it calls use, usage soon tells.
"""

from __future__ import annotations

from collections import deque
from math import ceil
from statistics import median
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from samovar.cache.expectation import Expectation

CALLS: Final = 50
"""Calls whose usage counts: texts of another kind may follow, and be denser in tokens."""
FEWEST: Final = 8
"""Calls of which so much must be known before less than the most is set aside."""
MARGIN: Final = 1.02
"""The densest of them is only nearly as dense as the next may be: by this at least, and by as much as it is
denser than most.
"""


class Reserve:
    """What the calls of one run set aside; `reads_count` is whether tokens read from cache count.

    `limit` is what one minute has, None for no limit. A call that may need more but most likely needs less,
    as one with a document of unknown length, sets all of it aside and goes alone. One that most likely
    needs more than there is sets that aside, which never fits: whoever hands out the budget refuses it.
    """

    __slots__ = ("_limit", "_shares", "reads_count")

    def __init__(self, *, reads_count: bool, limit: float | None = None) -> None:
        self.reads_count = reads_count
        self._limit = limit
        self._shares: deque[float] = deque(maxlen=CALLS)

    def of(self, expected: Expectation, likely: Callable[[int], int]) -> int:
        """Return the tokens to set aside for a call.

        `likely` returns the tokens that it most likely has behind its first so many positions; it is asked
        only where the most does not fit.
        """
        most = self._most(expected)
        wanted = most
        if len(self._shares) >= FEWEST:
            densest = max(self._shares)
            wanted = min(most, ceil(most * max(densest * MARGIN, 2 * densest - median(self._shares))))
        if self._limit is None or wanted <= self._limit:
            return wanted
        unread = likely(0 if self.reads_count else expected.depth.lo)
        return max(int(self._limit), self._least(expected), min(unread, most))

    def learn(self, expected: Expectation, counted: int) -> None:
        """Take in what the provider counted of a call that was expected to use so much."""
        most = self._most(expected)
        if most > 0:
            self._shares.append(counted / most)

    def _least(self, expected: Expectation) -> int:
        """Return the least that can count."""
        return expected.total.lo if self.reads_count else expected.total.lo - expected.read.hi

    def _most(self, expected: Expectation) -> int:
        """Return the most that can count."""
        if self.reads_count:
            return expected.total.hi
        # Both hold, and either may be the smaller: the whole less what is read, or its other parts together.
        return min(expected.total.hi - expected.read.lo, expected.write_total.hi + expected.uncached.hi)
