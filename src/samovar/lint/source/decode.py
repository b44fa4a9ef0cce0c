"""The text of a file's bytes."""

from __future__ import annotations

from samovar.errors import MalformedBody

_HEAD = 8_192


def decoded(data: bytes) -> str:
    """Return the text, without a byte order mark. Raises `MalformedBody` for what is not UTF-8 text."""
    if b"\0" in data[:_HEAD]:
        raise MalformedBody("a binary file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise MalformedBody(f"not UTF-8: byte {error.start} of the file, on line {line}") from error
