"""Progress on stderr: one line that is redrawn on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from typing import TextIO

REDRAW_SECONDS = 0.1
PLAIN_SHARES = 4
"""Elsewhere than on a terminal a phase is reported so many times."""
WORDS = {
    "cold": "cold control: calls without any caching",
    "seed": "seed: writing each prefix once",
    "settle": "settle: reading each prefix once",
    "main": "main: the workload",
    "ttl-probe": "TTL probe: reading again when the shortest lifetime has passed",
}


class Progress:
    """Tells how far a run is."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._begun = self._drawn = 0.0
        self._open = False

    def show(
        self, phase: str, done: int, planned: int, left: tuple[float | None, float | None] = (None, None)
    ) -> None:
        """Take in that `done` of `planned` calls of a phase have ended.

        `left` are the requests and input tokens that this minute's budgets still have.
        """
        now = time.monotonic()
        if done == 0:
            self._begun = now
        rate = done / (now - self._begun) if done and now > self._begun else 0.0
        line = (
            f"{WORDS.get(phase, phase)}: {done}/{planned}"
            + (f", {rate:.0f}/s" if rate else "")
            + _budgets(*left)
        )
        if self._terminal:
            if done in {0, planned} or now - self._drawn >= REDRAW_SECONDS:
                self._drawn = now
                self._stream.write(f"\r\x1b[K{line}" + ("\n" if done == planned else ""))
                self._stream.flush()
                self._open = done != planned
        elif done and (done == planned or done % max(1, planned // PLAIN_SHARES) == 0):
            self._stream.write(line + "\n")
            self._stream.flush()

    def end(self) -> None:
        """Leave the line that was being redrawn."""
        if self._open:
            self._stream.write("\n")
            self._open = False


def _budgets(requests: float | None, tokens: float | None) -> str:
    """Return what is left of a minute's budgets, where there are any."""
    parts = [] if requests is None else [f"{requests:,.0f} requests"]
    parts += [] if tokens is None else [f"{tokens:,.0f} tokens"]
    return f", {' and '.join(parts)} left this minute" if parts else ""
