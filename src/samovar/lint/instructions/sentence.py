"""The sentences of a prompt that speak to the model, each with the section and the condition it stands under.

Quotations, code, examples and dialogues are what somebody says, not what the model is told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from samovar.lint.layout.guarded import guarded

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADING: Final = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$")
_TITLE: Final = re.compile(r"^(?:\*\*([^*]{2,60})\*\*:?|([A-Z][A-Z &/-]{3,40}):?|([A-Z][\w+#]{1,20}):)$")
_OPEN: Final = re.compile(r"^<([A-Za-z][\w-]*)(?:\s[^<>]*)?>$")
_CLOSE: Final = re.compile(r"^</([A-Za-z][\w-]*)>$")
_BULLET: Final = re.compile(r"^[ \t]*(?:[-*+•]|\d{1,2}[.)]|\([a-z\d]\))[ \t]+")
_EXAMPLE: Final = re.compile(
    r"\b(?:examples?|samples?|few[- ]?shots?|demonstrations?|dialogues?|transcripts?|templates?"
    r"|conversation)\b",
    re.IGNORECASE,
)
_SPOKEN: Final = re.compile(
    r"^(?:\*\*)?(?:user|human|customer|assistant|ai|agent|bot|system|q|a|question|answer|input|output|bad"
    r"|good|wrong|right"
    r"|incorrect|correct|example|before|after|don't|do)(?: \d+)?(?:\*\*)?\s?:(?:\*\*)?\s",
    re.IGNORECASE,
)
_END: Final = re.compile(r"(?<=[.!?])[\"')\]*]*\s+(?=[\"'(*\[]*[A-Z0-9])|;\s+|\n")
_CLAUSE: Final = re.compile(
    r",\s+(?:but|and|yet)\s+(?=(?:never|always|do not|don't|not|avoid|please|make sure)\b)"
    r"|\s+[\u2013\u2014]\s+(?=(?:never|always|do not|don't)\b)",
    re.IGNORECASE,
)
_LEADING: Final = re.compile(
    r"^(?P<on>(?:if|when(?:ever)?|unless|in case|once|after|while|during|until|where|for|in|on|with"
    r"|as soon as|as long as"
    r"|provided|except|before)\b[^,:]{1,100}?)[,:]\s+(?=\S)",
    re.IGNORECASE,
)
_TRAILING: Final = re.compile(
    r"[,\s(]+(?P<on>(?:if|when(?:ever)?|unless|in case|until|except|only when|only if|as long as|provided"
    r"|where"
    r"|while|during)\b.{2,})$",
    re.IGNORECASE,
)
_QUOTED: Final = re.compile(
    r"\"[^\"\n]{1,200}\"|\u201c[^\u201d\n]{1,200}\u201d|\u00ab[^\u00bb\n]{1,200}\u00bb|`[^`\n]{1,120}`"
    r"|(?<![\w])'[^'\n]{2,120}'(?!\w)"
)
_NAME: Final = re.compile(r"`[\w.:/-]+`")
_REPORTED: Final = re.compile(
    r"\b(?:user|customer|someone|they|people|he|she)\s+(?:may|might|can|could|will|would)?\s?(?:says?"
    r"|asks?|tells?|writes?|wants?)\b[^.]*:"
    r"|\b(?:was|were|had|used to|previously|formerly|in the past(?! tense))\b",
    re.IGNORECASE,
)
_DECLARED: Final = re.compile(
    r"^\s*(?://|/\*|[\w$]+\??:\s?(?:string|number|boolean|integer|any|object|unknown|array)\b"
    r"|(?:can(?:not)?|can't|could|may) [a-z]+)|\w\s=\s\w",
    re.IGNORECASE,
)
"""A comment of a program, the type of a member, a legend, or what a thing can do that is told before."""
_PASSED: Final = re.compile(r"[>|]|//")
"""How lines begin that are quotations, rows of tables, or comments of a program."""
_BELOW: Final = 7
"""The level of titles without marks, below all headings."""
_SPACES: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One clause: its words, where it begins, the headings and tags above it, and when it holds."""

    text: str
    start: int
    section: tuple[str, ...]
    condition: str


def sentences(text: str, language: str) -> Iterator[Sentence]:
    """Yield the clauses of a prompt in order."""
    kept = guarded(text, language)
    for start, block, section in _blocks(text):
        if kept.covers(start, start + 1):
            continue
        at = 0
        for end in [*(found.span() for found in _END.finditer(block)), (len(block), len(block))]:
            piece = block[at : end[0]]
            lead = len(piece) - len(piece.lstrip())
            yield from _clauses(piece.strip(), start + at + lead, section)
            at = end[1]


def _clauses(piece: str, start: int, section: tuple[str, ...]) -> Iterator[Sentence]:
    if len(piece) < 3 or _REPORTED.search(piece) or _SPOKEN.match(piece + " ") or _DECLARED.search(piece):  # noqa: PLR2004  # "No." tells nothing
        return
    plain = _QUOTED.sub(_hidden, piece)
    at = 0
    for end in [*(found.span() for found in _CLAUSE.finditer(plain)), (len(plain), len(plain))]:
        clause = plain[at : end[0]]
        condition = ""
        rest = clause.strip().rstrip(".!;:")
        leading = _LEADING.match(rest)
        if leading is not None:
            condition, rest = leading["on"], rest[leading.end() :]
        trailing = _TRAILING.search(rest)
        if trailing is not None and trailing.start() > 0:
            condition, rest = f"{condition} {trailing['on']}", rest[: trailing.start()]
        if rest.strip():
            shown = _SPACES.sub(" ", rest.strip())
            yield Sentence(shown, start + at, section, _SPACES.sub(" ", condition.strip().lower()))
        at = end[1]


def _hidden(found: re.Match[str]) -> str:
    """Return blanks for what is quoted; a name in backticks is what an instruction is about, and stays."""
    return found[0] if _NAME.fullmatch(found[0]) else "\u25a1" * len(found[0])


def _blocks(text: str) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Yield paragraphs and list items with what stands above them, but no quotations and examples."""
    headings: list[tuple[int, str]] = []
    tags: list[str] = []
    begun, lines = 0, list[str]()
    at = 0
    for line in [*text.splitlines(keepends=True), "\n"]:
        bare = line.strip()
        heading, opened, closed = _HEADING.match(bare), _OPEN.match(bare), _CLOSE.match(bare)
        title = None if heading else _TITLE.match(bare)
        bullet = _BULLET.match(line)
        parts = bool(heading or opened or closed or title or bullet) or not bare or _PASSED.match(bare)
        if (parts or _SPOKEN.match(bare)) and lines:
            yield begun, "".join(lines), (*(name for _, name in headings), *tags)
            lines = []
        if heading:
            level = len(heading[1])
            headings = [*(each for each in headings if each[0] < level), (level, heading[2].lower())]
        elif title:
            name = title[1] or title[2] or title[3]
            headings = [*(each for each in headings if each[0] < _BELOW), (_BELOW, name.lower())]
        elif opened:
            tags.append(opened[1].lower())
        elif closed:
            while tags and tags.pop() != closed[1].lower():
                pass
        elif bare and not _PASSED.match(bare):
            above = (*(name for _, name in headings), *tags)
            if not any(_EXAMPLE.search(each) for each in above):
                if not lines:
                    begun = at + (bullet.end() if bullet else len(line) - len(line.lstrip()))
                lines.append(line[bullet.end() :] if bullet else (line if lines else line.lstrip()))
        at += len(line)
