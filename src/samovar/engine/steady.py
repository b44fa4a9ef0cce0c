"""A clock that shows epoch seconds and never jumps: read once from the machine, then carried on."""

from __future__ import annotations

import time


class SteadyClock:
    """Epoch seconds for one process. A correction of the machine's clock does not reach it."""

    __slots__ = ("_epoch",)

    def __init__(self) -> None:
        self._epoch = time.time() - time.monotonic()

    def now(self) -> float:
        """Return the time."""
        return self._epoch + time.monotonic()
