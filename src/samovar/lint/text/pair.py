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
    r"(?:\s*<[\w-]+>)?[\s>*#\-\u2022\"'`{(\[<]*(?:\w+\s(?=\w+=[\"']))?(?P<label>[^\W\d_](?:[^\n:=\uff1a"
    r"|;,.!?<>{}\"]|\.(?=\w)){0,40}?"
    r"(?:(?<![\d.])|(?<=[a-z]\s\d)(?=: )|(?<=[a-z]\s\d\d)(?=: )|(?<=[A-Z]\s\d)(?=: )))"
    r"[\"'*`]{0,2}\s?[:=\uff1a]\s?[\"'*`]{0,2}(?P<value>[^\s\"'*`{}\[\]<>][^\n<>{}]{0,164})}*[\"'`\])},]*\s*(?:</[\w-]+>)?"
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
_ELEMENT: Final = re.compile(r"<(?P<label>[a-z][\w-]{1,24})>(?P<value>[^<>\n]{1,80})</(?P=label)>")


def runs(text: str, words: frozenset[str]) -> Iterator[Run]:
    """Yield the runs of pairs in a text, of lines that hold one of the words; others are passed over."""
    run: list[Pair] = []
    for line in lines_of(text).lines:
        said = text[line.start : line.end]
        paired = ":" in said or "=" in said or "</" in said or "\uff1a" in said
        asked = (
            paired
            and line.words & words
            and (said.count(":") > 1 or "=" in said or "\uff1a" in said or _labelled(said, words))
        )
        found = list(pairs_of(said, line.start)) if asked else []
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


def pairs_of(line: str, at: int) -> Iterator[Pair]:
    """Yield the pairs of one line, which begins at character `at` of its text."""
    if "</" in line and (elements := list(_ELEMENT.finditer(line))):
        for found in elements:
            label = found["label"].replace("_", " ").replace("-", " ").lower()
            yield Pair(label, found["value"].strip(), at + found.start("label"), at + found.end("value"))
        return
    start = 0
    for end in (*_NEXT.finditer(line), None):
        stop = end.start() if end else len(line)
        pair = _PAIR.fullmatch(line, start, stop)
        if pair is not None and not pair["label"].rstrip().endswith(_OPERATORS):
            label = " ".join(re.sub(r"[_.-]|(?<=[a-z])(?=[A-Z])", " ", pair["label"]).lower().split())
            yield Pair(
                label,
                pair["value"].rstrip(_CLOSING),
                at + pair.start("label"),
                at + pair.start("value") + len(pair["value"].rstrip(_CLOSING)),
            )
        start = end.end() if end else stop
