"""`samovar: ignore[CODE] reason`: a comment that excuses findings, and has to say why.

On a line of its own it covers the next line; behind text, its own line. `ignore-file[CODE] reason` in the
first ten lines covers the file. Without a reason it covers nothing, and a comment that covers nothing is
told, since it would hide the next finding. In backticks it is a quotation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from samovar.lint.codes import called
from samovar.lint.locate import spot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from samovar.lint.finding import Finding

_COMMENT: Final = re.compile(
    r"samovar:\s*(?P<what>ignore(?:-file)?)(?:\[(?P<codes>[^\]\n]*)\])?(?P<reason>[^\n]*)$", re.MULTILINE
)
_CLOSE: Final = re.compile(r"(?:-->|[-+]?#\}|(?:--)?~?\}\}|\*/(?:\s*-?\}\})?|-?%>)?\s*$")
_ALONE: Final = re.compile(
    r"\s*(?:<!--|\{#[-+]?|\{\{~?!(?:--)?|(?:\{\{(?:-\s)?\s*)?/\*|<%-?#|##?|//|--|;)?\s*$"
)
"""What may stand before a comment that has its line for itself: HTML, Jinja, Handlebars, Go, ERB, code."""
_HEAD: Final = 10


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment on a line (from 1): what it excuses, and the line covered, 0 for the file.

    `codes` are codes of rules, beginnings of codes, or names.
    """

    line: int
    covers: int
    codes: tuple[str, ...]
    reason: str
    late: bool = False
    """Whether it would excuse a whole file, and stands too far down for that."""


@dataclass(frozen=True, slots=True)
class Suppressions:
    """The comments of a text, and what they have excused so far."""

    comments: tuple[Comment, ...]
    by_line: dict[int, list[Comment]] = field(default_factory=dict)
    """Those that count, by the line that they cover."""
    _used: set[tuple[int, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Sort the comments by what they cover: there may be one for each line."""
        for comment in self.comments:
            if comment.reason and not comment.late:
                self.by_line.setdefault(comment.covers, []).append(comment)

    def excuses(self, line: int, code: str, name: str) -> list[tuple[int, str]]:
        """Return where, and in which words, a rule's finding on a line is excused."""
        return [
            (comment.line, given)
            for covered in (0, line)
            for comment in self.by_line.get(covered, ())
            for given in comment.codes
            if called(code, name, (given,))
        ]

    def covers(self, finding: Finding) -> bool:
        """Whether a comment excuses the finding; all that do are used."""
        found = self.excuses(finding.line, finding.code, finding.name)
        self._used.update(found)
        return bool(found)

    def complaints(
        self, known: Callable[[str], bool], ran: Callable[[str], bool]
    ) -> Iterator[tuple[int, str]]:
        """Yield line and sentence for each comment that covers nothing.

        `known` says whether a rule is called so, `ran` whether one looked at this file: what did not run may
        well have something to excuse.
        """
        for comment in self.comments:
            if not comment.codes:
                yield comment.line, "ignore names no code: write ignore[CODE] and a reason"
            elif not comment.reason:
                yield (
                    comment.line,
                    f"ignore[{', '.join(comment.codes)}] gives no reason, so it excuses nothing",
                )
            elif comment.late:
                yield comment.line, f"ignore-file counts in the first {_HEAD} lines only"
            else:
                for code in comment.codes:
                    if not known(code):
                        yield comment.line, f"ignore[{code}]: no rule is called {code}"
                    elif ran(code) and (comment.line, code) not in self._used:
                        yield comment.line, f"ignore[{code}] excuses nothing: take it out"


def suppressions(text: str) -> Suppressions:
    """Return the comments of a text."""
    return Suppressions(tuple(_comments(text)) if "samovar:" in text else ())


def _comments(text: str) -> Iterator[Comment]:
    for found in _COMMENT.finditer(text):
        line, column = spot(text, found.start())
        before = text[found.start() - column + 1 : found.start()]
        if before.endswith("`"):
            continue
        whole = found["what"] == "ignore-file"
        codes = tuple(code.strip() for code in (found["codes"] or "").split(",") if code.strip())
        reason = _CLOSE.sub("", found["reason"].rstrip()).strip(" \t:-")
        covers = 0 if whole else line + 1 if _ALONE.fullmatch(before) else line
        yield Comment(line, covers, codes, reason, late=whole and line > _HEAD)
