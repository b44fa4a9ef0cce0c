"""The worker's thread: bounded in what waits for it, ended when asked, begun anew when needed."""

from __future__ import annotations

import threading
import time
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import pytest

from samovar.call import dialect_for
from samovar.flow.outcome import Outcome
from samovar.transport import worker as module
from samovar.transport.plan import Sent
from samovar.transport.seen import Seen
from samovar.transport.worker import CALLS, LEAST, Worker

if TYPE_CHECKING:
    from collections.abc import Iterator

SENT = Sent(dialect_for("/v1/messages"), "host", "k", b"{}")


def seen(size: int = 1) -> Seen:
    """Return a call of so many bytes."""
    return Seen(SENT, Outcome(started_at=0.0, ended_at=1.0, headers={}), size=size)


class Slow:
    """Work that waits for `gate`, which it is at as often as `begun` says."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.gate = threading.Event()
        self.taken: list[int] = []
        self.ends = 0

    def take(self, seen: Seen) -> None:
        """Take note."""
        self.begun.release()
        self.gate.wait(10)
        self.taken.append(seen.size)

    def rest(self) -> None:
        """Do nothing."""

    def end(self) -> None:
        """Take note."""
        self.ends += 1


@pytest.fixture
def slow() -> Iterator[Slow]:
    """Work, and none of it left behind."""
    work = Slow()
    yield work
    work.gate.set()


def test_what_waits_is_bounded_in_calls(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    """What exceeds it is refused."""
    monkeypatch.setattr(module, "CALLS", 20)
    worker = Worker(slow)
    told = [worker.put(seen()) for _ in range(50)]
    assert sum(told) in {20, 21}
    assert CALLS == 10_000
    slow.gate.set()
    assert worker.ask().wait(10)
    assert len(slow.taken) == sum(told)
    worker.stop(10)


def test_what_waits_is_bounded_in_bytes(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until some of it has been analysed."""
    monkeypatch.setattr(module, "BYTES", 1_000 + 3 * LEAST)
    worker = Worker(slow)
    assert [worker.put(seen(300)) for _ in range(5)] == [True, True, True, False, False]
    slow.gate.set()
    assert worker.ask().wait(10)
    assert worker.put(seen(900))
    worker.stop(10)
    assert slow.taken == [300, 300, 300, 900]


def test_it_ends_after_what_was_put_and_begins_anew(slow: Slow) -> None:
    """No thread is left; nothing is lost."""
    slow.gate.set()
    before = set(threading.enumerate())
    worker = Worker(slow)
    assert set(threading.enumerate()) <= before
    for round_ in range(2):
        for _ in range(10):
            worker.put(seen())
        worker.stop(10)
        worker.stop(10)
        assert set(threading.enumerate()) <= before
        assert (len(slow.taken), slow.ends) == (10 * round_ + 10, round_ + 1)
    assert worker.ask().is_set()


def test_a_fork_leaves_what_waits_to_the_parent(slow: Slow) -> None:
    """A child begins with an empty queue and a thread of its own."""
    worker = Worker(slow)
    for _ in range(3):
        worker.put(seen(1))
    worker.forked()
    slow.gate.set()
    worker.put(seen(2))
    assert worker.ask().wait(10)
    assert slow.taken.count(2) == 1
    worker.stop(10)


def test_calls_are_gathered_until_somebody_waits_or_there_are_many(
    slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long they would be gathered for: nobody waits so long, and memory does not fill so long."""
    monkeypatch.setattr(module, "GATHERED", 1e6)
    slow.gate.set()
    worker = Worker(slow)
    for number in range(3):
        assert worker.put(seen(number))
    assert slow.taken == []
    assert worker.ask().wait(10)
    assert slow.taken == [0, 1, 2]
    monkeypatch.setattr(module, "MANY", 5 * LEAST)
    slow.gate.clear()
    assert worker.put(seen(10 * LEAST))
    slow.gate.set()
    for _ in range(1_000):
        if len(slow.taken) == 4:
            break
        time.sleep(0.01)
    assert slow.taken[-1] == 10 * LEAST
    assert worker.put(seen(7))
    worker.stop(10)
    assert slow.taken[-1] == 7


def test_a_thread_that_was_not_waited_for_is_done_before_the_next_one_begins(slow: Slow) -> None:
    """The work is for one thread; who asks is told when both are done."""
    worker = Worker(slow)
    worker.put(seen(1))
    assert slow.begun.acquire(timeout=5)
    worker.stop(0)
    asked = worker.ask()
    assert not asked.is_set()
    worker.put(seen(2))
    assert not slow.begun.acquire(timeout=0.15)
    slow.gate.set()
    assert asked.wait(10)
    assert worker.ask().wait(10)
    assert slow.taken == [1, 2]
    worker.stop(10)


def test_a_call_that_comes_while_the_thread_is_stopped_is_taken(slow: Slow) -> None:
    """By the next one; it waits behind the end of the first."""
    slow.gate.set()
    worker = Worker(slow)

    class Stopped(SimpleQueue[Any]):
        armed = False

        def put(self, what: Any, *_: Any) -> None:  # noqa: ANN401  # passed on
            if self.armed:
                self.armed = False
                worker.stop(0)
            super().put(what)

    todo = worker._queue = Stopped()  # noqa: SLF001  # to be stopped within this one line
    worker.put(seen(1))
    todo.armed = True
    worker.put(seen(2))
    assert worker.ask().wait(10)
    assert slow.taken == [1, 2]
    worker.stop(10)
