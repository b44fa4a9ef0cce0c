"""How large the images and documents of a block are, as far as their own first bytes tell.

Nothing is decoded but headers: the size of a PNG, a JPEG, a GIF or a WebP, and what says how many pages a PDF
has.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error
from struct import error as StructError  # noqa: N812  # "error" alone says nothing
from struct import unpack_from
from typing import TYPE_CHECKING, Final, NamedTuple

from samovar.prefix.pdf import pages_of

if TYPE_CHECKING:
    from collections.abc import Iterator


class Picture(NamedTuple):
    """An image of so many pixels."""

    width: int
    height: int


class Document(NamedTuple):
    """A document of so many pages, None where they are not told."""

    pages: int | None


Medium = Picture | Document

_STARTS: Final = re.compile(
    rb'"(?:data|bytes|url|image_url|file_data)":"(?:data:[^,"]{1,200},)?'
    rb"(?=iVBORw0KGgo|/9j/|R0lGOD[dl]|UklGR|JVBERi0)"
)
"""Where base64 begins that is an image or a PDF, in JSON without white space."""
_HEAD: Final = 64
"""Characters of base64 that tell the size of all but a JPEG."""
_FAR: Final = 1 << 20
"""Characters of base64 within which a JPEG must tell its size."""
_FOURTEEN: Final = 0x3FFF
_MARKER: Final = 0xFF
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Kinds of JPEG segments that begin a frame: all of this row but tables and what is reserved."""


def media(json: bytes) -> Iterator[Medium]:
    """Yield what a block's compact JSON holds in base64, in order; what cannot be read is left out."""
    for start in _STARTS.finditer(json):
        begins = start.end()
        ends = json.find(b'"', begins)
        found = _medium(json[begins : ends if ends >= 0 else None])
        if found is not None:
            yield found


def _medium(encoded: bytes) -> Medium | None:
    if encoded.startswith(b"JVBERi0"):
        return Document(pages_of(_decoded(encoded)))
    try:
        if encoded.startswith(b"/9j/"):
            return _jpeg(_decoded(encoded[:_FAR]))
        head = _decoded(encoded[:_HEAD])
        if head.startswith(b"\x89PNG"):
            return Picture(*unpack_from(">II", head, 16))
        return Picture(*unpack_from("<HH", head, 6)) if head.startswith(b"GIF8") else _webp(head)
    except StructError:
        return None


def _decoded(encoded: bytes) -> bytes:
    """Return what base64 says, up to where it breaks off."""
    try:
        return b64decode(encoded[: len(encoded) // 4 * 4])
    except Error:
        return b""


def _webp(head: bytes) -> Picture | None:
    """Read the first chunk of a WebP: lossy, lossless or extended (RFC 9649)."""
    match head[8:16]:
        case b"WEBPVP8 ":
            width, height = unpack_from("<HH", head, 26)
            return Picture(width & _FOURTEEN, height & _FOURTEEN)
        case b"WEBPVP8L":
            (bits,) = unpack_from("<I", head, 21)
            return Picture((bits & _FOURTEEN) + 1, (bits >> 14 & _FOURTEEN) + 1)
        case b"WEBPVP8X":
            low, high, short, top = unpack_from("<HBHB", head, 24)
            return Picture((low | high << 16) + 1, (short | top << 16) + 1)
        case _:
            return None


def _jpeg(data: bytes) -> Picture | None:
    """Walk the segments of a JPEG to its frame header (ITU-T T.81, B.2)."""
    at = 2
    while True:
        marker, kind = unpack_from("BB", data, at)
        if marker != _MARKER:
            return None
        if kind == _MARKER:  # a fill byte
            at += 1
        elif kind in _FRAMES:
            height, width = unpack_from(">HH", data, at + 5)
            return Picture(width, height)
        else:
            (length,) = unpack_from(">H", data, at + 2)
            at += 2 + length
