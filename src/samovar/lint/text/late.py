"""Patterns that are compiled when they are first needed, and asked only where their mark is.

A hook starts for one small file: compiling every pattern of every rule would take longer than linting it.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Late:
    """A pattern without its machine; every member of `re.Pattern` makes it."""

    __slots__ = ("_flags", "_mark", "_near", "_pattern", "_reach", "_source")

    def __init__(
        self, source: str, flags: int, mark: str, reach: tuple[int, int] | None, near: tuple[str, ...]
    ) -> None:
        self._source = source
        self._flags = flags
        self._mark = mark
        self._reach = reach
        self._near = near
        self._pattern: re.Pattern[str] | None = None

    def __getattr__(self, name: str) -> object:
        if self._pattern is None:
            self._pattern = re.compile(self._source, self._flags)
        return getattr(self._pattern, name)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Yield the matches: none where the text lacks the mark, and with a reach only around it."""
        if self._near and self._reach is None and not told(text, self._near):
            return
        spans = [(0, len(text))] if not self._mark else self._around(text)
        if spans and self._pattern is None:
            self._pattern = re.compile(self._source, self._flags)
        for start, end in spans:
            yield from cast("re.Pattern[str]", self._pattern).finditer(text, start, end)

    def _around(self, text: str) -> list[tuple[int, int]]:
        """Return the stretches in which a match can lie; neighbours that touch are one."""
        if self._reach is None:
            return [(0, len(text))] if re.search(self._mark, text) else []
        spans = _stretches(text, self._mark, self._reach)
        return [(a, b) for a, b in spans if self._told(text, a, b)] if self._near else spans

    def _told(self, text: str, start: int, end: int) -> bool:
        """Whether any of the words stands in a stretch."""
        stretch = text[start:end].lower()
        return any(word in stretch for word in self._near)


@functools.lru_cache(maxsize=4)
def _stretches(text: str, mark: str, reach: tuple[int, int]) -> list[tuple[int, int]]:
    """Return the stretches around the marks; patterns of one family ask for the same ones in turn."""
    before, after = reach
    spans: list[tuple[int, int]] = []
    for found in re.finditer(mark, text):
        start, end = max(0, found.start() - before), min(len(text), found.end() + after)
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


@functools.lru_cache(maxsize=1)
def _lowered(text: str) -> str:
    return text.lower()


def told(text: str, words: tuple[str, ...]) -> bool:
    """Whether any of the words, in lower case, stands in a text."""
    lowered = _lowered(text)
    return any(word in lowered for word in words)


def late(
    source: str,
    flags: int = 0,
    *,
    mark: str = "",
    reach: tuple[int, int] | None = None,
    near: tuple[str, ...] = (),
) -> re.Pattern[str]:
    """Return a pattern to be compiled later.

    `mark` is a cheap pattern without which there is no match; `reach` is how many characters in front of a
    mark and behind it a match can lie, and `near` are words, in lower case, one of which is in
    every match; with a reach they are looked for around each mark.
    """
    return cast("re.Pattern[str]", _Late(source, flags, mark, reach, near))
