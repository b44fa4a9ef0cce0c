"""White space as the first difference of two versions: it says nothing and moves a whole prefix."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from samovar.lint.layout.form import formed
from samovar.prefix.divergence import offset

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORD: Final = re.compile(r"\S+")


class Stray(NamedTuple):
    """The new version parts from the old at `start` by white space only; its words part at `end`.

    `end` is the length of the text where all words are the same.
    """

    start: int
    end: int


def stray(file: str, before: str, after: str) -> Stray | None:
    """Return the stretch that white space alone makes another prompt; None where words change first.

    What `samovar fmt` would do to the old version is no stray: it is done once and stays.
    """
    if _parted(before, after) is None:
        return None
    return _parted(formed(file, before), after)


def _parted(before: str, after: str) -> Stray | None:
    if before == after:
        return None
    at = offset(before, after)
    end = _words_part(before, after)
    same = after[at:end].split()
    return Stray(at, end) if same or end == len(after) else None


def _words_part(before: str, after: str) -> int:
    """Return where the first word of `after` begins that `before` does not have there."""
    old: Iterator[re.Match[str]] = _WORD.finditer(before)
    for word in _WORD.finditer(after):
        other = next(old, None)
        if other is None or other[0] != word[0]:
            return word.start()
    other = next(old, None)
    return len(after) if other is None else len(after.rstrip())
