"""How often each `prompt_cache_key` is used, and how many there are: an explosion of keys is a cold cache.

Two counters of a minute each, weighted, make a sliding one; distinct keys are counted over the hour, and
above `MOST` the count stops growing, so that memory is bounded by construction.
"""

from __future__ import annotations

from samovar.coordination.port import KeyUse

WINDOW = 60.0
HOUR = 3600.0
MOST = 10_000
"""Distinct keys that are told apart."""


class KeyCounts:
    """Counts of one process. Not thread-safe."""

    __slots__ = ("_hour", "_keys")

    def __init__(self) -> None:
        self._keys: dict[bytes, tuple[int, int, int]] = {}
        self._hour = 0

    def count(self, name: bytes, now: float) -> KeyUse:
        """Count one request of a key; return its rate a minute and the number of keys."""
        hour, window = int(now // HOUR), int(now // WINDOW)
        if hour != self._hour:
            # Only what was used in the last minutes goes on counting into the new hour.
            self._keys = {key: held for key, held in self._keys.items() if held[0] >= window - 1}
            self._hour = hour
        at, current, before = self._keys.get(name, (window, 0, 0))
        if at != window:
            current, before = 0, current if at == window - 1 else 0
        current += 1
        if name in self._keys or len(self._keys) < MOST:
            self._keys[name] = (window, current, before)
        part = now % WINDOW / WINDOW
        return KeyUse(current + before * (1 - part), len(self._keys))
