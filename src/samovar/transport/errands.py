"""A thread of the process for what no caller's thread or loop does.

That are reports of loops that end, alarms, and whatever the collector ends: it may run within any line, one
that holds a lock included, so what it ends is only handed over there. An errand never waits longer than a
store does; one that raises costs no other.
"""

from __future__ import annotations

import contextlib
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
LINGER: Final = 0.2
"""Seconds for which a thread whose owner is gone waits for what is collected together with that."""


class Errands:
    """What is to be done on the thread, in the order of its time.

    There is one queue for all threads that follow one another: what comes while one ends waits for the next.
    `failed` is told, on the thread, what an errand has raised.
    """

    def __init__(self, failed: Callable[[Exception], object]) -> None:
        self._failed = failed
        self.forked()
        _all.add(self)

    def forked(self) -> None:
        """Begin anew: in a child the parent's thread is not here, and what waits is the parent's."""
        self._thread: threading.Thread | None = None
        self._before: threading.Thread | None = None
        """The last one that was to end."""
        self._queue: queue.SimpleQueue[_Errand | None] = queue.SimpleQueue()
        self._count = itertools.count()
        self._open: set[tuple[float, int]] = set()
        """Time and number of each errand that is not done; without a lock, for it changes in single steps."""
        self._starting = threading.Lock()

    @property
    def used(self) -> bool:
        """Whether something is due that is not done: only then need the thread be woken to wait for it."""
        now = time.monotonic()
        return any(when <= now for when, _ in self._open.copy())

    def begin(self) -> None:
        """Have the thread there, for those who cannot begin it."""
        if self._thread is None:
            # Where there can be no more threads, what is handed over waits for another attempt.
            with self._starting, contextlib.suppress(RuntimeError):
                if self._thread is None:
                    parts = self._queue, self._open, self._failed, self._before
                    thread = threading.Thread(target=_run, args=parts, name="samovar-errands", daemon=True)
                    thread.start()
                    self._thread = thread

    def put(self, errand: Callable[[], object], after: float = 0.0) -> None:
        """Have an errand done `after` so many seconds; return at once."""
        self._put(time.monotonic() + after, errand)
        self.begin()

    def hand_over(self, errand: Callable[[], object]) -> None:
        """Have an errand done, where nothing may be waited for: no lock is taken, no thread begun."""
        self._put(time.monotonic(), errand)

    def _put(self, when: float, errand: Callable[[], object]) -> None:
        number = next(self._count)
        self._open.add((when, number))
        self._queue.put((when, number, errand))

    def wait(self, seconds: float) -> bool:
        """Wait until what is due has been done; return whether it was, within so many seconds."""
        if not self.used:
            return True
        done = threading.Event()
        self.put(done.set)
        return done.wait(seconds)

    def stop(self, seconds: float) -> None:
        """End the thread, which does what is due first; wait so many seconds for that."""
        with self._starting:
            thread, self._thread = self._thread, None
            if thread is not None:
                self._before = thread
                # Whoever has put something before this has it done; whoever comes later begins a thread.
                self._queue.put(_STOP)
        if thread is not None and seconds > 0 and thread is not threading.current_thread():
            thread.join(seconds)

    def abandon(self, last: Callable[[], object]) -> None:
        """End the thread in a moment, and do `last` then; it takes no lock, as `hand_over`."""
        todo = self._queue

        def end() -> None:
            try:
                last()
            finally:
                todo.put(_STOP)

        todo.put((time.monotonic() + LINGER, next(self._count), end))


def _run(
    todo: queue.SimpleQueue[_Errand | None],
    taken: set[tuple[float, int]],
    failed: Callable[[Exception], object],
    before: threading.Thread | None,
) -> None:
    if before is not None:
        # Whoever stopped it may not have waited: there is one thread at a time.
        before.join()
        del before
    coming: list[_Errand] = []
    while True:
        try:
            what = todo.get(timeout=max(0.0, coming[0][0] - time.monotonic()) if coming else None)
        except queue.Empty:
            pass
        else:
            if what is _STOP:
                taken.difference_update((when, number) for when, number, _ in coming)
                return
            heapq.heappush(coming, what)
            del what
        while coming and coming[0][0] <= time.monotonic():
            when, number, errand = heapq.heappop(coming)
            try:
                errand()
            except Exception as error:  # noqa: BLE001  # it may fail in any way; others wait for this thread
                failed(error)
            taken.discard((when, number))
            # Nothing of it stays here until the next one.
            del errand


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
