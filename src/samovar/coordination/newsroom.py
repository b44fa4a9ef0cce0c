"""Who waits for news of which boundary, in this process: threads and event loops alike.

News can come between an answer "wait" and the waiting itself, so waiters say up to which edition they have
heard, and hear at once of anything later.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections import deque
from typing import TYPE_CHECKING

from samovar.call.memo import Memo

if TYPE_CHECKING:
    from collections.abc import Callable

REMEMBERED = 10_000
"""Boundaries whose latest edition is kept."""


class Newsroom:
    """Wakes those who wait. Each piece of news is one edition; an alert is news of everything."""

    def __init__(self) -> None:
        self._reset()
        _rooms.add(self)

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._left: deque[tuple[bytes, Callable[[], None]]] = deque()
        """Who has stopped waiting and still stands in `_waiting`."""
        self._edition = 0
        self._alerted_at = 0
        self._waiting: dict[bytes, deque[Callable[[], None]]] = {}
        self._latest: Memo[bytes, int] = Memo(REMEMBERED)

    def edition(self) -> int:
        """Return how much has been told so far."""
        return self._edition

    def wait_for(self, name: bytes, heard: int, wake: Callable[[], None]) -> bool:
        """Call `wake` once at the next news of `name`; return False, and forget it, if that is out already.

        `heard` is the edition from before the answer that said to wait. `wake` is called on any thread.
        """
        with self._lock:
            if self._later(name, heard):
                return False
            self._let_go()
            self._waiting.setdefault(name, deque()).append(wake)
            return True

    def later(self, name: bytes, heard: int) -> bool:
        """Whether there was news of `name` after edition `heard`."""
        with self._lock:
            return self._later(name, heard)

    def _later(self, name: bytes, heard: int) -> bool:
        return max(self._latest.get(name) or 0, self._alerted_at) > heard

    def leave(self, name: bytes, wake: Callable[[], None]) -> None:
        """Stop waiting; nothing happens if the news was faster.

        Nor is anything waited for here: the collector may end who waits, on a thread that holds the lock.
        """
        self._left.append((name, wake))
        if self._lock.acquire(blocking=False):
            try:
                self._let_go()
            finally:
                self._lock.release()

    def _let_go(self) -> None:
        while self._left:
            name, wake = self._left.popleft()
            waiting = self._waiting.get(name)
            if waiting is not None:
                if wake in waiting:
                    waiting.remove(wake)
                if not waiting:
                    del self._waiting[name]

    def publish(self, name: bytes, count: int = 0) -> None:
        """Wake those who have waited longest for `name`: at most `count`, 0 for all."""
        with self._lock:
            self._edition += 1
            self._latest.put(name, self._edition)
            self._let_go()
            waiting = self._waiting.pop(name, None)
            if not waiting:
                return
            if 0 < count < len(waiting):
                chosen = [waiting.popleft() for _ in range(count)]
                self._waiting[name] = waiting
            else:
                chosen = list(waiting)
        for wake in chosen:
            wake()

    def alert(self) -> None:
        """Wake everyone: what they were told to wait for may not be true any more."""
        with self._lock:
            self._edition += 1
            self._alerted_at = self._edition
            waiting, self._waiting = self._waiting, {}
        for queue in waiting.values():
            for wake in queue:
                wake()

    def __len__(self) -> int:
        """Return how many wait."""
        return sum(len(queue) for queue in self._waiting.values())


_rooms: weakref.WeakSet[Newsroom] = weakref.WeakSet()


def _forked() -> None:
    """Begin anew in a child: the parent's waiters wait in the parent, and its locks may be held there."""
    for room in _rooms:
        room._reset()  # noqa: SLF001  # this module's own class


os.register_at_fork(after_in_child=_forked)
