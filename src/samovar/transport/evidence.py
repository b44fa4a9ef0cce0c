"""Calls that are kept unlooked at until one comes that lost something: so many, and so many bytes of text."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from samovar.record import Observation

CALLS: Final = 512
"""Calls that are kept; of more, the newest."""
BYTES: Final = 64_000_000
"""What their texts may take, about. Turns of a conversation share theirs."""


class Evidence:
    """The newest calls, in the order in which they came. For one thread.

    As long as their bodies fit, nobody looks at what they share.
    """

    def __init__(self) -> None:
        self._calls: deque[tuple[Observation, int]] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._calls)

    def add(self, observation: Observation, size: int) -> int:
        """Keep a call, whose body has `size` bytes; return how many older ones had to go for it."""
        self._calls.append((observation, size))
        self._bytes += size
        gone = 0
        if self._bytes > BYTES:
            self._weigh()
        while len(self._calls) > CALLS or (self._bytes > BYTES and len(self._calls) > 1):
            self.take()
            gone += 1
        return gone

    def take(self) -> Observation:
        """Return the oldest, and keep it no longer. Raises `IndexError` where there is none."""
        observation, size = self._calls.popleft()
        self._bytes -= size
        return observation

    def _weigh(self) -> None:
        """Find out what the texts really take: each belongs to the newest that holds it, which goes last."""
        owned: set[bytes] = set()
        weighed: deque[tuple[Observation, int]] = deque()
        for observation, _ in reversed(self._calls):
            call = observation.call
            places = () if call is None else call.places
            fresh = [place.segment for place in places if place.segment.wire not in owned]
            owned.update([segment.wire for segment in fresh])
            weighed.appendleft((observation, sum([segment.size for segment in fresh])))
        self._calls = weighed
        self._bytes = sum([size for _, size in weighed])
