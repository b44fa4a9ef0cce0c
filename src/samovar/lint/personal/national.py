"""National identity, tax and insurance numbers: their forms and checksums, country by country.

A form with a strong checksum (two digits, or a letter) stands for itself; one that a random number passes
too often needs a word before it that says what it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from samovar.lint.personal.checksum import descending11, luhn, mod11_10, verhoeff, weighted

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Number:
    """A numbering scheme. `words` must stand nearby unless it is `strong`."""

    kind: str
    form: re.Pattern[str]
    valid: Callable[[str], bool]
    words: re.Pattern[str]
    strong: bool = False


_MONTHS, _DAYS = range(1, 13), range(1, 32)


def _birth(month: str, day: str, months: tuple[int, ...] = (0,), days: tuple[int, ...] = (0,)) -> bool:
    """Whether month and day can be; some schemes add a number to the month or the day."""
    return any(int(month) - more in _MONTHS for more in months) and any(
        int(day) - more in _DAYS for more in days
    )


def _ssn(v: str) -> bool:
    return (
        v[:3] not in {"000", "666"}
        and v[0] != "9"
        and v[3:5] != "00"
        and v[5:] != "0000"
        and v not in {"123456789", "078051120", "111223333"}
    )


def _nhs(v: str) -> bool:
    return (11 - weighted(v, (10, 9, 8, 7, 6, 5, 4, 3, 2)) % 11) % 11 == int(v[9]) and len(set(v)) > 1


def _steuer(v: str) -> bool:
    counts = sorted((v[:10].count(c) for c in set(v[:10])), reverse=True)
    return v[0] != "0" and counts[0] in {2, 3} and mod11_10(v)


def _nir(v: str) -> bool:
    body, key = v[:13].replace("2A", "19").replace("2B", "18"), v[13:15]
    return body.isdigit() and key.isdigit() and 97 - int(body) % 97 == int(key)


def _dni(v: str) -> bool:
    body = v[:-1].replace("X", "0").replace("Y", "1").replace("Z", "2")
    return body.isdigit() and "TRWAGMYFPDXBNJZSQVHLCKE"[int(body) % 23] == v[-1]


_ODD: Final = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (
            1,
            0,
            5,
            7,
            9,
            13,
            15,
            17,
            19,
            21,
            1,
            0,
            5,
            7,
            9,
            13,
            15,
            17,
            19,
            21,
            2,
            4,
            18,
            20,
            11,
            3,
            6,
            8,
            12,
            14,
            16,
            10,
            22,
            25,
            24,
            23,
        ),
        strict=True,
    )
)


def _fiscale(v: str) -> bool:
    total = sum(
        _ODD[c] if i % 2 == 0 else int(c, 36) - (10 if c.isalpha() else 0) for i, c in enumerate(v[:15])
    )
    return chr(ord("A") + total % 26) == v[15]


def _bsn(v: str) -> bool:
    return v != "000000000" and (weighted(v, (9, 8, 7, 6, 5, 4, 3, 2)) - int(v[8])) % 11 == 0


def _pesel(v: str) -> bool:
    born = _birth(v[2:4], v[4:6], (0, 20, 40, 60, 80))
    return born and (10 - weighted(v, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)) % 10) % 10 == int(v[10])


def _cpf(v: str) -> bool:
    return len(set(v)) > 1 and descending11(v[:9], 10) == int(v[9]) and descending11(v[:10], 11) == int(v[10])


def _personnummer(v: str) -> bool:
    short = v[-10:]
    return _birth(short[2:4], short[4:6], days=(0, 60)) and luhn(short)  # coordination numbers add 60


def _hetu(v: str) -> bool:
    # The sign of the century (-, + or a letter) has been dropped with the other marks, or stands at 6.
    serial, check = v[-4:-1], v[-1]
    return _birth(v[2:4], v[:2]) and "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(v[:6] + serial) % 31] == check


def _cpr(v: str) -> bool:
    return _birth(v[2:4], v[:2])


def _fnr(v: str) -> bool:
    first = (11 - weighted(v, (3, 7, 6, 1, 8, 9, 4, 5, 2)) % 11) % 11
    second = (11 - weighted(v, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11) % 11
    # D-numbers add 40 to the day; made-up and temporary ones 40 or 80 to the month.
    return _birth(v[2:4], v[:2], (0, 40, 80), (0, 40)) and first == int(v[9]) and second == int(v[10])


def _rijks(v: str) -> bool:
    return any(97 - int(century + v[:9]) % 97 == int(v[9:]) for century in ("", "2"))


def _nif(v: str) -> bool:
    rest = weighted(v, (9, 8, 7, 6, 5, 4, 3, 2)) % 11
    return (0 if rest < 2 else 11 - rest) == int(v[8])  # noqa: PLR2004  # remainders 0 and 1 give 0 by definition


def _rodne(v: str) -> bool:
    dated = _birth(v[2:4], v[4:6], (0, 20, 50, 70))
    return dated and (len(v) == 9 or int(v) % 11 == 0 or int(v[:9]) % 11 == 10)  # noqa: PLR2004  # nine digits until 1953


def _resident(v: str) -> bool:
    total = weighted(v, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2))
    return _birth(v[10:12], v[12:14]) and "10X98765432"[total % 11] == v[17]


def _rrn(v: str) -> bool:
    return _birth(v[2:4], v[4:6]) and v[6] in "12345678"


def _ahv(v: str) -> bool:
    return (10 - weighted(v, (1, 3) * 6) % 10) % 10 == int(v[12])


def _tckn(v: str) -> bool:
    odd, even = sum(int(c) for c in v[0:9:2]), sum(int(c) for c in v[1:8:2])
    return (
        v[0] != "0" and (7 * odd - even) % 10 == int(v[9]) and sum(int(c) for c in v[:10]) % 10 == int(v[10])
    )


def _cnp(v: str) -> bool:
    rest = weighted(v, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return v[0] != "0" and _birth(v[3:5], v[5:7]) and (1 if rest == 10 else rest) == int(v[12])  # noqa: PLR2004  # ten is written as one


def _sin(v: str) -> bool:
    return v[0] not in "08" and luhn(v)


def _any_form(v: str) -> bool:
    """Schemes without a check digit, or whose numbers are often typed wrong: the word decides."""
    return len(set(v)) > 2  # noqa: PLR2004  # 0000 0000


def _svnr(v: str) -> bool:
    born = 1 <= int(v[4:6]) <= 31 and 1 <= int(v[6:8]) <= 15  # noqa: PLR2004  # months 13 to 15 where a day has too many births
    return born and weighted(v[:3] + v[4:], (3, 7, 9, 5, 8, 4, 2, 1, 6)) % 11 == int(v[3])


def _words(text: str) -> re.Pattern[str]:
    """Return a pattern of whole words, as they stand in prose and in names of variables."""
    return re.compile(rf"(?<![^\W\d_])(?:{text})(?![^\W\d_])", re.IGNORECASE)


NUMBERS: Final = (
    Number(
        "US social security number",
        re.compile(r"\d{3}([- ])\d{2}\1\d{4}"),
        _ssn,
        _words("itin"),
        strong=True,
    ),
    Number("US social security number", re.compile(r"\d{9}"), _ssn, _words(r"ssn|social security")),
    Number("UK NHS number", re.compile(r"\d{3}[ -]?\d{3}[ -]?\d{4}"), _nhs, _words(r"nhs|health service")),
    Number(
        "UK national insurance number",
        re.compile(
            r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]"
        ),
        lambda _: True,
        _words("nino?|ni number|national insurance"),
        strong=True,
    ),
    Number(
        "UK national insurance number",
        re.compile(r"[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-Z]"),
        _any_form,
        _words(r"nino?\b|ni (?:number|no)|national[ _]insurance"),
    ),
    Number("Aadhaar number", re.compile(r"\d{4}[ -]?\d{4}[ -]?\d{4}"), _any_form, _words(r"aadhaa?r")),
    Number(
        "Austrian insurance number",
        re.compile(r"[1-9]\d{3} ?\d{6}"),
        _svnr,
        _words(r"svnr|sozialvers\w*"),
    ),
    Number(
        "German insurance number",
        re.compile(r"\d{2} ?\d{6} ?[A-Z] ?\d{3}"),
        _any_form,
        _words(r"sozialvers\w*|rentenvers\w*|svnr|versicherungs\w*|rvnr|steuer\w*"),
    ),
    Number(
        "German tax number",
        re.compile(r"\d{2} ?\d{3} ?\d{3} ?\d{3}"),
        _steuer,
        _words(r"steuer\w*|idnr|st\.?-?id"),
    ),
    Number(
        "French insurance number",
        re.compile(r"[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}"),
        _nir,
        _words(r"nir|sécu\w*|securite|insee"),
        strong=True,
    ),
    Number(
        "Spanish identity number",
        re.compile(r"(?:\d{8}|[XYZ]\d{7})-?[TRWAGMYFPDXBNJZSQVHLCKE]"),
        _dni,
        _words("dni|nie|nif"),
        strong=True,
    ),
    Number(
        "Italian tax code",
        re.compile(r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]"),
        _fiscale,
        _words("codice fiscale|cf"),
        strong=True,
    ),
    Number(
        "Dutch citizen number",
        re.compile(r"\d{9}|\d{4}[ .]\d{2}[ .]\d{3}"),
        _bsn,
        _words(r"bsn|burgerservice\w*|sofi\w*"),
    ),
    Number("Polish PESEL", re.compile(r"\d{11}"), _pesel, _words("pesel")),
    Number("Brazilian CPF", re.compile(r"\d{3}\.\d{3}\.\d{3}-\d{2}"), _cpf, _words("cpf"), strong=True),
    Number("Brazilian CPF", re.compile(r"\d{11}"), _cpf, _words("cpf|contribuinte")),
    Number(
        "Swedish personal number",
        re.compile(r"(?:18|19|20)?\d{6}[-+]\d{4}"),
        _personnummer,
        _words(r"person\w*|pnr"),
        strong=True,
    ),
    Number(
        "Swedish personal number",
        re.compile(r"(?:18|19|20)?\d{10}"),
        _personnummer,
        _words(r"personnummer\w*|pnr|samordning\w*"),
    ),
    Number(
        "Finnish personal identity code",
        re.compile(r"\d{6}[-+ABCDEFYXWVU]\d{3}[0-9A-FHJ-NPR-Y]"),
        _hetu,
        _words(r"hetu|henkilö\w*"),
        strong=True,
    ),
    Number("Danish CPR number", re.compile(r"\d{6}-?\d{4}"), _cpr, _words(r"cpr|personnummer\w*")),
    Number(
        "Norwegian birth number",
        re.compile(r"\d{6} ?\d{5}"),
        _fnr,
        _words(r"fødsels\w*|fnr|personnummer\w*|d-nummer"),
    ),
    Number(
        "Belgian national number",
        re.compile(r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}"),
        _rijks,
        _words(r"rijks\w*"),
        strong=True,
    ),
    Number(
        "Belgian national number",
        re.compile(r"\d{11}"),
        _rijks,
        _words(r"rijksregister\w*|national register|niss|insz|registre national"),
    ),
    Number(
        "Portuguese tax number",
        re.compile(r"[1235689]\d{2} ?\d{3} ?\d{3}"),
        _nif,
        _words("nif|contribuinte"),
    ),
    Number("Czech birth number", re.compile(r"\d{6}/\d{3,4}"), _rodne, _words("rodné|rč"), strong=True),
    Number("Aadhaar number", re.compile(r"[2-9]\d{3} ?\d{4} ?\d{4}"), verhoeff, _words("aadhaa?r|uidai")),
    Number(
        "Chinese resident identity number",
        re.compile(r"[1-8]\d{5}(?:19|20)\d{9}[\dX]"),
        _resident,
        _words("身份证"),
        strong=True,
    ),
    Number("Korean resident number", re.compile(r"\d{6}-[1-8]\d{6}"), _rrn, _words("resident"), strong=True),
    Number(
        "Canadian social insurance number",
        re.compile(r"\d{3}[ -]?\d{3}[ -]?\d{3}"),
        _sin,
        _words("sin|nas"),
    ),
    Number(
        "Swiss insurance number",
        re.compile(r"756\.?\d{4}\.?\d{4}\.?\d{2}"),
        _ahv,
        _words("ahv|avs"),
        strong=True,
    ),
    Number(
        "Turkish identity number",
        re.compile(r"[1-9]\d{10}"),
        _tckn,
        _words(r"t\.?c\.? ?kimlik\w*|tckn|kimlik\w*"),
    ),
    Number("Romanian CNP", re.compile(r"[1-9]\d{12}"), _cnp, _words("cnp|cod numeric")),
    Number(
        "Mexican CURP",
        re.compile(r"[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{5}[A-Z\d]\d"),
        lambda v: _birth(v[6:8], v[8:10]),
        _words("curp"),
        strong=True,
    ),
)
"""In the order in which they are tried: the most telling first of those that share a form."""


def compacted(value: str) -> str:
    """Return a number without the marks that only group it."""
    return re.sub(r"[ .\-+/]", "", value.upper())
