"""Too much of a ledger goes, oldest first; what may still be written to stays."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from samovar.ledger import segments
from samovar.ledger.retention import retain
from samovar.policy import LedgerPolicy

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1e9
HOUR = 3_600.0
POLICY = LedgerPolicy(segment_mb=1, segment_minutes=60, keep_mb=2, keep_days=30)


def lay(folder: Path, *segments: tuple[int, float], process: int = 1) -> list[str]:
    """Make segments of so many kilobytes, last written to so many seconds ago; return their names."""
    names = []
    for number, (kilobytes, idle) in enumerate(segments):
        path = folder / f"2001090{number}T000000.000000-{process}-{number}.jsonl"
        path.write_bytes(b"x" * kilobytes * 1_000)
        os.utime(path, (NOW - idle, NOW - idle))
        names.append(path.name)
    return names


def left(folder: Path) -> list[str]:
    """Return the names of what is kept, oldest first."""
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("process", [1, os.getpid()])
def test_the_oldest_go_whatever_process_wrote_them(tmp_path: Path, process: int) -> None:
    """In a container every run has the same process id."""
    names = lay(tmp_path, *[(900, 2 * HOUR)] * 5, process=process)
    retain(tmp_path, POLICY, NOW)
    assert left(tmp_path) == names[3:]


def test_what_is_too_old_goes_however_small(tmp_path: Path) -> None:
    """After `keep_days`."""
    names = lay(tmp_path, (1, 31 * 24 * HOUR), (1, 29 * 24 * HOUR))
    retain(tmp_path, POLICY, NOW)
    assert left(tmp_path) == names[1:]


def test_what_may_still_be_written_to_stays(tmp_path: Path) -> None:
    """Not full, and written to within the hour after which it is closed; full ones go at any age."""
    names = lay(tmp_path, (900, HOUR - 1), (1_000, 0.0), (900, HOUR), (900, 0.0), (900, 0.0), (900, 0.0))
    retain(tmp_path, POLICY, NOW)
    assert left(tmp_path) == [names[0], *names[3:]]


def test_files_of_others_stay(tmp_path: Path) -> None:
    """However old and large: only what is named as a segment is one, for what deletes and what reads."""
    others = ["training.jsonl", "20010901T000000.000000-1.jsonl", "20010901T000000.000000-1-1.jsonl.bak"]
    for name in others:
        (tmp_path / name).write_bytes(b"x" * 3_000_000)
        os.utime(tmp_path / name, (NOW - 1_000 * HOUR, NOW - 1_000 * HOUR))
    names = lay(tmp_path, (900, 2 * HOUR), (1, 1_000 * HOUR))
    retain(tmp_path, POLICY, NOW)
    assert left(tmp_path) == sorted([*others, names[0]])
    assert [segment.path.name for segment in segments(tmp_path)] == [names[0]]
