"""The thread for errands: in order of time, ended when asked, and what is due is done at a program's end."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from functools import partial

from samovar.transport.errands import Errands


def test_errands_are_done_in_the_order_of_their_time() -> None:
    """Who waits, waits for what is due, and not for what will be."""
    errands, done, rung = Errands(), list[str](), threading.Event()
    assert errands.wait(0.0)
    errands.put(partial(done.append, "alarm"), after=0.1)
    errands.put(rung.set, after=0.1)
    errands.put(partial(done.append, "report"))
    assert errands.wait(5)
    assert done == ["report"]
    assert rung.wait(5)
    assert done == ["report", "alarm"]
    errands.stop(5)


def test_one_that_was_stopped_does_what_was_due_and_begins_anew() -> None:
    """As a runtime does that is used after it was closed. Alarms are dropped."""
    errands, done = Errands(), list[str]()
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
errands = Errands()
errands.put(lambda: print("alarm", flush=True), after=60)
errands.put(lambda: (time.sleep(0.3), print("told", flush=True)))
"""
    begun = time.monotonic()
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout == "told\n"
    assert time.monotonic() - begun < 30
