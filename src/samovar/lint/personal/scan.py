"""One look over a text for everything personal or secret.

A cheap search finds the few places where something could begin (a digit run, an at sign, a key's first
letters); only there do the expensive checks run.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.lint.personal.contact import ip_address, phone
from samovar.lint.personal.escapes import unescaped
from samovar.lint.personal.keys import credentials, keys, may_hold, named, private_keys
from samovar.lint.personal.labelled import labelled, papers
from samovar.lint.personal.mail import mails
from samovar.lint.personal.numbers import card, iban, identity, national
from samovar.lint.personal.postal import addresses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.personal.hit import Hit

_DIGIT: Final = re.compile(r"[0-9]")
_DIGITS: Final = re.compile(r"[0-9](?:[ .()/\u00a0\u2011-]{0,2}[0-9]){5,}")
_LETTERED: Final = re.compile(
    r"[A-Z](?:[A-Z]\d{2} ?[A-Z0-9]{4} ?[A-Z0-9]{4}|[A-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-Z]\b"
    r"|[A-Z]{5}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]\b|\d{7}-?[A-Z]\b|[A-Z]{3}\d{6}[HMX])"
)
_SIXES: Final = re.compile(r":[0-9a-fA-F]{0,4}:")
_QUAD: Final = re.compile(r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}")
_MOMENT: Final = re.compile(r"(?:19|20)\d\d[-/.]\d\d[-/.]\d\d(?!\d)")
"""A day, and perhaps an hour: no number of a person's begins like this."""
_CLOCK: Final = re.compile(r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?![:0-9a-fA-F])")
_IMAGE: Final = re.compile(r"[A-Za-z0-9+/]{512,}={0,2}")
"""A run that is no text: an image, an encrypted thought, a font."""
_LARGE: Final = re.compile(r"[A-Za-z0-9+/]{4096,}={0,2}")
"""One that is longer than tokens are, which look the same."""
_ESCAPES: Final = (("\\n", " \n"), ("\\t", " \t"), ("\\r", " \r"), ('\\"', ' "'))
_STEP: Final = 256
_PIECE: Final = re.compile(r"[A-Za-z0-9+/]{256}")
"""Half of such a run: every run holds one that begins at a multiple of its length."""


def scan(text: str) -> tuple[Hit, ...]:
    r"""Return what is personal or secret in a text, in order, without overlaps; secrets win over numbers.

    What JSON and code write as `\u` and four digits, or as `\/`, is read as what it means. Long base64 is no
    text.
    """
    if "\\u" in text or "\\/" in text:
        plain, places = unescaped(text)
        return tuple(hit._replace(start=places(hit.start), end=places(hit.end)) for hit in _scan(plain))
    return _scan(text)


def _scan(text: str) -> tuple[Hit, ...]:
    if "\\" in text:
        # What code and JSON write as two characters; replaced by two, no place moves.
        for escape, plain in _ESCAPES:
            text = text.replace(escape, plain)
    if _DIGIT.search(text) is None:
        # Without a digit there are only addresses of mail, keys and passwords.
        found = [*mails(text), *(_secrets(text) if len(text) > _SHORT else ())]
    else:
        people = text
        if len(text) > _STEP and any(_PIECE.match(text, at) for at in range(0, len(text), _STEP)):
            text, people = _LARGE.sub(_blank, text), _IMAGE.sub(_blank, text)
        found = [*_secrets(text), *_people(people)]
    if len(found) < _SEVERAL:
        return tuple(found)
    found.sort(key=lambda hit: (not hit.secret, not hit.sure, hit.start, hit.start - hit.end))
    kept: list[Hit] = []
    taken = bytearray(len(text))
    for hit in found:
        if not any(taken[hit.start : hit.end]):
            kept.append(hit)
            taken[hit.start : hit.end] = b"\1" * (hit.end - hit.start)
    return tuple(sorted(kept, key=lambda hit: hit.start))


_SHORT: Final = 16
_SEVERAL: Final = 2


def _blank(run: re.Match[str]) -> str:
    return " " * len(run.group())


def _secrets(text: str) -> Iterator[Hit]:
    long = may_hold(text)
    if long:
        yield from keys(text)
    yield from private_keys(text)
    yield from named(text, long=long)
    at = text.find("://")
    while at >= 0:
        if "@" in text[at + 3 : at + 200]:
            hit = credentials(text, at)
            if hit is not None:
                yield hit
        at = text.find("://", at + 3)


def _people(text: str) -> Iterator[Hit]:
    yield from mails(text)
    for run in _QUAD.finditer(text):
        hit = ip_address(text, run.start(), run.end())
        if hit is not None:
            yield hit
    sixth = 0
    for run in _SIXES.finditer(text):
        if run.start() >= sixth and not _CLOCK.match(text, max(0, run.start() - 2)):
            hit = ip_address(text, run.start(), run.end())
            if hit is not None:
                sixth = hit.end
                yield hit
    for run in _DIGITS.finditer(text):
        if not _MOMENT.match(text, run.start()):
            yield from labelled(text, run.start())
            yield from _numbers(text, run.start())
    for run in _LETTERED.finditer(text):
        account = iban(text, run.start())
        hit = account if account is not None else national(text, run.start())
        if hit is not None:
            yield hit
    yield from papers(text)
    yield from addresses(text)


def _numbers(text: str, start: int) -> Iterator[Hit]:
    for detect in (card, national, identity, phone):
        hit = detect(text, start)
        if hit is not None:
            yield hit
            return
