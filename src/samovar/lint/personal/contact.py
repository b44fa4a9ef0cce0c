"""Telephone numbers and network addresses."""

from __future__ import annotations

import re
from ipaddress import ip_address as parse_ip
from typing import Final

from samovar.lint.personal.hit import Hit
from samovar.lint.personal.words import called_count, called_machine, called_phone, called_up

_PHONE: Final = re.compile(
    r"(?:\(?\+|00)?\(?[0-9](?:[ .()/\u00a0\u2011-]{0,3}[0-9]){6,18}(?:\s?(?:x|ext\.?|Durchwahl)\s?\d{1,6})?"
)
_AMERICAN: Final = re.compile(r"(?:\+?1[ .-])?(?:\(\d{3}\)\s?|\d{3}[-.])\d{3}[-.]\d{4}(?:\s?x\d{1,6})?")
_NATIONALLY: Final = re.compile(
    r"\(0\d{1,5}\)\s?\d[\d /-]{4,9}\d|0\d(?:[ .]\d\d){4}|0\d{1,4}([-/ ])\d{2,4}\1\d{3,4}|0\d{3,4} \d{6}"
    r"|\(\d{2}\) ?9?\d{4}-\d{4}"
)
"""Forms with the trunk prefix, in which hardly anything but a telephone number is written."""
_TRUNKS: Final = (
    "DE",
    "FR",
    "GB",
    "JP",
    "IT",
    "KR",
    "AU",
    "NL",
    "CH",
    "AT",
    "BE",
    "SE",
    "FI",
    "TR",
    "IN",
    "BR",
    "RO",
)
_FICTION: Final = re.compile(
    r"555[ )./-]{0,2}01\d\d(?:\D|$)|(?:^|\D)555[ )./-]{0,2}\d{3}[ ./-]\d{4}|^555[ .-]\d{4}$"
    r"|123[ .-]?456[ .-]?7890|123[ .-]?4567$"
)
"""Numbers that are set aside for examples, or made up on the spot."""
_YEARS: Final = re.compile(r"(?:(?:19|20)\d\d[ ./-]{0,3}){2,}")
_DATE: Final = re.compile(
    r"(?:19|20)\d{2}[-./ ]?(?:0\d|1[0-2])[-./ ]?(?:[0-2]\d|3[01])|(?:[0-2]?\d|3[01])[./-](?:[0-2]?\d"
    r"|3[01])[./-](?:19|20)\d{2}"
)
_MEASURED: Final = re.compile(r"\d{1,4}(?:\.\d{1,4}){2,}|1[5-9]\d{8}|\d{4}(?: \d{4})+")
"""Versions, seconds since 1970, lists of sizes."""
_SHARES: Final = re.compile(r"\d{1,3}\.\d{1,3}(?: \d{1,3}(?:\.\d{1,3})?)+")
"""Numbers with fractions in a row: a colour, a path of a drawing."""
_AMOUNT: Final = re.compile(
    r"\s?(?:%|€|£|¥|[$](?!\w)|(?:EUR|USD|GBP|CHF|SEK|NOK|DKK|PLN|CZK|INR|JPY|kr|zł)\b)"
)
_SHORTEST, _LONGEST, _NATIONAL, _DIALLED, _TRUNKED = 7, 15, 13, 11, 9


_COLONS: Final = 7
_UNICAST: Final = re.compile(r"[23][0-9a-f]{3}:", re.IGNORECASE)
"""How a public address begins; anything else that is shortened may be a slice of a list."""
_ADDRESS: Final = 48
"""Characters that no network address exceeds."""
_VERSION: Final = re.compile(
    r"(?:\bv|versions?|ver\.?|release|rfc|section|chapter|§|driver|firmware|agent|chrome|safari|[=<>~^!]="
    r"|[\^~@]|\d\.\d[\w.]*,)"
    r"[\"']?\s?[:=/]?\s?[\"'v]?$",
    re.IGNORECASE,
)
_NETWORK: Final = re.compile(r"/(\d{1,3})(?!\d)")
_HOSTS: Final = {4: 32, 6: 127}
"""Bits from which on a prefix is one machine's; a shorter one is a network, and nobody's."""
_BUILD: Final = re.compile(r"\s?[(-]?\s?(?:build|beta|alpha|rc\d|release|of the)", re.IGNORECASE)
_RESOLVERS: Final = frozenset(
    {
        "1.1.1.1",
        "1.0.0.1",
        "8.8.8.8",
        "8.8.4.4",
        "9.9.9.9",
        "1.2.3.4",
        "208.67.222.222",
        "2606:4700:4700::1111",
        "2606:4700:4700::1001",
        "2001:4860:4860::8888",
        "2001:4860:4860::8844",
    }
)
"""Addresses of public name servers and made-up ones: nobody's."""


def phone(text: str, start: int) -> Hit | None:
    """Return the telephone number whose digits begin here.

    An international number that its plan allows stands for itself; others need a word, or the form in which
    only telephone numbers are written.
    """
    first = start
    while first > 0 and text[first - 1] in "+(" and start - first < 2:  # noqa: PLR2004  # "+(" at most
        first -= 1
    if first > 0 and (text[first - 1].isalnum() or text[first - 1] in "_$#./-"):
        return None
    if text[first - 1 : first] == "," and text[first - 2 : first - 1].isdigit():
        return None
    found = _PHONE.match(text, first)
    if found is None or _goes_on(text, found.end()):
        return None
    value = found.group()
    digits = re.sub(r"\D", "", re.split(r"[xeD]", value)[0])
    if not _SHORTEST <= len(digits) <= _LONGEST or len(set(digits)) < 3:  # noqa: PLR2004  # 0000000
        return None
    if _FICTION.search(value) or _YEARS.fullmatch(value) or called_count(text, first):
        return None
    if _SHARES.fullmatch(value) or _AMOUNT.match(text, found.end()):
        return None
    hit = Hit("phone number", first, found.end(), sure=False)
    if value.startswith(("+", "(+", "00")):
        return hit if called_phone(text, first) or called_up(text, first) or _valid(value) else None
    if (_DATE.match(value) and len(digits) in {8, 10, 12, 14}) or len(digits) > _NATIONAL:
        return None
    return hit if called_phone(text, first) or _local(text, first, value, len(digits)) else None


def _local(text: str, first: int, value: str, digits: int) -> bool:
    """Whether a number without a country's code, which no word for telephone names, is one all the same."""
    if digits <= _DIALLED and called_up(text, first):
        return _MEASURED.fullmatch(value) is None or _valid(value, "US")
    if _AMERICAN.fullmatch(value):
        return "x" in value or _valid(value, "US")
    return (
        digits >= _TRUNKED
        and _NATIONALLY.fullmatch(value) is not None
        and any(_valid(value, region) for region in _TRUNKS)
    )


def _goes_on(text: str, end: int) -> bool:
    after = text[end : end + 2]
    return (
        after[:1].isalnum()
        or after[:1] == "_"
        or (after[:1] in ".,:/-" and after[1:].isdigit())
        or (after[:1] == "+" and after[1:].isalnum())
    )


def _valid(value: str, region: str | None = None) -> bool:
    import phonenumbers  # noqa: PLC0415  # slow to load, and most texts hold no number

    written = "+" + value[2:] if value.startswith("00") else value
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(number) or (
        # Numbers set aside for fiction are no less personal in form.
        value.startswith("+")
        and phonenumbers.is_possible_number(number)
        and len(re.findall(r"[ ()-]", value)) > 1
    )


def ip_address(text: str, start: int, end: int) -> Hit | None:
    """Return a machine's address on the public network; private, example and special ones are nobody's."""
    least, most = start - _ADDRESS, end + _ADDRESS
    while start > 0 and (text[start - 1].isalnum() or text[start - 1] in ":."):
        start -= 1
        if start < least:
            return None
    while end < len(text) and (text[end].isalnum() or text[end] in ":."):
        end += 1
        if end > most:
            return None
    value = text[start:end].rstrip(".:")
    if value.count(":") == 1:
        value = value.split(":")[0]
    try:
        address = parse_ip(value)
    except ValueError:
        return None
    if not address.is_global or value in _RESOLVERS:
        return None
    if address.version == 6 and not (value.count(":") == _COLONS or _UNICAST.match(value)):  # noqa: PLR2004  # IPv6
        return None
    behind = _NETWORK.match(text, start + len(value))
    if behind is not None and int(behind[1]) < _HOSTS[address.version]:
        return None
    four = address.version == 4  # noqa: PLR2004  # only IPv4 looks like a version
    if four and (_VERSION.search(text, max(0, start - 24), start) or _BUILD.match(text, start + len(value))):
        return None
    if four and not called_machine(text, start) and all(int(part) < 100 for part in value.split(".")):  # noqa: PLR2004  # as versions are
        return None
    return Hit("IP address", start, start + len(value), sure=False)
