"""What a forked child finds, told by its exit code."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 20
"""Seconds after which a child that hangs is ended."""


def holds_in_a_child(claim: Callable[[], bool]) -> bool:
    """Whether `claim` is true in a child that is forked here; one that hangs or raises says no."""
    child = os.fork()
    if child == 0:
        signal.alarm(PATIENCE)
        held = False
        with contextlib.suppress(BaseException):
            held = claim()
        os._exit(0 if held else 1)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 0
