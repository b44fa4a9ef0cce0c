"""What a formatter must leave alone in prose: template tags, code, front matter, preformatted text.

Prompts are Markdown inside whatever their suffix says, so code is code in all of them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_RAW: Final = re.compile(r"\{%-?\s*raw\s*-?%\}")
_OPEN: Final = re.compile(r"\{\{\{|\{\{|\{%|\{#|\$\{|<%")
_CLOSE: Final = {
    "{{{": re.compile(r"\}\}\}"),
    "{{": re.compile(r"\}\}"),
    "{%": re.compile(r"%\}"),
    "{#": re.compile(r"#\}"),
    "${": re.compile(r"[{}\n]"),
    "<%": re.compile(r"%>"),
}
_END_RAW: Final = re.compile(r"\{%-?\s*endraw\s*-?%\}")
_EATEN: Final = ("%}", "#}", "%>")
"""Ends of tags behind which a template may take the newline away."""
_FENCE: Final = re.compile(
    r"^[ \t>]{0,12}(?:[-*+]\s+|\d+[.)]\s+)?(?P<mark>`{3,}|~{3,})(?P<info>[^\n]*)$", re.MULTILINE
)
_TICKS: Final = re.compile(r"(?P<run>`+)|\n[ \t\r]*(?=\n)")
_FRONT: Final = re.compile(
    r"\A(?:---|\+\+\+)[ \t]*\r?\n.*?^(?:---|\.\.\.|\+\+\+)[ \t]*$", re.DOTALL | re.MULTILINE
)
_PRE: Final = re.compile(r"<(pre|code|script|style|textarea)\b[^<>]*>", re.IGNORECASE)


@dataclass(frozen=True)
class Guarded:
    """Spans of a text in order, without overlaps, and those of template tags alone (`tagged`). `tags` are the
    ends of tags whose newline a template may eat.
    """

    spans: tuple[tuple[int, int], ...]
    tagged: tuple[tuple[int, int], ...]
    tags: frozenset[int]

    def covers(self, start: int, end: int) -> bool:
        """Whether any of the characters from `start` to `end` is guarded."""
        return _meets(self.spans, start, end)

    def in_tag(self, start: int, end: int) -> bool:
        """Whether any of the characters from `start` to `end` belongs to a template's tag."""
        return _meets(self.tagged, start, end)

    def free(self, length: int) -> Iterator[tuple[int, int]]:
        """Yield the stretches of a text of that length that are not guarded."""
        at = 0
        for start, end in self.spans:
            if start > at:
                yield at, start
            at = max(at, end)
        if at < length:
            yield at, length


def _meets(spans: tuple[tuple[int, int], ...], start: int, end: int) -> bool:
    at = bisect_right(spans, (start, 1 << 60)) - 1
    return (at >= 0 and spans[at][1] > start) or (at + 1 < len(spans) and spans[at + 1][0] < end)


def guarded(text: str, language: str) -> Guarded:
    """Return what must stay as it is in a text of this language."""
    spans = [*_fences(text)]
    tagged: list[tuple[int, int]] = []
    tags: set[int] = set()
    front = _FRONT.match(text)
    if front:
        spans.append(front.span())
    if "`" in text:
        spans += _inline(text)
    if "<" in text:
        spans += _preformatted(text)
    if "{" in text or "<%" in text:
        for start, end in _tags(text):
            tagged.append((start, end))
            if text.endswith(_EATEN, start, end) or (
                language == "template" and text.endswith("}}", start, end)
            ):
                tags.add(end)
    return Guarded(_merged([*spans, *tagged]), tuple(tagged), frozenset(tags))


def _merged(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    spans.sort()
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _tags(text: str) -> Iterator[tuple[int, int]]:
    """Yield the tags of template languages. What never closes is looked for once, not once for each."""
    missing: set[str] = set()
    at = 0
    while (opened := _OPEN.search(text, at)) is not None:
        begin = opened.start()
        raw = _RAW.match(text, begin)
        end = None
        if raw and "raw" not in missing:
            end = _END_RAW.search(text, raw.end())
            if end is None:
                missing.add("raw")
        for mark in (opened[0], opened[0][:2]) if end is None else ():
            if mark not in missing:
                end = _CLOSE[mark].search(text, begin + len(mark))
                if end is not None:
                    break
                missing.add(mark)
        if end is None or (opened[0] == "${" and end[0] != "}"):
            at = begin + 1
            continue
        at = end.end()
        yield begin, at


def _preformatted(text: str) -> Iterator[tuple[int, int]]:
    missing: set[str] = set()
    at = 0
    while (opened := _PRE.search(text, at)) is not None:
        at = opened.end()
        name = opened[1].lower()
        if name in missing:
            continue
        end = re.compile(rf"</{name}>", re.IGNORECASE).search(text, at)
        if end is None:
            missing.add(name)
            continue
        at = end.end()
        yield opened.start(), at


def _inline(text: str) -> Iterator[tuple[int, int]]:
    """Yield what stands between two runs of as many backticks in one paragraph, over line ends as well."""
    runs: list[tuple[int, int]] = []
    for found in _TICKS.finditer(text):
        if found["run"]:
            runs.append(found.span())
        elif runs:
            yield from _pairs(runs)
            runs = []
    yield from _pairs(runs)


def _pairs(runs: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    places: dict[int, list[int]] = {}
    for number, (start, end) in enumerate(runs):
        places.setdefault(end - start, []).append(number)
    at = 0
    while at < len(runs):
        start, end = runs[at]
        alike = places[end - start]
        after = bisect_right(alike, at)
        if after < len(alike):
            at = alike[after]
            yield start, runs[at][1]
        at += 1


def _fences(text: str) -> Iterator[tuple[int, int]]:
    """Yield fenced blocks, from the first backtick to the end of the closing fence or of the text."""
    opened: re.Match[str] | None = None
    if "```" not in text and "~~~" not in text:
        return
    for found in _FENCE.finditer(text):
        mark = found["mark"]
        if opened is None:
            if "`" in mark and "`" in found["info"]:
                continue
            opened = found
        elif mark[0] == opened["mark"][0] and len(mark) >= len(opened["mark"]) and not found["info"].strip():
            yield opened.start(), found.end("mark")
            opened = None
    if opened is not None:
        yield opened.start(), len(text)
