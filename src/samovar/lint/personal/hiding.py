"""No report prints a value: what is personal or secret in a text is masked in whatever is quoted of it.

The text is looked at as it stands and as its escapes mean it, twice over: a string of JSON may hold JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samovar.lint.personal.escapes import unescaped
from samovar.lint.personal.hit import Hit, masked
from samovar.lint.personal.scan import scan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LEVELS: Final = 3
_SHORT: Final = 5
"""Characters of a value that are looked for elsewhere: fewer are in other words too."""


def everywhere(text: str) -> tuple[Hit, ...]:
    """Return what is found in a text, or in what its escapes mean, with places in the text itself."""
    found = list(scan(text))
    places = []
    for _ in range(_LEVELS - 1):
        if "\\" not in text:
            break
        text, back = unescaped(text, every=True)
        places.append(back)
        for hit in scan(text):
            start, end = hit.start, hit.end
            for step in reversed(places):
                start, end = step(start), step(end)
            found.append(hit._replace(start=start, end=end))
    return tuple(found)


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
