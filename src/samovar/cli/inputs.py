"""Files that a verb reads: by name, `-` for stdin, gzip unpacked on the way."""

from __future__ import annotations

import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from samovar.errors import InputUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 1 << 20
"""Bytes that are read at a time."""
_GZIP = b"\x1f\x8b"


def chunks_of(name: str) -> Iterator[bytes]:
    """Yield the bytes of a file, or of stdin for `-`. Raises `InputUnreadable`."""
    try:
        if name == "-":
            yield from _unpacked(iter(lambda: sys.stdin.buffer.read(CHUNK), b""))
            return
        with Path(name).open("rb") as file:
            yield from _unpacked(iter(lambda: file.read(CHUNK), b""))
    except OSError as error:
        raise InputUnreadable(f"cannot read {name}: {error.strerror or error}") from error
    except (EOFError, zlib.error) as error:
        raise InputUnreadable(f"cannot unpack {name}: {error}") from error


def _unpacked(chunks: Iterator[bytes]) -> Iterator[bytes]:
    first = next(chunks, b"")
    if not first.startswith(_GZIP):
        yield first
        yield from chunks
        return
    unpacker = zlib.decompressobj(wbits=31)
    chunk = first
    while chunk:
        yield unpacker.decompress(chunk, CHUNK)
        chunk = unpacker.unconsumed_tail
        if unpacker.eof and unpacker.unused_data:  # files written one after another
            chunk = unpacker.unused_data
            unpacker = zlib.decompressobj(wbits=31)
        chunk = chunk or next(chunks, b"")
    yield unpacker.flush()
    if not unpacker.eof:
        raise EOFError("it ends in the middle")
