"""The cyclic garbage collector, out of the way of verbs that keep much and make no cycles."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def unwatched() -> Iterator[None]:
    """Switch the collector off: it would look through all that is kept again and again, and find nothing."""
    watched = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if watched:
            # What was made meanwhile counts as young: put among the old, it is not looked through at once.
            gc.freeze()
            gc.unfreeze()
            gc.enable()
