"""What shows over several calls only: the collectors, in plain sight, and those about what is in a prefix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from samovar.attribution.bookkeeping import Accounting, CacheKeys, Freshness
from samovar.attribution.occurrences import Occurrences, of_key
from samovar.attribution.personalised import Personalised
from samovar.attribution.tenants import SharedTenantData
from samovar.attribution.trends import ChangePoint, ColdTurns, FallingRate, ServedModel, Tokenizer
from samovar.attribution.turn import LEAST
from samovar.attribution.values import VOLATILE
from samovar.attribution.waste import Stampede, WrittenNeverRead, WrittenWithoutBody
from samovar.call.memo import Memo

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samovar.attribution.explanation import Explained, Pattern, PatternName
    from samovar.attribution.spots import Spots
    from samovar.attribution.turn import Turn

SLOTS: Final = 10_000
"""Places in bodies that are watched at most."""


class Collector(Protocol):
    """Looks at every call once, in order; bounded."""

    def see(self, turn: Turn, call: Explained) -> None:
        """Take a call in."""

    def found(self) -> list[Pattern]:
        """Return the patterns seen."""


class Patterns:
    """All collectors together. `freshness` gives the seconds for which a tool's result holds, by tool."""

    def __init__(self, spots: Spots, freshness: Mapping[str, float] | None = None) -> None:
        """Begin without calls."""
        losses: tuple[Collector, ...] = (VolatileValues(), UnsortedTools(), Stampede())
        salts, recounts, served, falls = SharedAcrossSalts(spots), Tokenizer(), ServedModel(), FallingRate()
        changes, cold, waste, bodiless = (
            ChangePoint(),
            ColdTurns(),
            WrittenNeverRead(spots),
            WrittenWithoutBody(),
        )
        persons, stale, keys, books = Personalised(), Freshness(freshness or {}), CacheKeys(), Accounting()
        tenants = SharedTenantData()
        each: tuple[Collector, ...] = (salts, served, falls, changes, cold, waste, persons)
        self._collectors = (
            *losses,
            *(
                salts,
                recounts,
                served,
                falls,
                changes,
                cold,
                waste,
                bodiless,
                persons,
                stale,
                keys,
                books,
                tenants,
            ),
        )
        self._losses = tuple(collector.see for collector in losses)
        self._each = tuple(collector.see for collector in (*each, *((stale,) if freshness else ())))
        self._recount, self._bodiless = recounts.see, bodiless.see
        self._key, self._book, self._tenant = keys.see, books.see, tenants.see

    def see(self, calls: Sequence[tuple[Turn, Explained]]) -> None:
        """Take some calls in, in their order: those collectors look at one that it can mean anything to."""
        for see in self._each:
            for turn, call in calls:
                see(turn, call)
        for turn, call in calls:
            if call.cause is not None:
                for see in self._losses:
                    see(turn, call)
                if turn.call is None:
                    self._bodiless(turn, call)
            if turn.recount is not None:
                self._recount(turn, call)
            if turn.space.cache_key:
                self._key(turn, call)
            if turn.misreport is not None:
                self._book(turn, call)
            if turn.tenant:
                self._tenant(turn, call)

    def found(self) -> list[Pattern]:
        """Return all patterns, the dearest first."""
        found = [pattern for collector in self._collectors for pattern in collector.found()]
        return sorted(found, key=lambda pattern: (-pattern.usd, pattern.name))


class VolatileValues:
    """A clock, an id or a counter in a prefix, confirmed by two changes of value in one slot."""

    NAMES: Final[Mapping[str, PatternName]] = {
        "clock": "clock-in-prefix",
        "epoch": "clock-in-prefix",
        "uuid": "random-id-in-prefix",
        "hash": "random-id-in-prefix",
        "random id": "random-id-in-prefix",
        "count": "live-state-in-prefix",
        "percentage": "live-state-in-prefix",
    }

    def __init__(self) -> None:
        """Begin without calls."""
        self._slots: dict[tuple[str, str, str], Occurrences] = {}

    def see(self, turn: Turn, call: Explained) -> None:
        """Take a call in."""
        volatile = call.cause in {"system-changed", "history-rewritten"} and _kind(call) in VOLATILE
        if volatile:
            slot = of_key(self._slots, (turn.site, call.path or "", _kind(call)), SLOTS)
            if slot is not None:
                slot.lose(call)

    def found(self) -> list[Pattern]:
        """Return a pattern for each slot that changed twice."""
        return [
            slot.pattern(
                self.NAMES[kind], f"{kind} at {path}, another value in {slot.count:,} calls", path=path
            )
            for (_, path, kind), slot in self._slots.items()
            if slot.count > 1
        ]


class UnsortedTools:
    """The same set of tools in another order."""

    def __init__(self) -> None:
        """Begin without calls."""
        self._seen = Occurrences()

    def see(self, turn: Turn, call: Explained) -> None:
        """Take a call in."""
        del turn
        if call.cause == "tools-changed" and _kind(call) == "same set, other order":
            self._seen.lose(call)

    def found(self) -> list[Pattern]:
        """Return one pattern for all calls."""
        if not self._seen.count:
            return []
        detail = "the same tools in another order"
        return [self._seen.pattern("unsorted-tools", detail, level="tools", path="tools")]


class SharedAcrossSalts:
    """Salts that do not separate: read under another one, or one tenant's used by another tenant."""

    def __init__(self, spots: Spots) -> None:
        """Begin without calls; the salts of a prefix are noted on `spots`."""
        self._spots = spots
        self._owners: Memo[str, str] = Memo(50_000)
        self._of: Memo[str, str] = Memo(50_000)
        self._borrowed, self._crossed = Occurrences(), Occurrences()

    def see(self, turn: Turn, call: Explained) -> None:
        """Take a call in; the steady part of a prompt stands for its prefix."""
        salt = turn.space.salt
        if not turn.chain or not turn.answered:
            return
        if salt:
            self._own(turn, call)
        last = turn.steady
        spot = self._spots.of(turn)[last - 1 if last else 0]
        known = spot.salts
        if (
            known is not None
            and salt not in known
            and any(known | {salt})
            and turn.read > LEAST
            and turn.read >= (turn.sizes[last - 1] if last else turn.sizes[0]) // 2
        ):
            self._crossed.lose(call)
        if known is None or salt not in known:
            spot.salts = UNSALTED if known is None and not salt else (known or frozenset()) | {salt}

    def _own(self, turn: Turn, call: Explained) -> None:
        """Note a tenant with a salt of its own that uses another tenant's."""
        salt, tenant = turn.space.salt, turn.tenant
        if not tenant:
            return
        owner, usual = self._owners.get(salt), self._of.get(tenant)
        if owner is None:
            self._owners.put(salt, tenant)
        elif owner != tenant and usual not in {None, salt}:
            self._borrowed.lose(call)
        if usual is None:
            self._of.put(tenant, salt)

    def found(self) -> list[Pattern]:
        """Return one pattern for each way in which salts failed."""
        ways = (
            (self._crossed, "a first call under a salt read what only calls under other salts had sent"),
            (self._borrowed, "a tenant that has a salt of its own used another tenant's"),
        )
        return [
            seen.pattern("salt-misuse", detail, level="isolation", path="cache_salt")
            for seen, detail in ways
            if seen.count
        ]


UNSALTED: Final = frozenset({""})


def _kind(call: Explained) -> str:
    """Return what the first change was, without those that follow it."""
    return (call.detail or "").partition(";")[0]
