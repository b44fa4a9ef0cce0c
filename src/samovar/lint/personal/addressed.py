"""Postal addresses that a word calls one, in whatever script: the word, then a number and a proper name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.lint.personal.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMES: Final = (
    r"[Aa]ddress(?:es)?(?:[_ -]?(?:[Ll]ine[_ -]?)?1)?|ADDRESS(?:_?(?:LINE_?)?1)?|[Aa]nschrift|ANSCHRIFT"
    r"|[Aa]dresse?|ADRESSE|[Aa]dres[aăęeyu]?|[Dd]irección|[Dd]omicilio|[Ii]ndirizzo|[Ee]ndereço|[Mm]orada"
    r"|[Oo]soite|[Ll]akcím\w*|[Aa]lamat|[Ss]treet(?:[_ -]?[Aa]ddress)?|[Ww]ohnort|[Rr]esidence"
    r"|[\u0410\u0430]дрес\w*|[Δδ]ιεύθυνση|住所|住址|地址|주소|पता|ที่อยู่|[đĐ]ịa chỉ|כתובת|عنوان|آدرس|نشانی"
)
_VERBS: Final = (
    r"[Ll]iv(?:es?|ed|ing) (?:at|in|on)|[Rr]esid(?:es?|ing) (?:at|in)|[Mm]oved? to|[Hh]ome is"
    r"|[Ss]hip(?:ped|ping|s)? (?:it |this |the \w+ )?to|[Dd]eliver(?:ed|y|s)? (?:it |this |the \w+ )?to"
    r"|[Ww]ohn(?:t|e|haft)(?: in)?|[Hh]abite|[Vv]iv[eo] en|[Bb]or (?:på|i)|[Пп]рожива\w*"
)
"""What one does at an address, and just as often with a stage, a module, a version."""
_CALLED: Final = re.compile(
    r"(?<![Mm]ail )(?<![Mm]ail_)(?<![Mm]ail)(?<![Ii][Pp] )(?<![Ii][Pp]_)(?<![Ii][Pp])(?<![Mm]emory )"
    r"(?<![Mm]emory_)(?<!MAC )(?<!mac_)(?<!allet )(?<!allet_)(?<!eb )"
    rf"(?:(?P<verb>{_VERBS})|(?P<name>{_NAMES}))[\"'`*]{{0,2}}"
    r"(?P<joint>\s?(?:[:=,]|=>|\b(?:is|ist|est|es|to|är|er|jest|è|é)\b|\bon (?:record|file):?"
    r"|(?:of|de|von|di|van|for|on)\s[^\n:=?]{2,40}?(?:\bis\b|[:?])|[?:])?)"
    r"\s{0,2}(?:A(?:nswer)?:\s)?[\"'`(\[]{0,2}"
)
_STEMS: Final = (
    "dres", "DRES", "nschrift", "irecci", "omicili", "ndirizzo", "ndereç", "orada", "soite", "akcím", "lamat",
    "treet", "esidence", "eliver", "ohnt", "ohnhaft", "ohnort", "wohne", "abite", "iv[eo] en\\b", "or på",
    "iv(?:es?|ed|ing) (?:at|in|on)\\b", "esid(?:es?|ing) (?:at|in)\\b",
    "ove[d]? to\\b", "ome is\\b", "hip(?:s|ped|ping)? (?:\\w+ ){0,2}to\\b",
    "рожива", "дрес", "ιεύθυνση", "住所", "住址", "地址", "주소", "पता", "ที่อยู่", "ịa chỉ",
    "כתובת", "عنوان", "آدرس", "نشانی",
)  # fmt: skip
"""Pieces of the words for address, each led by plain letters: looking for these is many times faster."""
_STARTS: Final = tuple((re.split(r"[\[(?\\]", stem)[0], re.compile(stem)) for stem in _STEMS)
"""Each with the letters that are there in any case."""
_PLAIN: Final = tuple(each for each in _STARTS if each[0].isascii())
"""Those of texts without other letters."""
_VALUE: Final = re.compile(
    r"(?:(?!\\n|\\\")[^\"'\n{}<>;`|]){3,90}(?:(?:,?\s?\n\s{0,4}|\\n)(?:(?!\\n"
    r"|\\\")[^\"'\n{}<>;`|]){3,60}){0,3}"
)
_CODE: Final = re.compile(
    r"(?<![\d.:/-])(?:\d{4,7}(?:[ -]?\d{3,4})?|\d{2}-\d{3}|\d{3} \d{2}|\d{5}-\d{3,4})(?![\d:]|\.\d)"
    r"|\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b|\b[A-Z]\d[A-Z] ?\d[A-Z]\d\b|\b\d{4} ?[A-Z]{2}\b"
    r"|\b[A-Z]\d[\dW] ?[A-Z\d]{4}\b|[市区도시구][^\s]{0,14}\d"
)
_HOUSE: Final = re.compile(r"(?<![\d.])\d{1,5}[A-Za-z]?\b|[A-Z]座|\d+(?:号|番|號|길|로|丁目)")
_PROPER: Final = re.compile(
    r"[A-ZÀ-ÞĀ-ŽȘȚİА-ЯЁІЇЄҐΆ-Ϋ][^\W\d_][\w'\u2019.-]*|[\u0590-\u1fff\u3040-\ud7ff]{2,}"
)
_BEGIN: Final = re.compile(
    r"\d|[A-ZÀ-ÞĀ-ŽȘȚİА-ЯЁІЇЄҐΆ-Ϋ\u0590-\u1fff\u3040-\ud7ff]|№|#\d|[^\W\d_]{1,4}\.\s"
    r"|(?:rue|avenue|boulevard|chemin|place|impasse|quai|calle|via|ulica|plac|aleja|os|the|c/o|flat|unit"
    r"|apt|вулиця|улица"
    r"|шосе|узвіз|провулок|площа|набережна|бульвар|проспект|str)\b"
)
_NOT: Final = re.compile(
    r"\d:\d\d|\s=\s|\n\s*[-*\u2022]\s|\bOWASP\b|\bNIST\b"
    r"|\b(?:19|20)\d\d-\d\d|://|@|\b0x|[=()[\]]\s?[=({[]|Anytown|AnyTown|123 Main|[Mm]usterst"
    r"|Musterm|[Ss]ample"
    r"|[Ee]xample|XXXX|\.\.\.\s?$|\b(?:lines?|bytes|tokens|tests|characters|issues?|None|null|True|False"
    r"|self|return|else|import|def|str|int|IPv[46]|RFC|ISO|octets|version|noqa)\b|\A\d{1,3}\)|#\s"
)
_FEW: Final = 3
_TWOFOLD: Final = re.compile(r"[Aa]ddress(?:es)?|[Ss]treet")
"""Words that are a name as often as a verb, or half of another word."""
_WHOSE: Final = re.compile(
    r"(?:my|his|her|their|our|your|its|the|home|postal|mail(?:ing)?|shipping|billing|delivery|residential"
    r"|current|new"
    r"|old|private|business|office|work|full|street|'s|\u2019s)[ _-]$",
    re.IGNORECASE,
)
_DOORED: Final = re.compile(
    r"\b\d{1,5}[A-Za-z]?,? (?:[A-ZÀ-Þ][\w'\u2019.-]*,? ){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Drive|Dr|Lane|Ln"
    r"|Boulevard|Blvd|Court|Crescent|Close|Terrace|Square|Parkway|Highway|Way|Place)\b"
    r"|\b\d{1,5}(?: bis| ter)?,? (?:rue|avenue|boulevard|chemin|place|impasse|quai|allée) "
    r"|[A-ZÀ-Þ][\w-]*(?:stra(?:ß|ss)e|str\.|gasse|allee|platz|weg|damm|ufer|straat|laan|gracht|plein"
    r"|gatan|vägen|gata"
    r"|vej|gade|veien|katu|tie) \d{1,4}\b"
    r"|(?:Calle|Avenida|Paseo|Plaza|Via|Viale|Corso|Piazza|Rua|ulica|ul\.|Strada|Praça|улица|ул\.|вулиця"
    r"|вул\.)"
    r" [^\n\d]{2,40}?,? \d{1,5}\b"
)
"""A street with a house number, as the language writes it."""
_POSTED: Final = re.compile(
    r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b|\b[A-Z]\d[A-Z] \d[A-Z]\d\b"
    r"|,\s(?:[A-Z]{2} )?\d{5}(?:-\d{4})?\b(?:,?\s[A-ZÀ-Þ]|$)"
)
"""A postcode that is written as nothing else is."""
_YEAR: Final = re.compile(
    r"(?:\b[a-z]{2,}|Q[1-4]|[Rr]elease|[A-Z][a-z]{2,8}ber|January|February|March|April|May"
    r"|June|July|August) $"
)
"""What stands before a year, and not before a postcode of four digits."""
_LINE: Final = 50
"""Characters of a line on an envelope."""


def called(text: str) -> Iterator[Hit]:
    """Yield what stands behind a word for address and looks like one."""
    for lead, stem in _PLAIN if text.isascii() else _STARTS:
        if lead not in text:
            continue
        done = 0
        for found in stem.finditer(text):
            if found.start() < done:
                continue
            word = _CALLED.search(text, max(0, found.start() - 12), found.end() + 72)
            if word is None or word.end() < found.start():
                continue
            hit = _behind(text, word.end(), joined=bool(word["joint"].strip()), strict=_strict(text, word))
            if hit is not None:
                yield hit
                done = hit.end


def _strict(text: str, word: re.Match[str]) -> bool:
    """Whether the word alone says too little: a verb, or a name that may be one."""
    if word["verb"] is not None:
        return True
    return (
        word["joint"].strip() in {"", ","}
        and _TWOFOLD.fullmatch(word["name"]) is not None
        and _WHOSE.search(text, max(0, word.start() - 14), word.start()) is None
    )


def _behind(text: str, at: int, *, joined: bool, strict: bool) -> Hit | None:
    """Return the address that begins here: it has a number, a proper name, and a code or a second part.

    Where the word is not `strict`ly one for address, a street with a number or a plain postcode is needed.
    """
    value = _VALUE.match(text, at)
    if value is None or _BEGIN.match(text, at) is None:
        return None
    said = value.group()
    street = _DOORED.search(said) if strict else None
    if strict and street is None and _POSTED.search(said) is None:
        return None
    code = _code(said)
    end = code.end() if code else len(said)
    head = said[: end + 16]
    if _NOT.search(head):
        return None
    houses = [
        each
        for each in _HOUSE.finditer(head)
        if code is None or each.end() <= code.start() or each.start() >= code.end()
    ]
    names = _PROPER.findall(head)
    if code is not None and names and (houses or len(names) >= _FEW or joined):
        return Hit("postal address", at, at + end, sure=False)
    if street is not None:
        return Hit("postal address", at + street.start(), at + street.end(), sure=False)
    # Without a postcode: a number beside a name in a field of its own, or in parts.
    if joined and houses and names and houses[0].start() < 60 and _own(text, at, said):  # noqa: PLR2004  # a street's length
        return Hit("postal address", at, at + len(said.rstrip()), sure=False)
    return None


def _code(said: str) -> re.Match[str] | None:
    for code in _CODE.finditer(said):
        year = len(code.group()) == 4 and code.group()[:2] in {"19", "20"}  # noqa: PLR2004  # digits of a year
        if not (year and _YEAR.search(said, 0, code.start())):
            return code
    return None


def _own(text: str, at: int, said: str) -> bool:
    """Whether the value fills its quotes, or is written in parts."""
    quoted = text[at - 1 : at] in {'"', "'"} and text[at + len(said) : at + len(said) + 1] == text[at - 1]
    parts = re.split(r",\s|\n|\\n", said)
    return (quoted and len(said.split()) > 1) or (
        len(parts) > 1 and all(len(part) < _LINE for part in parts[:2])
    )
