"""Real time: the same flows on the wall clock, one thread for each call in progress.

Flows share a cache model and budgets, so one lock is held whenever a flow runs; it is let go while a thread
waits or talks to the provider. Budgets are handed out in the order in which they were asked for.
"""

from __future__ import annotations

import itertools
import math
import threading
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, TypeVar, assert_never

from samovar.engine.steady import SteadyClock
from samovar.engine.virtual import too_large
from samovar.errors import SamovarError
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
    from collections.abc import Callable, Iterable

    from samovar.engine.sender import Exchange, Sender
    from samovar.flow.attempt import Attempt
    from samovar.flow.bench_effects import Effect, Flow, Reply
    from samovar.rates import Pacer, Ticket

T = TypeVar("T")

LONGEST_SLEEP = 1.0
"""Seconds after which a waiting thread looks whether the run is still wanted."""


class Abandoned(BaseException):  # not an error: the run was interrupted, and nobody waits for this
    """Ends a thread of a run that was interrupted; no flow may catch it."""


class RealDriver:
    """Runs flows against a provider on the wall clock; `now` is epoch seconds that never go back."""

    def __init__(self, sender: Sender, pacer: Pacer, *, record: Callable[[Attempt], None]) -> None:
        self._sender = sender
        self._pacer = pacer
        self._record = record
        self._lock = threading.RLock()
        self._budget = threading.Condition(self._lock)
        self._line: list[object] = []
        self._exchanges: dict[int, Exchange] = {}
        self._numbers = itertools.count()
        self._abandoned = threading.Event()
        # The wall clock may be set while a run goes on; intervals must not notice.
        self._clock = SteadyClock()

    @property
    def now(self) -> float:
        """The time in epoch seconds."""
        return self._clock.now()

    def run(self, flows: Iterable[Flow[T]], concurrency: int) -> list[T]:
        """Run all flows, at most `concurrency` at a time; return their results in order of ending.

        The first failure ends the run when the calls in flight have ended; an interruption at once.
        """
        source, results = iter(flows), []
        failed = threading.Event()

        def work() -> None:
            while not failed.is_set():
                with self._lock:
                    flow = next(source, None)
                if flow is None:
                    return
                try:
                    result = self._drive(flow)
                except Abandoned:
                    return
                except BaseException:  # whatever it is, the other threads begin nothing more
                    failed.set()
                    raise
                with self._lock:
                    results.append(result)

        pool = ThreadPoolExecutor(concurrency, thread_name_prefix="samovar-bench")
        try:
            futures = [pool.submit(work) for _ in range(concurrency)]
            wait(futures, return_when=FIRST_EXCEPTION)
            for future in futures:
                future.result()
        except KeyboardInterrupt:
            self._abandoned.set()
            self._sender.close()
            raise
        finally:
            pool.shutdown(wait=not self._abandoned.is_set(), cancel_futures=True)
        return results

    def _drive(self, flow: Flow[T]) -> T:
        """Run one flow to its end."""
        reply: Reply = None
        error: SamovarError | None = None
        while True:
            with self._lock:
                if self._abandoned.is_set():
                    raise Abandoned
                try:
                    effect = flow.send(reply) if error is None else flow.throw(error)
                except StopIteration as end:
                    result: T = end.value
                    return result
            reply, error = None, None
            try:
                reply = self._perform(effect)
            except SamovarError as failure:
                error = failure

    def _perform(self, effect: Effect) -> Reply:
        """Do what a flow asks for."""
        match effect:
            case AskTime():
                return self.now
            case KeepAttempt(attempt):
                with self._lock:
                    self._record(attempt)
                return None
            case Pause(seconds):
                self._sleep_until(self.now + seconds)
                return None
            case TakeBudget():
                return self._debit(effect)
            case CorrectBudget(ticket, tokens, left):
                with self._budget:
                    self._pacer.settle(ticket, tokens)
                    if left is not None:
                        self._pacer.heed(self.now, left.requests, left.input, left.doubt)
                    self._budget.notify_all()
                return None
            case SendBytes():
                return self._send(effect)
            case ReceiveBytes(opening):
                return self._receive(opening)
            case _:
                assert_never(effect)

    def _sleep_until(self, when: float) -> None:
        if self._abandoned.wait(max(0.0, when - self.now)):
            raise Abandoned

    def _debit(self, debit: TakeBudget) -> Ticket:
        """Wait in line until both budgets fit."""
        place = object()
        with self._budget:
            self._line.append(place)
            try:
                while True:
                    pause = LONGEST_SLEEP
                    if self._line[0] is place:
                        now = self.now
                        when = self._pacer.earliest(now, debit.tokens)
                        if math.isinf(when):
                            raise too_large(debit)
                        if when <= now:
                            return self._pacer.take(now, debit.tokens)
                        pause = min(pause, when - now)
                    self._budget.wait(pause)
                    if self._abandoned.is_set():
                        raise Abandoned
            finally:
                self._line.remove(place)
                self._budget.notify_all()

    def _send(self, send: SendBytes) -> Opening:
        started = self.now
        exchange = self._sender.open(send.path, send.body, send.headers)
        with self._lock:
            token = next(self._numbers)
            self._exchanges[token] = exchange
        return Opening(token, exchange.status, exchange.headers, started, started + exchange.first_byte_after)

    def _receive(self, opening: Opening) -> Answer:
        with self._lock:
            exchange = self._exchanges.pop(opening.token)
        broken: SamovarError | None = None
        try:
            exchange.read()
        except SamovarError as error:
            broken = error
        return Answer(
            opening.status,
            opening.headers,
            exchange.arrived,
            opening.started_at,
            opening.first_byte_at,
            self.now,
            broken,
        )
