"""State of the moment: a subject that moves, a value, and words that bind them to now, weighed together.

A statement is judged by the classes of words that meet in it (`lexicon`), not by how it is phrased: "17 open
tickets", "Tickets (open): 17" and "there are 17 tickets still open" weigh the same (`reading`, `label`). A
heading lends its weight to what stands under it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.lint.text.episode import TRIGGERS
from samovar.lint.text.label import PAIR, QUANTITY, weigh_pair
from samovar.lint.text.late import late
from samovar.lint.text.lexicon import (
    ACTS,
    DETERMINER,
    DOING,
    GAUGES,
    LATELY,
    MOVES,
    NOW,
    NUMBERS,
    PHRASES,
    RULE,
    RULED,
    SETTLED,
    STATUS,
    SWITCH,
    among,
    vocabulary,
)
from samovar.lint.text.pair import pairs_of
from samovar.lint.text.reading import FINE, SENTENCE, SOME, STRONG, WEAK, weigh
from samovar.lint.text.signal import Signal, cleared, narrated, templated
from samovar.lint.text.statement import lines_of, statements, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.text.statement import Line

_HEAD: Final = late(
    r"\s*(?:#{1,6}\s|\*\*|==+\s?|--+\s|\[|<)?\s*(?P<head>[^\n:.|]{2,70}?)\s*(?:\*\*:?|==+|--+|:\*\*|\]|>|:"
    r"|\((?P<more>[^)\n]*)\)[:*\]]*)?\s*$"
)
_AROUND: Final = " \t#*=-[]<>:"
"""Marks of a heading; inside its words no colon, full stop or bar stands."""
_COLUMNS: Final = re.compile(r"[^\s.:!?] {2,}\w")
"""Two spaces inside a line: an entry of a list in columns, and no sentence."""
_BULLET: Final = late(r"\s*(?:[-*\u2022+>|]|\d{1,2}[.)])\s")
_DIGIT: Final = re.compile(r"\d")
_PARTED: Final = re.compile(r"\d ?(?:(?:/|of|von|sur|de|di) ?\d|%|\u00b0|degr|grad)")
"""So many of so many, or what is measured, whatever it is of."""
_SHOWN: Final = vocabulary(
    """status state snapshot dashboard telemetry conditions situation metrics board standings scoreboard
    overview vitals readings inventory monitor summary report update lage zustand état estado stato"""
)
"""Words of a heading over readings."""
_TOLD_FROM_NOW: Final = vocabulary(
    """morning afternoon evening today tonight yesterday ago night since heute gestern hier ayer ieri ontem
    seit depuis desde"""
)
_TELLING: Final = (
    STATUS | SWITCH | NUMBERS | _TOLD_FROM_NOW | {"call", "duty", "shift", "playing", "oncall", "one"}
)
_BINDING: Final = NOW | LATELY | MOVES | GAUGES | PHRASES.keys() | DOING
_BOUND: Final = _BINDING | STATUS
_REFRESHED: Final = late(
    (
        r"\b(?:refresh|updat|poll|sync|reload|aktualisier|actualis|actualiz|aggiorn)\w*\s(?:every|each|hourly"
        r"|once a|live|continuously|alle|chaque|cada|ogni)\b"
    ),
    re.IGNORECASE,
)
"""A board that says itself how often it changes."""


def states(text: str) -> Iterator[Signal]:
    """Yield statements that tell how things are just now."""
    carried = 0
    under: list[Line] = []
    last = -1
    for line in lines_of(text).lines:
        if last >= 0 and text.count("\n", last, line.start) > SOME:
            carried = 0
        last = line.end
        head = _heading(text, line)
        if head is not None:
            yield from _board(text, under, carried)
            carried, under = head, []
        elif carried > 0:
            under.append(line)
        told = line.digit or not line.words.isdisjoint(_TELLING)
        bound = told and (carried > 0 or not line.words.isdisjoint(_BOUND))
        parted = line.digit and _PARTED.search(text, line.start, line.end)
        if not bound and not parted and line.words.isdisjoint(TRIGGERS):
            continue
        found = _told(text, line, carried)
        if found is not None and not cleared(text, found.start):
            yield found
    yield from _board(text, under, carried)


def _heading(text: str, line: Line) -> int | None:
    """Return what a heading lends to the lines under it; None where the line is none."""
    if line.end - line.start > 90 or len(line.words) > 9:  # noqa: PLR2004  # a heading is short
        return None
    core = text[line.start : line.end].partition("(")[0].strip(_AROUND)
    apart = ":" in core or "." in core or "|" in core
    found = None if apart else _HEAD.match(text, line.start, line.end)
    if found is None and _REFRESHED.search(text, line.start, line.end):
        return WEAK
    if found is None or found.end("head") == line.end:
        return None
    words = words_of(text[line.start : line.end])
    if _REFRESHED.search(text, line.start, line.end):
        return WEAK
    if among(words, RULE, RULED) or SETTLED.intersection(words):
        return -STRONG
    if words and words[0] in ACTS and len(words) > 1 and words[1] in DETERMINER:
        return -STRONG
    if among(words, NOW, PHRASES):
        return WEAK
    if _SHOWN.intersection(words) and (LATELY | MOVES).intersection(words):
        return WEAK
    if LATELY.intersection(words) and MOVES.intersection(words):
        return WEAK
    return 0


def _board(text: str, under: list[Line], carried: int) -> Iterator[Signal]:
    """Yield a list of quantities under a heading that binds it to the moment."""
    if carried < WEAK:
        return
    told = []
    for line in under:
        pairs = [
            each for each in pairs_of(text[line.start : line.end], line.start) if QUANTITY.match(each.value)
        ]
        words = words_of(text[line.start : line.end])
        bullet = _BULLET.match(text, line.start, line.end)
        behind = bullet.end() if bullet else line.start
        counted = _DIGIT.search(text, behind, line.end) and (bullet or FINE.search(text, behind, line.end))
        asked = text.find("?", line.start, line.end) >= 0
        if (pairs or counted) and not asked and not among(words, RULE, RULED):
            told.append(line)
    if len(told) >= SOME and 2 * len(told) >= len(under) and not cleared(text, told[0].start):
        yield Signal(told[0].start, told[-1].end, "readings of the moment")


def _told(text: str, line: Line, carried: int) -> Signal | None:
    """Return the first state that a line tells."""
    whole = text[line.start : line.end]
    if (":" in whole or "=" in whole or "</" in whole or "->" in whole) and not whole.rstrip().endswith(
        (";", "{", "},", "()")
    ):
        for pair in pairs_of(whole, line.start):
            named = whole.lstrip().startswith("#") and whole.rstrip().endswith(('"', "`"))
            if not named and not templated(pair.value) and weigh_pair(pair) + carried >= PAIR:
                return Signal(pair.start, pair.end, "a reading of the moment")
    if narrated(text, line.start, line.end) or whole.lstrip().startswith("#") or _COLUMNS.search(whole):
        return None
    for statement in statements(text, line):
        if text.count('"', line.start, statement.start) % SOME and '":' not in whole and "=" not in whole:
            # The middle of words that somebody is to say.
            continue
        said = text[statement.start : statement.end]
        asked = text.startswith("?", statement.end) or said.endswith("?")
        if not asked and not templated(said) and weigh(statement.words, said) + carried >= SENTENCE:
            return Signal(statement.start, statement.end, "what is said to be so just now")
    return None
