"""The end of a process: what it has seen has a moment to be told, also in a child of `multiprocessing`.

Such a child ends without `atexit`.
"""

from __future__ import annotations

import atexit
from multiprocessing import util
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST = 100
"""Before `multiprocessing` ends what it has itself."""


def at_the_end(told: Callable[[], object]) -> None:
    """Have something done when this process or a child of it ends; what is named last is done first."""
    atexit.register(told)
    util.register_after_fork(told, _begun)


def _begun(told: Callable[[], object]) -> None:
    """In a child that has just begun: what its parent had named for its end is forgotten by then."""
    util.Finalize(None, told, exitpriority=FIRST)
