"""Apply fixes to the bytes of a file: from the end to the beginning, each place once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from samovar.lint.finding import Edit, Fix, Safety


def fixed(data: bytes, fixes: Iterable[Fix], allowed: frozenset[Safety]) -> bytes:
    """Return the file with the allowed fixes; of two that touch one place, the first given wins."""
    taken: list[Edit] = []
    for fix in fixes:
        if fix.safety not in allowed:
            continue
        if any(edit.start < other.end and other.start < edit.end for edit in fix.edits for other in taken):
            continue
        taken += [edit for edit in fix.edits if edit not in taken]
    for edit in sorted(taken, key=lambda each: each.start, reverse=True):
        data = data[: edit.start] + edit.new + data[edit.end :]
    return data
