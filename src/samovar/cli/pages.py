"""Large pages of memory for verbs that look here and there in much of it.

With pages of 4 KiB each look at memory that was not touched just now costs the processor a walk through its
page tables as well, twice as long inside a virtual machine. Kernels that give large pages only to those who
ask are asked; what they do not know, or refuse, changes nothing.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGE: Final = 2 * 1024 * 1024
"""Bytes of a large page on the processors that this pays on."""
WANTED: Final = 14
"""MADV_HUGEPAGE: large pages from now on."""
AT_ONCE: Final = 25
"""MADV_COLLAPSE (Linux 6.1): what is there already is moved into large pages."""
Advise = Callable[[int, int, int], int]
"""Beginning, bytes and advice → 0, or -1 if the kernel refuses."""
MAPS: Final = Path("/proc/self/maps")
MOST: Final = 32
"""Rounds between two times of asking, once the process has stopped growing fast."""


class LargePages:
    """Asks for large pages, ever more seldom: programs grow at their beginning."""

    def __init__(self, advise: Advise | None = None, maps: Path = MAPS) -> None:
        """Begin before the first round; `maps` says where memory is, `advise` is C's `madvise`."""
        self._advise = advise if advise is not None else _advise()
        self._maps = maps
        self._round = 0
        self._next = 1
        self._asked: set[int] = set()
        """Beginnings of the large pages that were asked for."""

    def round(self) -> None:
        """Ask for what was added, if it is time to."""
        self._round += 1
        if self._advise is None or self._round < self._next:
            return
        self._next = self._round + min(self._round, MOST)
        try:
            for start, end in _runs(self._fresh()):
                self._advise(start, end - start, WANTED)
                self._advise(start, end - start, AT_ONCE)
        except OSError:
            self._advise = None

    def _fresh(self) -> Iterator[int]:
        """Yield where large pages could begin that were not asked for yet."""
        with self._maps.open() as maps:
            for line in maps:
                where, mode, _, _, inode, *name = line.split()
                if mode == "rw-p" and inode == "0" and (not name or name == ["[heap]"]):
                    start, end = (int(number, 16) for number in where.split("-"))
                    for at in range(-(-start // LARGE) * LARGE, end - LARGE + 1, LARGE):
                        if at not in self._asked:
                            self._asked.add(at)
                            yield at


def _advise() -> Advise | None:
    """Return `madvise` of the C library, None where there is none."""
    if sys.platform != "linux":
        return None
    try:
        found = ctypes.CDLL(None).madvise
    except (AttributeError, OSError):
        return None
    found.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    return found


def _runs(starts: Iterator[int]) -> Iterator[tuple[int, int]]:
    """Yield beginning and end of pages that follow one another."""
    first = last = -1
    for at in starts:
        if at != last:
            if last > first:
                yield first, last
            first = at
        last = at + LARGE
    if last > first:
        yield first, last
