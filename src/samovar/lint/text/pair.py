"""Labels with values, as programs print them: `Plan: gold | Seats: 14`, `cpu=42%`, `<plan>gold</plan>`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from samovar.lint.text.statement import lines_of, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator


class Pair(NamedTuple):
    """A label in lower case and its value; `start` and `end` are characters of the text."""

    label: str
    value: str
    start: int
    end: int


Run = tuple[Pair, ...]
"""Pairs that stand together: on one line, or on lines that follow each other."""

_NEXT: Final = re.compile(
    r"\s[|\u00b7\u2022]\s|[\u3000\uff1b\uff0c\u3001](?=\w{1,10}[:\uff1a])|(?<!\d)\s/\s|;\s?"
    r"|,\s?(?=[\"']?[A-Za-z][\w '-]{0,24}[\"']?\s?[:=])"
    r"|[.,]\s(?=[A-Z][\w '-]{1,30}[:=])|(?<=[\"'])\s(?=[\w.-]{2,30}=)"
)
"""Where a line goes on with another pair."""
_PAIR: Final = re.compile(
    r"(?:\s*<[\w-]+>)?[\s>*#\-\u2022\u00b7\"'`{(\[<]*(?:\w+\s(?=\w+=[\"']))?(?P<label>[^\W\d_](?:[^\n:=\uff1a"
    r"|;,.!?<>{}\"]|\.(?=\w)){0,40}?"
    r"(?:(?<![\d.])|(?<=[a-z]\s\d)(?=: )|(?<=[a-z]\s\d\d)(?=: )|(?<=[A-Z]\s\d)(?=: )))"
    r"[\"'*`]{0,2}\s?(?:[:=\uff1a]"
    r"|->)\s?[\"'*`]{0,2}(?P<value>[^\s\"'*`{}\[\]<>][^\n<>{}]{0,164})}*[\"'`\])},]*\s*(?:</[\w-]+>)?"
)
_PROGRAM: Final = re.compile(
    r"^(?:string|number|bool(?:ean)?|int(?:eger)?|float|object|array|any|undefined)(?:\[\])?\W*$"
    r"|===|!==|=>|\?\.\w|\u2192|->|&&|\|\||\b[a-z]\w*\.[a-z]+[A-Z]"
)
"""A type, or an expression, where the value of a reading would stand."""
_OPERATORS: Final = ("+", "-", "*", "/", "%", "&", "!")
"""In front of an equals sign they make an assignment of a program."""
_CLOSING: Final = " \t\r\"'*`])},"
"""What may stand behind a value."""
_ATTRIBUTES: Final = re.compile(
    r"^\s*(?:[-*]\s)?<(?P<tag>[a-z][\w-]{1,24})(?P<all>(?:\s+[\w-]{1,24}=(?:\"[^\"\n<>]*\""
    r"|'[^'\n<>]*'))+)\s*/>\s*$"
)
_ATTRIBUTE: Final = re.compile(r"(?P<label>[\w-]+)=(?P<mark>[\"'])(?P<value>[^\n]*?)(?P=mark)")
_SPACED: Final = re.compile(r"[\w.-]{2,30}=[^\s=]+(?:\s+[\w.-]{2,30}=[^\s=]+)+")
"""Assignments one behind the other, as loggers print them."""
_ASSIGNED: Final = re.compile(r"(?P<label>[\w.-]+)=(?P<value>\S+)")
_CELLS: Final = re.compile(
    r"\s*\|\s*(?P<label>[^\W\d_]\w*(?: \w+){0,2})\s*\|\s*(?P<value>[^|\n]{1,160}?)\s*\|?\s*"
)
"""A row of a table with two columns: a label and a value."""
_PARENT: Final = re.compile(
    r"(?P<indent>\s*)[\"'#*\s]*(?P<label>[a-z][a-z_ -]{1,24})(?:[\"'*]*\s?:\s*|\"\s?:\s*\{\s*)"
)
"""A key, of which what is indented behind it tells."""
_INDENT: Final = re.compile(r"\s*")
_ELEMENT: Final = re.compile(r"<(?P<label>[a-z][\w-]{1,24})>(?P<value>[^<>\n]{1,80})</(?P=label)>")


def runs(text: str, words: frozenset[str]) -> Iterator[Run]:
    """Yield the runs of pairs in a text, of lines that hold one of the words; others are passed over."""
    run: list[Pair] = []
    above = ""
    depth = 0
    for line in lines_of(text).lines:
        said = text[line.start : line.end]
        paired = ":" in said or "=" in said or "</" in said or "\uff1a" in said or said[:1] == "|"
        indent = _INDENT.match(said).end()  # type: ignore[union-attr]  # it matches nothing as well
        if above and indent <= depth:
            above = ""
        if above and paired:
            run += (pair._replace(label=f"{above} {pair.label}") for pair in pairs_of(said, line.start))
            continue
        if said[-1:] in ":{" and line.words & words and (parent := _PARENT.fullmatch(said)) is not None:
            above, depth = _spelt(parent["label"]), indent
            continue
        asked = (
            paired
            and line.words & words
            and (
                said[:1] == "|"
                or said.count(":") > 1
                or "=" in said
                or "\uff1a" in said
                or _labelled(said, words)
            )
        )
        found = list(pairs_of(said, line.start, cells=True)) if asked else []
        if not found and run and not paired:
            yield tuple(run)
            run = []
        run += found
    if run:
        yield tuple(run)


def programmed(value: str) -> bool:
    """Whether a value is a piece of a program, or of a sentence about one."""
    return _PROGRAM.search(value) is not None or value.count("`") % 2 == 1


def _labelled(said: str, words: frozenset[str]) -> bool:
    """Whether one of the words stands in front of the only colon of a line."""
    return not words.isdisjoint(words_of(said.partition(":")[0]))


def pairs_of(line: str, at: int, *, cells: bool = False) -> Iterator[Pair]:
    """Yield the pairs of a line that begins at character `at` of its text; `cells` are those of a table."""
    if "</" in line and (elements := list(_ELEMENT.finditer(line))):
        for found in elements:
            label = _spelt(found["label"])
            yield Pair(label, found["value"].strip(), at + found.start("label"), at + found.end("value"))
        return
    if line[:1] == "|" and cells:
        if (row := _CELLS.fullmatch(line)) is not None:
            yield _pair(row, at)
        return
    if "=" in line and "<" in line and (tag := _ATTRIBUTES.match(line)):
        for each in _ATTRIBUTE.finditer(line, *tag.span("all")):
            yield _pair(each, at, f"{tag['tag']} ")
        return
    if line.count("=") > 1 and (spaced := _SPACED.search(line)):
        for each in _ASSIGNED.finditer(line, *spaced.span()):
            yield _pair(each, at)
        return
    start = 0
    for end in (*_NEXT.finditer(line), None):
        stop = end.start() if end else len(line)
        pair = _PAIR.fullmatch(line, start, stop)
        if pair is not None and not pair["label"].rstrip().endswith(_OPERATORS):
            yield Pair(
                _spelt(pair["label"]),
                pair["value"].rstrip(_CLOSING),
                at + pair.start("label"),
                at + pair.start("value") + len(pair["value"].rstrip(_CLOSING)),
            )
        start = end.end() if end else stop


def _pair(found: re.Match[str], at: int, tag: str = "") -> Pair:
    """Return the pair of an attribute or an assignment, under the name of its element."""
    label = _spelt(tag + found["label"])
    return Pair(label, found["value"].strip("\"'`,;"), at + found.start("label"), at + found.end("value"))


def _spelt(label: str) -> str:
    """Return the words of a label in lower case, those of `openTickets` and `open_tickets` apart."""
    return " ".join(re.sub(r"[_.-]|(?<=[a-z])(?=[A-Z])", " ", label).lower().split())
