"""Numbers with a checksum: payment cards, bank accounts, national ids."""

from __future__ import annotations

import re
from typing import Final

from samovar.lint.personal.checksum import luhn, mod97
from samovar.lint.personal.hit import Hit
from samovar.lint.personal.national import NUMBERS, compacted
from samovar.lint.personal.words import (
    before,
    called_account,
    called_card,
    called_count,
    called_person,
)

_CARD: Final = re.compile(r"\d(?:[ -]?\d){11,18}")
_GROUPED: Final = re.compile(r"\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{5}")
_ISSUERS: Final = re.compile(
    r"^(?:4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01])\d{13}|2720\d{12}"
    r"|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12}|"
    r"35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}|(?:2131|1800)\d{11}|(?:50|5[6-9]|6[0-9])\d{10,17})$"
)
_WELL_KNOWN: Final = re.compile(
    r"4(?:\d{15}|\d{18})|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01])\d{13}|3[47]\d{13}|3[068]\d{12}|6011\d{12}"
    r"|35(?:2[89]|[3-8]\d)\d{12}"
    r"|(?:2131|1800)\d{11}"
)
"""Ranges that are so narrow, with the check digit, that few other numbers fall into them."""
_SAMPLES: Final = frozenset(
    """
    4242424242424242 4111111111111111 4012888888881881 4000000000000002 4000056655665556 4222222222222
    4000002500003155 4000000000009995 4917610000000000 5555555555554444 5105105105105100 5200828282828210
    5425233430109903 2223003122003222 2222420000001113 378282246310005 371449635398431 378734493671000
    374245455400126 6011111111111117 6011000990139424 6011000991300009 30569309025904 38520000023237
    36227206271667 3530111333300000 3566002020360505 6304000000000000
    """.split()  # noqa: SIM905  # a list of numbers reads better as text
)
"""Numbers that payment providers publish for tests."""
_IBAN: Final = re.compile(r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?")
_LENGTH: Final = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29,
    "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29,
    "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28,
    "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20,
    "LB": 28, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27,
    "MT": 31, "MU": 30, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24,
    "RS": 22, "SA": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TN": 24, "TR": 26, "UA": 29, "VA": 22,
    "XK": 20,
}  # fmt: skip


def card(text: str, start: int) -> Hit | None:
    """Return the payment card in a run of digits: issuer's range, check digit, and groups or a word."""
    found = _CARD.match(text, start)
    if found is None or not _alone(text, start, found.end()):
        return None
    digits = re.sub(r"[ -]", "", found.group())
    if digits in _SAMPLES or len(set(digits)) < 3 or not luhn(digits):  # noqa: PLR2004  # 4444…
        return None
    issued, counted = _ISSUERS.match(digits) is not None, called_count(text, start)
    if (issued or not counted) and called_card(text, start):
        return Hit("payment card", start, found.end())
    # One number in ten passes the check: without a word, it must be written as cards are, or well known.
    if not issued or counted:
        return None
    if _GROUPED.fullmatch(found.group()) or _WELL_KNOWN.fullmatch(digits):
        return Hit("payment card", start, found.end(), sure=False)
    return None


def iban(text: str, start: int) -> Hit | None:
    """Return the bank account that begins here: its country's length and the check digits decide."""
    if start and (text[start - 1].isalnum() or text[start - 1] == "_"):
        return None
    found = _IBAN.match(text, start)
    if found is None:
        return None
    country = found.group()[:2]
    length = _LENGTH.get(country)
    end, seen = start, 0
    while length is not None and seen < length and end < found.end():
        seen += text[end] != " "
        end += 1
    if seen == length and not text[end : end + 1].isalnum() and _account(text[start:end]):
        return Hit("bank account", start, end)
    # Of another length than its country's, it is one if its check digits fit and nothing says otherwise.
    whole = found.group().rstrip()
    if text[start + len(whole) : start + len(whole) + 1].isalnum() or not _account(whole):
        return None
    if called_account(text, start) or (length is not None and not called_count(text, start)):
        return Hit("bank account", start, start + len(whole), sure=False)
    return None


def _account(value: str) -> bool:
    plain = value.replace(" ", "")
    return mod97(plain) and len(set(plain[4:])) > 2  # noqa: PLR2004  # all zeros


_LETTER: Final = re.compile(r"[^\W\d_]")
_TELLING: Final = tuple(scheme for scheme in NUMBERS if scheme.strong)
_SHAPE: Final = re.compile(r"\d(?:[ ./-]?(?:\d|[A-Z]{1,2}(?![A-Za-z]))){5,20}(?![A-Za-z\d])")
_PREFIX: Final = re.compile(r"(?<![A-Za-z\d])[A-Z]{1,4}[ -]?$")
_DAY: Final = re.compile(
    r"(?:19|20)\d\d([-/. ])\d{1,2}\1\d{1,2}|\d{1,2}([-/. ])\d{1,2}\2(?:19|20)\d\d|(?:19|20)\d{6}"
)


_OTHER: Final = re.compile(r"(?:passport|licen[cs]e|social)[^.;\n]{0,14}$", re.IGNORECASE)
"""Words that call a number something that is in no scheme with a checksum."""


def national(text: str, start: int) -> Hit | None:
    """Return the national id in a run: a scheme's form and checksum, and its word unless it is telling."""
    if start and (text[start - 1].isalnum() or text[start - 1] in "_+"):
        return None
    said = before(text, start)
    other = _OTHER.search(said) is not None
    counted = called_count(text, start)
    # In a table of numbers there is no word that could name one.
    for scheme in NUMBERS if _LETTER.search(said) else _TELLING:
        found = scheme.form.match(text, start)
        if found is None or not _alone(text, start, found.end()):
            continue
        if not scheme.valid(compacted(found.group())):
            continue
        named = scheme.words.search(said) is not None or (
            not other and called_person(text, start, found.end())
        )
        if named or (scheme.strong and not counted):
            return Hit(scheme.kind, start, found.end(), sure=named or not counted)
    return None


def identity(text: str, start: int) -> Hit | None:
    """Return the number that a word calls a person's, whatever its country: form and check digit are unknown.

    Digits begin at `start`; letters may stand before them.
    """
    found = _SHAPE.match(text, start)
    if found is None or not called_person(text, start, found.end()):
        return None
    prefix = _PREFIX.search(text, max(0, start - 5), start)
    first = start if prefix is None or not called_person(text, prefix.start(), start) else prefix.start()
    value = found.group()
    digits = [c for c in value if c.isdigit()]
    if len(set(digits)) < 3 or _DAY.fullmatch(value) or "".join(digits) in "1234567890":  # noqa: PLR2004  # fillers
        return None
    if not _alone(text, first, found.end()):
        return None
    return Hit("identity number", first, found.end(), sure=False)


def _alone(text: str, start: int, end: int) -> bool:
    """Whether the run is not a piece of a longer word or number."""
    if start and (
        text[start - 1].isalnum() or (text[start - 1] in "_.-/" and start > 1 and text[start - 2].isdigit())
    ):
        return False
    after = text[end : end + 1]
    if after.isalnum() or after == "_":
        return False
    return not (after in {".", "-", "/"} and text[end + 1 : end + 2].isdigit())
