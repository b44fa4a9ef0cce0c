"""Drives protecting flows on the thread that makes the call."""

from __future__ import annotations

import atexit
import threading
import time
from typing import TYPE_CHECKING, Final, TypeAlias, TypeGuard, assert_never

from samovar.flow.steps import (
    Debit,
    Glimpse,
    Lease,
    LeftUnsent,
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
    from collections.abc import Callable

    from samovar.coordination import Store
    from samovar.engine.steady import SteadyClock
    from samovar.errors import SamovarError
    from samovar.flow.outcome import Outcome
    from samovar.flow.steps import Flow, Reply, Step

OnWire: TypeAlias = Send | Glimpse | Receive
ON_WIRE: Final = frozenset({Send, Glimpse, Receive})
TOLD: Final = frozenset({Tell, Settle})
"""Steps that nobody needs an answer to."""
ANSWERED: Final = frozenset({Lease, Debit})
"""Steps whose answer may say to wait for news."""
CALM: Final = frozenset({Now, PassOn, Tell, Settle, Record})
"""Steps that are still done for a caller that has left."""
LEFT: Final = "the call was interrupted."
_under_way: Final[set[Flow[Outcome]]] = set()
"""Flows that have a step to be answered.

Whoever answers it may be garbage, and then so is what only it holds: the collector would close the flow,
which then hands nothing on, in any order with what tells it that the caller has left.
"""
atexit.register(_under_way.clear)


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
        step = self.pause(flow, reply, ON_WIRE)
        return step if step is None or on_wire(step) else None

    def pause(self, flow: Flow[Outcome], reply: Reply | SamovarError, at: frozenset[type]) -> Step | None:
        """The same, until the flow wants one of the steps `at`."""
        heard = 0
        try:
            step = advanced(flow, reply)
            while step is not None and type(step) not in at:
                if type(step) in ANSWERED:
                    heard = self.store.newsroom.edition()
                step = advanced(flow, self._do(step, heard))
        except BaseException:
            # Whatever it is, an interrupt or a defect of ours: what the call holds is handed on first.
            self.leave(flow)
            raise
        return step

    def go_on(self, flow: Flow[Outcome], step: Step) -> OnWire | None:
        """Do a step at which the flow has paused, and resume it."""
        try:
            reply = self._do(step, 0)
        except BaseException:
            # As in `pause`.
            self.leave(flow)
            raise
        return self.resume(flow, reply)

    def take_over(self, flow: Flow[Outcome], step: Step) -> OnWire | None:
        """Go on with a flow whose loop has ended at a step that may not have been done.

        A report is told again, for whoever waits for it; a budget that is settled twice would be overspent.
        """
        return self.go_on(flow, step) if type(step) is Tell else self.resume(flow)

    def _do(self, step: Step, heard: int) -> Reply:
        if type(step) is Now:
            return self.clock.now()
        if type(step) is Lease or type(step) is Debit:
            return self.store.do(step)  # type: ignore[return-value]  # a store answers each with its own
        if type(step) is Record:
            self.record(step.outcome)
        elif type(step) is Tell or type(step) is Settle:
            self.store.do(step)
        elif type(step) is Wait:
            self._wait(step.seconds, step.news_of, heard)
        elif type(step) is PassOn:
            self.store.newsroom.publish(step.name, 1)
        elif type(step) is Send or type(step) is Glimpse or type(step) is Receive:
            pass  # the caller's
        else:
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

    def leave(self, flow: Flow[Outcome], reply: Reply = None, *, answered: bool = False) -> None:
        """Let the flow hand on what it holds; nothing here waits or raises.

        Where its last step was `answered`, it hears the reply, and then that its caller is gone.
        """
        try:
            step = advanced(flow, reply if answered else LeftUnsent(LEFT))
            while step is not None:
                step = advanced(flow, self._do(step, 0) if type(step) in CALM else LeftUnsent(LEFT))
        except BaseException:  # noqa: BLE001  # the first failure is the one that is raised
            return


def on_wire(step: Step) -> TypeGuard[OnWire]:
    """Whether a step is the caller's to do."""
    return type(step) in ON_WIRE


def advanced(flow: Flow[Outcome], reply: Reply | SamovarError) -> Step | None:
    """Resume a flow; return its next step, None once it has ended.

    Until then it is held: who begins a flow has to end it, with a failure if need be.
    """
    try:
        step = flow.throw(reply) if isinstance(reply, Exception) else flow.send(reply)
    except StopIteration:
        _under_way.discard(flow)
        return None
    except BaseException:
        # Whatever it raises, it is over.
        _under_way.discard(flow)
        raise
    _under_way.add(flow)
    return step
