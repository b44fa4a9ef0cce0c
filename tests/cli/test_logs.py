"""A log is a file, stdin or a folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from samovar.call import SegmentMemo
from samovar.cli.logs import together
from samovar.errors import InputUnreadable
from samovar.record import BadLine, Observation
from tests.record.logs import exchange, lines

if TYPE_CHECKING:
    from pathlib import Path


def test_a_folder_is_read_file_by_file(tmp_path: Path) -> None:
    """Bodies are called by their files; what cannot be read is counted and named."""
    body = json.dumps(exchange()["request"], indent=1)
    (tmp_path / "b.json").write_text(body)
    (tmp_path / "a.json").write_text(body)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "log.jsonl").write_bytes(
        b"".join(lines(exchange(id="x"), exchange(id="x", status=201))) + b"torn"
    )
    (tmp_path / "notes.txt").write_text("nothing")
    found = list(together([str(tmp_path)], SegmentMemo()))
    assert [each.id if isinstance(each, Observation) else each.reason[:20] for each in found] == [
        "a.json",
        "b.json",
        "notes.txt is not JSO",
        "x",
        "x#2",
        "sub/log.jsonl: not a",
    ]


def test_a_folder_without_calls_is_refused(tmp_path: Path) -> None:
    """As an empty file is."""
    with pytest.raises(InputUnreadable, match="folder without"):
        list(together([str(tmp_path)], SegmentMemo()))


def test_a_file(tmp_path: Path) -> None:
    """Read as its content says; a missing one is said to be missing."""
    path = tmp_path / "log.jsonl"
    path.write_bytes(lines(exchange())[0])
    (seen,) = together([str(path)], SegmentMemo())
    assert not isinstance(seen, BadLine)
    with pytest.raises(InputUnreadable, match="cannot read"):
        list(together([str(tmp_path / "missing")], SegmentMemo()))
