"""The day that stands beside a time, in the usual orders and languages of a date."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

_MONTHS: Final = (
    ("jan", "ene", "gen", "янв"),
    ("feb", "fév", "fev", "фев"),
    ("mar", "mär", "maa", "мар"),
    ("apr", "avr", "abr", "апр"),
    ("may", "mai", "mei", "mag", "мая"),
    ("jun", "juin", "giu", "июн"),
    ("jul", "juil", "lug", "июл"),
    ("aug", "aoû", "ago", "авг"),
    ("sep", "set", "сен"),
    ("oct", "okt", "ott", "out", "окт"),
    ("nov", "ноя"),
    ("dec", "dez", "déc", "dic", "дек"),
)
"""How the names of the months begin."""
_YEAR_FIRST: Final = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:[-/.]|年)?(\d\d?)(?:[-/.]|月)?(\d\d?)(?!\d)")
_YEAR_LAST: Final = re.compile(r"(?<!\d)(\d\d?)[-/.](\d\d?)[-/.]((?:19|20)\d\d)(?!\d)")
_NAMED: Final = re.compile(
    r"(?<!\d)(?P<before>\d\d?)?(?:st|nd|rd|th|\.)?[ /-]?(?:de |of )?(?P<month>[^\W\d_]{3,10})\.?[ /-](?:de"
    r" )?(?P<after>\d\d?(?!\d))?(?:st|nd|rd|th)?,?"
    r"[ /-]?(?:de )?(?P<year>(?:19|20)\d\d)"
)
_EPOCH: Final = re.compile(r"(?<![\w.])(1[5-9]\d{8})(?:\d{3})?(?!\d)")


def day_in(text: str) -> dt.date | None:
    """Return the last day that a short text tells with its year."""
    found = None
    for each in _YEAR_FIRST.finditer(text):
        found = _day(each[1], each[2], each[3]) or found
    for each in _YEAR_LAST.finditer(text):
        found = _day(each[3], each[2], each[1]) or _day(each[3], each[1], each[2]) or found
    for each in _NAMED.finditer(text):
        month = _month(each["month"])
        day = each["before"] or each["after"]
        if month and day:
            found = _day(each["year"], str(month), day) or found
    for each in _EPOCH.finditer(text):
        found = dt.datetime.fromtimestamp(int(each[1]), dt.UTC).date()
    return found


def _month(name: str) -> int:
    """Return the number of a month by its name, 0 for other words."""
    return next((i for i, begins in enumerate(_MONTHS, 1) if name.lower().startswith(begins)), 0)


def _day(year: str, month: str, day: str) -> dt.date | None:
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None
