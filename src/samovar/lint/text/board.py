"""Boards: how several things are, one beside the other, as a program prints them for the moment.

Names with a status in brackets, a table with a column of states, a record of readings in a tag of its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.lint.text.late import late
from samovar.lint.text.lexicon import GAUGES, LATELY, MOVES, NOW, RULE, STATUS, SWITCH, vocabulary
from samovar.lint.text.signal import Signal, cleared, of_data, templated
from samovar.lint.text.statement import lines_of, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.text.statement import Line

_SOME: Final = 2
"""Things that make a board."""
_CELLS: Final = 3
"""Columns of the narrowest table, the bars at both ends left out, that is no glossary."""
_WORDS: Final = 4
"""Words of the longest cell or status: more explain something."""
_REPORTED: Final = vocabulary(
    """timeout timedout unsaved dirty modified saved synced unsynced error warning ok coupure coupé rétabli
    dégradé dégradée perturbé perturbée gestört störung betriebsbereit läuft besetzt frei belegt caído
    operativo fuera interrotto attivo ocupado livre caiu"""
)
_STATES: Final = STATUS | _REPORTED
_COLUMN: Final = vocabulary(
    """status state état estado stato zustand lage stand availability condition health now current currently
    live queue waiting load occupancy eta delay verspätung retard retraso ritardo backlog uptime wait 状态
    状態 ステータス 상태"""
)
"""Heads of columns that tell how a thing is."""
_ANSWERED: Final = vocabulary(
    """if use when then meaning means action answer reply example description what how"""
)
"""Heads of columns that explain or instruct: such a table is a key to states."""
_BRACKETED: Final = late(
    r"(?P<name>[\w][\w .:/@#-]{1,40}?) \((?P<status>[^()\n]{2,32})\)(?=[,;.|]|\s*$|\sand\b)"
)
_TAGGED: Final = late(
    r"<(?P<tag>[a-z][\w-]{2,24})>\s*(?P<value>\{[^{}\n]{10,600}\})\s*</(?P=tag)>", mark=r">\s*\{[\"']"
)
_RULE: Final = RULE - {"timeout", "timeouts"}
_FENCED: Final = late(r"```(?:json|yaml)?\n(?P<value>\s*\{[^`]{10,2000}\})\s*```", mark="```")
_FLAG: Final = late(r"[\"']\w+[\"']\s?:\s?(?:true|false|-?\d+(?:\.\d+)?)\s*[,}\n]")
_FORMS: Final = vocabulary(
    """example examples format schema output input response request answer result tool call function
    arguments parameters template sample json beispiel exemple ejemplo esempio"""
)
"""Tags whose record shows a form."""
_READ: Final = late(
    r"[\"'](?P<key>\w+)[\"']\s?:\s?(?:(?P<number>-?\d+(?:\.\d+)?)|[\"'](?P<word>[^\"']{1,24})[\"'])"
)


def boards(text: str) -> Iterator[Signal]:
    """Yield what tells of several things how they are just now."""
    index = lines_of(text)
    if "|" in text or not index.words.isdisjoint(_STATES):
        yield from _of_lines(text, index.lines)
    yield from _steps(text)
    for found in _FENCED.finditer(text):
        if of_data(text, found.start()) and _flags(found["value"]):
            yield Signal(found.start("value"), found.end("value"), "readings of the moment")
    for found in _TAGGED.finditer(text):
        if not _FORMS.intersection(words_of(found["tag"])) and _readings(found["value"]):
            yield Signal(found.start(), found.end(), "readings of the moment")


def _of_lines(text: str, lines: tuple[Line, ...]) -> Iterator[Signal]:
    """Yield tables, and lines of names with their status."""
    rows: list[Line] = []
    for line in (*lines, None):
        if line is not None and text[line.start : line.end].lstrip().startswith("|"):
            rows.append(line)
            continue
        if len(rows) > _SOME:
            yield from _table(text, rows)
        rows = []
        if line is not None and line.words & _STATES:
            yield from _listed(text, line)


_STEP: Final = late(
    (
        r"(?:^[ \t]*(?:[-*]|\d+[.)])?[ \t]*|(?<=\w)[ \t]|^\W{0,3}to-?do\w*\W{1,3})\[(?P<state>done"
        r"|in[ _-]progress|pending|completed?|todo|blocked|open"
        r"|doing|x|~| )\][ \t]+\w"
    ),
    re.IGNORECASE | re.MULTILINE,
    mark=r"\[(?:done|in.progress|pending|complete|doing|blocked)|\[x\].*\[ \]",
)
"""An entry of a list of things to do, and how far it is."""


def _steps(text: str) -> Iterator[Signal]:
    """Yield a list of things to do of which some are further than others."""
    found = [each for each in _STEP.finditer(text) if not cleared(text, each.start())]
    if len({each["state"].lower() for each in found}) >= _SOME:
        yield Signal(found[0].start(), found[-1].end(), "how far things are just now")


def _listed(text: str, line: Line) -> Iterator[Signal]:
    """Yield a line of names with a status in brackets behind each."""
    if text.count("(", line.start, line.end) < _SOME:
        return
    found = list(_BRACKETED.finditer(text, line.start, line.end))
    told = [each for each in found if _told(each["status"])]
    if (
        len(found) >= _SOME
        and len(told) >= _SOME
        and any(_STATES.intersection(words_of(each["status"])) for each in told)
        and not _RULE.intersection(line.words)
        and not cleared(text, line.start)
    ):
        yield Signal(told[0].start(), told[-1].end(), "how things are just now")


def _told(status: str) -> bool:
    words = words_of(status)
    return bool(words) and len(words) <= _WORDS and (words[0] in _STATES or words[0] in SWITCH)


def _table(text: str, rows: list[Line]) -> Iterator[Signal]:
    """Yield a table with a column of states that are no rows of a key."""
    cells = [text[row.start : row.end].strip().strip("|").split("|") for row in rows]
    head = [frozenset(words_of(cell)) for cell in cells[0]]
    if len(head) < _CELLS or any(words & (_ANSWERED | _RULE) for words in head):
        return
    body = [row for row in cells[1:] if not re.fullmatch(r"[\s:|-]*", "|".join(row))]
    for at, words in enumerate(head):
        if at == 0 or not words & _COLUMN:
            continue
        column = [row[at] for row in body if at < len(row)]
        told = [cell for cell in column if _told(cell)]
        now = [cell for cell in told if _STATES.intersection(words_of(cell))]
        brief = all(len(words_of(cell)) <= _WORDS for row in body for cell in row)
        if len(told) >= _SOME and 2 * len(told) > len(column) and now and brief:
            if not cleared(text, rows[0].start) and not templated(text[rows[0].start : rows[-1].end]):
                yield Signal(rows[0].start, rows[-1].end, "how things are just now")
            return


_READING: Final = MOVES | GAUGES | NOW | LATELY | STATUS | SWITCH | _COLUMN
"""Words of the keys of readings."""


def _flags(record: str) -> bool:
    """Whether a record of the context holds several numbers or switches."""
    return not templated(record) and len(_FLAG.findall(record)) > _SOME


def _readings(record: str) -> bool:
    """Whether a record holds numbers, of which some are no round ones, or states."""
    if templated(record):
        return False
    told = odd = 0
    for found in _READ.finditer(record):
        number, word = found["number"], found["word"]
        moves = _READING.intersection(words_of(found["key"].replace("_", " ")))
        if number is not None:
            told += 1
            odd += bool(moves) or re.search(r"[1-9][1-9]$|\.\d", number) is not None
        elif word is not None and _told(word):
            told += 1
            odd += 1
    return told >= _SOME and odd >= _SOME
