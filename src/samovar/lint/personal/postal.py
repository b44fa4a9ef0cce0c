"""Postal addresses by how they are written: a postcode beside a town, and before it a street with a number.

Every step looks at one short segment, so that no text can make it slow.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from samovar.lint.personal.addressed import called
from samovar.lint.personal.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

_CAPITAL: Final = r"[A-ZÀ-ÞĀ-ŽȘȚİА-ЯЁІЇЄҐΆ-Ϋ\u0590-\u1fff]"
STREETS: Final = (
    "al.", "aleja", "allee", "allé", "avenue", "baan", "bakke", "bakken", "boulevard", "cesta", "chemin",
    "damm", "dreef", "eggen", "faret", "gade", "gasse", "gata", "gatan", "gaten", "gracht", "grenda",
    "gränd", "hage", "haugen", "hof", "impasse", "jordet", "kade", "katu", "kroken", "kuja", "laan",
    "moen", "nám.", "náměstí", "os.", "pad", "pl.", "plac", "place", "platz", "plein", "polku", "quai",
    "ring", "rue", "singel", "steeg", "stien", "stigen", "str.", "straat", "strasse", "straße", "stræde",
    "stubben", "svingen", "tie", "torget", "tunet", "tér", "ufer", "ul.", "ulica", "ulice", "utca",
    "vegen", "veien", "vej", "vollen", "vägen", "vænget", "weg", "åsen", "út", "Acceso", "Alameda",
    "Aleea", "Allee", "Andador", "Ave", "Avenida", "Avenue", "Blvd", "Borgo", "Boulevard", "Bulevardul",
    "C.", "Calle", "Callejón", "Calzada", "Camino", "Canale", "Cañada", "Cesta", "Chowk", "Chácara",
    "Close", "Colônia", "Condomínio", "Conjunto", "Contrada", "Corso", "Court", "Crescent", "Cuesta",
    "Dr.", "Drive", "Esplanada", "Estrada", "Gang", "Gasse", "Glorieta", "Highway", "Incrocio", "Jalan",
    "Jardim", "Jl.", "Ladeira", "Lane", "Largo", "Ln", "Loteamento", "Lungo", "Marg", "Nagar", "Parkway",
    "Pasadizo", "Pasaje", "Paseo", "Periférico", "Piazza", "Piazzale", "Place", "Plaza", "Praça", "Quadra",
    "Rambla", "Rd", "Residencial", "Retorno", "Ring", "Road", "Rodovia", "Ronda", "Rotonda", "Rua", "Rue",
    "Setor", "Soseaua", "Square", "St", "St.", "Str.", "Strada", "Strasse", "Straße", "Street", "Stretto",
    "Sítio", "Terrace", "Trail", "Travessa", "Ulica", "Ulice", "Urbanización", "Vereda", "Via", "Viaduto",
    "Vial", "Viale", "Vicolo", "Viela", "Vila", "Way", "Weg", "Șoseaua",
)  # fmt: skip
"""Words for street, whole or as the end of a name; "ring" not as that of engineering."""
_STREET: Final = re.compile(
    rf"(?:{'|'.join(re.escape(word) for word in sorted(STREETS, key=len, reverse=True) if word != 'ring')}"
    r"|(?<![aeiou])ring)(?![^\W\d_])"
)
_FRONT: Final = re.compile(
    r"(?:rue|avenue|boulevard|chemin|place|impasse|quai|allée|Rue|Avenue|Via|Calle|Rua|ulica|ul\.)\s"
)
"""Words that make a street without a number."""
_REST: Final = (
    r"[0-9](?:[0-9](?:[0-9](?:[0-9][0-9]{0,3})?(?:-[0-9]{3,4}|[A-Z]{2}\b| [A-Z]{2}\b)?| [0-9]{2})|-[0-9]{3})"
)
_END: Final = r"[^\W\d_\u0900-\u0eff]|[\u0900-\u0eff)]"
"""How a town's name ends."""
_CODES: Final = re.compile(
    rf"[0-9](?:(?:(?<=(?:{_END})[ \n-][0-9])|(?<=(?:{_END}),[ \n][0-9])|(?<=\s\n[0-9])){_REST}"
    rf"|{_REST}(?=,?[ \n]{{1,4}}[^\W\d_]))"
)
"""What may be a postcode: a name ends before it or begins behind it."""
_AHEAD: Final = re.compile(rf"(?<=(?:{_END})[ \n-])|(?<=(?:{_END}),[ \n])|(?<=\s\n)")
_STRONG: Final = re.compile(
    r"[0-9]{2}-[0-9]{3}|[0-9]{4}-[0-9]{3}|[0-9]{5}-[0-9]{3}|[0-9]{3} [0-9]{2}|[0-9]{4} ?[A-Z]{2}"
)
_WEAK: Final = re.compile(r"([0-9]{4,6})(?:-[0-9]{4})?")
_LETTERED: Final = re.compile(
    r"[A-Z](?:[A-Z]?[0-9][A-Z0-9]? ?[0-9][ABD-HJLNP-UW-Z]{2}|[0-9][A-Z] ?[0-9][A-Z][0-9]"
    r"|IR 0AA)(?![A-Za-z0-9])"
)
_STATE: Final = re.compile(
    r"(?<![\w-])(?:(?:A[KLRZAEP]|C[AOT]|D[CE]|F[LM]|G[AU]|HI|I[ADLN]|K[SY]|LA|M[ADEHINOPST]|N[CDEHJMVY]"
    r"|O[HKR]"
    r"|P[ARW]|RI|S[CD]|T[NX]|UT"
    r"|V[AIT]|W[AIVY]|AS|MH|AB|BC|MB|NB|NL|NS|NT|NU|ON|PE|QC|SK|YT|NSW|VIC|QLD|SA|TAS|ACT)"
    r"|[A-Z]{3,4}),?\s$"
)
_STANDARDS: Final = frozenset("ISO IEC DIN NIST RFC IEEE CWE CVE PCI PEP ECMA ANSI ITU".split())  # noqa: SIM905  # reads better
"""What stands before a number of five digits as a town does."""
_TOWN_BEHIND: Final = re.compile(rf",?[ \n]{{1,4}}{_CAPITAL}[\w'\u2019.\u0900-\u0dff-]")
_PROVINCE: Final = re.compile(r"[^\n]{2,40}?(?:\s\([A-Z]{2}\)|\s/\s[A-Z]{2}\b)")
_FORCES: Final = re.compile(r"\b(?:APO|FPO|DPO)\s[A-Z]{2}\s$")
_STOP: Final = re.compile(r"[\"{}<>|;`\t=]|\n\s*\n|:\s|\. (?=[A-Z][a-z])")
"""Where an address cannot begin before."""
_PART: Final = re.compile(r"\s?\n\s*|,\s+|\s-\s")
_DOOR_FIRST: Final = re.compile(
    rf"(?:(?:Flat|Unit|Apt\.?|Suite|Studio|Apartment|Level|H\.\s?No\.|No\."
    rf"|#)\s?\d{{1,5}}[A-Za-z]?,?\s?)?(?:\d{{1,5}}[A-Za-z]?(?:[/-]\d{{1,5}}[A-Za-z]?)?,?\s(?={_CAPITAL}"
    rf"|[a-z]{{2,}}\s)|H\.\s?No\.\s?\d+|\d{{1,4}}/\d{{1,4}}$)"
)
_DOOR_INSIDE: Final = re.compile(rf"[^\W\d_] \d{{1,5}}[A-Za-z]?,? {_CAPITAL}[\w'\u2019-]+ {_CAPITAL}")
_DOOR_LAST: Final = re.compile(
    r"[^\W\d_][\w.)'\u2019]*,?\s(?:(?:nº|n\.|[Nn]r\.?|č\.|No\."
    r"|Nº)\s?)?\d{1,5}\s?[a-zA-Z]?(?:\s?[/-]\s?\d{1,4}\s?[a-zA-Z]?)?\.?"
    r"(?:,?\s(?:Apt\.|Appartamento|Piso|Piano|Puerta|Interior|Edif\.|lok\.|m\.|Suite|kamer|bus|bis|Bl\."
    r"|Ap\.|Sc\.|Depto\.|[A-Z]\b|,)\s?\d{0,4}){0,4}\s?,?$"
)
_NAMED: Final = re.compile(rf"{_CAPITAL}[\w'\u2019\u0900-\u0dff-]|\d\. [^\W\d_]{{3}}")
_EASTERN: Final = re.compile(
    r"(?:〒?\d{3}-\d{4}\s?)?[一-龥]{2,3}[都道府県][一-龥ぁ-んァ-ヶA-Za-z]{1,20}?[市区町村郡][^\s\"{}、。]{0,30}?\d+(?:丁目|番|号"
    r"|-\d+)"
    r"|[一-龥]{2,8}?(?:省|自治区|市)[一-龥]{1,12}?(?:市|区|县|州)[一-龥\w]{1,16}?(?:路|街|道|巷|号)[^\s\"{}\uff0c。]{0,12}"
    r"|[가-힣]{2,7}?(?:특별시|광역시|특별자치[시도]|시|도)\s[가-힣]{1,6}[시군구](?:\s[가-힣]{1,6}[구읍면])?\s[가-힣\d]{1,12}?(?:로|길|동"
    r"|가|리)\s?(?:지하)?\d+(?:-\d+)?"
)
_DIVISIONS: Final = "都道府県省市县区시도"
"""Letters of which one is in every eastern address."""
_DOOR: Final = re.compile(r"(?:[^\W\d_]{1,8}\.?\s)?\d{1,5}[A-Za-z]?(?:/\d{1,4})?")
"""A part that is only a number, perhaps of a flat."""
_PARTS: Final = 4
_BACK, _FORTH = 130, 60
_DIGITS_OF_TOWNS: Final = 5
"""A code of four digits is a year as often."""


class _Street(NamedTuple):
    start: int
    """Characters from the start of the block."""
    numbered: bool
    worded: bool
    lined: bool
    """Whether a line ends between street and town."""


def addresses(text: str) -> Iterator[Hit]:
    """Yield postal addresses: what a word calls one and looks like it, and what is written like one."""
    yield from called(text)
    if not text.isascii() and any(c in text for c in _DIVISIONS):
        for found in _EASTERN.finditer(text):
            yield Hit("postal address", found.start(), found.end(), sure=False)
    for codes in (_CODES, _LETTERED):
        done = 0
        for code in codes.finditer(text):
            if code.start() >= done and _alone(text, code):
                hit = _written(text, code, done, lettered=codes is _LETTERED)
                if hit is not None:
                    done = hit.end
                    yield hit


def _alone(text: str, code: re.Match[str]) -> bool:
    before, after = text[code.start() - 1 : code.start()], text[code.end() : code.end() + 2]
    if (
        before.isalnum()
        or before in {"_", ".", "/", ":"}
        or (before == "," and text[code.start() - 2].isdigit())
    ):
        return False
    return not (
        after[:1].isalnum()
        or after[:1] in {"_", "/", ":"}
        or (after[:1] in {".", ",", "-"} and after[1:].isdigit())
    )


def _written(text: str, code: re.Match[str], done: int, *, lettered: bool) -> Hit | None:
    """Return the address whose postcode this is; its town stands behind or before it."""
    if not lettered and _TOWN_BEHIND.match(text, code.end()) is not None:
        hit = _beside(text, code, done, ahead=False)
        if hit is not None:
            return hit
    at = code.start()
    if (_AHEAD.match(text, at) and _town(text, at)) or (lettered and text[at - 1 : at] == "\n"):
        return _beside(text, code, done, ahead=True)
    return None


def _town(text: str, at: int) -> bool:
    """Whether the word before a code is a name: no small letter begins it."""
    last = text[max(0, at - 32) : at].rstrip(" ,-\n").rsplit(None, 1)
    return bool(last) and not last[-1][0].islower() and last[-1] not in _STANDARDS


def _beside(text: str, code: re.Match[str], done: int, *, ahead: bool) -> Hit | None:
    at, end = code.span()
    value = code.group()
    weak = _WEAK.fullmatch(value)
    strong = weak is None and (value[0].isalpha() or _STRONG.fullmatch(value) is not None)
    digits = len(weak[1]) if weak else 0
    start = max(done, at - _BACK)
    for stop in _STOP.finditer(text, start, at):
        start = stop.end()
    block = text[start:at]
    forces = False
    if ahead:
        forces = _FORCES.search(block) is not None
        strong = strong or forces or _STATE.search(block) is not None
        block = block.rstrip() if strong else block
    else:
        # Some countries write their letters before the code: D-12345.
        block = re.sub(r"(?:[A-Z]{1,2}-|\u03a4\u039a )$", "", block)
        province = _PROVINCE.match(text, end, min(len(text), end + _FORTH))
        strong = strong or province is not None
        end = province.end() if province else end
    if not strong and not digits:
        return None
    street = _street(block, town=ahead)
    if street is None:
        return None
    lined = street.lined and digits >= _DIGITS_OF_TOWNS
    if street.numbered or forces:
        good = street.worded or strong or lined
    else:
        good = lined and not ahead and _FRONT.match(block, street.start) is not None
    return Hit("postal address", start + street.start, end, sure=False) if good else None


def _street(block: str, *, town: bool) -> _Street | None:
    """Return the part of a block that is a street. `town` when the last part is the town's."""
    cuts = [(cut.start(), cut.end(), "\n" in cut.group()) for cut in _PART.finditer(block)]
    if not cuts or (not town and cuts[-1][1] < len(block)):
        # "Street 1 12345 Town" without a break between them is as often something else.
        return None
    limit, _, lined = cuts.pop()
    numbered, found = False, None
    for _ in range(_PARTS):
        start = cuts[-1][1] if cuts else 0
        part = block[start:limit].strip(" ,('")
        offset = start + block[start:limit].find(part)
        worded = _STREET.search(part) is not None
        named = _NAMED.search(part) is not None
        door = (
            _DOOR_FIRST.match(part) is not None or _DOOR_LAST.search(part, max(0, len(part) - 60)) is not None
        )
        numbered = numbered or door or _DOOR.fullmatch(part) is not None
        if named and door and (worded or found is None):
            return _Street(offset, numbered=True, worded=worded, lined=lined)
        if named and worded and found is None:
            found = _Street(offset, numbered=numbered, worded=True, lined=lined)
        elif found is not None and numbered and not found.numbered:
            found = found._replace(start=offset, numbered=True)
        if not cuts or (found is not None and found.numbered):
            return found
        limit, _, more = cuts.pop()
        lined = lined or more
    return found
