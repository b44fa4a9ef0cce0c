"""A run that is stopped from outside ends like one that ended by itself: with what it has measured."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

AGAIN_SECONDS = 0.01
"""After which an interruption that Python threw away comes again."""


@contextlib.contextmanager
def terminable() -> Iterator[None]:
    """Treat SIGTERM like Ctrl-C, so that whoever stops the run gets what it has measured.

    Where an interruption meets a callback of the collector, Python throws it away (pools of threads have such
    callbacks): then it is sent once more.
    """

    def interrupt(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    def again() -> None:
        if sys.unraisablehook is ignored:
            os.kill(os.getpid(), signal.SIGTERM)

    def ignored(what: sys.UnraisableHookArgs) -> None:
        if issubclass(what.exc_type, KeyboardInterrupt):
            threading.Timer(AGAIN_SECONDS, again).start()
        else:
            hook(what)

    before, hook = signal.signal(signal.SIGTERM, interrupt), sys.unraisablehook
    sys.unraisablehook = ignored
    try:
        yield
    finally:
        sys.unraisablehook = hook
        signal.signal(signal.SIGTERM, before)
