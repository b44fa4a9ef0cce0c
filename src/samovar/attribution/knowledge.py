"""What the log has shown of the provider so far: routes that read, pauses survived, rates, prefill speeds."""

from __future__ import annotations

from collections import deque
from statistics import median
from typing import TYPE_CHECKING, Final

from samovar.attribution.respelt import passes_form
from samovar.attribution.timing import asked
from samovar.attribution.turn import LEAST
from samovar.call.memo import Memo

if TYPE_CHECKING:
    from collections.abc import Iterable

    from samovar.attribution.spots import Sight
    from samovar.attribution.timing import Asked
    from samovar.attribution.turn import Space, Turn

MINUTE: Final = 60.0
KEPT: Final = 64
LEAST_PREFILL: Final = 256
"""Prompt tokens from which prefill times say something."""


class Knowledge:
    """Learns call by call; bounded."""

    def __init__(self) -> None:
        """Begin knowing nothing."""
        self._reading: Memo[tuple[str, ...], int] = Memo(10_000)
        self._tiers: Memo[str, Asked] = Memo(50_000)
        self._survived: dict[tuple[str, str], float] = {}
        self._starts: Memo[tuple[str, str, str], deque[float]] = Memo(5_000)
        self._cold: dict[tuple[str, str, str], deque[float]] = {}
        self._sets: dict[Asked, Asked] = {}
        self._crossed: set[frozenset[tuple[str, ...]]] = set()
        self._past_form: Memo[tuple[str, ...], bool] = Memo(10_000)

    def learn(self, turn: Turn, survived: float) -> None:
        """Take in an answered call; `survived` is the age of the entry that it read, 0 where unknown."""
        space = turn.space
        if turn.read > LEAST:
            way = turn.setting.way
            if self._reading.young.get(way) is None:
                self._reading.put(way, turn.index)
            if passes_form(turn):
                self._past_form.put(way, value=True)
            key = (space.provider, space.model)
            if survived > self._survived.get(key, 0.0) and len(self._survived) < 10_000:  # noqa: PLR2004  # a bound
                self._survived[key] = survived
        now = asked(turn)
        if now:
            tiers = self._tiers
            for name in (turn.lineage, f"@{turn.site}|{space.credential}"):
                known = tiers.young.get(name) or tiers.get(name)
                if known is None:
                    self._tiers.put(name, now)
                elif known is not now and not now <= known:
                    self._tiers.put(name, self._same(now | known))

    def expired(self, turn: Turn) -> None:
        """A loss to time was explained: from now on the tiers asked for last are what holds."""
        for name in (turn.lineage, f"@{turn.site}|{turn.space.credential}"):
            self._tiers.put(name, self._same(asked(turn)))

    def _same(self, tiers: Asked) -> Asked:
        """Return the one set of these tiers: conversations have few different ones."""
        if len(self._sets) > KEPT:
            self._sets.clear()
        return self._sets.setdefault(tiers, tiers)

    def starts(self, turn: Turn) -> None:
        """Count the start of a call for its key's rate; nobody asks for one where markers are set."""
        if turn.marked:
            return
        key = (turn.space.credential, turn.space.model, turn.space.cache_key)
        found = self._starts.get(key)
        if found is None:
            found = deque(maxlen=KEPT)
            self._starts.put(key, found)
        found.append(turn.start)

    def per_minute(self, turn: Turn) -> float:
        """Return the calls a minute on this call's cache key, over its last minute or what there is of it."""
        found = self._starts.get((turn.space.credential, turn.space.model, turn.space.cache_key))
        if not found:
            return 0.0
        recent = [start for start in found if turn.start - MINUTE < start <= turn.start]
        if len(recent) < 2:  # noqa: PLR2004  # a rate needs two
            return 0.0
        span = recent[-1] - recent[0]
        return len(recent) if span <= 0 else (len(recent) - 1) / span * MINUTE

    def crosses(self, turn: Turn, sights: Iterable[Sight]) -> None:
        """Take in that a call read, though nobody had sent its first block to this place: another's entry.

        `sights` are those of the first position. Only where they are all of one place it is known which.
        """
        places = {sight.space.place for sight in sights}
        if turn.space.place not in places and len(places) == 1 and len(self._crossed) < 10_000:  # noqa: PLR2004  # a bound
            self._crossed.add(frozenset((turn.space.place, *places)))

    def shared(self, one: Space, other: Space) -> bool:
        """Whether calls to two places have been seen to read each other's entries."""
        return frozenset((one.place, other.place)) in self._crossed

    def reads_at(self, space: Space) -> bool:
        """Whether a call that went this way has been seen to read."""
        return self._reading.get(space.way) is not None

    def passes_form(self, space: Space) -> bool:
        """Whether a call that went this way has read past a string that had been a list of one text."""
        return self._past_form.get(space.way) is not None

    def survived(self, turn: Turn) -> float:
        """Return the longest pause after which this model's entries were still read."""
        return self._survived.get((turn.space.provider, turn.space.model), 0.0)

    def tiers(self, turn: Turn) -> Asked:
        """Return the tiers that the conversation asked for so far; of a new one, those of its call site."""
        own = self._tiers.get(turn.lineage)
        site = self._tiers.get(f"@{turn.site}|{turn.space.credential}") if turn.site else None
        return own if own is not None else site or frozenset()

    # ── prefill times, for engines that report no cache ────────────────────────────────────────────────

    def cold_rate(self, turn: Turn) -> float | None:
        """Return the milliseconds a token that prefill takes without a cache, None if none was seen."""
        found = self._cold.get(_engine(turn))
        return median(found) if found else None

    def saw_cold(self, turn: Turn) -> None:
        """Take in the prefill time of a call whose prefix nobody had sent before."""
        rate = prefill_rate(turn)
        if rate is not None and len(self._cold) < 10_000:  # noqa: PLR2004  # a bound
            self._cold.setdefault(_engine(turn), deque(maxlen=KEPT)).append(rate)


def _engine(turn: Turn) -> tuple[str, str, str]:
    return (turn.space.provider, turn.space.model, turn.space.route or turn.space.host)


def prefill_rate(turn: Turn) -> float | None:
    """Return a call's prefill time in milliseconds per prompt token, None where it was not measured."""
    timings = turn.obs.timings
    if timings is None or timings.prefill_ms is None or turn.total < LEAST_PREFILL:
        return None
    return timings.prefill_ms / turn.total
