"""Postal addresses: a house number with a street, and a postcode or a word that calls it an address."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.lint.personal.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

_BREAK: Final = r"(?:\s*(?:,|;|\\n|\n|\s-\s|\|)\s*)"
_WORD: Final = r"[A-ZÀ-ÞĀ-Ž][\w.'\u2019\-]*"
STREETS: Final = (
    "Street", "Str.", "St.", "St ", "Road", "Rd", "Avenue", "Ave", "Lane", "Ln", "Drive", "Dr.",
    "Boulevard", "Blvd", "Court", "Square", "Terrace", "Close", "Crescent", "Way", "Highway", "Parkway",
    "Place", "Plaza", "Trail", "straße", "strasse", "Straße", "Strasse", "str.", "gasse", "platz", "weg",
    "allee", "Allee", "ring", "ufer", "damm", "rue ", "Rue ", "avenue", "boulevard", "chemin", "impasse",
    "place ", "quai", "Calle", "C.", "Avenida", "Paseo", "Pasaje", "Ronda", "Via ", "Viale", "Piazza",
    "Corso", "Vicolo", "Strada", "Contrada", "Borgo", "Rotonda", "Incrocio", "Canale", "Stretto", "Rua",
    "Travessa", "Alameda", "Praça", "Largo", "Rodovia", "Estrada", "straat", "laan", "plein", "dreef",
    "gracht", "kade", "steeg", "hof", "singel", "pad", "gatan", "gränd", "torget", "vägen", "stigen",
    "gata", "vej", "gade", "allé", "vænget", "stræde", "veien", "vegen", "gaten", "katu", "tie", "polku",
    "kuja", "ul.", "al.", "ulica", "aleja", "plac", "pl.", "os.", "Ulice", "ulice", "náměstí", "nám.",
)  # fmt: skip
_STREET: Final = "|".join(re.escape(word.strip()) for word in sorted(STREETS, key=len, reverse=True))
_STATE: Final = (
    r"(?:A[KLRZAEP]|C[AOT]|D[CE]|F[LM]|G[AU]|HI|I[ADLN]|K[SY]|LA|M[ADEHINOPST]|N[CDEHJMVY]|O[HKR]"
    r"|P[ARW]|RI|S[CD]|T[NX]|UT|V[AIT]|W[AIVY]|AS|MH)"
)
_US: Final = re.compile(
    rf"(?<![\w.])(?:\d{{1,5}}|PSC|Unit|USNS|USS|USNV|USCGC"
    rf"|Box)\s[^\n;:{{}}\"]{{3,60}}{_BREAK}[^\n;:{{}}\"]{{2,40}},?\s{_STATE}\s\d{{5}}(?:-\d{{4}}"
    rf")?(?!\d)|(?:PSC|Unit)\s\d[^\n{{}}\"]{{3,40}}{_BREAK}(?:APO|FPO|DPO)\s{_STATE}\s\d{{5}}"
    rf"|US(?:NS|S|NV|CGC)\s[^\n{{}}\"]{{3,40}}{_BREAK}(?:APO|FPO|DPO)\s{_STATE}\s\d{{5}}"
)
_GB: Final = re.compile(
    rf"(?<![\w.])(?:(?:Flat|Studio|Unit|Apartment)\s)?\d{{1,4}}[A-Za-z]?,?{_BREAK}"
    rf"?\s?[^{{}}\"]{{3,80}}?{_BREAK}(?:GIR 0AA|[A-Z]{{1,2}}\d[A-Z\d]?\s?\d[ABD-HJLNP-UW-Z]{{2}}"
    rf")\b"
)
_CODE: Final = r"(?:[A-Z]{1,2}-)?(?:\d{2}-\d{3}|\d{5}-\d{3}|\d{3} \d{2}|\d{4} ?[A-Z]{2}|\d{4,5})"
_AFTER: Final = re.compile(
    rf"(?<![\w.])(?P<street>(?:(?:{_STREET})\s?)?(?:{_WORD}|de|la|del|di|van|von|der|den|y|e|da"
    rf"|do|dos|das|af|på|na|nad|pod|u|the|of|\d{{1,2}}\.)(?:[ \-](?:{_WORD}|de|la|las|los|del|di"
    rf"|van|von|der|den|y|e|da|do|dos|das|af|på|na|nad|pod|u|[a-zà-ž]{{3,14}})){{0,5}})"
    rf"[ ,]{{1,2}}(?:nº\s?|n\.\s?|nr\.?\s?|č\.\s?)?\d{{1,5}}(?:\s?[a-zA-Z])?(?:\s?[/\-]\s?\d{{1,"
    rf"4}})?(?:,?\s(?:Apt\.|Appartamento|Piso|Puerta|m\.|lok\.|kamer|bus|bis|ter"
    rf"|[A-Z])\s?\d{{0,4}}(?:\s?[A-Z])?)?,?\s?(?:Apt\.\s?\d+\s?|Piso\s?\d+\s?"
    rf"|Appartamento\s?\d+\s?)?{_BREAK}(?:[^\n{{}}\",]{{2,30}}{_BREAK})?(?:{_CODE}{_BREAK}?\s{{0,"
    rf"2}}{_WORD}|{_WORD}(?:\s{_WORD}){{0,3}},?\s(?:\w{{1,14}}\s)?{_CODE}(?!\d))"
)
_BEFORE: Final = re.compile(
    rf"(?<![\w.])\d{{1,4}}(?:\s?(?:bis|ter|[a-zA-Z]))?,?\s(?:{_STREET})\s[^\n{{}}\":;]{{2,"
    rf"50}}{_BREAK}(?:{_CODE}\s{_WORD})"
)
_BRAZIL: Final = re.compile(
    rf"(?:{_STREET})\s[^\n{{}}\"]{{2,50}}(?:,\s?(?:nº\s?)?\d{{1,5}})?{_BREAK}[^\n{{}}\"]{{2,"
    rf"40}}{_BREAK}\d{{5}}-?\d{{3}}\s[^\n{{}}\"]{{2,40}}\s/\s[A-Z]{{2}}"
)
_JAPAN: Final = re.compile(
    r"(?:〒?\d{3}-\d{4}\s?)?[一-龥]{2,3}[都道府県][一-龥ぁ-んァ-ヶA-Za-z]{1,20}[市区町村郡][^\s\"{}、。]{0,30}\d+(?:丁目|番|号|-\d+)"
)
_CHINA: Final = re.compile(
    r"[一-龥]{2,8}(?:省|自治区|市)[一-龥]{1,12}(?:市|区|县|州)[一-龥\w]{1,16}(?:路|街|道|巷|号)[^\s\"{}\uff0c。]{0,12}"
)
_KOREA: Final = re.compile(
    r"[가-힣]{2,7}(?:특별시|광역시|특별자치[시도]|시|도)\s[가-힣]{1,6}[시군구](?:\s[가-힣]{1,6}[구읍면])?\s[가-힣\d]{1,12}(?:로|길"
    r"|동|가|리)\s?(?:지하)?\d+(?:-\d+)?"
)
_NAMES: Final = (
    r"[Aa]ddress(?:es)?|[Aa]nschrift|[Aa]dresse?|[Aa]dres[aă]?|[Dd]irección|[Ii]ndirizzo"
    r"|[Ee]ndereço|[Mm]orada|[Oo]soite|"
    r"[Ll]ives? (?:at|in)|[Ll]iving at|[Rr]esid(?:es|ing) at|[Ss]hip(?:ped|ping)? to"
    r"|[Dd]eliver(?:ed|y)? to|[Ww]ohnt|[Ww]ohnhaft|[Hh]abite|"
    r"[Vv]ive en|住所|地址|주소"
)
_CALLED: Final = re.compile(
    rf"(?<![Mm]ail )(?<![Mm]ail_)(?<!IP )(?<!ip )(?<!ip_)(?<!emory )(?<!emory_)(?:{_NAMES}"
    rf")[\"'`*]{{0,2}}\s?(?:[:=]|is\b|(?:of|de|von|di"
    rf"|van)\s[^\n:=]{{2,40}}?\sis\b)?\s?[\"'`(]{{0,2}}"
)
_VALUE: Final = re.compile(
    r"(?:(?!\\n|\\\")[^\"'\n{}<>;]){4,90}(?:(?:\n|\\n)(?:(?!\\n|\\\")[^\"'\n{}<>;]){3,60}){0,2}"
)
_ANY_CODE: Final = re.compile(
    r"(?<![\d.:])(?:\d{4,6}(?:[ -]?\d{3})?|\d{2}-\d{3}|\d{3} \d{2}|\d{5}-\d{3,4})(?![\d.:])"
    r"|\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b|\b[A-Z]\d[A-Z] ?\d[A-Z]\d\b|\b\d{4} ?[A-Z]{2}\b"
    r"|[市区도시구][^\s]{0,14}\d"
)
_HOUSE: Final = re.compile(r"(?<![\d.])\d{1,5}[A-Za-z]?\b|[A-Z]座|\d+(?:号|番|길|로|丁目)")
_PROPER: Final = re.compile(r"[A-ZÀ-ÞĀ-ŽȘȚİ][\w'\u2019.-]+|[一-龥가-힣ァ-ヶ]{2,}")
_STEMS: Final = (
    *(
        "dres",
        "nschrift",
        "irecci",
        "ndirizzo",
        "ndereç",
        "orada",
        "soite",
        "ives at",
        "ives in",
        "ive at",
        "ive in",
        "ing at",
    ),
    *(
        "hip to",
        "hipped to",
        "hipping to",
        "eliver",
        "ohnt",
        "ohnhaft",
        "abite",
        "ive en",
        "住所",
        "地址",
        "주소",
    ),
)
"""Pieces of the words for address: looking for plain text is many times faster than for a pattern."""
_CODES: Final = re.compile(
    r"[0-9]{2}(?:[0-9]{2,3}(?: [A-Z]{2})? {0,2}[A-ZÀ-ÞĀ-Ž][\w'\u2019-]|-[0-9]{3} [A-ZĀ-Ž]"
    r"|[0-9] [0-9]{2} [A-ZÀ-ÞĀ-Ž]|[0-9]{3}-[0-9]{3} )"
)
_AFTER_CITY: Final = re.compile(r", [0-9]{5}\b")
_LETTERED: Final = re.compile(r"[A-Z](?:[A-Z] [0-9]{5}\b|[A-Z]?[0-9][A-Z0-9]? ?[0-9][A-Z]{2}\b)")
_EASTERN: Final = re.compile(
    r"[都道府県省][一-龥]|[市县区][一-龥]{1,8}[路街道巷]|[시도] [가-힣]{1,6}[시군구] "
)
_STREETY: Final = re.compile(rf"(?:{_STREET})")
_REACH: Final = 140


def addresses(text: str) -> Iterator[Hit]:
    """Yield postal addresses: what a word calls one and looks like it, and what is written like one."""
    # In code and JSON a line ends as two characters; replaced by two, no place moves.
    text = text.replace("\\n", " \n")
    for stem in _STEMS:
        at = text.find(stem)
        while at >= 0:
            called = _CALLED.search(text, max(0, at - 12), at + 72)
            hit = None if called is None else _named(text, called.end())
            if hit is not None:
                yield hit
            at = text.find(stem, max(at + 1, 0 if hit is None else hit.end))
    for leads in (
        (_CODES, _AFTER_CITY, _LETTERED) if text.isascii() else (_CODES, _AFTER_CITY, _LETTERED, _EASTERN)
    ):
        done = 0
        for lead in leads.finditer(text):
            if lead.start() < done:
                continue
            hit = _written(text, max(done, lead.start() - _REACH), min(len(text), lead.end() + _REACH))
            if hit is not None:
                yield hit
                done = hit.end


def _written(text: str, start: int, end: int) -> Hit | None:
    for pattern in (_JAPAN, _CHINA, _KOREA, _US, _BRAZIL, _BEFORE, _AFTER, _GB):
        for found in pattern.finditer(text, start, end):
            if pattern in {_JAPAN, _CHINA, _KOREA, _US, _BRAZIL, _BEFORE} or _STREETY.search(found.group()):
                return Hit("postal address", found.start(), found.end(), sure=False)
    return None


def _named(text: str, at: int) -> Hit | None:
    """Return what stands behind a word for address, if it has a number, a postcode and a proper name."""
    value = _VALUE.match(text, at)
    if value is None:
        return None
    code = _ANY_CODE.search(value.group())
    if code is None or re.search(r"\d:\d\d|\b(?:19|20)\d\d-\d\d", value.group()):
        return None
    others = (
        each
        for each in _HOUSE.finditer(value.group())
        if each.start() < code.end() + 40 and not code.start() <= each.start() < code.end()
    )
    house = next(others, None)
    names = _PROPER.findall(value.group()[: code.end() + 16])
    if len(names) < (1 if house else 3):
        return None
    return Hit("postal address", at, at + code.end(), sure=False)
