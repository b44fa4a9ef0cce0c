"""How often each `prompt_cache_key` is used, and how many there are: an explosion of keys is a cold cache.

Two counters of a minute each, weighted, make a sliding one, and so do the distinct keys of two hours. Above
`MOST` distinct keys no further ones are counted, so that memory is bounded by construction.
"""

from __future__ import annotations

from samovar.coordination.port import KeyUse

WINDOW = 60.0
HOUR = 3600.0
MOST = 10_000
"""Distinct keys whose rates are told apart."""


class KeyCounts:
    """Counts of one process. Not thread-safe."""

    __slots__ = ("_before", "_hour", "_keys", "_now")

    def __init__(self) -> None:
        self._keys: dict[bytes, tuple[int, int, int]] = {}
        self._hour = 0
        self._now: set[bytes] = set()
        self._before: set[bytes] = set()
        """Keys of the hour before that this hour has not seen."""

    def count(self, name: bytes, now: float) -> KeyUse:
        """Count one request of a key; return its rate a minute and the number of keys."""
        hour, window = int(now // HOUR), int(now // WINDOW)
        if hour != self._hour:
            # Only what was used in the last minutes is needed for rates.
            self._keys = {key: held for key, held in self._keys.items() if held[0] >= window - 1}
            self._before, self._now = self._now if hour == self._hour + 1 else set(), set()
            self._hour = hour
        if len(self._now) < MOST:
            self._now.add(name)
        self._before.discard(name)
        at, current, before = self._keys.get(name, (window, 0, 0))
        if at != window:
            current, before = 0, current if at == window - 1 else 0
        current += 1
        if name in self._keys or len(self._keys) < MOST:
            self._keys[name] = (window, current, before)
        distinct = len(self._now) + len(self._before) * (1 - now % HOUR / HOUR)
        return KeyUse(current + before * (1 - now % WINDOW / WINDOW), int(distinct + 0.5))
