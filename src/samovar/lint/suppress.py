"""`samovar: ignore[CODE] reason`: a comment that excuses findings, and has to say why.

On a line of its own it covers the next line; behind text, its own line. `ignore-file[CODE] reason` in the
first ten lines covers the file. Without a reason it covers nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samovar.lint.finding import Finding

_COMMENT: Final = re.compile(
    r"samovar:\s*(?P<what>ignore(?:-file)?)\[(?P<codes>[\w\s,-]+)\][ \t]+(?P<reason>\S[^\n]*?"
    r")\s*(?:-->|#\}|\*/)?[ \t]*$",
    re.MULTILINE,
)
_ALONE: Final = re.compile(r"\s*(?:<!--|\{#|#|//|/\*|--|;)?\s*$")
_HEAD: Final = 10


@dataclass(frozen=True, slots=True)
class Suppressions:
    """Codes or names excused, for the whole file and by line (counted from 1)."""

    everywhere: frozenset[str]
    lines: Mapping[int, frozenset[str]]

    def covers(self, finding: Finding) -> bool:
        """Whether a comment excuses the finding."""
        said = self.everywhere | self.lines.get(finding.line, frozenset())
        return finding.code in said or finding.name in said


def suppressions(text: str) -> Suppressions:
    """Return the comments of a text."""
    everywhere: set[str] = set()
    lines: dict[int, frozenset[str]] = {}
    if "samovar:" in text:
        for found in _COMMENT.finditer(text):
            codes = frozenset(code.strip() for code in found["codes"].split(",") if code.strip())
            line = text.count("\n", 0, found.start()) + 1
            if found["what"] == "ignore-file":
                everywhere |= codes if line <= _HEAD else frozenset()
                continue
            before = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
            covered = line + 1 if _ALONE.fullmatch(before) else line
            lines[covered] = lines.get(covered, frozenset()) | codes
    return Suppressions(frozenset(everywhere), lines)
