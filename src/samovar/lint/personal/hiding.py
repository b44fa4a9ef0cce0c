"""No report prints a value: what is personal or secret in a text is masked in whatever is quoted of it.

The text is looked at as it stands and as its escapes mean it, twice over: a string of JSON may hold JSON.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from samovar.lint.personal.escapes import unescaped
from samovar.lint.personal.hit import Hit, masked
from samovar.lint.personal.scan import scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_LEVELS: Final = 3
_LONG, _MOST = 8, 500
"""Characters and count of the values that are looked for again where no word names them."""
_TOWN: Final = re.compile(r"(?:,?\s?(?:[A-ZÀ-Þ\u3040-\uffef]|\d+(?:番|号|$))[\w'\u2019-]*){1,4}")
_SHORT: Final = 5
"""Characters of a value that are looked for elsewhere: fewer are in other words too."""


def everywhere(text: str) -> tuple[Hit, ...]:
    """Return what is found in a text, or in what its escapes mean, with places in the text itself.

    A value that a word gives away at one place is found wherever it stands again.
    """
    readings = [*_readings(text)]
    found = [[*scan(reading)] for reading, _ in readings]
    named: dict[str, Hit] = {}
    for (reading, _), hits in zip(readings, found, strict=True):
        for hit in hits:
            if hit.kind != "e-mail" and hit.end - hit.start >= _LONG and len(named) < _MOST:
                named.setdefault(reading[hit.start : hit.end], hit)
    if named:
        again = re.compile("|".join(re.escape(value) for value in sorted(named, key=len, reverse=True)))
        for (reading, _), hits in zip(readings, found, strict=True):
            hits += [
                named[each[0]]._replace(start=each.start(), end=each.end())
                for each in again.finditer(reading)
            ]
    return tuple(
        hit._replace(start=back(hit.start), end=back(_end(hit, reading)))
        for (reading, back), hits in zip(readings, found, strict=True)
        for hit in hits
    )


def _end(hit: Hit, text: str) -> int:
    """Return where a value ends; an address goes on with a town or a house behind its code."""
    if hit.kind != "postal address":
        return hit.end
    town = _TOWN.match(text, hit.end)
    return hit.end if town is None else town.end()


def _readings(text: str) -> Iterator[tuple[str, Callable[[int], int]]]:
    """Yield the text and what its escapes mean, each with a function from its places to the text's."""
    steps: tuple[Callable[[int], int], ...] = ()
    for _ in range(_LEVELS):
        yield text, partial(_back, steps)
        if "\\" not in text:
            return
        text, step = unescaped(text, every=True)
        steps = (step, *steps)


def _back(steps: tuple[Callable[[int], int], ...], at: int) -> int:
    for step in steps:
        at = step(at)
    return at


def cover(text: str, hits: Iterable[Hit]) -> str:
    """Return the text with each of the hits, as far as it reaches into the text, in its masked form."""
    shown: list[str] = []
    done = 0
    for start, end, form in _joined(text, hits):
        shown += (text[done:start], form)
        done = end
    return "".join((*shown, text[done:]))


def _joined(text: str, hits: Iterable[Hit]) -> Iterator[tuple[int, int, str]]:
    """Yield spans that do not overlap, and what stands for each."""
    begin = end = 0
    form = ""
    for hit in sorted(hits, key=lambda each: (each.start, -each.end)):
        start, stop = max(0, hit.start), min(len(text), hit.end)
        if start >= stop:
            continue
        if start < end:
            end = max(end, stop)
            continue
        if end:
            yield begin, end, form
        begin, end = start, stop
        whole = hit.kind and hit.start >= 0 and hit.end <= len(text)
        form = masked(hit.kind, text[start:stop]) if whole else "\u2026"
    if end:
        yield begin, end, form


def hidden(text: str, values: Iterable[tuple[str, str]] = ()) -> str:
    """Return a text with what is found in it masked, and before that each of the (kind, value)s known."""
    for kind, value in values:
        if len(value) >= _SHORT and value in text:
            text = text.replace(value, masked(kind, value))
    return cover(text, everywhere(text))
