"""A suspicion about a stretch of text, and the words around it that clear it."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from samovar.lint.finding import Confidence


class Signal(NamedTuple):
    """Characters `start` to `end` of the text, what they look like, and how sure that is."""

    start: int
    end: int
    what: str
    confidence: Confidence = Confidence.LIKELY


_CLEARS: Final = re.compile(
    r"\b(?:examples?|for instance|such as|like|format(?:ted|s)?|sample|template"
    r"|placeholder|looks? like|"
    r"must be|should be|pattern|regex|if the user|when the user|beispiel|par exemple"
    r"|por ejemplo|esempio)\b"
    r"|\b(?:e\.\s?g|z\.\s?b|i\.?\s?e)\.|例|示例|пример",
    re.IGNORECASE,
)
_HEADING: Final = 80
"""Characters of the longest line that announces what follows."""
_TEMPLATED: Final = re.compile(r"\{\{|\{%|\$\{|<[a-z_ -]{2,30}>|\{[a-z_.]{2,40}\}")


def sentence(text: str, at: int) -> str:
    """Return the line up to `at`, from the last end of a sentence on, at most 160 characters."""
    start = max(text.rfind("\n", 0, at) + 1, at - 160)
    for end in (". ", "? ", "! ", "; "):
        found = text.rfind(end, start, at)
        # "e.g. " ends no sentence.
        if found >= 0 and not re.search(r"\b(?:e\.?g|i\.?e|z\.B|p\.ej|approx|ca)$", text[start:found]):
            start = max(start, found + 2)
    return text[start:at]


def cleared(text: str, at: int) -> bool:
    """Whether the words before `at` say that what follows is an example, a format or a condition."""
    before = sentence(text, at)
    return (
        _CLEARS.search(before) is not None
        or fenced(text, at)
        or _in_example(text, at)
        or _announced(text, at)
        or _under_example(text, at)
        or _below_example(text, at)
    )


def _announced(text: str, at: int) -> bool:
    """Whether the line before says that an example or a format follows: "Example of an answer:"."""
    end = text.rfind("\n", 0, at)
    line = text[text.rfind("\n", 0, max(end, 0)) + 1 : max(end, 0)].rstrip(" *`")
    return line.endswith(":") and len(line) < _HEADING and _CLEARS.search(line) is not None


_TAGS: Final = (("<example", "</example"), ("\uff1cexample", "\uff1c/example"))
"""How the tag opens and closes, in plain and in full-width brackets."""


def _in_example(text: str, at: int) -> bool:
    """Whether `at` stands between `<example>` and `</example>`, however the tag goes on."""
    for opens, closes in _TAGS:
        start = text.rfind(opens, 0, at)
        if start >= 0 and text.rfind(closes, start, at) < 0 and text.find(closes, at) >= 0:
            return True
    return False


_EXAMPLE_HEAD: Final = re.compile(
    r"\b(?:examples?|samples?|few-shot|beispiele?|exemples?|ejemplos?)\b", re.IGNORECASE
)


def _under_example(text: str, at: int) -> bool:
    """Whether `at` stands in a section, or in a part of one, whose heading says that examples follow."""
    end, level = at, 7
    while level > 1 and (start := text.rfind("\n#", 0, end)) >= 0:
        end = start
        head, _, _ = text[start + 1 : start + 1 + _HEADING].partition("\n")
        marks = len(head) - len(head.lstrip("#"))
        if marks < level and head[marks : marks + 1] == " ":
            level = marks
            if _EXAMPLE_HEAD.search(head):
                return True
    return False


_EXAMPLE_LINE: Final = re.compile(
    (
        r"[^\w<]*(?:few-shot )?(?:examples?|samples?|beispiele?|exemples?|ejemplos?|esempi[o]?|exemplos?"
        r"|例)[^\w>]*$"
    ),
    re.IGNORECASE,
)


def _below_example(text: str, at: int) -> bool:
    """Whether the paragraph of `at` begins with a line that only says "Examples", or stands below one."""
    start = text.rfind("\n\n", 0, at) + 2 if "\n\n" in text[:at] else 0
    head, _, _ = text[start : start + _HEADING].partition("\n")
    above = text[text.rfind("\n", 0, max(start - 2, 0)) + 1 : max(start - 2, 0)]
    return _EXAMPLE_LINE.match(head) is not None or (
        0 < len(above) < _HEADING and _EXAMPLE_LINE.match(above) is not None
    )


_DATA: Final = re.compile(
    (
        r"\b(?:context|metadata|meta|state|session|environment|env|runtime|snapshot|status|current|inbound"
        r"|profile|event)\b"
    ),
    re.IGNORECASE,
)
_FORM: Final = re.compile(
    (
        r"\b(?:example|format|schema|template|sample|output|respond|reply|return|like"
        r"|must|should)\w*\b"
    ),
    re.IGNORECASE,
)


def fenced(text: str, at: int) -> bool:
    """Whether `at` stands in a fenced block of code, which a block of present context is not."""
    return text.count("```", 0, at) % 2 == 1 and not of_data(text, text.rfind("```", 0, at))


def of_data(text: str, fence: int) -> bool:
    """Whether a fence at `fence` opens JSON under a heading that calls it context, and no form to follow."""
    if text[fence + 3 : fence + 7].lower() not in {"json", "yaml", "\n{\n"}:
        return False
    above = text[:fence].rstrip()
    head = above[above.rfind("\n") + 1 :]
    marked = len(head) < _HEADING and (head.startswith(("#", "**", "[")) or head.endswith(":"))
    return marked and _DATA.search(head) is not None and _FORM.search(head) is None


def line_of(text: str, at: int) -> str:
    """Return the line in which `at` stands."""
    end = text.find("\n", at)
    return text[text.rfind("\n", 0, at) + 1 : end if end >= 0 else len(text)]


_CLOCKS: Final = re.compile(r"(?<![\d:])\d{1,2}:\d\d(?!\d)")
_SEVERAL: Final = 3
"""Times of day beyond which a line tells a story or a timetable."""


def narrated(text: str, start: int, end: int, *, asked: bool = True) -> bool:
    """Whether what stands between `start` and `end` asks a question (if `asked`), or tells of many times."""
    return (asked and text.find("?", start, end) >= 0) or len(_CLOCKS.findall(text, start, end)) > _SEVERAL


def line_at(text: str, at: int) -> tuple[int, int]:
    """Return where the line in which `at` stands begins and ends."""
    end = text.find("\n", at)
    return text.rfind("\n", 0, at) + 1, end if end >= 0 else len(text)


def templated(value: str) -> bool:
    """Whether a value is filled in later: `{{name}}`, `<name>`, `${NAME}`."""
    return _TEMPLATED.search(value) is not None
