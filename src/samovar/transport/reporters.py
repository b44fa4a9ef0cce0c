"""Threads that tell a store what becomes of calls, so that no caller waits for Redis after its answer.

There are as many as are needed at once, up to `MOST`. What is more than they can take, a caller does itself:
so a slow store is given no more than it can answer, and no report becomes old in a line.
"""

from __future__ import annotations

import os
import queue
import threading
import time
import weakref
from collections import deque
from typing import TYPE_CHECKING, Final, TypeAlias

from samovar.transport.ending import at_the_end
from samovar.transport.worker import EXIT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

MOST: Final = 16
"""Threads; as many connections to Redis has a process."""

_Report: TypeAlias = "tuple[object, Callable[[], object]]"


class Reporters:
    """The threads of one runtime. A report never raises, and never waits longer than a store does."""

    def __init__(self) -> None:
        self.forked()
        _all.add(self)

    def forked(self) -> None:
        """Begin anew: in a child the parent's threads are not here, and what waits is the parent's."""
        self._open: set[object] = set()
        """One for each report that is not done."""
        self._over = threading.Condition()
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._todo: queue.SimpleQueue[_Report | None] = queue.SimpleQueue()
        self._places = deque(range(MOST))
        """Of the threads that have not begun."""
        self._idle: deque[None] = deque()
        """One for each thread that waits."""

    def take(self, report: Callable[[], object]) -> bool:
        """Have a report done and return at once; false where none of the threads will come to it soon."""
        waiting = self._todo.qsize()
        if waiting >= MOST or (len(self._idle) <= waiting and not self._begin()):
            return False
        mark = object()
        self._open.add(mark)
        self._todo.put((mark, report))
        return True

    def _begin(self) -> bool:
        """Begin a thread where there may be more; return whether there is any."""
        try:
            place = self._places.popleft()
        except IndexError:
            return True
        parts = self._todo, self._idle, self._open, self._over
        try:
            threading.Thread(target=_work, args=parts, name="samovar-reports", daemon=True).start()
        except RuntimeError:
            # The interpreter is about to end, or there are too many threads.
            self._places.append(place)
            return len(self._places) < MOST
        return True

    def wait(self, seconds: float) -> bool:
        """Wait until what was taken so far is done; return whether it was, within so many seconds."""
        taken = self._open.copy()
        with self._over:
            return self._over.wait_for(lambda: taken.isdisjoint(self._open), seconds)

    def stop(self, seconds: float) -> None:
        """End the threads after what they have taken; wait so many seconds for that."""
        todo, running = self._todo, MOST - len(self._places)
        self._begin_anew()
        for _ in range(running):
            todo.put(None)
        if seconds > 0:
            self.wait(seconds)


def _work(
    todo: queue.SimpleQueue[_Report | None],
    idle: deque[None],
    taken: set[object],
    over: threading.Condition,
) -> None:
    while True:
        idle.append(None)
        what = todo.get()
        idle.pop()
        if what is None:
            return
        mark, report = what
        report()
        with over:
            taken.discard(mark)
            over.notify_all()
        # Nothing of a call stays here until the next one.
        del what, report


_all: weakref.WeakSet[Reporters] = weakref.WeakSet()


def _forked() -> None:
    for reporters in _all:
        reporters.forked()


def _ended() -> None:
    """Let reports be told at a program's end; then the worker waits, to which they give their calls."""
    until = time.monotonic() + EXIT_SECONDS
    for reporters in list(_all):
        reporters.wait(max(0.0, until - time.monotonic()))


os.register_at_fork(after_in_child=_forked)
at_the_end(_ended)
