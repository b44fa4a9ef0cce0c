"""A string in a table: its path, its value, and where in the file it is spelt."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scalar:
    """Characters `start` to `end` of the file spell `value`; quotes and block headers may be among them.

    `path` is written as in JSON paths; `literal` says that lines of the spelling are lines of the value.
    """

    path: str
    value: str
    start: int
    end: int
    literal: bool = False

    @property
    def key(self) -> str:
        """The last name in the path; "" for an element of a list at the top."""
        return self.path.split("[", 1)[0] if "." not in self.path else _name(self.path)


def _name(path: str) -> str:
    return path.rsplit(".", 1)[-1].split("[", 1)[0]


def spelt_at(text: str, scalar: Scalar, offset: int) -> int:
    """Return where character `offset` of a string's value stands in the file.

    The word at the offset is found by counting: the n-th of its kind in the value is the n-th in the
    spelling. A word that is spelt with escapes is looked for by what comes before them.
    """
    raw = text[scalar.start : scalar.end]
    if scalar.literal:
        within = _same_line(raw, scalar.value, offset)
        if within is not None:
            return scalar.start + within
    word, before = _word(scalar.value, offset)
    while word:
        at = _nth(raw, word, _times(scalar.value, word, before))
        if at >= 0:
            return scalar.start + at + min(offset - before, len(word))
        word = word[:-1]
    return scalar.start


def _times(value: str, word: str, last: int) -> int:
    """Return how often the word begins in front of `last`, and there."""
    times, at = 1, value.find(word)
    while 0 <= at < last:
        times, at = times + 1, value.find(word, at + 1)
    return times


def _nth(raw: str, word: str, times: int) -> int:
    at = -1
    for _ in range(times):
        at = raw.find(word, at + 1)
        if at < 0:
            return -1
    return at


def _same_line(raw: str, value: str, offset: int) -> int | None:
    """Return the place in a spelling whose lines are those of the value, indentation aside."""
    number = value.count("\n", 0, offset)
    begins = value.rfind("\n", 0, offset) + 1
    line = value[begins:].split("\n", 1)[0]
    spelt = raw.split("\n")
    for extra in (0, 1):
        if number + extra < len(spelt):
            column = spelt[number + extra].rstrip("\r").rfind(line)
            if column >= 0:
                return sum(len(each) + 1 for each in spelt[: number + extra]) + column + offset - begins
    return None


def _word(value: str, offset: int) -> tuple[str, int]:
    """Return the word that holds the offset or else ends before it, and where it begins in the value."""
    end = offset
    while end < len(value) and not value[end].isspace():
        end += 1
    if end == offset:
        while end > 0 and value[end - 1].isspace():
            end -= 1
    start = end
    while start > 0 and not value[start - 1].isspace():
        start -= 1
    return value[start:end], start
