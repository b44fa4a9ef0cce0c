"""Drives protecting flows on the thread that makes the call."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final, TypeAlias, assert_never, cast

from samovar.flow.steps import (
    CallerLeft,
    Debit,
    Glimpse,
    Grant,
    Lease,
    Now,
    Receipt,
    Receive,
    Record,
    Send,
    Settle,
    Tell,
    Wait,
)
from samovar.rates import Demand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from samovar.coordination import Store, Turn
    from samovar.engine.steady import SteadyClock
    from samovar.errors import SamovarError
    from samovar.flow.outcome import Outcome
    from samovar.flow.steps import Flow, Reply, Step

OnWire: TypeAlias = Send | Glimpse | Receive
ON_WIRE: Final = (Send, Glimpse, Receive)
NOTHING = Demand(0, 0, 0)


class ThreadDriver:
    """Does what flows ask for, except on the wire: that belongs to whoever holds the connection.

    `record` is told of every call that ended.
    """

    def __init__(self, store: Store, clock: SteadyClock, record: Callable[[Outcome], None]) -> None:
        self.store = store
        self.clock = clock
        self.record = record

    def resume(self, flow: Flow[Outcome], reply: Reply | SamovarError = None) -> OnWire | None:
        """Give a reply (or throw a failure), and run until the flow wants the wire; None once it has ended.

        If the caller interrupts a wait, the flow is told that the caller left before the interrupt goes on.
        """
        heard = 0
        try:
            step = flow.throw(reply) if isinstance(reply, Exception) else flow.send(reply)
            while not isinstance(step, ON_WIRE):
                if isinstance(step, Lease):
                    heard = self.store.newsroom.edition()
                step = flow.send(self._do(step, heard))
        except StopIteration:
            return None
        except BaseException:
            # Whatever it is, an interrupt or a defect of ours: what the call holds is handed on first.
            self._leave(flow)
            raise
        return step

    def _do(self, step: Step, heard: int) -> Reply:
        match step:
            case Now():
                return self.clock.now()
            case Wait(seconds, name):
                self._wait(seconds, name, heard)
            case Lease():
                return cast("Grant", self.store.do(step))
            case Tell() | Settle():
                self.store.do(step)
            case Debit():
                return self._debit(step)
            case Record(outcome):
                self.record(outcome)
            case Send() | Glimpse() | Receive():
                pass  # the caller's
            case _:
                assert_never(step)
        return None

    def _wait(self, seconds: float, name: bytes, heard: int) -> None:
        if not name:
            time.sleep(seconds)
            return
        news = threading.Event()
        newsroom = self.store.newsroom
        if newsroom.wait_for(name, heard, news.set):
            try:
                news.wait(seconds)
            finally:
                newsroom.leave(name, news.set)

    def _debit(self, step: Debit) -> Receipt:
        waited = 0.0
        while True:
            turn = cast("Turn", self.store.do(step))
            try:
                for pause in pauses(turn.wait, step.beat):
                    time.sleep(pause)
                    if step.lines and pause == step.beat:
                        self.store.do(Tell(step.lines))
            except BaseException:
                # Interrupted in line: the place is given back before the interrupt goes on.
                if turn.taken:
                    self.store.do(Settle(Receipt(step.account, step.demand), NOTHING))
                raise
            waited += turn.wait
            if turn.taken:
                return Receipt(step.account, step.demand, waited)

    def _leave(self, flow: Flow[Outcome]) -> None:
        """Let the flow hand on what it holds; nothing here waits or raises."""
        try:
            step = _next(flow, CallerLeft("the call was interrupted."))
            while step is not None:
                calm = isinstance(step, Now | Tell | Settle | Record)
                step = _next(flow, self._do(step, 0) if calm else CallerLeft("the call was interrupted."))
        except BaseException:  # noqa: BLE001  # the first failure is the one that is raised
            return


def pauses(wait: float, beat: float) -> Iterator[float]:
    """Yield the seconds of a wait, in pieces of at most `beat` where that is given."""
    while wait > 0:
        piece = min(wait, beat) if beat else wait
        yield piece
        wait -= piece


def _next(flow: Flow[Outcome], reply: Reply | SamovarError) -> Step | None:
    """Resume a flow; return its next step, None once it has ended."""
    try:
        return flow.throw(reply) if isinstance(reply, Exception) else flow.send(reply)
    except StopIteration:
        return None
