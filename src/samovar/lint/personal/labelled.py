"""Numbers that are a person's by the word before them: passports, licences, ids without a checksum.

Each word has its own form, which letters or a few digits may make up.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from samovar.lint.personal.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

_JOINT: Final = (
    r"(?:[ _-]?(?i:number|num|no|nr|id|card|code|holder|n[°º])\.?){0,2}[\"'`*]{0,2}"
    r"\s?(?:[:=#]|=>|\b(?:is|was|are|to|es|est|ist)\b)?\s{0,2}[\"'`(*]{0,2}"
)
_END: Final = r"(?![\w-]*\w)(?!\.\d)"
_KIND: Final = "identity number"


class _Word(NamedTuple):
    stem: str
    """Letters that are there wherever the word is, in any case it is written in."""
    form: re.Pattern[str]
    kind: str


def _word(stem: str, word: str, value: str, kind: str = _KIND) -> _Word:
    return _Word(stem, re.compile(rf"(?<![^\W_])(?:{word}){_JOINT}(?P<value>{value}){_END}"), kind)


_LICENCE: Final = (
    r"[Dd]riv(?:er\W?s?|ers|ing)[ _-]?[Ll]icen[cs]e|DRIV(?:ER\W?S?|ING)[ _-]?LICEN[CS]E|driv\w+Licen[cs]e"
)
_LICENSED: Final = (
    r"[A-Z]{0,2}[- ]?\d(?:[ -]?\d){4,14}|[A-Z]{5}\d{6}[A-Z0-9]{5}|[A-Z]\d{3}-\d{4}-\d{4}(?:-\d\d)?"
)
_PASSPORT: Final = r"[Pp]assport|\w*Passport|(?:[Rr]eise)?[Pp]ass(?:nummer|eport)"
_TRAVEL: Final = r"(?=(?:[A-Z ]*\d){4})[A-Z0-9]{1,3} ?[A-Z0-9]{5,8}"
_WORDS: Final = (
    _word("assport", _PASSPORT, _TRAVEL, "passport number"),
    _word("ASSPORT", "PASSPORT", _TRAVEL, "passport number"),
    _word("icen", _LICENCE, _LICENSED, "driving licence"),
    _word("ICEN", _LICENCE, _LICENSED, "driving licence"),
    _word("NRIC", "NRIC(?:/FIN)?", r"[STFGM]\d{7}[A-Z]"),
    _word("nric", "nric", r"[STFGM]\d{7}[A-Z]"),
    _word("RUT", r"RUT|RUN", r"\d{1,2}\.?\d{3}\.?\d{3}-[\dkK]"),
    _word("rut", "rut", r"\d{1,2}\.?\d{3}\.?\d{3}-[\dkK]"),
    _word("CUI", "CUI[TL]?", r"\d{2}-?\d{8}-?\d"),
    _word("cui", "cui[tl]", r"\d{2}-?\d{8}-?\d"),
    _word("DNI", "DNI", r"\d{1,2}\.\d{3}\.\d{3}"),
    _word("PAN", "PAN|PAN card", r"[A-Z]{3}[PCHABGJLFT][A-Z]\d{4}[A-Z]"),
    _word("pan", r"pan(?:_number|_card)?|panNumber", r"[A-Z]{3}[PCHABGJLFT][A-Z]\d{4}[A-Z]"),
    _word("HKID", "HKID", r"[A-Z]{1,2}\d{6} ?\([\dA]\)?"),
    _word("hkid", "hkid", r"[A-Z]{1,2}\d{6} ?\([\dA]\)?"),
    _word("TFN", "TFN", r"\d{3} ?\d{3} ?\d{2,3}"),
    _word("ax file", "[Tt]ax file", r"\d{3} ?\d{3} ?\d{2,3}"),
    _word("dula", r"[Cc][ée]dula(?: de identidad| de ciudadan\wa)?", r"[VE]?-?\d[\d.-]{5,12}\d"),
    _word("yKad", "MyKad", r"\d{6}-?\d{2}-?\d{4}"),
    _word("NIK", "(?:KTP )?NIK", r"\d{16}"),
    _word("KTP", "KTP", r"\d{16}"),
    _word("mirates", "[Ee]mirates", r"784-?\d{4}-?\d{7}-?\d"),
    _word("SA ID", "SA ID", r"\d{2}[01]\d[0-3]\d{8}"),
    _word("zehut", "[Tt]eudat [Zz]ehut", r"\d{8,9}"),
    _word("edicare", "[Mm]edicare", r"\d{4} ?\d{5} ?\d|[1-9][A-Z][A-Z0-9]\d-?[A-Z][A-Z0-9]\d-?[A-Z]{2}\d\d"),
    _word("ocial", "[Ss]ocial", r"\d{3}-?\d{2}-?\d{4}", "US social security number"),
)  # fmt: skip
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


def labelled(text: str) -> Iterator[Hit]:
    """Yield what a word calls a passport, a licence, a person's number or an account of a bank."""
    for word in _WORDS:
        at = text.find(word.stem)
        while at >= 0:
            found = word.form.search(text, max(0, at - 16), at + 80)
            if (
                found is not None
                and found.start() <= at
                and len({c for c in found["value"] if c.isdigit()}) > 1
            ):
                yield Hit(word.kind, *found.span("value"), sure=False)
            at = text.find(word.stem, at + len(word.stem))
    for stem in ("ccount", "cct"):
        at = text.find(stem)
        while at >= 0:
            found = _BANK.search(text, max(0, at - 9), at + 60)
            if found is not None and found.start() <= at and _banked(text, found):
                yield Hit("bank account", *found.span("value"), sure=False)
            at = text.find(stem, at + len(stem))


def _banked(text: str, found: re.Match[str]) -> bool:
    if len(set(found["value"]) - {" ", "-"}) <= 1:
        return False
    if found["bank"]:
        return True
    near = text[max(0, found.start() - _NEAR) : found.end() + _NEAR]
    return _BESIDE.search(near) is not None
