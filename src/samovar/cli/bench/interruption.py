"""A run that is stopped from outside ends like one that ended by itself: with what it has measured."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

AGAIN_SECONDS = 0.01
"""After which an interruption that Python threw away comes again."""
GRACE_SECONDS = 2.0
"""In which a further Ctrl-C changes nothing: hasty fingers must not cost what is being written."""


@contextlib.contextmanager
def terminable() -> Iterator[None]:
    """Treat SIGTERM like Ctrl-C, so that whoever stops the run gets what it has measured.

    Each interrupts once in `GRACE_SECONDS`; later, it interrupts what is still being written, too.
    Where an interruption meets a callback of the collector, Python throws it away (pools of threads have such
    callbacks): then it is sent once more.
    """
    latest = float("-inf")

    def interrupt(_signal: int, _frame: object) -> None:
        nonlocal latest
        now = time.monotonic()
        if now - latest >= GRACE_SECONDS:
            latest = now
            raise KeyboardInterrupt

    def again() -> None:
        if sys.unraisablehook is ignored:
            os.kill(os.getpid(), signal.SIGTERM)

    def ignored(what: sys.UnraisableHookArgs) -> None:
        nonlocal latest
        if issubclass(what.exc_type, KeyboardInterrupt):
            latest = float("-inf")
            threading.Timer(AGAIN_SECONDS, again).start()
        else:
            hook(what)

    # Who starts a program in the background may have it pass over Ctrl-C: that stays.
    heard = [each for each in STOPS if signal.getsignal(each) is not signal.SIG_IGN]
    before, hook = [signal.signal(each, interrupt) for each in heard], sys.unraisablehook
    sys.unraisablehook = ignored
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for each, handler in zip(heard, before, strict=True):
            signal.signal(each, handler)


STOPS = (signal.SIGTERM, signal.SIGINT)
