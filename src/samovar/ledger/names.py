"""How segments are named: when they began, by which process, and its how-manieth.

In order of time by name. A folder may hold other files: what is not named like this is nobody's segment.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

SEGMENT: Final = re.compile(r"\d{8}T\d{6}\.\d{6}-\d+-\d+\.jsonl", re.ASCII)


def segment_name(at: float, process: int, number: int) -> str:
    """Return the name of a segment that begins at `at` (epoch seconds)."""
    moment = dt.datetime.fromtimestamp(at, dt.UTC)
    return f"{moment:%Y%m%dT%H%M%S}.{moment.microsecond:06d}-{process}-{number}.jsonl"


def segment_paths(folder: Path) -> list[Path]:
    """Return the segments in a folder, oldest first. Raises `OSError` where it cannot be listed."""
    return sorted(path for path in folder.iterdir() if SEGMENT.fullmatch(path.name))
