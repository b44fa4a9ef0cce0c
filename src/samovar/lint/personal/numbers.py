"""Numbers with a checksum: payment cards, bank accounts, national ids."""

from __future__ import annotations

import re
from typing import Final

from samovar.lint.personal.checksum import luhn, mod97
from samovar.lint.personal.hit import Hit
from samovar.lint.personal.national import NUMBERS, compacted
from samovar.lint.personal.words import before, called_card, called_count

_CARD: Final = re.compile(r"\d(?:[ -]?\d){11,18}")
_GROUPED: Final = re.compile(r"\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{5}")
_ISSUERS: Final = re.compile(
    r"^(?:4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01])\d{13}|2720\d{12}"
    r"|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12}|"
    r"35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}|(?:2131|1800)\d{11}|(?:50|5[6-9]|6[0-9])\d{10,17})$"
)
_SAMPLES: Final = frozenset(
    {"4242424242424242", "4111111111111111", "5555555555554444", "378282246310005", "4000000000000002"}
)
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
    if called_card(text, start):
        return Hit("payment card", start, found.end())
    if not _ISSUERS.match(digits):
        return None
    # One number in ten passes the check: without a word, it must be written as cards are, or well known.
    if called_count(text, start):
        return None
    known = re.match(r"4\d{15}$|5[1-5]\d{14}$|3[47]\d{13}$|6011\d{12}$", digits) is not None
    return (
        Hit("payment card", start, found.end(), sure=False)
        if _GROUPED.fullmatch(found.group()) or known
        else None
    )


def iban(text: str, start: int) -> Hit | None:
    """Return the bank account that begins here: its country's length and the check digits decide."""
    if start and (text[start - 1].isalnum() or text[start - 1] == "_"):
        return None
    found = _IBAN.match(text, start)
    if found is None:
        return None
    plain = found.group().replace(" ", "")
    length = _LENGTH.get(plain[:2])
    if "iban" in before(text, start).lower() and mod97(plain):
        return Hit("bank account", start, found.end())
    if length is None or len(plain) < length:
        return None
    end, seen = start, 0
    while seen < length:
        seen += text[end] != " "
        end += 1
    account = plain[:length]
    follows = text[end : end + 1]
    if follows.isalnum() or not mod97(account) or len(set(account[4:])) < 3:  # noqa: PLR2004  # all zeros
        return None
    return Hit("bank account", start, end)


def national(text: str, start: int) -> Hit | None:
    """Return the national id in a run: a scheme's form and checksum, and its word unless it is telling."""
    if start and (text[start - 1].isalnum() or text[start - 1] in "_+"):
        return None
    said = before(text, start)
    counted = called_count(text, start)
    for scheme in NUMBERS:
        found = scheme.form.match(text, start)
        if found is None or not _alone(text, start, found.end()):
            continue
        if not scheme.valid(compacted(found.group())):
            continue
        named = scheme.words.search(said) is not None
        if named or (scheme.strong and not counted):
            return Hit(scheme.kind, start, found.end(), sure=named or scheme.strong)
    return None


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
