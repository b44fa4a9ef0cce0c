"""Numbers that a clause sets: at most, at least or exactly so many of something, for something."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from samovar.lint.instructions.act import NOTHING, act, stem
from samovar.lint.instructions.lexicon import words

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMES: Final = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    "twelve",
)
_WORDS: Final = {
    **{name: number for number, name in enumerate(_NAMES)},
    "single": 1,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "fifty": 50,
    "hundred": 100,
}
_NUMBER: Final = rf"(?:\d[\d,]*|{'|'.join(sorted(_WORDS, key=len, reverse=True))})"
_UNIT: Final = (
    r"(?P<unit>(?!and\b|or\b|to\b|of\b|the\b|in\b|%)[a-z][a-z-]+"
    r"(?: (?:points?|calls?|quer(?:y|ies)|questions?|examples?|items?))?)"
)
_MOST: Final = (
    r"(?:at most|no more than|not more than|up to|a maximum of|maximum of|maximum|max\.?|fewer than"
    r"|less than|under|below|within"
    r"|no longer than|not exceed|limit(?:ed)?(?: \w+){0,3} to|cap(?:ped)? at|not be longer than)"
)
_LEAST: Final = (
    r"(?:at least|no fewer than|no less than|not less than|a minimum of|minimum of|minimum|min\.?|more than"
    r"|over)"
)
_FOUND: Final = re.compile(
    rf"\b(?:(?P<most>{_MOST})|(?P<least>{_LEAST})|(?P<exact>exactly|precisely"
    rf"|only))\s+(?P<n>{_NUMBER})[ -](?:\w+ )?{_UNIT}"
    rf"|\bbetween (?P<from>{_NUMBER}) and (?P<till>{_NUMBER}) (?P<unit2>[a-z-]+)"
    rf"|\b(?P<lo>{_NUMBER})(?: ?[-\u2013] ?| to | or )(?P<hi>{_NUMBER}) (?P<unit3>[a-z-]+)"
    rf"|\b(?P<fewer>{_NUMBER}) (?P<unit4>[a-z-]+) or (?P<dir>fewer|less|more)"
    rf"|\b(?:be|is|in|with|have|has|give|write|use|of|a) (?:a )?(?P<plain>{_NUMBER}"
    rf"|single)[ -](?P<unit5>sentences?|words?|paragraphs?|bullets?(?: points?)?|lines?|characters?"
    rf"|options?|items?|examples?|questions?)",
    re.IGNORECASE,
)
_UNITS: Final = words(
    """
    sentence word paragraph bullet point line character token item question example step second minute
    hour time retry attempt result option section page source citation emoji call query search key entry
    row column message turn reason suggestion heading level digit
    """
)
_UNIT_STEMS: Final = frozenset(stem(unit) for unit in _UNITS)
_LENGTHS: Final = ("word", "sentenc", "lin", "paragraph", "character", "token")
_GENERIC: Final = frozenset(
    stem(word)
    for word in words(
        """
        answer reply response output message text it this keep limit restrict have be may should must no
        exceed write give respond provide use make yourself be return length long longer can each every
        result allow need to produce shorter
        """
    )
)
_SINGLE: Final = 1


@dataclass(frozen=True, slots=True)
class Bound:
    """From `lo` to `hi` of `unit`, for the things in `target`; `kind` is most, least, exact or range."""

    lo: float
    hi: float
    unit: str
    target: frozenset[str]
    kind: str


def bounds(clause: str) -> Iterator[Bound]:
    """Yield the bounds of a clause."""
    lowered = clause.lower().replace("\u2019", "'")
    for found in _FOUND.finditer(lowered):
        told = _told(found)
        if told is None:
            continue
        lo, hi, unit, kind = told
        unit = stem(unit.split()[-1] if stem(unit.split()[0]) not in _UNIT_STEMS else unit.split()[0])
        if unit not in _UNIT_STEMS:
            continue
        rest = f"{lowered[: found.start()]} {lowered[found.end() :]}"
        done = act(rest)
        target = frozenset[str]() if done is None else (done.objects | {done.verb}) - NOTHING
        yield Bound(lo, hi, "point" if unit == "bullet" else unit, target - _GENERIC - {unit}, kind)


def _told(found: re.Match[str]) -> tuple[float, float, str, str] | None:
    inf = float("inf")
    if found["n"]:
        n = _value(found["n"])
        if found["most"]:
            return (
                0,
                n - (found["most"].lower() in {"fewer than", "less than", "under", "below"}),
                found["unit"],
                "most",
            )
        if found["least"]:
            return n, inf, found["unit"], "least"
        return n, n, found["unit"], "exact"
    if found["from"]:
        return _value(found["from"]), _value(found["till"]), found["unit2"], "range"
    if found["lo"]:
        return _value(found["lo"]), _value(found["hi"]), found["unit3"], "range"
    if found["fewer"]:
        n = _value(found["fewer"])
        return (n, inf, found["unit4"], "least") if found["dir"] == "more" else (0, n, found["unit4"], "most")
    if found["plain"]:
        n = _value(found["plain"])
        return n, n, found["unit5"], "exact"
    return None


def _value(word: str) -> float:
    return float(word.replace(",", "")) if word[0].isdigit() else float(_WORDS[word.lower()])


def disagree(one: Bound, other: Bound) -> bool:
    """Whether two bounds on one thing cannot both be meant: they exclude one another, or differ."""
    if one.target != other.target:
        return False
    if one.unit != other.unit:
        lengths = {one.unit, other.unit} <= set(_LENGTHS)
        word = next((each for each in (one, other) if each.unit == "word" and each.hi == _SINGLE), None)
        rest = other if word is one else one
        return (
            lengths and word is not None and word.lo == _SINGLE and rest.unit != "word" and rest.lo > _SINGLE
        )
    if one.hi < other.lo or other.hi < one.lo:
        return True
    return one.kind == other.kind and (one.lo, one.hi) != (other.lo, other.hi)
