"""What a formatter must leave alone in prose: template tags, fenced code, front matter, preformatted text."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_TAGS: Final = re.compile(
    r"\{%-?\s*raw\s*-?%\}.*?\{%-?\s*endraw\s*-?%\}|\{\{\{.*?\}\}\}|\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|\$\{[^{}\n]*\}",
    re.DOTALL,
)
_FENCE: Final = re.compile(
    r"^[ \t>]{0,12}(?:[-*+]\s+|\d+[.)]\s+)?(?P<mark>`{3,}|~{3,})(?P<info>[^\n]*)$", re.MULTILINE
)
_INLINE: Final = re.compile(r"`[^`\n]+`")
_FRONT: Final = re.compile(
    r"\A(?:---|\+\+\+)[ \t]*\r?\n.*?^(?:---|\.\.\.|\+\+\+)[ \t]*$", re.DOTALL | re.MULTILINE
)
_PRE: Final = re.compile(r"<(pre|code|script|style|textarea)\b[^>]*>.*?</\1>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class Guarded:
    """Spans of a text in order, without overlaps. `tags` are the ends of tags whose newline a
    template may eat.
    """

    spans: tuple[tuple[int, int], ...]
    tags: frozenset[int]

    def covers(self, start: int, end: int) -> bool:
        """Whether any of the characters from `start` to `end` is guarded."""
        at = bisect_right(self.spans, (start, 1 << 60)) - 1
        if at >= 0 and self.spans[at][1] > start:
            return True
        return at + 1 < len(self.spans) and self.spans[at + 1][0] < end

    def free(self, length: int) -> Iterator[tuple[int, int]]:
        """Yield the stretches of a text of that length that are not guarded."""
        at = 0
        for start, end in self.spans:
            if start > at:
                yield at, start
            at = max(at, end)
        if at < length:
            yield at, length


def guarded(text: str, language: str) -> Guarded:
    """Return what must stay as it is in a text of this language."""
    spans: list[tuple[int, int]] = []
    tags: set[int] = set()
    if language == "markdown":
        spans += _fences(text)
        front = _FRONT.match(text)
        if front:
            spans.append(front.span())
        if "`" in text:
            spans += [found.span() for found in _INLINE.finditer(text)]
        if "<" in text:
            spans += [found.span() for found in _PRE.finditer(text)]
    if "{" in text:
        for found in _TAGS.finditer(text):
            spans.append(found.span())
            if found[0].endswith(("%}", "#}")) or (language == "template" and found[0].endswith("}}")):
                tags.add(found.end())
    spans.sort()
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return Guarded(tuple(merged), frozenset(tags))


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
