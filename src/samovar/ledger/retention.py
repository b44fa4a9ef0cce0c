"""Which segments of a folder go when there is too much of them, whoever wrote them.

Only segments go: a ledger may be kept among files of others. One that may still be written to never goes: one
that is not full and was written to within the time after which its process closes it. The rest of a name does
not tell: process ids come again in every container.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from samovar.ledger.names import segment_paths

if TYPE_CHECKING:
    from pathlib import Path

    from samovar.policy import LedgerPolicy

MEGABYTE: Final = 1_000_000
DAY: Final = 86_400


def retain(folder: Path, policy: LedgerPolicy, now: float) -> None:
    """Delete segments that are too old, and the oldest of those that are more than what is kept."""
    kept = 0
    try:
        paths = segment_paths(folder)
    except OSError:
        # Segments can be written where nothing can be listed.
        return
    for path in reversed(paths):
        # Another process may retain at the same time: what is gone already is as good.
        with contextlib.suppress(OSError):
            state = path.stat()
            idle = now - state.st_mtime
            kept += state.st_size
            if state.st_size < policy.segment_mb * MEGABYTE and idle < policy.segment_minutes * 60:
                continue
            if idle > policy.keep_days * DAY or kept > policy.keep_mb * MEGABYTE:
                path.unlink()
