"""Why live calls lost what they could have read: attribution on the runtime's own thread, within a share.

A call that read nearly all of its prompt needs no cause; it is kept as evidence, and looked at when a call
comes that lost something. What that may cost is bounded: what exceeds it goes without a cause.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, TypeAlias

from samovar.flow.attempt import OK
from samovar.record.verdict import growth
from samovar.transport.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Callable

    from samovar.attribution import Explained
    from samovar.call import SegmentMemo
    from samovar.flow.outcome import Outcome
    from samovar.record import Observation

SHARE: Final = 0.01
"""Of one core, the most that attribution may take for long."""
BURST: Final = 1.0
"""CPU seconds that it may take at once."""
HELD: Final = 128_000_000
"""Bytes that what was assessed may take, about; beyond that attribution begins anew."""
TURN: Final = 8_000
"""Bytes that a call takes beside its texts, and for each of its blocks a hundredth of it."""
UNKNOWN: Final = "unknown"
Judge: TypeAlias = "Callable[[int, Observation], Explained]"
"""Says of one call after the other what became of it."""


class Causes:
    """Attribution of one process's calls, in the order in which they ended. For one thread.

    `memo` is the memory that parsed the calls. `spent` tells the thread's CPU seconds, `clock` the time.
    """

    def __init__(
        self,
        memo: SegmentMemo,
        *,
        spent: Callable[[], float] = time.thread_time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._memo = memo
        self._judge: Judge | None = None
        self._waiting = Evidence()
        self._spent, self._clock = spent, clock
        self._left, self._filled = BURST, clock()
        self._count = 0
        self._texts: set[bytes] = set()
        self._held = 0
        self.skipped = 0
        """Calls that are no evidence.

        Too many came before one that lost something, or after they were looked at.
        """

    def see(self, observation: Observation, outcome: Outcome, size: int = 0) -> Explained | None:
        """Take a call in; return what is to be said of one that lost something, if there is time for it.

        `size` are the bytes of its body.
        """
        if not lost(outcome) or not self._may():
            self.skipped += self._waiting.add(observation, size)
            return None
        begun = self._spent()
        try:
            while self._waiting:
                self._assess(self._waiting.take())
            return self._assess(observation)
        finally:
            self._left -= self._spent() - begun

    def cause(self, explained: Explained) -> str:
        """Return the cause as a label: a first sight is no certain one after evidence was left out."""
        if explained.cause == "cold-start" and self.skipped:
            return UNKNOWN
        return explained.cause or ""

    def _assess(self, observation: Observation) -> Explained:
        if self._held > HELD:
            self._judge, self._held = None, 0
            self._texts.clear()
            self.skipped += self._count
        if self._judge is None:
            self._judge = _judge(self._memo)
        self._count += 1
        self._held += self._weight(observation)
        return self._judge(self._count, observation)

    def _weight(self, observation: Observation) -> int:
        """Return about how many bytes a call adds to what is held: turns of a conversation share texts."""
        call = observation.call
        if call is None:
            return TURN
        fresh = [place.segment for place in call.places if place.segment.wire not in self._texts]
        self._texts.update(segment.wire for segment in fresh)
        return TURN + len(call.blocks) * TURN // 100 + sum(segment.size for segment in fresh)

    def _may(self) -> bool:
        now = self._clock()
        self._left = min(BURST, self._left + (now - self._filled) * SHARE)
        self._filled = now
        return self._left > 0


def _judge(memo: SegmentMemo) -> Judge:
    # Here, because attribution takes a while to load, and its first use is on a thread of its own.
    from samovar.attribution.assess import Assessor  # noqa: PLC0415  # the reason is the line above
    from samovar.attribution.calibration import Calibrated  # noqa: PLC0415  # as above
    from samovar.attribution.turn_reader import TurnReader  # noqa: PLC0415  # as above

    reader, assessor = TurnReader(memo), Assessor(Calibrated())
    return lambda number, observation: assessor.assess(reader.read(number, observation))


def lost(outcome: Outcome) -> bool:
    """Whether a call was refused, or its own report says that much of its prompt was not read."""
    if outcome.status is None:
        return False
    if outcome.status not in OK:
        return True
    usage = outcome.usage
    if usage is None or not usage.reports_cache:
        return False
    total = usage.total_input or 0
    return total - (usage.cache_read or 0) > growth(total)
