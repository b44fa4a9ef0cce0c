"""JSON objects one after another, however they are spread over lines, and the elements of an array.

Nothing is decoded: brackets outside of strings are counted, and a string ends on the line where it begins.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.record.lines import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_TOKENS: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]]')
_BETWEEN: Final = b" \t\r\n,\x1e"
"""What stands between values: white space, the commas of an array, the separator of JSON text sequences."""


def values(lines: Iterable[bytes], longest: int = LONGEST) -> Iterator[bytes]:
    """Yield objects and arrays as text; where the file is one array, its elements.

    What is no object and no array is yielded as it stands, for a reader to refuse. Of a value longer than
    `longest` bytes the first `longest` + 1 are, and memory stays within that and one line.
    """
    held = _Held(longest)
    depth = base = 0
    indented = False
    for line in lines:
        start = 0
        if len(line) > longest or (indented and depth and not base and line.startswith(b"{")):
            # A line that was cut, or an object that broke off: its brackets tell nothing any more.
            yield from held.taken()
            depth = base
        indented = line[:1] in _INDENT if depth else False
        if len(line) > longest:
            held.add(line)
            yield from held.taken()
            continue
        for token in _TOKENS.finditer(line):
            sign = token[0]
            if sign in _OPENING:
                if depth == base:
                    held.add(line[start : token.start()])
                    yield from held.taken()
                    start = token.start()
                    if not base and sign == b"[":
                        base, start = 1, token.end()
                depth += 1
            elif sign in _CLOSING:
                depth -= 1
                if depth <= base:
                    # Below it, the array itself has ended, or there is a bracket too many.
                    end = token.end() if depth == base else token.start()
                    held.add(line[start:end])
                    yield from held.taken()
                    start = token.end()
                if depth < base:
                    depth = base = 0
        held.add(line[start:])
        if depth <= base:
            yield from held.taken()
    yield from held.taken()


_OPENING: Final = (b"{", b"[")
_CLOSING: Final = (b"}", b"]")
_INDENT: Final = (b" ", b"\t")


class _Held:
    """The pieces of one value, as far as they are kept."""

    def __init__(self, longest: int) -> None:
        self._most = longest + 1
        self._pieces: list[bytes] = []
        self._size = 0

    def add(self, piece: bytes) -> None:
        """Keep a piece, or the part of it for which there is room."""
        if not self._pieces:
            piece = piece.lstrip(_BETWEEN)
        kept = piece[: self._most - self._size]
        if kept:
            self._pieces.append(kept)
            self._size += len(kept)

    def taken(self) -> Iterator[bytes]:
        """Yield what is held, if it is anything, and hold nothing."""
        if self._pieces:
            found = b"".join(self._pieces)
            found = found if self._size == self._most else found.rstrip(_BETWEEN)
            self._pieces, self._size = [], 0
            yield found
