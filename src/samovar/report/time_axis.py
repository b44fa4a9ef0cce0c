"""An axis of time on which long pauses, in which nothing happens at all, are shortened."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

LONG: Final = 0.08
"""Share of the whole time from which a pause may be shortened."""
SHORT: Final = 0.05
"""Share of the remaining time that a shortened pause takes."""
DAY: Final = 86_400.0


class Pause(NamedTuple):
    """A shortened pause: where it stands on the axis, 0 to 1, and its seconds."""

    begins: float
    ends: float
    seconds: float


class TimeAxis:
    """Maps times to places from 0 to 1."""

    def __init__(self, times: Iterable[float]) -> None:
        """Take all times at which something happens."""
        moments = sorted(set(times)) or [0.0]
        if len(moments) == 1:
            moments.append(moments[0] + 1.0)
        span = moments[-1] - moments[0]
        gaps = [later - earlier for earlier, later in pairwise(moments)]
        long = [gap for gap in gaps if gap > span * LONG]
        # A pause is only shortened where calls are crowded because of it.
        shortened = bool(long) and len(moments) > 4 * len(long) and sum(long) > span / 2
        rest = (span - sum(long)) or span
        short = rest * SHORT / max(SHORT, 1 - SHORT * len(long)) if shortened else 0.0
        places = [0.0]
        self.pauses: list[Pause] = []
        for gap in gaps:
            cut = shortened and gap > span * LONG
            places.append(places[-1] + (short if cut else gap))
        whole = places[-1] or 1.0
        self._moments = moments
        self._places = [place / whole for place in places]
        for i, gap in enumerate(gaps):
            if shortened and gap > span * LONG:
                self.pauses.append(Pause(self._places[i], self._places[i + 1], gap))

    def place(self, at: float) -> float:
        """Return where a time stands; before the first it is 0, after the last 1."""
        moments, places = self._moments, self._places
        i = bisect_right(moments, at)
        if i == 0:
            return 0.0
        if i == len(moments):
            return 1.0
        share = (at - moments[i - 1]) / (moments[i] - moments[i - 1])
        return places[i - 1] + share * (places[i] - places[i - 1])

    def ticks(self, count: int = 6) -> list[tuple[float, str]]:
        """Return places and the times that stand there, none inside a shortened pause."""
        moments, places = self._moments, self._places
        wide = moments[-1] - moments[0] > DAY
        found = []
        for n in range(count):
            place = n / count
            if any(pause.begins < place < pause.ends for pause in self.pauses):
                continue
            i = min(bisect_right(places, place), len(places) - 1)
            step = places[i] - places[i - 1]
            share = (place - places[i - 1]) / step if step else 0.0
            at = dt.datetime.fromtimestamp(moments[i - 1] + share * (moments[i] - moments[i - 1]), dt.UTC)
            found.append((place, f"{at:%m-%d %H:%M}" if wide else f"{at:%H:%M:%S}"))
        return found


def span(seconds: float) -> str:
    """Return a duration in the unit that fits."""
    for unit, size in (("d", DAY), ("h", 3_600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
