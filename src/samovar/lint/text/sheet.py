"""Particulars of one person as a list, "Learner profile: grade 8, likes football", or as a record."""

from __future__ import annotations

import re
from typing import Final

from samovar.lint.text.late import late
from samovar.lint.text.lexicon import vocabulary
from samovar.lint.text.manual import imperative
from samovar.lint.text.particulars import HARD, KINDS
from samovar.lint.text.roles import WHO
from samovar.lint.text.statement import words_of

_FEW: Final = 2
"""Parts of the shortest list, and of a list behind a label that already turns to one person."""
_SHEETS: Final = vocabulary(
    """profile sheet card dossier persona setup background profil perfil profilo fiche steckbrief ficha scheda
    entitlements permissions preferences flags device devices subscription"""
)
"""What somebody's particulars are listed on, or are."""
_THIS_LOGIN: Final = late(
    r"\b(?:this|present|current|calling|my|dieses?|cette?|este|esta|questo"
    r"|questa)\s(?:\w+\s)?(?P<whose>\w+)|^\W*(?P<my>my)\s",
    re.IGNORECASE,
)
_BOUND: Final = WHO | vocabulary(
    "account login profile person contact household chat session call subscription"
)
_RULED: Final = vocabulary(
    "must should shall always never if when unless or any each every either can cannot"
)


def sheet(said: str) -> bool:
    """Whether a label names one person's particulars, and what follows lists them without a verb.

    "Learner profile: grade 8, likes football, reads at grade 6 level".
    """
    label, _, value = said.partition(":")
    words, parts = words_of(label), [each for each in re.split(r"[,;] ", value) if each.strip()]
    if not 1 < len(words) <= _LABEL or len(parts) <= 1 or not _RULED.isdisjoint((*words, *words_of(value))):
        return False
    this = any(
        found["my"] or not _BOUND.isdisjoint(words_of(found[0])) for found in _THIS_LOGIN.finditer(label)
    )
    role = not WHO.isdisjoint(words)
    listed = not _SHEETS.isdisjoint(words)
    turned = role and words[0] in {"your", "dein", "ihr", "votre", "tu", "su", "tuo"} and words[-1] in WHO
    if imperative(words, label):
        return False
    told = (
        any(KINDS[at].search(value) for at in HARD) or re.search(r"\d|(?<=\w )[A-Z]|\w=\w", value) is not None
    )
    return (
        told and len(parts) > _FEW - turned and ((this and (role or listed)) or (role and listed) or turned)
    )


_LABEL: Final = 12
"""Words of the longest label of such a list."""


_MANY: Final = 3
"""Keys of a person in a record of which none says whose it is."""
_FIELDS: Final = late(r"(?P<key>[A-Za-z_.]{2,24})[\"']?\s?[:=]\s?[\"']?(?=[\w@+\"'])")
_KEYS: Final = vocabulary(
    """name first last firstname lastname fullname nickname username handle login email mail phone city
    country town address locale language lang timezone tz units currency plan tier role department team
    company age gender pronouns birthday dob diet allergies joined since segment persona occupation job
    title interests balance points level seat permissions scopes account organisation organization
    employer contact"""
)
"""Keys of a record about somebody."""
_OWNED: Final = vocabulary(
    """user profile customer client account member visitor requester caller contact patient guest me person"""
)
_NAMES: Final = vocabulary("name first firstname fullname username email mail")


def record(said: str) -> bool:
    """Whether a line is a record of somebody: several keys of a person, of which one says whose they are."""
    if said.count(":") + said.count("=") < _FEW or '"type"' in said:
        return False
    first = said[: said.find("=") if "=" in said else said.find(":")]
    keys = [words_of(found["key"].replace("_", " ").replace(".", " ")) for found in _FIELDS.finditer(said)]
    fields = sum(bool(key) and key[-1] in _KEYS for key in keys)
    owned = any(_OWNED.intersection(key) for key in keys) or words_of(first)[:1] in {
        (each,) for each in _OWNED
    }
    return fields >= (_FEW if owned else _MANY) and (owned or any(key and key[-1] in _NAMES for key in keys))
