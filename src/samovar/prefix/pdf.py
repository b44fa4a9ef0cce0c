"""How many pages a PDF has, as far as its objects can be read without a PDF reader.

The root of the page tree says it (`/Count` of the `/Pages` node without a parent, the last one where the file
was changed by appending), and the pages themselves can be counted. Both may lie in object streams, which are
unpacked; a `/Count` anywhere else counts other things, such as bookmarks (ISO 32000-1: 7.5.7, 7.7.3, 12.3.3).
"""

from __future__ import annotations

import re
import zlib
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_PAGE: Final = re.compile(rb"/Type\s*/Page(?![a-zA-Z])")
_TREE: Final = re.compile(rb"/Type\s*/Pages(?![a-zA-Z])")
_COUNT: Final = re.compile(rb"/Count\s+(\d{1,6})(?!\d|\s+\d+\s+R)")
_PACKED: Final = re.compile(rb"/Type\s*/ObjStm(?![a-zA-Z])")
_STREAM: Final = re.compile(rb"stream\r?\n")
_EDGE: Final = re.compile(rb"<<|>>")
_NODES: Final = 500
"""Nodes of page trees that are looked at; with six children each they hold three thousand pages."""
_AROUND: Final = 1 << 15
"""Bytes before and behind its type within which a dictionary must begin and end."""
_STREAMS: Final = 2_000
"""Object streams that are looked at; each usually holds some hundred objects."""
_LONGEST: Final = 1 << 20
"""Bytes of one object stream, packed, at most."""
_UNPACKED: Final = 1 << 24
"""Bytes of object streams that are unpacked at most."""


def pages_of(data: bytes) -> int | None:
    """Return how many pages a PDF has, None where what says so cannot be read."""
    packed, whole = _unpacked(data)
    pages = sum(len(_PAGE.findall(text)) for text in (data, *packed.values()))
    roots = list(_roots(data))
    roots += [(at, count) for at, text in packed.items() for _, count in _roots(text)]
    if not roots:
        return pages if pages and whole else None
    _, count = max(roots, key=lambda root: root[0])
    # A page that was changed by appending is there twice; a root may say more than there is.
    return (min(count, pages) if whole and pages else count) or None


def _unpacked(data: bytes) -> tuple[dict[int, bytes], bool]:
    """Return what a file's object streams hold, by where they begin, and whether all could be read."""
    texts: dict[int, bytes] = {}
    whole, room = True, _UNPACKED
    view = memoryview(data)
    for number, found in enumerate(_PACKED.finditer(data)):
        if number >= _STREAMS:
            return texts, False
        at = found.start()
        begins = _STREAM.search(data, at, at + _AROUND)
        head = data[max(0, data.rfind(b"obj", max(0, at - _AROUND), at)) : begins.start() if begins else at]
        if begins is None or b"/Filter" not in head:
            continue  # open to read as it is, or no stream
        ends = data.find(b"endstream", begins.end(), begins.end() + _LONGEST)
        known = b"/FlateDecode" in head and ends >= 0 and room > 0
        text = _inflated(view[begins.end() : ends], room) if known else b""
        room -= len(text)
        texts[at] = text
        whole = whole and text != b""
    return texts, whole


def _inflated(data: memoryview, most: int) -> bytes:
    """Return what a compressed stream holds, nothing where it is broken, encrypted or too long."""
    reader = zlib.decompressobj()
    try:
        text = reader.decompress(data, most)
    except zlib.error:
        return b""
    return text if reader.eof else b""


def _roots(text: bytes) -> Iterator[tuple[int, int]]:
    """Yield where the root of each page tree says how many pages it has, and that number."""
    for found in islice(_TREE.finditer(text), _NODES):
        node = _dictionary(text, found.start())
        count = None if b"/Parent" in node else _COUNT.search(node)
        if count is not None:
            yield found.start(), int(count[1])


def _dictionary(text: bytes, at: int) -> bytes:
    """Return the innermost dictionary around a place."""
    depth, begins = 0, at
    while (opens := text.rfind(b"<<", max(0, at - _AROUND), begins)) >= 0:
        closes = text.rfind(b">>", opens + 2, begins)
        begins = max(opens, closes)
        if closes < 0 and depth == 0:
            break
        depth += 1 if closes >= 0 else -1
    depth = 0
    for edge in _EDGE.finditer(text, at, at + _AROUND):
        depth += 1 if edge[0] == b"<<" else -1
        if depth < 0:
            return text[begins : edge.start()]
    return text[begins : at + _AROUND]
