"""Times of logs as seconds since the epoch."""

from __future__ import annotations

import datetime as dt
import math
from typing import Final

_NANO: Final = 1e16
_MICRO: Final = 1e14
_MILLI: Final = 1e11
"""Above each of these a number counts in that unit: as seconds it would lie beyond the year 5000."""


def seconds(value: object) -> float | None:
    """Return epoch seconds of an RFC 3339 time or of a number in s, ms, µs or ns; None for anything else.

    A time without an offset is taken as UTC.
    """
    if isinstance(value, str):
        try:
            moment = dt.datetime.fromisoformat(value)
        except ValueError:
            try:
                return seconds(float(value))
            except ValueError:
                return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=dt.UTC)
        return moment.timestamp()
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        return None
    for least, unit in ((_NANO, 1e9), (_MICRO, 1e6), (_MILLI, 1e3)):
        if value > least:
            return value / unit
    return float(value)
