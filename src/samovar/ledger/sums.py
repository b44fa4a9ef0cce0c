"""Each line of a segment ends in a sum over itself and all lines before it.

So a line that was changed, added or taken out shows. What does not show is that a segment ends too early, at
the end of a line, and that a whole segment is missing: a crash and retention do that, too.

The sum is the last member of the line's JSON object; whoever reads records without caring for it need not
know. Tagged in the segment's first line as `ALGORITHM`.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

ALGORITHM: Final = "blake2b-64 chained"
WIDTH: Final = 8
START: Final = b"samovar ledger"
_HEAD: Final = b',"sum":"'
_TAIL: Final = b'"}\n'
_LENGTH: Final = len(_HEAD) + 2 * WIDTH + len(_TAIL)


def following(before: bytes, content: bytes) -> bytes:
    """Return the sum of a line, from the sum before it and its content without a sum."""
    return blake2b(before + content, digest_size=WIDTH).digest()


def summed(line: bytes, before: bytes) -> tuple[bytes, bytes]:
    """Return a line (an object and a line feed) with its sum in it, and the sum."""
    content = line[:-2]
    digest = following(before, content)
    return content + _HEAD + digest.hex().encode() + _TAIL, digest


def holds(line: bytes, before: bytes) -> bytes | None:
    """Return the sum of a whole line if it is what follows from the line and `before`, else None."""
    content, tail = line[:-_LENGTH], line[-_LENGTH:]
    if not tail.startswith(_HEAD) or not tail.endswith(_TAIL):
        return None
    digest = following(before, content)
    return digest if tail[len(_HEAD) : -len(_TAIL)] == digest.hex().encode() else None
