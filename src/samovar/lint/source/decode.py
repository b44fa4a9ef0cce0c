"""The text of a file's bytes."""

from __future__ import annotations

from typing import Final

from samovar.errors import MalformedBody

LARGEST: Final = 16 * 1024 * 1024
"""Bytes of the largest file that is read as a prompt or a body; logs may be longer."""
LARGEST_LOG: Final = 512 * 1024 * 1024
"""Bytes of the largest log."""
_HEAD: Final = 8_192


def decoded(data: bytes) -> str:
    """Return the text, without a byte order mark. Raises `MalformedBody` for what is not UTF-8 text."""
    if b"\0" in data[:_HEAD]:
        raise MalformedBody("a binary file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise MalformedBody(f"not UTF-8: byte {error.start} of the file, on line {line}") from error
