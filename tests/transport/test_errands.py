"""The thread for errands: in order of time, ended when asked, and what is due is done at a program's end."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from functools import partial
from queue import SimpleQueue
from typing import Any

from samovar.transport.errands import Errands


def failed(error: Exception) -> None:
    """Be told what should not have failed."""
    raise AssertionError from error


def test_errands_are_done_in_the_order_of_their_time() -> None:
    """Who waits, waits for what is due, and not for what will be."""
    errands, done, rung = Errands(failed), list[str](), threading.Event()
    assert errands.wait(0.0)
    errands.put(partial(done.append, "alarm"), after=0.1)
    errands.put(rung.set, after=0.1)
    errands.put(partial(done.append, "report"))
    assert errands.wait(5)
    assert done == ["report"]
    assert not errands.used, "an alarm that has not come is nothing to wait for"
    assert rung.wait(5)
    assert done == ["report", "alarm"]
    errands.stop(5)


def test_one_that_was_stopped_does_what_was_due_and_begins_anew() -> None:
    """As a runtime does that is used after it was closed. Alarms are dropped."""
    errands, done = Errands(failed), list[str]()
    for name in ("first", "second"):
        errands.put(partial(done.append, name))
        errands.put(partial(done.append, "never"), after=60)
        errands.stop(5)
        assert not errands.used
    assert done == ["first", "second"]


def test_a_program_that_ends_does_what_is_due() -> None:
    """A report is told although the program's last line has passed, and an alarm keeps it from nothing."""
    script = """
import time
from samovar.transport.errands import Errands
errands = Errands(print)
errands.put(lambda: print("alarm", flush=True), after=60)
errands.put(lambda: (time.sleep(0.3), print("told", flush=True)))
"""
    begun = time.monotonic()
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout == "told\n"
    assert time.monotonic() - begun < 30


def test_an_errand_that_raises_costs_no_other() -> None:
    """It is told of, and the thread goes on."""
    told, done = list[str](), list[str]()
    errands = Errands(lambda error: told.append(str(error)))

    def broken() -> None:
        raise LookupError("a defect")

    errands.put(broken)
    errands.put(partial(done.append, "next"))
    assert errands.wait(5)
    assert (told, done) == (["a defect"], ["next"])
    errands.stop(5)


def test_a_thread_that_was_not_waited_for_is_done_before_the_next_one_begins() -> None:
    """Two would do what is for one thread."""
    errands, gate, done = Errands(failed), threading.Event(), list[str]()
    begun, second = threading.Event(), threading.Event()

    def first() -> None:
        begun.set()
        gate.wait(10)
        done.append("first")

    def then() -> None:
        done.append("second")
        second.set()

    errands.put(first)
    assert begun.wait(5)
    errands.stop(0)
    errands.put(then)
    assert not second.wait(0.1)
    gate.set()
    assert second.wait(5)
    assert done == ["first", "second"]
    errands.stop(5)


def test_what_comes_while_the_thread_is_stopped_is_done() -> None:
    """Also by who may begin no thread: the next one who may begins it."""
    errands, done = Errands(failed), list[str]()

    class Stopped(SimpleQueue[Any]):
        armed = False

        def put(self, what: Any, *_: Any) -> None:  # noqa: ANN401  # passed on
            if self.armed:
                self.armed = False
                errands.stop(0)
            super().put(what)

    for put in (errands.put, errands.hand_over):
        todo = errands._queue = Stopped()  # noqa: SLF001  # to be stopped within this one line
        errands.begin()
        todo.armed = True
        put(partial(done.append, "late"))
        assert errands.used or put == errands.put
        assert errands.wait(5)
        errands.stop(5)
    assert done == ["late", "late"]
