"""A provider for rehearsals: prefixes by name, readable some time after the first byte that wrote them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from samovar.coordination import MemoryStore
from samovar.engine.rehearsal import Played, Rehearsal
from samovar.flow.flight import Terms
from samovar.flow.protect import Protected, protected_call
from samovar.flow.steps import Boundary
from samovar.providers.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Callable

    from samovar.errors import SamovarError
    from samovar.flow.outcome import Outcome
    from samovar.flow.steps import Flow

TTL = 300.0
TAIL = 50
"""Tokens of each call's own question."""


@dataclass(slots=True, eq=False)
class Asking:
    """One call: its prefixes (name, tokens from the start), and what will go wrong with it."""

    number: int
    prefixes: tuple[tuple[str, int], ...]
    status: int = 200
    failure: SamovarError | None = None
    broken: SamovarError | None = None
    patience: float | None = None

    def boundaries(self) -> tuple[Boundary, ...]:
        """Return the prefixes as a flow knows them."""
        return tuple(Boundary(name.encode(), tokens, TTL) for name, tokens in self.prefixes)

    @property
    def total(self) -> int:
        """Input tokens."""
        return self.prefixes[-1][1] + TAIL


@dataclass(slots=True)
class Provider:
    """Reads the deepest prefix that is readable, writes the others. `late` tells usage only at the end."""

    cold_seconds: float = 5.0
    warm_seconds: float = 0.3
    lag: float = 0.0
    late: bool = False
    unread: float = 0.0
    """Seconds after the first byte in which no caller reads on."""
    caches: bool = True
    writes: dict[str, int] = field(default_factory=dict)
    """By prefix, how many calls wrote it."""
    sent: list[float] = field(default_factory=list)
    _readable: dict[str, float] = field(default_factory=dict)
    _evicted: bool = False
    _pending: dict[int, list[str]] = field(default_factory=dict)
    before: Callable[[Provider, Asking, float], None] = lambda *_: None

    def evict(self) -> None:
        """Forget everything."""
        self._readable.clear()

    def evict_once(self) -> None:
        """Forget everything at the first time of asking."""
        if not self._evicted:
            self._evicted = True
            self.evict()

    def begin(self, call: object, now: float) -> Played:
        """Answer a call that starts at `now`."""
        assert isinstance(call, Asking)
        self.before(self, call, now)
        self.sent.append(now)
        if call.failure is not None:
            return Played(0, {}, None, 1.0, 1.0, None, call.failure)
        if call.status != 200:
            return Played(call.status, {}, None, 0.2, 0.2, None)
        readable = [t for name, t in call.prefixes if self._readable.get(name, now + 1) <= now]
        read = max(readable, default=0)
        fresh = [name for name, t in call.prefixes if t > read] if self.caches else []
        for name in fresh:
            self.writes[name] = self.writes.get(name, 0) + 1
        self._pending[call.number] = fresh
        written = call.prefixes[-1][1] - read if fresh else 0
        usage = Usage(
            uncached_input=call.total - read - written, cache_read=read, cache_write={"5m": written}, output=8
        )
        first = self.warm_seconds if not fresh and self.caches else self.cold_seconds
        told = first + self.unread
        return Played(200, {}, usage, first, told + 1, None if self.late else told, broken=call.broken)

    def first_byte(self, call: object, now: float) -> None:
        """Make what a call wrote readable, after the lag; the earliest writer counts."""
        assert isinstance(call, Asking)
        for name in self._pending.pop(call.number, ()):
            self._readable.setdefault(name, now + self.lag)


@dataclass(slots=True)
class Play:
    """Calls on a provider in virtual time, coordinated in memory."""

    provider: Provider
    terms: Terms = field(default_factory=Terms)
    settle: float = 0.02
    rehearsal: Rehearsal = field(init=False)

    def run(self, *calls: tuple[float, Asking]) -> list[Outcome]:
        """Run calls that start at the given seconds; return the outcomes in the order of ending."""
        self.rehearsal = Rehearsal(self.provider)
        self.rehearsal.store = MemoryStore(self.terms, clock=self.rehearsal.clock)
        return self.rehearsal.run((at, call, self.flow(call)) for at, call in calls)

    def flow(self, call: Asking) -> Flow[Outcome]:
        """Return the flow of a call."""
        return protected_call(
            Protected(
                boundaries=call.boundaries(),
                total=call.total,
                output=8,
                bound=self.terms.bound,
                settle=self.settle,
                patience=call.patience,
                fraction=(call.number % 100) / 100,
            )
        )
