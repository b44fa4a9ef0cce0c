"""Files come in pieces of a bounded size, whatever they are packed into."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from samovar.cli.inputs import CHUNK, chunks_of
from samovar.errors import InputUnreadable

if TYPE_CHECKING:
    from pathlib import Path

ODD = bytes(range(256)) * 3


@pytest.mark.parametrize("sizes", [(5 * CHUNK,), (0, 3 * CHUNK + 7, 1), (CHUNK, CHUNK)])
def test_a_packed_file_is_unpacked_piece_by_piece(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    """A few kilobytes may hold gigabytes: no piece is longer than a chunk, and none is lost."""
    parts = [ODD[: size % 256] + b"x" * (size - size % 256) for size in sizes]
    path = tmp_path / "log.gz"
    path.write_bytes(b"".join(gzip.compress(part, mtime=0) for part in parts))
    pieces = list(chunks_of(str(path)))
    assert b"".join(pieces) == b"".join(parts)
    assert max(map(len, pieces)) <= CHUNK


def test_a_packed_file_that_ends_in_the_middle(tmp_path: Path) -> None:
    """It is said, behind what could be unpacked."""
    path = tmp_path / "log.gz"
    path.write_bytes(gzip.compress(ODD, mtime=0)[:-4])
    pieces = chunks_of(str(path))
    assert next(pieces) == ODD
    with pytest.raises(InputUnreadable, match="it ends in the middle"):
        list(pieces)
