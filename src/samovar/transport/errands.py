"""A thread of the process for what no caller's thread or loop does: reports of loops that end, and alarms.

It is there from the first errand on. An errand never raises, and never waits longer than a store does.
"""

from __future__ import annotations

import heapq
import itertools
import os
import queue
import threading
import time
import weakref
from typing import TYPE_CHECKING, Final, TypeAlias

from samovar.transport.ending import at_the_end
from samovar.transport.worker import EXIT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

_Errand: TypeAlias = "tuple[float, int, Callable[[], object]]"
_STOP: Final = None


class Errands:
    """What is to be done on the thread, in the order of its time."""

    def __init__(self) -> None:
        self.forked()
        _all.add(self)

    def forked(self) -> None:
        """Begin anew: in a child the parent's thread is not here, and what waits is the parent's."""
        self._thread: threading.Thread | None = None
        self._queue: queue.SimpleQueue[_Errand | None] = queue.SimpleQueue()
        self._count = itertools.count()
        # Of the kind that its holder may take again: the collector may end an answer within any line.
        self._starting = threading.RLock()

    @property
    def used(self) -> bool:
        """Whether there may be something to wait for."""
        return self._thread is not None

    def put(self, errand: Callable[[], object], after: float = 0.0) -> None:
        """Have an errand done `after` so many seconds; return at once."""
        self._queue.put((time.monotonic() + after, next(self._count), errand))
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(
                        target=_run, args=(self._queue,), name="samovar-errands", daemon=True
                    )
                    self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait until what is due has been done; return whether it was, within so many seconds."""
        if self._thread is None:
            return True
        done = threading.Event()
        self.put(done.set)
        return done.wait(seconds)

    def stop(self, seconds: float) -> None:
        """End the thread, which does what is due first; wait so many seconds for that."""
        with self._starting:
            thread, self._thread = self._thread, None
            todo, self._queue = self._queue, queue.SimpleQueue()
        if thread is not None:
            todo.put(_STOP)
            if seconds > 0 and thread is not threading.current_thread():
                thread.join(seconds)


def _run(todo: queue.SimpleQueue[_Errand | None]) -> None:
    coming: list[_Errand] = []
    while True:
        try:
            what = todo.get(timeout=max(0.0, coming[0][0] - time.monotonic()) if coming else None)
        except queue.Empty:
            pass
        else:
            if what is _STOP:
                return
            heapq.heappush(coming, what)
        while coming and coming[0][0] <= time.monotonic():
            heapq.heappop(coming)[2]()


_all: weakref.WeakSet[Errands] = weakref.WeakSet()


def _forked() -> None:
    for errands in _all:
        errands.forked()


def _ended() -> None:
    """Let reports be told at a program's end; then the worker waits, to which they give their calls."""
    until = time.monotonic() + EXIT_SECONDS
    for errands in list(_all):
        errands.wait(max(0.0, until - time.monotonic()))


os.register_at_fork(after_in_child=_forked)
at_the_end(_ended)
