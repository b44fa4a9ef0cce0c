"""Patterns of waste: many writers of one prefix, writes that nobody reads."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from samovar.attribution.explanation import Pattern
from samovar.attribution.occurrences import Occurrences, of_key
from samovar.attribution.turn import LEAST
from samovar.providers.rules import Level

if TYPE_CHECKING:
    from samovar.attribution.explanation import Explained
    from samovar.attribution.spots import Spots
    from samovar.attribution.turn import Turn

PREFIXES: Final = 10_000
SITES: Final = 5_000
"""Prefixes, and kinds of calls, that are watched at most."""
NAMES: Final = tuple(level.name.lower() for level in Level)


class Stampede:
    """Several calls write one prefix at once."""

    def __init__(self) -> None:
        """Begin without calls."""
        self._waves: dict[str, Occurrences] = {}

    def see(self, turn: Turn, call: Explained) -> None:
        """Take a call in, by what it had in common with others."""
        if call.cause == "concurrent-write":
            wave = of_key(self._waves, call.prefix or turn.lineage, PREFIXES)
            if wave is not None:
                wave.lose(call)

    def found(self) -> list[Pattern]:
        """Return a pattern per prefix that was written by two too many at least."""
        return [
            wave.pattern(
                "stampede",
                f"{wave.count:,} calls wrote the prefix of another call that had not begun to answer",
                level="transport",
            )
            for wave in self._waves.values()
            if wave.count > 1
        ]


class WrittenNeverRead:
    """Entries that nobody read before they expired, by the level and the kind of call that marked them.

    Of what was alive when the log ended nobody can tell yet.
    """

    def __init__(self, spots: Spots) -> None:
        """Begin without calls; what was written is noted on `spots`."""
        self._spots = spots
        self._last = 0.0
        self._written: Counter[tuple[str, str]] = Counter()
        self._read: Counter[tuple[str, str]] = Counter()
        self._writers: dict[tuple[str, str], Occurrences] = {}

    def see(self, turn: Turn, call: Explained) -> None:
        """Take a call in: what it read is settled, what it wrote is open."""
        if not turn.marked or turn.rules is None or turn.prompt is None or not turn.entries:
            return
        self._last = max(self._last, turn.start)
        if turn.read > LEAST:
            for spot in reversed(self._spots.of(turn)):
                found = spot.unread
                if found is not None and found[3] <= turn.read + LEAST:
                    if found[3]:
                        self._read[found[1], found[2]] += found[3]
                        spot.unread = (0.0, found[1], found[2], 0)
                    break
        if turn.written > LEAST and not turn.inside:
            position = turn.entries[-1][0]
            key = (turn.site, NAMES[turn.prompt.levels[position]])
            until = turn.start + turn.lives[-1].may
            self._written[key] += turn.written
            self._spots.of(turn)[position].unread = (until, *key, turn.written)
            writers = self._writers.get(key) or of_key(self._writers, key, SITES)
            if writers is not None:
                writers.add(call)

    def found(self) -> list[Pattern]:
        """Return a pattern per call site and level where most of what is written is never read."""
        patterns = []
        pending: Counter[tuple[str, str]] = Counter()
        for spot in self._spots.values():
            if spot.unread is not None and spot.unread[0] > self._last > 0:
                _, site, level, tokens = spot.unread
                pending[site, level] += tokens
        for key, written in self._written.items():
            unread = written - self._read[key]
            writers = self._writers.get(key)
            if writers is None or writers.count < 3 or unread < written * 0.8:  # noqa: PLR2004  # conversations leave their last write
                continue
            where = f" of {key[0]}" if key[0] else ""
            alive = f", {pending[key]:,} of them may still be read" if pending[key] else ""
            patterns.append(
                Pattern(
                    name="written-never-read",
                    calls=tuple(writers.calls),
                    count=writers.count,
                    detail=f"{unread:,} of {written:,} tokens written at the marker in {key[1]}{where} "
                    f"were not read again{alive}",
                    level=key[1],
                    tokens=unread - pending[key],
                )
            )
        return patterns


class WrittenWithoutBody:
    """Rows without bodies that read the same prefix each time, and write again what is never read."""

    def __init__(self) -> None:
        """Begin without calls."""
        self._rows: dict[tuple[str, str], Occurrences] = {}
        self._read: dict[tuple[str, str], int] = {}

    def see(self, turn: Turn, call: Explained) -> None:
        """Take a call in."""
        if turn.call is not None or call.cause != "marker-misplaced":
            return
        key = (turn.space.model, turn.obs.labels.get("cache_key", turn.site))
        rows = of_key(self._rows, key, SITES)
        if rows is not None:
            rows.add(call, usd=call.avoidable_usd, tokens=turn.written)
            self._read[key] = call.reported or 0

    def found(self) -> list[Pattern]:
        """Return a pattern per model and cache key."""
        return [
            rows.pattern(
                "written-never-read",
                f"{rows.tokens:,} tokens written and never read by {rows.count:,} calls that "
                f"read the same {self._read[key]:,} each: a marker on text that varies",
                level="messages",
            )
            for key, rows in self._rows.items()
        ]
