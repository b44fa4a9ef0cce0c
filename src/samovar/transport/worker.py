"""The thread of a process on which calls that ended become counters and records, out of every caller's way.

What waits for it is bounded in calls and in bytes; what exceeds that is dropped, and `put` says so. It takes
what has come for a moment at once: to wake a thread for each call costs more than its analysis.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
import weakref
from typing import TYPE_CHECKING, Final, Protocol

from samovar.ledger.writing import FLUSH_SECONDS
from samovar.transport.ending import at_the_end

if TYPE_CHECKING:
    from samovar.transport.seen import Seen

CALLS: Final = 10_000
"""Calls whose analysis may be outstanding."""
BYTES: Final = 64_000_000
"""What they may hold, about."""
GATHERED: Final = 0.05
"""Seconds for which calls are gathered before they are analysed, unless somebody waits for that."""
MANY: Final = BYTES // 8
"""Bytes at which nothing more is gathered."""
LEAST: Final = 2_000
"""What a call holds beside its body."""
SHARED: Final = 4
"""Of how many bytes of a body its plan holds one that other plans do not hold too."""
EXIT_SECONDS: Final = 2.0
"""How long a program that ends may wait for what it saw to be analysed and written, all runtimes together."""


class Work(Protocol):
    """What the thread does. None of it raises."""

    def take(self, seen: Seen) -> None:
        """Analyse and record a call."""
        ...

    def rest(self) -> None:
        """Nothing has come for a moment."""
        ...

    def end(self) -> None:
        """Nothing will come."""
        ...


class _Stop:
    """The last that a thread is given."""


class Worker:
    """A thread that begins with the first call and ends with `stop`; a call after that begins another.

    There is one queue for all threads that follow one another, and one thread at a time takes from it.
    """

    def __init__(self, work: Work) -> None:
        self._work = work
        self._weight = 0
        self.forked()
        _workers.add(self)

    def forked(self) -> None:
        """Begin anew: in a child the parent's thread is not here, and what waits is the parent's."""
        self._thread: threading.Thread | None = None
        self._before: threading.Thread | None = None
        """The last one that was to end."""
        self._queue: queue.SimpleQueue[Seen | threading.Event | _Stop] = queue.SimpleQueue()
        self._hurry = threading.Event()
        self._starting = threading.Lock()
        self._weighing = threading.Lock()
        self._weight = 0

    def put(self, seen: Seen) -> bool:
        """Have a call analysed; return at once, false where there is no room for it."""
        with self._weighing:
            weight = self._weight + _weight(seen)
            if weight > BYTES or self._queue.qsize() >= CALLS:
                return False
            self._weight = weight
        self._queue.put(seen)
        # After that: who stops the thread meanwhile has it taken first, or leaves it to the next one.
        if self._thread is None:
            self._start()
        if weight > MANY:
            self._hurry.set()
        return True

    def _start(self) -> None:
        # Where there can be no more threads, what was put waits for another attempt.
        with self._starting, contextlib.suppress(RuntimeError):
            if self._thread is None:
                parts = self._queue, self._hurry, self._before
                thread = threading.Thread(target=self._run, args=parts, name="samovar", daemon=True)
                thread.start()
                self._thread = thread

    def _run(
        self,
        todo: queue.SimpleQueue[Seen | threading.Event | _Stop],
        hurry: threading.Event,
        before: threading.Thread | None,
    ) -> None:
        if before is not None:
            # Whoever stopped it may not have waited, and the work is for one thread.
            before.join()
            del before
        rested, gathered = True, False
        while True:
            try:
                what = todo.get(block=not gathered, timeout=None if rested else FLUSH_SECONDS)
            except queue.Empty:
                if gathered:
                    gathered = False
                    continue
                what = None
            if isinstance(what, _Stop):
                self._work.end()
                return
            if what is not None and not isinstance(what, threading.Event):
                if not gathered:
                    hurry.wait(GATHERED)
                    # Before the others are taken: who hurries after this finds the next ones taken at once.
                    hurry.clear()
                    gathered = True
                self._work.take(what)
                with self._weighing:
                    self._weight -= _weight(what)
                rested = False
                continue
            self._work.rest()
            rested = True
            if what is not None:
                what.set()

    def ask(self) -> threading.Event:
        """Return what is set once all that has been put so far is analysed and written."""
        done = threading.Event()
        before = self._before
        if self._thread is None and self._queue.empty() and (before is None or not before.is_alive()):
            done.set()
        else:
            self._queue.put(done)
            if self._thread is None:
                self._start()
            self._hurry.set()
        return done

    def stop(self, seconds: float) -> None:
        """End the thread after what has been put; wait so many seconds for that."""
        with self._starting:
            thread, self._thread = self._thread, None
            if thread is not None:
                self._before = thread
                self._queue.put(_Stop())
                self._hurry.set()
        if thread is not None and seconds > 0 and thread is not threading.current_thread():
            thread.join(seconds)


def _weight(seen: Seen) -> int:
    return LEAST + (seen.size if seen.plan is None else seen.size // SHARED)


_workers: weakref.WeakSet[Worker] = weakref.WeakSet()


def _forked() -> None:
    for worker in _workers:
        worker.forked()


def _ended() -> None:
    until = time.monotonic() + EXIT_SECONDS
    for done in [worker.ask() for worker in _workers]:
        done.wait(max(0.0, until - time.monotonic()))


os.register_at_fork(after_in_child=_forked)
at_the_end(_ended)
