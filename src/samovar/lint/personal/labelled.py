"""Numbers that are a person's by the word before them: passports, licences, ids without a checksum.

Each word has its own form, which letters or a few digits may make up.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from samovar.lint.personal.hit import Hit
from samovar.lint.personal.words import BEFORE, spoken

if TYPE_CHECKING:
    from collections.abc import Iterator

_JOINT: Final = (
    r"(?:[ _-]?(?i:number|num|no|nr|id|card|code|holder|n[°º])\.?){0,2}[\"'`*]{0,2}"
    r"\s?(?:[:=#]|=>|\b(?:is|was|are|to|es|est|ist)\b)?\s{0,2}[\"'`(*]{0,2}"
)
_END: Final = r"(?![\w-]*\w)(?!\.\d)"
_KIND: Final = "identity number"


class _Word(NamedTuple):
    form: re.Pattern[str]
    kind: str


def _word(word: str, value: str, kind: str = _KIND) -> _Word:
    return _Word(re.compile(rf"(?<![^\W_])(?:{word}){_JOINT}(?P<value>{value}){_END}"), kind)


_LICENCE: Final = (
    r"[Dd]riv(?:er\W?s?|ers|ing)[ _-]?[Ll]icen[cs]e|DRIV(?:ER\W?S?|ING)[ _-]?LICEN[CS]E|driv\w+Licen[cs]e"
)
_LICENSED: Final = (
    r"[A-Z]{0,2}[- ]?\d(?:[ -]?\d){4,14}|[A-Z]{5}\d{6}[A-Z0-9]{5}|[A-Z]\d{3}-\d{4}-\d{4}(?:-\d\d)?"
)
_PASSPORT: Final = r"[Pp]assport|\w*Passport|(?:[Rr]eise)?[Pp]ass(?:nummer|eport)"
_TRAVEL: Final = r"(?=(?:[A-Z ]*\d){4})[A-Z0-9]{1,3} ?[A-Z0-9]{5,8}"
_PASSPORTS: Final = _word(f"{_PASSPORT}|PASSPORT", _TRAVEL, "passport number")
_PAN: Final = _word("PAN(?: card)?|pan(?:_number|_card|Number)?", r"[A-Z]{3}[PCHABGJLFT][A-Z]\d{4}[A-Z]")
_BRIEF: Final = (("assport", _PASSPORTS), ("ASSPORT", _PASSPORTS), ("PAN", _PAN), ('"pan', _PAN))
"""Words whose values need not have six digits, each with letters that are there wherever it is."""
_WORDS: Final = (
    _word(_LICENCE, _LICENSED, "driving licence"),
    _word("(?i:nric)(?:/FIN)?", r"[STFGM]\d{7}[A-Z]"),
    _word("(?i:rut|run)", r"\d{1,2}\.?\d{3}\.?\d{3}-[\dkK]"),
    _word("(?i:cui[tl]?)", r"\d{2}-?\d{8}-?\d"),
    _word("DNI", r"\d{1,2}\.\d{3}\.\d{3}"),
    _word("(?i:hkid)", r"[A-Z]{1,2}\d{6} ?\([\dA]\)?"),
    _word("TFN|(?i:tax[ _]file)", r"\d{3} ?\d{3} ?\d{2,3}"),
    _word(r"(?i:c[ée]dula)(?: de identidad| de ciudadan\wa)?", r"[VE]?-?\d[\d.-]{5,12}\d"),
    _word("(?i:mykad)", r"\d{6}-?\d{2}-?\d{4}"),
    _word("(?:KTP )?NIK|KTP", r"\d{16}"),
    _word("(?i:emirates)", r"784-?\d{4}-?\d{7}-?\d"),
    _word("SA ID", r"\d{2}[01]\d[0-3]\d{8}"),
    _word("(?i:teudat zehut)", r"\d{8,9}"),
    _word("(?i:medicare)", r"\d{4} ?\d{5} ?\d|[1-9][A-Z][A-Z0-9]\d-?[A-Z][A-Z0-9]\d-?[A-Z]{2}\d\d"),
    _word("(?i:social)", r"\d{3}-?\d{2}-?\d{4}", "US social security number"),
)
_LEADS: Final = frozenset(
    """
    licence license driverlicense driverlicence driverslicense drivinglicence drivinglicense nric rut run cuit
    cuil cui dni hkid tfn file cédula cedula mykad ktp nik emirates sa zehut medicare social
    account acct accountnumber bankaccount bankaccountnumber
    """.split()  # noqa: SIM905  # a list of words reads better as text
)
"""Words of which one stands before each of these numbers, in small letters."""
_BANK: Final = re.compile(
    r"(?<![^\W_])(?P<bank>[Bb]ank(?:ing)?[ _-])?[Aa]cc(?:oun)?t\.?[ _-]?(?:number|num|no|nr|#|id)?\.?"
    r"[\"'`*]{0,2}"
    r"\s?(?:[:=#]|\bis\b)?\s{0,2}[\"'`]?(?P<value>\d(?:[ -]?\d){5,16})(?![\w-]*\w)"
)
_BESIDE: Final = re.compile(
    r"sort[ _-]?code|routing|\bABA\b|\bBIC\b|\bSWIFT\b|\bBSB\b|\bBLZ\b|\bIFSC\b", re.IGNORECASE
)
"""What stands beside an account of a bank, and not beside one of a shop."""
_NEAR: Final = 60
_LEAD, _FORTH = 16, 64


def papers(text: str) -> Iterator[Hit]:
    """Yield passports and other papers whose numbers may be letters for the most part."""
    for stem, word in _BRIEF:
        at = text.find(stem)
        while at >= 0:
            found = word.form.search(text, max(0, at - _LEAD), at + _FORTH)
            if found is not None and found.start() <= at + 1 and _mixed(found):
                yield Hit(word.kind, *found.span("value"), sure=False)
            at = text.find(stem, at + len(stem))


def labelled(text: str, start: int) -> Iterator[Hit]:
    """Yield the number around digits that begin at `start`, if a word calls it a person's or a bank's."""
    if _LEADS.isdisjoint(spoken(text, start)):
        return
    for form, kind in _WORDS:
        found = form.search(text, max(0, start - BEFORE), start + _FORTH)
        if found is not None and found.start("value") <= start < found.end("value") and _mixed(found):
            yield Hit(kind, *found.span("value"), sure=False)
            return
    found = _BANK.search(text, max(0, start - BEFORE), start + _FORTH)
    if found is not None and found.start("value") == start and _banked(text, found):
        yield Hit("bank account", *found.span("value"), sure=False)


def _mixed(found: re.Match[str]) -> bool:
    """Whether a number has more than one digit: the others are fillers."""
    return len({each for each in found["value"] if each.isdigit()}) > 1


def _banked(text: str, found: re.Match[str]) -> bool:
    if not _mixed(found):
        return False
    if found["bank"]:
        return True
    near = text[max(0, found.start() - _NEAR) : found.end() + _NEAR]
    return _BESIDE.search(near) is not None
