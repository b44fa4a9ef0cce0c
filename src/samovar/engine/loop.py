"""Drives protecting flows on an event loop."""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from collections import deque
from typing import TYPE_CHECKING, assert_never, cast

from samovar.engine.threads import ANSWERED, CALM, OnWire, advanced, on_wire
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
    from collections.abc import Callable, Coroutine

    from samovar.coordination import AsyncStore
    from samovar.coordination.port import Answered, Awaited
    from samovar.engine.steady import SteadyClock
    from samovar.errors import SamovarError
    from samovar.flow.outcome import Outcome
    from samovar.flow.steps import Flow, Reply, Step

LEFT = "the call was cancelled."


class LoopDriver:
    """Does what flows ask for, except on the wire: that belongs to whoever holds the connection.

    `record` is told of every call that ended. `elsewhere` takes the flow of what the collector has ended and
    what it has asked a shared store, to be done on another thread; it waits for nothing and takes no lock.
    `tasks` keeps what runs in the background alive.
    """

    def __init__(
        self,
        store: AsyncStore,
        clock: SteadyClock,
        record: Callable[[Outcome], None],
        elsewhere: Callable[[Flow[Outcome], asyncio.Task[Answered] | None], object],
        tasks: set[asyncio.Task[None]] | None = None,
    ) -> None:
        self.store = store
        self.clock = clock
        self.record = record
        self.doing: Step | None = None
        """The step that is being done; where `go_on` was cut off, the one that may not have been."""
        self._tasks = tasks if tasks is not None else set()
        self._elsewhere = elsewhere

    async def resume(self, flow: Flow[Outcome], reply: Reply | SamovarError = None) -> OnWire | None:
        """Give a reply (or throw a failure), and run until the flow wants the wire; None once it has ended.

        If the caller is cancelled, what the call holds is handed on in the background.
        """
        pending: list[asyncio.Task[Answered]] = []
        try:
            return await self._run(flow, reply, pending)
        except GeneratorExit:
            # The collector, which may run within any line of any thread, has found that nobody waits for it.
            self._elsewhere(flow, pending[0] if pending else None)
            raise
        except BaseException:
            # Whatever it is, a cancellation or a defect of ours: what the call holds is handed on.
            self.leave(flow, pending)
            raise

    async def go_on(self, flow: Flow[Outcome], reply: Reply | SamovarError) -> OnWire | None:
        """The same for an answered call: where its loop ends, another driver takes it over."""
        try:
            return await self._run(flow, reply, [])
        except Exception:
            # A defect of ours: what the call holds is handed on.
            self.leave(flow)
            raise

    async def _run(
        self, flow: Flow[Outcome], reply: Reply | SamovarError, pending: list[asyncio.Task[Answered]]
    ) -> OnWire | None:
        heard = 0
        step = advanced(flow, reply)
        while step is not None and not on_wire(step):
            if type(step) in ANSWERED:
                heard = self.store.newsroom.edition()
            self.doing = step
            step = advanced(flow, await self._do(step, heard, pending))
        self.doing = None
        return step

    async def _do(self, step: Step, heard: int, pending: list[asyncio.Task[Answered]]) -> Reply:
        if type(step) is Now:
            return self.clock.now()
        if type(step) is Lease or type(step) is Debit:
            return await self._ask(step, pending)  # type: ignore[return-value]  # a store answers each with its own
        if type(step) is Record:
            self.record(step.outcome)
        elif type(step) is Tell or type(step) is Settle:
            await self._ask(step, pending)
        elif type(step) is Wait:
            await self._wait(step.seconds, step.news_of, heard)
        elif type(step) is PassOn:
            self.store.newsroom.publish(step.name, 1)
        elif type(step) is Send or type(step) is Glimpse or type(step) is Receive:
            pass  # the caller's
        else:
            assert_never(step)
        return None

    async def _ask(self, step: Awaited, pending: list[asyncio.Task[Answered]]) -> Answered:
        """Ask the store; a step that has left for a shared store is completed even if the caller goes."""
        if not self.store.shared:
            return await self.store.do(step)
        known = self.store.at_once(step)
        if known is not None:
            return known
        task = asyncio.ensure_future(self.store.do(step))
        pending.append(task)
        answer = await asyncio.shield(task)
        pending.clear()
        return answer

    async def _wait(self, seconds: float, name: bytes, heard: int) -> None:
        if not name:
            await asyncio.sleep(seconds)
            return
        loop = asyncio.get_running_loop()
        news = loop.create_future()

        def tell() -> None:
            if not news.done():
                news.set_result(None)

        bell = _bell(loop)

        def wake() -> None:
            bell.ring(tell)

        newsroom = self.store.newsroom
        if newsroom.wait_for(name, heard, wake):
            timer = loop.call_later(seconds, tell)
            try:
                await news
            finally:
                timer.cancel()
                newsroom.leave(name, wake)

    def leave(self, flow: Flow[Outcome], pending: list[asyncio.Task[Answered]] | None = None) -> None:
        """Hand on what a flow holds, in the background. On a loop that is closing, bounds do it instead."""
        self._keep(self._leave(flow, pending or []))

    def _keep(self, work: Coroutine[None, None, None]) -> None:
        try:
            task = asyncio.get_running_loop().create_task(work)
        except RuntimeError:
            work.close()
            return
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _leave(self, flow: Flow[Outcome], pending: list[asyncio.Task[Answered]]) -> None:
        try:
            reply: Reply | SamovarError = LeftUnsent(LEFT)
            if pending:
                # Granted or not is known in a moment; the flow hears it, and then that its caller is gone.
                reply = cast("Reply", await pending[0])
            step = advanced(flow, reply)
            while step is not None:
                calm = type(step) in CALM
                step = advanced(flow, await self._do(step, 0, []) if calm else LeftUnsent(LEFT))
        except BaseException:  # noqa: BLE001  # the first failure is the one that is raised
            return


class Bell:
    """Wakes the waiters of one loop from any thread: one call into the loop for all of them."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = weakref.ref(loop)
        self._waiting: deque[Callable[[], None]] = deque()
        self._rung = False

    def ring(self, tell: Callable[[], None]) -> None:
        """Call `tell` on the loop, soon."""
        self._waiting.append(tell)
        loop = self._loop()
        if not self._rung and loop is not None:
            self._rung = True
            # A loop that was closed has nobody left to wake.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._answer)

    def _answer(self) -> None:
        # Before the waiters are taken: who comes later rings again.
        self._rung = False
        while self._waiting:
            self._waiting.popleft()()


_bells: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Bell] = weakref.WeakKeyDictionary()


def _bell(loop: asyncio.AbstractEventLoop) -> Bell:
    known = _bells.get(loop)
    if known is None:
        known = _bells[loop] = Bell(loop)
    return known
