"""One look over a text for everything personal or secret.

A cheap search finds the few places where something could begin (a digit run, an at sign, a key's first
letters); only there do the expensive checks run.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.lint.personal.contact import email, ip_address, phone
from samovar.lint.personal.keys import LEADS, credentials, keys, named
from samovar.lint.personal.numbers import card, iban, national
from samovar.lint.personal.postal import addresses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.personal.hit import Hit

_DIGITS: Final = re.compile(r"[0-9](?:[ .()/\u00a0\u2011-]{0,2}[0-9]){5,}")
_LETTERED: Final = re.compile(
    r"[A-Z](?:[A-Z]\d{2} ?[A-Z0-9]{4} ?[A-Z0-9]{4}|[A-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-Z]\b"
    r"|[A-Z]{5}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]\b|\d{7}-?[A-Z]\b|[A-Z]{3}\d{6}[HMX])"
)
_SIXES: Final = re.compile(r":[0-9a-fA-F]{0,4}:")
_QUAD: Final = re.compile(r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}")
_KEYED: Final = re.compile("|".join(re.escape(lead) for lead in sorted(LEADS, key=len, reverse=True)))
_SECRETIVE: Final = re.compile(
    "key|Key|KEY|token|Token|TOKEN|secret|Secret|SECRET|passw|Passw|PASSW|passphrase|bearer"
    "|Bearer|BEARER|contraseña|Contraseña|"
    "mot de passe|Mot de passe|密码|パスワード"
)


def scan(text: str) -> tuple[Hit, ...]:
    """Return what is personal or secret in a text, in order, without overlaps; secrets win over numbers."""
    found = [*_secrets(text), *_people(text)]
    found.sort(key=lambda hit: (not hit.secret, not hit.sure, hit.start, hit.start - hit.end))
    kept: list[Hit] = []
    for hit in found:
        if not any(hit.start < other.end and other.start < hit.end for other in kept):
            kept.append(hit)
    return tuple(sorted(kept, key=lambda hit: hit.start))


def _secrets(text: str) -> Iterator[Hit]:
    for lead in _KEYED.finditer(text):
        yield from keys(text, lead.start(), min(len(text), lead.start() + 400))
    for lead in _SECRETIVE.finditer(text):
        yield from named(text, max(0, lead.start() - 12), min(len(text), lead.end() + 240))
    at = text.find("://")
    while at >= 0:
        if "@" in text[at + 3 : at + 200]:
            hit = credentials(text, at)
            if hit is not None:
                yield hit
        at = text.find("://", at + 3)


def _people(text: str) -> Iterator[Hit]:
    at = text.find("@")
    while at >= 0:
        hit = email(text, at)
        if hit is not None:
            yield hit
        at = text.find("@", at + 1)
    for run in _QUAD.finditer(text):
        hit = ip_address(text, run.start(), run.end())
        if hit is not None:
            yield hit
    sixth = 0
    for run in _SIXES.finditer(text):
        if run.start() >= sixth:
            hit = ip_address(text, run.start(), run.end())
            if hit is not None:
                sixth = hit.end
                yield hit
    for run in _DIGITS.finditer(text):
        yield from _numbers(text, run.start())
    for run in _LETTERED.finditer(text):
        account = iban(text, run.start())
        hit = account if account is not None else national(text, run.start())
        if hit is not None:
            yield hit
    yield from addresses(text)


def _numbers(text: str, start: int) -> Iterator[Hit]:
    for detect in (card, national, phone):
        hit = detect(text, start)
        if hit is not None:
            yield hit
            return
