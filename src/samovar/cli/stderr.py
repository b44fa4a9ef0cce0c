"""A stderr that is full, closed or read by nobody costs its words, never the work that is told of."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO


class Stderr(io.TextIOBase):
    """Writes to a stream as long as it takes something. `lost` is whether it took less than all."""

    def __init__(self, stream: TextIO | None) -> None:
        super().__init__()
        self.lost = False
        self._stream = stream

    def write(self, text: str) -> int:
        """Write and flush."""
        if self._stream is None:
            self.lost = True
            return len(text)
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            self.lost = True
            self._forget(self._stream)
        return len(text)

    def _forget(self, stream: TextIO) -> None:
        """Point the stream nowhere, so that flushing it at exit raises nothing."""
        self._stream = None
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())

    def isatty(self) -> bool:
        """Whether somebody looks at it."""
        return self._stream is not None and self._stream.isatty()

    def fileno(self) -> int:
        """Return the descriptor. Raise `OSError` where there is none."""
        return super().fileno() if self._stream is None else self._stream.fileno()


@contextlib.contextmanager
def forgiving() -> Iterator[Stderr]:
    """Put a forgiving stream in the place of `sys.stderr`."""
    before = sys.stderr
    stream = Stderr(before)
    sys.stderr = stream
    try:
        yield stream
    finally:
        sys.stderr = before
