"""Drives protecting flows in virtual time, against a provider that is a function: for tests and forecasts.

Events are taken in order of (time, order of entry), so equal runs are equal. Nothing sleeps.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol, assert_never, cast

from samovar.flow.steps import (
    Arriving,
    Begun,
    Debit,
    Ended,
    Glimpse,
    Glimpsed,
    Lease,
    Now,
    PassOn,
    Receive,
    Record,
    Send,
    Settle,
    Tell,
    Wait,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from samovar.coordination import MemoryStore
    from samovar.errors import SamovarError
    from samovar.flow.outcome import Outcome
    from samovar.flow.steps import Flow, Reply, Step
    from samovar.providers.usage import Usage


class Played(NamedTuple):
    """One answer; times count from its start. `told_after`: when a stream tells its usage, None for late."""

    status: int
    headers: Mapping[str, str]
    usage: Usage | None
    first_byte_after: float
    ended_after: float
    told_after: float | None
    failure: SamovarError | None = None
    """Instead of a first byte."""
    broken: SamovarError | None = None
    """Instead of a usage, when that would have been told; or of the end."""


class Player(Protocol):
    """The provider of a rehearsal."""

    def begin(self, call: object, now: float) -> Played:
        """Answer a call that starts at `now`."""
        ...

    def first_byte(self, call: object, now: float) -> None:
        """Take note that a call's first byte has left."""
        ...


@dataclass(slots=True, eq=False)
class _Actor:
    flow: Flow[Outcome]
    call: object
    heard: int = 0
    generation: int = 0
    """Counts resumptions: an event of an earlier one is void (a wait that news ended)."""
    played: Played | None = None
    begun: Begun | None = None
    waits: tuple[bytes, Callable[[], None]] | None = None
    """What is to leave the newsroom when the wait ends without news."""


class Rehearsal:
    """A virtual clock, a store that reads it, a provider, and the flows between them.

    `steps` is the trace: the name of every step, by call, in order.
    """

    def __init__(self, player: Player, start: float = 0.0) -> None:
        self.now = start
        self.store: MemoryStore | None = None
        self.player = player
        self.outcomes: list[Outcome] = []
        self.steps: list[tuple[object, str]] = []
        self._events: list[tuple[float, int, _Actor, int, Reply | SamovarError]] = []
        self._entered = 0

    def clock(self) -> float:
        """Return the virtual time, for the store."""
        return self.now

    def run(self, calls: Iterable[tuple[float, object, Flow[Outcome]]]) -> list[Outcome]:
        """Run flows that start at the given times; return the outcomes in the order of ending."""
        for at, call, flow in calls:
            self._enter(at, _Actor(flow, call), None)
        while self._events:
            at, _, actor, generation, reply = heapq.heappop(self._events)
            if generation == actor.generation:
                self.now = max(self.now, at)
                self._advance(actor, reply)
        return self.outcomes

    def _enter(self, at: float, actor: _Actor, reply: Reply | SamovarError) -> None:
        self._entered += 1
        heapq.heappush(self._events, (at, self._entered, actor, actor.generation, reply))

    def _advance(self, actor: _Actor, reply: Reply | SamovarError) -> None:
        actor.generation += 1
        if actor.waits is not None:
            cast("MemoryStore", self.store).newsroom.leave(*actor.waits)
            actor.waits = None
        if isinstance(reply, Begun):
            self.player.first_byte(actor.call, self.now)
        try:
            step = actor.flow.throw(reply) if isinstance(reply, Exception) else actor.flow.send(reply)
        except StopIteration:
            return
        self.steps.append((actor.call, type(step).__name__))
        self._do(actor, step)

    def _do(self, actor: _Actor, step: Step) -> None:
        store = cast("MemoryStore", self.store)
        match step:
            case Now():
                self._enter(self.now, actor, self.now)
            case Wait(seconds, name):
                self._wait(actor, seconds, name)
            case Lease() | Debit():
                actor.heard = store.newsroom.edition()
                self._enter(self.now, actor, cast("Reply", store.do(step)))
            case Tell() | Settle():
                store.do(step)
                self._enter(self.now, actor, None)
            case PassOn(name):
                store.newsroom.publish(name, 1)
                self._enter(self.now, actor, None)
            case Send():
                self._send(actor)
            case Glimpse(within):
                played, begun = cast("Played", actor.played), cast("Begun", actor.begun)
                at = self.now if played.told_after is None else begun.started_at + played.told_after
                late = played.told_after is None or bool(within and at > self.now + within)
                at = min(at, self.now + within) if within else at
                glimpsed = Glimpsed(None if late else played.usage)
                self._enter(max(self.now, at), actor, glimpsed if late else played.broken or glimpsed)
            case Receive(beat):
                played, begun = cast("Played", actor.played), cast("Begun", actor.begun)
                at = begun.started_at + played.ended_after
                if beat and self.now + beat < at:
                    self._enter(self.now + beat, actor, Arriving())
                else:
                    self._enter(at, actor, played.broken or Ended(played.usage, at))
            case Record(outcome):
                self.outcomes.append(outcome)
                self._enter(self.now, actor, None)
            case _:
                assert_never(step)

    def _wait(self, actor: _Actor, seconds: float, name: bytes) -> None:
        self._enter(self.now + seconds, actor, None)
        generation = actor.generation

        def wake() -> None:
            if generation == actor.generation:
                self._enter(self.now, actor, None)

        if not name:
            return
        actor.waits = (name, wake)
        if not cast("MemoryStore", self.store).newsroom.wait_for(name, actor.heard, wake):
            wake()

    def _send(self, actor: _Actor) -> None:
        played = actor.played = self.player.begin(actor.call, self.now)
        if played.failure is not None:
            self._enter(self.now + played.first_byte_after, actor, played.failure)
            return
        first = self.now + played.first_byte_after
        actor.begun = Begun(played.status, played.headers, self.now, first)
        self._enter(first, actor, actor.begun)
