"""What kind of value parted two texts: a clock, an id, a counter. Shown masked unless asked otherwise."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from samovar.prefix.divergence import offset

KINDS: Final = (
    ("uuid", re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")),
    (
        "clock",
        re.compile(
            r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)?"
            r"|\b\d{1,2}:\d\d(?::\d\d)?(?:\s?[AaPp][Mm])?\b"
            r"|\b\d{1,2}[/.]\d{1,2}[/.]\d{2,4}\b"
            r"|\b(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?\b,?[^\n]{0,20}\d"
            r"|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.? \d{1,2}\b"
        ),
    ),
    ("epoch", re.compile(r"\b1[5-9]\d{8}(?:\d{3})?\b")),
    ("hash", re.compile(r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}\b")),
    ("address", re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")),
    ("path", re.compile(r"(?:~|\.{1,2})?/[\w.@-]+(?:/[\w.@-]+)+|[A-Za-z]:\\[^\s]+")),
    (
        "random id",
        re.compile(r"\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[A-Za-z0-9_-]{10,}\b"),
    ),
    ("percentage", re.compile(r"\d+(?:\.\d+)? ?%")),
    ("count", re.compile(r"\d[\d,.]*")),
)
AROUND: Final = 40
"""Characters looked at on each side of the place where two texts part."""
SHOWN: Final = 60
CLOCKS: Final = frozenset({"clock", "epoch"})
VOLATILE: Final = frozenset({"uuid", "clock", "epoch", "hash", "random id", "percentage", "count"})


class Parted(NamedTuple):
    """The kind of value, its spelling before and now, and where the texts part, in characters."""

    kind: str
    before: str
    now: str
    offset: int

    def masked(self) -> tuple[str, str]:
        """Return both values as their kind and form: digits as 9, letters as x; of text only the length."""
        return self._form(self.before), self._form(self.now)

    def _form(self, value: str) -> str:
        if self.kind == "text":
            return f"<text, {len(value)} characters>"
        return f"<{self.kind} {''.join('9' if c.isdigit() else 'x' if c.isalpha() else c for c in value)}>"


def parted(before: str, now: str) -> Parted:
    """Return what kind of value stands where two texts part."""
    at = offset(before, now)
    for kind, pattern in KINDS:
        one, other = _around(pattern, before, at), _around(pattern, now, at)
        if one is not None and other is not None:
            return Parted(kind, one[:SHOWN], other[:SHOWN], at)
    return Parted("text", before[at : at + SHOWN], now[at : at + SHOWN], at)


def _around(pattern: re.Pattern[str], text: str, at: int) -> str | None:
    """Return the match of a pattern that covers, or begins right at, a place in the text."""
    start = max(0, at - AROUND)
    for match in pattern.finditer(text, start, min(len(text), at + AROUND)):
        if match.start() <= at < match.end():
            return match.group()
        if match.start() > at:
            break
    return None
