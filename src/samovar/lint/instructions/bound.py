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
_UNITS: Final = words(
    """
    sentence word paragraph bullet point line character token item question example step second minute
    hour time retry attempt result option section page source citation emoji call query search key entry
    row column message turn reason suggestion heading level digit keyword
    """
)
_UNIT: Final = (
    r"(?:\w+ ){0,2}?(?P<unit"
    rf"NUMBER>(?:{'|'.join(sorted(each.removesuffix('y') for each in _UNITS))})(?:s|ies|y|es)?\b|(?!this"
    rf"|its|as\b)[a-z]{{3,}}s\b)"
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
    rf"\b(?:(?P<most>{_MOST})|(?P<least>{_LEAST})|(?P<exact>exactly|precisely|only))\s+(?P<n>{_NUMBER})[ -]"
    + _UNIT.replace("NUMBER", "1")
    + rf"|\bbetween (?P<from>{_NUMBER}) and (?P<till>{_NUMBER}) "
    + _UNIT.replace("NUMBER", "2")
    + rf"|\b(?P<lo>{_NUMBER})(?: ?[-\u2013] ?| to | or )(?P<hi>{_NUMBER}) "
    + _UNIT.replace("NUMBER", "3")
    + rf"|\b(?P<fewer>{_NUMBER}) "
    + _UNIT.replace("NUMBER", "4")
    + r" or (?P<dir>fewer|less|more)"
    + rf"|\b(?:be|is|in|with|have|has|give|write|use|of|a) (?:a )?(?P<plain>{_NUMBER})[ -](?!\d)"
    + _UNIT.replace("NUMBER", "5"),
    re.IGNORECASE,
)
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
) | {"answer", "include", "use", "keep"}
"""Words, and names of classes of verbs, that say nothing of what is bound."""
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
        unit = stem(unit)
        # "Limit the summary to 50 words": what stands between is what is bound.
        most = found["most"] or ""
        between = re.sub(r"^limit(?:ed)?\b|\bto$", "", most) if "limit" in most else ""
        rest = f"{lowered[: found.start()]} {between} {lowered[found.end() :]}"
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
                found["unit1"],
                "most",
            )
        if found["least"]:
            return n, inf, found["unit1"], "least"
        return n, n, found["unit1"], "exact"
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
