"""Edits on lines whose drift a comment excuses: neither the formatter nor a fix makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samovar.lint.layout.drift import Drift
from samovar.lint.locate import spot
from samovar.lint.suppress import suppressions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from samovar.lint.layout.drift import Mend

_WHITE_SPACE: Final = ("TX001", "whitespace-drift")
NAMES: Final = {
    Drift.TRAILING: _WHITE_SPACE,
    Drift.GAP: _WHITE_SPACE,
    Drift.LEADING: _WHITE_SPACE,
    Drift.BLANK: _WHITE_SPACE,
    Drift.LINE_END: ("TX002", "newline-drift"),
    Drift.LAST_LINE: ("TX002", "newline-drift"),
    Drift.FORM: ("TX003", "unicode-drift"),
}
"""Code and name of the rule that reports a drift."""


def excused(text: str, edits: Iterable[Mend]) -> list[bool]:
    """Return for each edit whether a comment with a reason excuses it."""
    edits = list(edits)
    told = suppressions(text)
    if not told.by_line:
        return [False] * len(edits)
    return [bool(told.excuses(spot(text, edit.start).line, *NAMES[edit.drift])) for edit in edits]


def groups(text: str, edits: list[Mend]) -> Iterator[list[Mend]]:
    """Yield the edits that are told together: those that nothing excuses, and each excused one by itself."""
    which = excused(text, edits)
    plain = [edit for edit, spared in zip(edits, which, strict=True) if not spared]
    if plain:
        yield plain
    yield from ([edit] for edit, spared in zip(edits, which, strict=True) if spared)
