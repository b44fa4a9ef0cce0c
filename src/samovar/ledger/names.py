"""How segments are named: when they began, by which process, and its how-manieth.

In order of time by name.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def segment_name(at: float, process: int, number: int) -> str:
    """Return the name of a segment that begins at `at` (epoch seconds)."""
    moment = dt.datetime.fromtimestamp(at, dt.UTC)
    return f"{moment:%Y%m%dT%H%M%S}.{moment.microsecond:06d}-{process}-{number}.jsonl"


def started_at(path: Path) -> str:
    """Return what segments are sorted by."""
    return path.name
