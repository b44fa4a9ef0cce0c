"""What of a text's layout drifts: white space, line ends and spellings of one character that nobody sees.

An edit keeps every word. What a template or Markdown gives a meaning is left alone (`guarded`): the two
spaces of a hard line break, code, tags, and white space behind a block tag, whose newline a template may eat.
The start of a line is structure in too many languages: a space there is told (`AT_START`), and taken away by
who asks for unsafe edits only.
"""

from __future__ import annotations

import re
import unicodedata
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from samovar.lint.layout.guarded import guarded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.layout.guarded import Guarded

BLANK_LINES: Final = 2
"""Blank lines in a row that separate parts; more say nothing more."""
_LINE: Final = re.compile(r"([^\r\n]*)(\r\n|\r|\n|\Z)")
HARD_BREAK: Final = "  "
"""What makes a hard break at the end of a line of Markdown."""
_GAP: Final = re.compile(r"(?<=[A-Za-z0-9,;)\u00c0-\u024f]) {2}(?=[A-Za-z0-9\u00c0-\u024f\"'(])")
_AFTER: Final = re.compile(r"(?<=[a-z][.!?]) {2}(?=[A-Z\"'(])")
_SINGLE: Final = re.compile(r"[a-z][.!?] [A-Z\"'(]")
_RARE: Final = 4
"""How many sentences with one space behind them make two spaces behind another a slip, not a habit."""
_LEAD: Final = re.compile(r" (?=[A-Z\u00c0-\u00de\"'])")
_TERM: Final = re.compile(r"\S*[_\-./:<>=0-9]\S*")
"""A name that stands alone before two spaces: its meaning follows in a column."""
_ITEM: Final = re.compile(r"\s|[-*+>|#]|\d+[.)]|\[")
_SAID: Final = re.compile(r"[\w)][.!?][\"')]?\s*\Z")
"""The end of a whole sentence: around code, trees and lists of names there are none."""
_DRAWN: Final = re.compile(r"[\u2500-\u257f|\\]|[{};]\s*\Z|\s[<>=]=?\s|[-=]>|^ {4}|^\t|\w\(")
"""A table, a tree or code: spaces inside such a line are columns, or belong to a string."""
_MARKDOWN: Final = re.compile(r"^(?:#{1,6} |```|~~~|> )|\*\*\S|\]\(|`[^`\n]+`", re.MULTILINE)
"""What only a text that is Markdown has, whatever its suffix."""
_SENTENCE: Final = 5
"""Words from which on a line is a sentence rather than a term with its meaning."""


class Drift(Enum):
    """What an edit mends."""

    TRAILING = "white space at the end of a line"
    GAP = "two spaces between words"
    LEADING = "a stray space at the start of a line"
    BLANK = "a run of blank lines"
    LINE_END = "a line end that is not \\n"
    LAST_LINE = "the end of the file"
    FORM = "a character that is not in its composed form (NFC)"


AT_START: Final = Drift.LEADING
"""The drift whose edit may change what a text means."""


class Mend(NamedTuple):
    """Replace characters `start` to `end` with `new`."""

    start: int
    end: int
    new: str
    drift: Drift


def mends(text: str, language: str) -> list[Mend]:
    """Return the edits that give a text its layout, in order and without overlaps."""
    if not text:
        return []
    kept = guarded(text, language)
    markdown = language == "markdown" or _MARKDOWN.search(text) is not None
    found = [*_lines(text, kept, markdown=markdown), *_forms(text, kept)]
    found.sort()
    return found


def applied(text: str, edits: list[Mend]) -> str:
    """Return the text with the edits made."""
    pieces, last = [], 0
    for edit in edits:
        pieces += [text[last : edit.start], edit.new]
        last = edit.end
    return "".join([*pieces, text[last:]])


def _lines(text: str, kept: Guarded, *, markdown: bool) -> Iterator[Mend]:
    lines = [found for found in _LINE.finditer(text) if found[0]]
    last = len(lines) - 1
    while (
        last > 0
        and not lines[last][1].strip(" \t")
        and not kept.covers(lines[last].start(), lines[last].end())
    ):
        last -= 1
    blank = 0
    rare = len(_AFTER.findall(text)) * _RARE <= len(_SINGLE.findall(text)) if "  " in text else False
    for number, line in enumerate(lines[: last + 1]):
        begins, ends = line.span(1)
        content = text[begins:ends].rstrip(" \t")
        blank = 0 if content or kept.covers(begins, max(ends, begins + 1)) else blank + 1
        if blank > BLANK_LINES and number < last:
            yield Mend(begins, line.end(), "", Drift.BLANK)
            continue
        stop = begins + len(content)
        spaces = text[stop:ends]
        free = not kept.covers(stop, ends) and not (content and stop in kept.tags)
        if spaces and free and not _meant(content, spaces):
            follows = number < last and lines[number + 1][1].strip()
            hard = markdown and content and follows and spaces.startswith(HARD_BREAK)
            wanted = HARD_BREAK if hard else ""
            if spaces != wanted:
                yield Mend(stop, ends, wanted, Drift.TRAILING)
        if content.startswith(" ") and (lead := _lead(lines, number, kept)) is not None:
            yield lead
        if content and "  " in content.strip():
            yield from _gaps(lines, number, kept, _GAP)
            if rare:
                yield from _gaps(lines, number, kept, _AFTER)
        # The pair is one line end in code as well: kept there it would make line ends mixed.
        bound = kept.in_tag if line[2] == "\r\n" else kept.covers
        if line[2] not in {"\n", ""} and not bound(ends, line.end()):
            yield Mend(ends, line.end(), "\n", Drift.LINE_END)
    end = lines[last].end() if last >= 0 else 0
    if end < len(text):
        yield Mend(end, len(text), "", Drift.LAST_LINE)
    elif lines and not lines[-1][2] and lines[-1][1].strip(" \t"):
        yield Mend(len(text), len(text), "\n", Drift.LAST_LINE)


def _meant(content: str, spaces: str) -> bool:
    """Whether the spaces behind a line's content say something.

    They do behind a backslash, which would escape the line's end, behind the mark of a signature, and where
    tabs part columns, of which the last may be empty.
    """
    inner = content.strip()
    return content.endswith("\\") or inner == "--" or ("\t" in spaces and "\t" in inner)


def _sentence(line: str) -> bool:
    return " " in line.strip() and _SAID.search(line[-8:]) is not None


def _lead(lines: list[re.Match[str]], number: int, kept: Guarded) -> Mend | None:
    """Return the edit that takes the one space from before a sentence among sentences that have none."""
    line = lines[number]
    start = line.start(1)
    if _LEAD.match(line[1]) is None or not _sentence(line[1]) or kept.covers(start, start + 1):
        return None
    above = next((lines[i][1] for i in range(number - 1, -1, -1) if lines[i][1].strip()), "")
    below = next((lines[i][1] for i in range(number + 1, len(lines)) if lines[i][1].strip()), "")
    if (above and (_ITEM.match(above) or not _sentence(above))) or below.startswith((" ", "\t")):
        return None
    return Mend(start, start + 1, "", Drift.LEADING)


def _gaps(lines: list[re.Match[str]], number: int, kept: Guarded, pattern: re.Pattern[str]) -> Iterator[Mend]:
    """Yield a doubled space inside a sentence; columns of a table or a list of terms are no sentences."""
    line = lines[number]
    found = pattern.findall(line[1])
    if len(found) != 1 or len(line[1].split()) < _SENTENCE or _DRAWN.search(line[1]):
        return
    beside = (lines[i][1] for i in (number - 1, number + 1) if 0 <= i < len(lines))
    if any("  " in each.strip() for each in beside):
        return
    gap = pattern.search(line[1])
    if gap is None or line[1].count('"', 0, gap.start()) % 2:
        return  # what stands between quotation marks is to be written like that
    if not _TERM.fullmatch(line[1][: gap.start()].strip()):
        start, end = line.start(1) + gap.start(), line.start(1) + gap.end()
        if not kept.covers(start, end):
            yield Mend(start, end, " ", Drift.GAP)


def _forms(text: str, kept: Guarded) -> Iterator[Mend]:
    """Yield the runs of a text whose characters are not composed."""
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return
    for start, end in kept.free(len(text)):
        for word in re.finditer(r"\S+", text[start:end]):
            composed = unicodedata.normalize("NFC", word[0])
            if composed != word[0]:
                yield Mend(start + word.start(), start + word.end(), composed, Drift.FORM)
