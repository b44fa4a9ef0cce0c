"""Single-flight: who writes a prefix, who waits, and when the waiting ends. Pure; every step takes the time.

A flight is one boundary's story:

    absent ── lead ──▶ LEADING ── first byte ──▶ LANDED ── a verifier reads it ──▶ OPEN ── TTL ──▶ absent
                          │  ▲                      │  ▲                             │
                   failed │  │ the next one leads   │  └── a verifier missed it ─────┘ (evicted)
                          ▼  │                      ▼
                        VACANT                    FREE: two leaders failed, two verifiers missed, twice the
                                                  bound has passed, or no such prefix is ever kept;
                                                  nobody waits until it is forgotten

The Lua script beside `coordination.redis_store` is the same machine; one suite runs over both.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from samovar.flow.role import Role
from samovar.flow.steps import Boundary, Grant, Line, Report

TWICE = 2
"""Failed leaders, missed verifications, or bounds, after which protection gives up."""
LARGEST_GROUP = 64
"""Verifiers let go together, each without news of a miss, after which all may go."""


STEP_BACK = 1.0
"""Seconds that a flight may have begun in the future. More shows a clock that was set back: it is over."""


FRESH_SECONDS = 1.0
"""A prefix that was read so lately is warm for as long as one more read could show."""


class Phase(IntEnum):
    """Where a flight is. The numbers are what Redis holds."""

    LEADING = 1
    VACANT = 2
    LANDED = 3
    OPEN = 4
    FREE = 5


class Terms(NamedTuple):
    """The times that flights keep, in seconds.

    A leader has `bound` until its first response byte; after giving up nobody waits for `rest`; those who
    are let go all at once spread over `spread`.
    """

    bound: float = 20.0
    rest: float = 60.0
    spread: float = 1.0


class News(NamedTuple):
    """A flight that others wait for has changed: at most `wake` of them need to ask again, 0 for all."""

    name: bytes
    phase: Phase
    wake: int
    fence: int
    seconds: float
    """How long the phase lasts from now, unless something happens."""


@dataclass(slots=True)
class Flight:
    """One boundary that somebody writes, verifies or reads. Times are in seconds of the caller's clock."""

    phase: Phase
    fence: int
    begun: float
    until: float
    """LEADING: the leader's bound. LANDED: when verifiers count as lost. OPEN, FREE: when it is forgotten."""
    opens: float = 0.0
    """LANDED: when the next verifier may go."""
    failed: int = 0
    missed: int = 0
    quota: int = 0
    """LANDED: verifiers that may still go."""
    group: int = 1
    due: int = 0
    """LANDED: verifiers that have gone and said nothing yet."""
    waited_for: bool = False


class Flights:
    """The table of flights of one deployment, at most `cap` of them. Its owner has a lock."""

    __slots__ = ("_fence", "_flights", "cap", "terms")

    def __init__(self, terms: Terms | None = None, cap: int = 100_000, first_fence: int = 0) -> None:
        """Make an empty table. Fences count on from `first_fence`, to differ from those of another table."""
        self.terms = terms or Terms()
        self.cap = cap
        self._flights: dict[bytes, Flight] = {}
        self._fence = first_fence

    def __len__(self) -> int:
        """Return how many flights are held, forgotten ones included until they are swept."""
        return len(self._flights)

    def ask(self, boundaries: tuple[Boundary, ...], now: float) -> Grant:
        """Grant roles for all boundaries, shortest first, or name the first that has to be waited for."""
        warm = self._warm(boundaries, now)
        if warm is not None:
            return warm
        roles: list[Role] = []
        for boundary in boundaries:
            flight = self._live(boundary.name, now)
            role = Role.LEAD if flight is None else self._role(flight, now)
            if role is None and flight is not None:
                flight.waited_for = True
                when = flight.opens if flight.phase is Phase.LANDED and now < flight.opens else flight.until
                return Grant(held=boundary.name, wait=min(when - now, self.terms.bound))
            roles.append(role or Role.FREE)
        return self._take(boundaries, roles, now)

    def _warm(self, boundaries: tuple[Boundary, ...], now: float) -> Grant | None:
        """Grant to read all boundaries if all are believed warm, as they nearly always are."""
        found = []
        for boundary in boundaries:
            flight = self._flights.get(boundary.name)
            if flight is None or flight.phase is not Phase.OPEN or self._over(flight, now):
                return None
            found.append(flight)
        # Asking prolongs nothing: the call may be refused. Its read does, when it tells of one.
        fresh = all(
            flight.until >= now + boundary.ttl - FRESH_SECONDS
            for flight, boundary in zip(found, boundaries, strict=True)
        )
        fences = tuple([flight.fence for flight in found])
        return Grant(roles=(Role.READ,) * len(found), fences=fences, fresh=fresh)

    def _live(self, name: bytes, now: float) -> Flight | None:
        flight = self._flights.get(name)
        if flight is not None and self._over(flight, now):
            del self._flights[name]
            return None
        return flight

    def _over(self, flight: Flight, now: float) -> bool:
        """Whether a flight is forgotten: its phase has passed, or nobody has come to end it for long."""
        lasting = flight.phase in (Phase.OPEN, Phase.FREE)
        return now >= flight.until + (0.0 if lasting else self.terms.rest) or now < flight.begun - STEP_BACK

    def _role(self, flight: Flight, now: float) -> Role | None:
        """Return what the next call may be, None to wait. Changes nothing."""
        match flight.phase:
            case Phase.LEADING if now < flight.until:
                return None
            case Phase.LEADING | Phase.VACANT:
                failed = flight.failed + (flight.phase is Phase.LEADING)
                late = now >= flight.begun + TWICE * self.terms.bound
                return Role.FREE if failed >= TWICE or late else Role.LEAD
            case Phase.LANDED:
                lost = now >= flight.until
                return Role.VERIFY if now >= flight.opens and (flight.quota > 0 or lost) else None
            case Phase.OPEN:
                return Role.READ
            case Phase.FREE:
                return Role.FREE

    def _take(self, boundaries: tuple[Boundary, ...], roles: list[Role], now: float) -> Grant:
        fences: list[int] = []
        missed: list[int] = []
        spread = 0.0
        promoted, fresh = False, True
        for boundary, role in zip(boundaries, roles, strict=True):
            flight = self._flights.get(boundary.name)
            if flight is None:
                flight = self._put(boundary.name, Flight(Phase.LEADING, 0, now, now), now)
            elif role is Role.LEAD:
                flight.failed += flight.phase is Phase.LEADING
                promoted = True
            match role:
                case Role.LEAD:
                    flight.phase, flight.fence = Phase.LEADING, self._next_fence(now)
                    flight.until = now + self.terms.bound
                case Role.VERIFY:
                    if flight.quota <= 0:
                        flight.group, flight.quota, flight.due = flight.group * 2, flight.group * 2, 0
                        flight.until = now + self.terms.bound
                    flight.quota -= 1
                    flight.due += 1
                case Role.READ:
                    fresh = fresh and flight.until >= now + boundary.ttl - FRESH_SECONDS
                case Role.FREE:
                    if flight.phase is not Phase.FREE:
                        self._give_up(flight, now)
                    if now < flight.opens:
                        spread = max(spread, self.terms.spread)
            fences.append(flight.fence)
            missed.append(flight.missed)
        return Grant(b"", 0.0, tuple(roles), tuple(fences), spread, promoted, fresh, tuple(missed))

    def _next_fence(self, now: float) -> int:
        """Return a fence above all before it; thanks to the time even where the count was lost."""
        self._fence = max(self._fence + 1, int(now * 1000))
        return self._fence

    def _put(self, name: bytes, flight: Flight, now: float) -> Flight:
        flights = self._flights
        if len(flights) >= self.cap:
            # The oldest flight goes: its waiters ask again when their wait is over, and one of them leads.
            del flights[next(iter(flights))]
        flights[name] = flight
        # Two old ones are looked at for each new one, so that forgetting keeps pace with remembering.
        for _ in range(min(2, len(flights))):
            oldest = next(iter(flights))
            held = flights.pop(oldest)
            if not self._over(held, now):
                flights[oldest] = held
        return flight

    def abandon(self) -> None:
        """Forget every flight that is under way: its leader lives in another process, as after a fork."""
        ended = (Phase.OPEN, Phase.FREE)
        self._flights = {name: flight for name, flight in self._flights.items() if flight.phase in ended}

    def _give_up(self, flight: Flight, now: float) -> None:
        """Let everyone go; those of the first `spread` seconds spread themselves."""
        flight.phase = Phase.FREE
        flight.until = now + self.terms.rest
        flight.opens = now + self.terms.spread

    def tell(self, lines: tuple[Line, ...], now: float) -> tuple[News, ...]:
        """Take in reports; return what those who wait should hear. Stale reports change nothing."""
        news = []
        for line in lines:
            flight = self._live(line.name, now)
            if flight is None or flight.fence != line.fence:
                continue
            before = flight.phase, flight.quota
            self._hear(flight, line, now)
            if (flight.phase, flight.quota) != before and flight.waited_for:
                news.append(self._news(line.name, flight, now))
        return tuple(news)

    def _hear(self, flight: Flight, line: Line, now: float) -> None:
        terms = self.terms
        match line.report, flight.phase:
            case Report.RENEWED, Phase.LEADING:
                flight.until = now + terms.bound
            case Report.LANDED, Phase.LEADING:
                self._land(flight, now, line.settle)
            case ((Report.FAILED | Report.LEFT), (Phase.LEADING | Phase.LANDED)):
                self._replace(flight, now, failed=line.report is Report.FAILED)
            case Report.HIT, Phase.LANDED | Phase.FREE:
                flight.phase, flight.until = Phase.OPEN, now + line.ttl
                flight.failed = flight.missed = 0
            case Report.HIT | Report.LATE, Phase.OPEN:
                # It was read, or a provider that does not say so has answered.
                flight.until = max(flight.until, now + line.ttl)
            case Report.MISS, Phase.LANDED:
                flight.missed += 1
                self._land(flight, now, line.settle)
                if flight.missed >= TWICE:
                    self._give_up(flight, now)
            case Report.MISS, Phase.OPEN:
                # Evicted: this call has written it anew, and the reports of its contemporaries are stale.
                flight.fence = self._next_fence(now)
                flight.begun = now
                self._land(flight, now, line.settle)
            case Report.NEVER, Phase.LEADING | Phase.LANDED | Phase.OPEN | Phase.FREE:
                self._give_up(flight, now)
                flight.until = now + max(terms.rest, line.ttl)
                flight.opens = 0.0
            case Report.LATE, Phase.LANDED:
                flight.due -= 1
                if flight.quota <= 0 and flight.due <= 0:
                    flight.group *= 2
                    flight.quota, flight.due = flight.group, 0
                    flight.until = now + terms.bound
                    if flight.group > LARGEST_GROUP:
                        flight.phase, flight.until = Phase.OPEN, now + line.ttl
            case _:
                pass

    def _replace(self, flight: Flight, now: float, *, failed: bool) -> None:
        """Let another go in the place of a leader, or of a verifier that will not know."""
        if flight.phase is Phase.LEADING:
            flight.failed += failed
            flight.phase = Phase.VACANT
            if flight.failed >= TWICE:
                self._give_up(flight, now)
        elif flight.due > 0:
            flight.quota += 1
            flight.due -= 1

    def _land(self, flight: Flight, now: float, settle: float) -> None:
        flight.phase = Phase.LANDED
        flight.opens = now + settle
        flight.until = flight.opens + self.terms.bound
        flight.quota = flight.group = 1
        flight.due = 0

    def _news(self, name: bytes, flight: Flight, now: float) -> News:
        wake = {Phase.LANDED: flight.quota, Phase.VACANT: 1}.get(flight.phase, 0)
        return News(name, flight.phase, wake, flight.fence, flight.until - now)
