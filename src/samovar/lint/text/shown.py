"""What looks like a slot of a template, and is shown to the model as it stands: code, choices, syntax."""

from __future__ import annotations

import re
from typing import Final

from samovar.lint.text.signal import line_at, sentence

_CHOICE: Final = re.compile(r"\{+\s?\w+(?:\s?[,|]\s?\w+)+\s?\}+")
"""Words to choose from, where a template has one name."""
_PROSE: Final = re.compile(
    r"\{\{(?:[^{}]*\u2014|[^{}]*\bhere\s?\}|(?:(?!\b(?:if|else|for|or|and|not|in)\b)[A-Za-z]+ ){5})"
)
"""What the model is told to put there."""
_ROUTE: Final = re.compile(r"(?:/v\d|https?://|\b(?:GET|POST|PUT|PATCH|DELETE)\b)[^\n]*/$")
"""In front of a part of an address that a manual leaves open."""
_NAME: Final = re.compile(r"\$(\w+)")
_MEMBER: Final = re.compile(r"->|::|\[")
"""Behind a variable of a program."""
_CALLED: Final = re.compile(r"\w\([\"'`]?[^()\n]*$|[?&]\w+=[^\s`]*$")
"""In front of what a function, or an address, is asked with."""
_TELLS: Final = re.compile(
    r"\b(?:holes?|placeholders?|lookups?|prefix(?:es)?|syntax|citations?)\b", re.IGNORECASE
)
_NAMED: Final = re.compile(r"\b(?:variables?|such as|e\.g\.|like|parameters?)\b", re.IGNORECASE)
"""In front of slots that are named in a code span."""
_FORMAT: Final = re.compile(r"\S{0,40}\s?format\b", re.IGNORECASE)


_CONSTANT: Final = re.compile(r"\w\(\s*\\?[\"'][^()\n]*\d{4}-\d\d[^()\n]*\)")
"""What a function makes of a date that is written down."""


def spoken_of(text: str, start: int, end: int) -> bool:
    """Whether the prompt speaks of what stands from `start` to `end`, rather than have it filled in."""
    if _CHOICE.fullmatch(text, start, end) or _PROSE.match(text, start, end):
        return True
    variable = _NAME.match(text, start, end)
    if variable is not None and (
        _MEMBER.match(text, end) or re.search(rf"(?m)(?:^|[\s;]){variable[1]}=", text)
    ):
        return True
    if _CONSTANT.search(text, start, end) or re.search(rf"[?&]\w+={re.escape(text[start:end])}", text):
        return True
    line, _ = line_at(text, start)
    before = text[line:start]
    code = before.count("`") % 2 == 1 or text.startswith("${", start)
    if code and _NAMED.search(sentence(text, start)):
        return True
    if code and (_CALLED.search(before.rpartition("`")[2]) or _ROUTE.search(before)):
        return True
    return _TELLS.search(sentence(text, start)) is not None or _FORMAT.match(text, end) is not None
