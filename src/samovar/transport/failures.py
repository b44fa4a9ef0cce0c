"""Failures of ours that a caller never sees: each is counted, and said in one line of the log.

The line has types and places in code, never a value: what an exception says may quote a request. A place is
spoken of once in a while, however often it fails.
"""

from __future__ import annotations

import contextlib
import logging
import time
import traceback
from typing import TYPE_CHECKING, Final

from samovar.metrics.catalogue import FAILURES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from samovar.metrics import Meter

_log: Final = logging.getLogger("samovar")

QUIET_SECONDS: Final = 60.0
"""How long nothing is said of a place of which something has been said."""
PLACES: Final = 100
"""Places that are remembered; where there are more, all are forgotten."""
FRAMES: Final = 12
"""Places of a traceback that are named: the last ones."""
CHAIN: Final = 4
"""Exceptions that are named: the failure, and what it came from."""


class Failures:
    """Counts and logs for one runtime. `clock` gives seconds. Any thread may tell it."""

    def __init__(self, meter: Meter, clock: Callable[[], float] = time.monotonic) -> None:
        self.meter, self._clock = meter, clock
        self._said: dict[tuple[str, str], tuple[float, int]] = {}
        """By part and what is said of it: when it was said, and how often it has been held back since."""

    def __call__(self, part: str, error: BaseException) -> None:
        """Take note of a failure in a part (a value of the label `part`); never raises."""
        self.meter.add(FAILURES, part)
        # A handler of the program's may fail in any way: that is no reason to fail the call.
        with contextlib.suppress(Exception):
            self._say(part, error)

    def _say(self, part: str, error: BaseException) -> None:
        what, now = described(error), self._clock()
        said = self._said.get((part, what))
        if said is not None and now - said[0] < QUIET_SECONDS:
            self._said[part, what] = said[0], said[1] + 1
            return
        if len(self._said) >= PLACES:
            self._said.clear()
        self._said[part, what] = now, 0
        again = f" ({said[1]} more since this was last said)" if said is not None and said[1] else ""
        _log.warning("a failure in samovar's %s, which no call has noticed: %s%s", part, what, again)


def described(error: BaseException) -> str:
    """Return an exception's type and where it was raised, and the same of what it came from; no values."""
    return ", from ".join(_one(each) for each in _chain(error))


def _chain(error: BaseException) -> Iterator[BaseException]:
    behind: BaseException | None = error
    for _ in range(CHAIN):
        if behind is None:
            return
        yield behind
        behind = behind.__cause__ or (None if behind.__suppress_context__ else behind.__context__)


def _one(error: BaseException) -> str:
    kind = type(error)
    places = [
        f"{frame.f_globals.get('__name__', '?')}:{line} in {frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    return f"{kind.__module__}.{kind.__qualname__} at {' > '.join(places[-FRAMES:]) or 'no place'}"
