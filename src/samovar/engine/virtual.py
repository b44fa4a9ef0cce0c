"""Virtual time: one discrete-event loop. Each request says when it is sent, each answer when it arrived.

The provider in a box answers at once and states in headers when its first byte and its end would have
come; the loop holds the answer until its own now gets there. Events are taken in order of (time, order of
entry), so requests leave in non-decreasing time and equal runs are equal to the byte.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, Generic, TypeVar, assert_never

from samovar.engine.sender import silent
from samovar.errors import ProviderUnreachable, SamovarError, YoursError
from samovar.flow.attempt import OK
from samovar.flow.bench_effects import (
    AskTime,
    CorrectBudget,
    KeepAttempt,
    Pause,
    ReceiveBytes,
    SendBytes,
    TakeBudget,
)
from samovar.flow.exchange import Answer, Opening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from samovar.engine.sender import Exchange, Sender
    from samovar.flow.attempt import Attempt
    from samovar.flow.bench_effects import Flow, Reply
    from samovar.rates import Pacer

T = TypeVar("T")

NOW: Final = "samovar-now"
FIRST_BYTE: Final = "samovar-first-byte-at"
ENDED: Final = "samovar-ended-at"


@dataclass(frozen=True, slots=True)
class _Throw:
    """A reply that is a failure."""

    error: SamovarError


class VirtualDriver:
    """Runs flows against a provider that speaks virtual time. `now` is in epoch seconds.

    `record` is told of every attempt; `pacer` hands out the budgets, first come, first served. A provider
    that says nothing for longer than `silence_seconds`, in its own time, is given up. No more than
    `connections` calls are on their way at once; the others wait in line for one of them to end.
    """

    def __init__(
        self,
        sender: Sender,
        pacer: Pacer,
        *,
        start: float,
        record: Callable[[Attempt], None],
        silence_seconds: float = math.inf,
        connections: int | None = None,
    ) -> None:
        self.now = start
        self.sender = sender
        self.pacer = pacer
        self.record = record
        self.silence_seconds = silence_seconds
        self.connections = math.inf if connections is None else connections

    def run(self, flows: Iterable[Flow[T]], concurrency: int) -> list[T]:
        """Run all flows, at most `concurrency` at a time; return their results in order of ending."""
        return _Loop[T](self).run(iter(flows), concurrency)


class _Loop(Generic[T]):
    """One run of a driver: the events still to come, and the line before the budgets."""

    def __init__(self, driver: VirtualDriver) -> None:
        self._driver = driver
        self._pacer = driver.pacer
        self._events: list[tuple[float, int, Flow[T] | None, Reply | _Throw]] = []
        self._entered = 0
        self._line: deque[tuple[Flow[T], TakeBudget]] = deque()
        self._answers: dict[int, Answer] = {}
        self._ready: deque[tuple[Flow[T], SendBytes]] = deque()
        self._ends: list[float] = []
        """When the calls that are on their way will have ended, a heap."""
        self._wake: float | None = None

    @property
    def now(self) -> float:
        """The driver's time."""
        return self._driver.now

    def run(self, source: Iterator[Flow[T]], concurrency: int) -> list[T]:
        """Run until nothing is left to happen."""
        results: list[T] = []
        self._fill(source, concurrency)
        while self._events:
            at, _, flow, reply = heapq.heappop(self._events)
            self._driver.now = max(self.now, at)
            if flow is None:
                # One that was overtaken by an earlier one has nothing to do, and must not be set again.
                if at != self._wake:
                    continue
                self._wake = None
            else:
                ended = self._advance(flow, reply)
                if ended is not None:
                    results.append(ended[0])
                    self._fill(source, 1)
            self._serve_line()
            self._serve_ready()
        return results

    def _fill(self, source: Iterator[Flow[T]], places: int) -> None:
        """Start up to `places` flows."""
        for flow in islice(source, places):
            self._enter(self.now, flow, None)

    def _enter(self, at: float, flow: Flow[T] | None, reply: Reply | _Throw) -> None:
        """Put an event on the heap. `flow` None only makes the loop look at the line again."""
        self._entered += 1
        heapq.heappush(self._events, (at, self._entered, flow, reply))

    def _advance(self, flow: Flow[T], reply: Reply | _Throw) -> tuple[T] | None:
        """Resume a flow until it has to wait; return its result once it has ended."""
        while True:
            try:
                effect = flow.throw(reply.error) if isinstance(reply, _Throw) else flow.send(reply)
            except StopIteration as end:
                return (end.value,)
            match effect:
                case AskTime():
                    reply = self.now
                case KeepAttempt(attempt):
                    self._driver.record(attempt)
                    reply = None
                case CorrectBudget(ticket, tokens, left):
                    self._pacer.settle(ticket, tokens)
                    if left is not None:
                        self._pacer.heed(self.now, left.requests, left.input, left.doubt)
                    reply = None
                case TakeBudget():
                    self._line.append((flow, effect))
                    return None
                case Pause(seconds):
                    self._enter(self.now + seconds, flow, None)
                    return None
                case SendBytes():
                    self._ready.append((flow, effect))
                    return None
                case ReceiveBytes(opening):
                    answer = self._answers.pop(opening.token)
                    self._enter(answer.ended_at, flow, answer)
                    return None
                case _:
                    assert_never(effect)

    def _serve_line(self) -> None:
        """Hand out budgets while the head of the line fits; else come back when it will."""
        while self._line:
            flow, debit = self._line[0]
            when = self._pacer.earliest(self.now, debit.tokens)
            if when > self.now:
                if math.isinf(when):
                    self._line.popleft()
                    self._enter(self.now, flow, _Throw(too_large(debit)))
                    continue
                # One wake-up is enough: it looks again, and events until then may have changed the answer.
                if self._wake is None or when < self._wake:
                    self._wake = when
                    self._enter(when, None, None)
                return
            self._line.popleft()
            self._enter(self.now, flow, self._pacer.take(self.now, debit.tokens))

    def _serve_ready(self) -> None:
        """Send while there are connections. One is free again when something happens anyway: a call's end."""
        while self._ends and self._ends[0] <= self.now:
            heapq.heappop(self._ends)
        while self._ready and len(self._ends) < self._driver.connections:
            self._send(*self._ready.popleft())

    def _send(self, flow: Flow[T], send: SendBytes) -> None:
        """Make the exchange at once; schedule what the flow will see of it, and when."""
        started = self.now
        try:
            exchange = self._driver.sender.open(send.path, send.body, {**send.headers, NOW: repr(started)})
        except SamovarError as error:
            self._enter(started, flow, _Throw(error))
            return
        broken: SamovarError | None = None
        try:
            exchange.read()
        except SamovarError as error:
            broken = error
        try:
            first, ended = _times(exchange, started)
        except SamovarError as error:
            self._enter(started, flow, _Throw(error))
            return
        silence = self._driver.silence_seconds
        heapq.heappush(self._ends, min(ended, started + silence) if first - started > silence else ended)
        if first - started > silence:
            self._enter(started + silence, flow, _Throw(silent(self._driver.sender.base_url, silence)))
            return
        opening = Opening(self._entered, exchange.status, exchange.headers, started, first)
        self._answers[opening.token] = Answer(
            opening.status, opening.headers, exchange.arrived, started, first, ended, broken
        )
        self._enter(first, flow, opening)


def _times(exchange: Exchange, started: float) -> tuple[float, float]:
    """Return the virtual times of first byte and end. Refusals may leave them out; answers may not."""
    try:
        first = float(exchange.headers[FIRST_BYTE])
        ended = float(exchange.headers[ENDED])
    except KeyError:
        if exchange.status in OK:
            raise YoursError(
                "the provider answered without virtual times: it does not run on a virtual clock.",
                "Add --real-time to measure it by the wall clock.",
            ) from None
        return started, started
    except ValueError as error:
        raise ProviderUnreachable(f"the provider's virtual times are not numbers: {error}.") from error
    return max(first, started), max(ended, first, started)


def too_large(debit: TakeBudget) -> YoursError:
    """Describe a request that no budget will ever hold."""
    return YoursError(
        f"one request needs {debit.tokens:,} input tokens, more than a whole minute's budget.",
        "Raise --tpm to what the account allows, or shorten the request.",
    )
