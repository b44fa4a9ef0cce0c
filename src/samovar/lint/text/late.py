"""Patterns that are compiled when they are first needed, and asked only where their mark is.

A hook starts for one small file: compiling every pattern of every rule would take longer than linting it.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, cast

from samovar.lint.text.statement import lines_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from samovar.lint.text.statement import Lines


class _Late:
    """A pattern without its machine; every member of `re.Pattern` makes it."""

    __slots__ = ("_flags", "_mark", "_near", "_pattern", "_reach", "_source", "_where", "_words")

    def __init__(  # private: `late` names them
        self,
        source: str,
        flags: int,
        mark: str,
        reach: tuple[int, int] | None,
        near: tuple[str, ...],
        words: frozenset[str],
        where: str,
    ) -> None:
        self._words = words
        self._where = where
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

    def finditer(self, text: str, start: int = 0, end: int | None = None) -> Iterator[re.Match[str]]:
        """Yield the matches: none where the text lacks the mark, and with a reach only around it.

        Between `start` and `end`, where they are given, it is searched whatever the marks.
        """
        if end is not None:
            yield from cast("Callable[..., Iterator[re.Match[str]]]", self.__getattr__("finditer"))(
                text, start, end
            )
            return
        if self._words:
            index = lines_of(text)
            if self._words.isdisjoint(index.words):
                return
            if self._where:
                yield from self._in_lines(text, index)
                return
        if self._near and self._reach is None and not told(text, self._near):
            return
        spans = [(0, len(text))] if not self._mark else self._around(text)
        if spans and self._pattern is None:
            self._pattern = re.compile(self._source, self._flags)
        for first, last in spans:
            yield from cast("re.Pattern[str]", self._pattern).finditer(text, first, last)

    def _in_lines(self, text: str, index: Lines) -> Iterator[re.Match[str]]:
        """Yield the matches in lines with one of the words, or that begin at the start of one."""
        pattern = cast("re.Pattern[str]", self)
        last = -1
        for line in index.lines:
            if line.start < last or self._words.isdisjoint(line.words):
                continue
            if self._where == "line":
                yield from pattern.finditer(text, max(0, line.start - 1), min(len(text), line.end + 1))
                continue
            found = pattern.match(text, max(0, line.start - 1))
            if found is not None:
                last = found.end()
                yield found

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
    words: Collection[str] = (),
    where: str = "",
) -> re.Pattern[str]:
    """Return a pattern to be compiled later.

    `mark` is a cheap pattern without which there is no match; `reach` is how many characters in front of a
    mark and behind it a match can lie, and `near` are words, in lower case, one of which is in
    every match; with a reach they are looked for around each mark. `words` are whole words (letters only, in
    lower case) one of which is in every match: the cheapest question, since a text's words are known.
    `where` is "line" if a match lies in the line of that word, and "head" if it begins where that line does
    (with the line feed before it).
    """
    return cast("re.Pattern[str]", _Late(source, flags, mark, reach, near, frozenset(words), where))
