"""Lines of a stream of bytes, never held longer than a bound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LONGEST: Final = 64 * 1024 * 1024
"""Bytes of a line that are kept, and one more: enough for a reader to see that it is too long."""


class TooLongError(ValueError):
    """A document with a line that was cut."""


def joined(lines: Iterable[bytes], longest: int = LONGEST) -> bytes:
    """Return a whole document. Raises `TooLongError` where one of its lines is longer than the bound."""
    held = list(lines)
    if any(len(line) > longest for line in held):
        message = f"a line is longer than {longest >> 20} MiB"
        raise TooLongError(message)
    return b"".join(held)


def bounded(chunks: Iterable[bytes], longest: int = LONGEST) -> Iterator[bytes]:
    """Yield lines with their line feeds; of a longer one only the first `longest` + 1 bytes.

    Memory stays within `longest` and one chunk, whatever the input.
    """
    held: list[bytes] = []
    size = 0
    for chunk in chunks:
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            piece = chunk[start : end + 1]
            start = end + 1
            if held:
                held.append(piece[: longest + 1 - size])
                yield b"".join(held)
                held, size = [], 0
            else:
                yield piece[: longest + 1]
        rest = chunk[start : start + longest + 1 - size]
        if rest:
            held.append(rest)
            size += len(rest)
    if held:
        yield b"".join(held)
