"""The rest of a call once its answer has begun: the flow hears how it goes, the caller gets the bytes.

Whatever goes wrong here is counted and goes no further: the provider has answered.
"""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from samovar.engine.threads import ON_WIRE, TOLD, ThreadDriver, on_wire
from samovar.flow.steps import Arriving, Begun, CallerLeft, Ended, Glimpse, Glimpsed, Receive

if TYPE_CHECKING:
    from samovar.engine.loop import LoopDriver
    from samovar.engine.threads import OnWire
    from samovar.errors import SamovarError
    from samovar.flow.outcome import Outcome
    from samovar.flow.steps import Flow, Step
    from samovar.transport.runtime import Runtime
    from samovar.transport.watch import Watch

News: TypeAlias = "Begun | Glimpsed | Arriving | Ended | SamovarError"
UNTOLD: Final = Glimpsed(None)


class Rest(Protocol):
    """What hears of an answer's progress, in order: its beginning, a glimpse of its usage, its end."""

    @property
    def glimpses(self) -> bool:
        """Whether it wants to hear of the usage before the end."""
        ...

    @property
    def beat(self) -> float:
        """Every how many seconds it wants to hear that the answer is still arriving; 0 for never."""
        ...

    def hear(self, news: News) -> None:
        """Take note; never raises, never waits long."""
        ...


class Named(Protocol):
    """What keeps the answer's own name of itself, its model and its usage: they are in its `watch`."""

    watch: Watch | None


Listeners: TypeAlias = "tuple[Rest, Named]"
"""What hears of an answer, and what names it."""


class _Hearing:
    """What has been heard, as a flow is to be told it."""

    __slots__ = ("_news", "_replies", "_wants")

    def __init__(self, wants: OnWire | None) -> None:
        self._wants = wants
        self._news: deque[News] = deque()
        self._replies: deque[News] = deque()

    def _next(self) -> News | None:
        """Return what the flow is to be told next."""
        while not self._replies and self._news:
            self._replies.extend(replies(self._wants, self._news.popleft()))
        return self._replies.popleft() if self._replies else None


class ThreadRest(_Hearing):
    """Resumes the flow on the spot: for threads, and where the store answers at once.

    What is told to a store elsewhere is told by another thread: the caller has its answer.
    """

    glimpses = True

    __slots__ = ("_driver", "_flow", "_pauses", "_runtime", "_turn", "beat")

    def __init__(
        self, runtime: Runtime, driver: ThreadDriver, flow: Flow[Outcome], wants: OnWire | None
    ) -> None:
        super().__init__(wants)
        self._runtime, self._driver, self._flow = runtime, driver, flow
        self._pauses = ON_WIRE | TOLD if driver.store.shared else ON_WIRE
        # Whoever takes it tells the flow all news. An alarm may go off while the caller reads: neither may
        # wait for the other.
        self._turn = [True]
        self.beat = beat_of(wants)

    def hear(self, news: News) -> None:
        """Take note."""
        self._news.append(news)
        self._tell_all(self._pauses)

    def _tell_all(self, pauses: frozenset[type]) -> None:
        while self._news or self._replies:
            try:
                self._turn.pop()
            except IndexError:
                return
            goes_on = True
            try:
                goes_on = self._tell(pauses)
            finally:
                if goes_on:
                    self._turn.append(True)
            if not goes_on:
                return

    def _tell(self, pauses: frozenset[type]) -> bool:
        """Tell the flow what is new; return whether that is done, and not handed to another thread."""
        while (reply := self._next()) is not None:
            try:
                step = self._driver.pause(self._flow, reply, pauses)
                if step is not None and not on_wire(step):
                    if self._runtime.reporters.take(partial(self._elsewhere, step)):
                        return False
                    step = self._driver.go_on(self._flow, step)
                self._want(step)
            except Exception as error:  # noqa: BLE001  # a defect of ours must not cost an answer that has been paid for
                self._fail(error)
        return True

    def _elsewhere(self, step: Step) -> None:
        """Go on from a step on this thread, which waits for the store; the turn came with it."""
        try:
            self._want(self._driver.go_on(self._flow, step))
        except Exception as error:  # noqa: BLE001  # as above
            self._fail(error)
        finally:
            self._turn.append(True)
        self._tell_all(ON_WIRE)

    def _want(self, wants: OnWire | None) -> None:
        self._wants, self.beat = wants, beat_of(wants)
        if type(wants) is Glimpse and wants.within:
            self._runtime.errands.put(partial(self.hear, UNTOLD), wants.within)

    def _fail(self, error: Exception) -> None:
        self._wants, self.beat = None, 0.0
        self._replies.clear()
        self._runtime.failed("transport", error)


class LoopRest(_Hearing):
    """Resumes the flow in the background, one piece of news after the other: the store is elsewhere.

    What a loop that ends has left undone is done on the thread for errands.
    """

    glimpses = True

    __slots__ = ("_away", "_driver", "_flow", "_runtime", "_tasks", "_turn")

    def __init__(
        self,
        runtime: Runtime,
        driver: LoopDriver,
        flow: Flow[Outcome],
        wants: OnWire | None,
        tasks: set[asyncio.Task[None]],
    ) -> None:
        super().__init__(wants)
        self._runtime, self._driver, self._flow = runtime, driver, flow
        self._tasks = tasks
        self._away = False
        # Whoever takes it tells the flow all news: a task of the loop, or the thread for errands.
        self._turn = [True]

    @property
    def beat(self) -> float:
        """The seconds that the flow asks for."""
        return beat_of(self._wants)

    def hear(self, news: News) -> None:
        """Take note."""
        self._news.append(news)
        if type(news) is CallerLeft:
            # It may have been cancelled with its loop, where a new task would never run.
            self._away = True
        self._tell_all()

    def _tell_all(self) -> None:
        if not self._news:
            return
        try:
            self._turn.pop()
        except IndexError:
            return
        if self._away or not self._start():
            self._send_away()

    def _start(self) -> bool:
        work = self._work()
        try:
            task = asyncio.get_running_loop().create_task(work)
        except RuntimeError:
            # The loop is closed or closing.
            work.close()
            return False
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return True

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            self._send_away()
            return
        self._turn.append(True)
        self._tell_all()

    async def _work(self) -> None:
        try:
            while (reply := self._next()) is not None:
                wants = self._wants = await self._driver.go_on(self._flow, reply)
                if type(wants) is Glimpse and wants.within:
                    asyncio.get_running_loop().call_later(wants.within, self.hear, UNTOLD)
        except GeneratorExit:
            # Its loop is gone, and the collector has found it: within any line, so it is only handed over.
            self._away = True
            self._runtime.errands.hand_over(self._finish)
            raise
        except Exception as error:  # noqa: BLE001  # a defect of ours must not cost an answer that has been paid for
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        self._wants = None
        self._replies.clear()
        self._runtime.failed("transport", error)

    def _send_away(self) -> None:
        self._away = True
        self._runtime.errands.put(self._finish)

    def _finish(self) -> None:
        """Go on, on the thread for errands, from where the loop was cut off; the turn came with it."""
        driver = ThreadDriver(self._runtime.store, self._runtime.clock, self._driver.record)
        try:
            cut, self._driver.doing = self._driver.doing, None
            if cut is not None:
                self._wants = driver.take_over(self._flow, cut)
            while (reply := self._next()) is not None:
                self._wants = driver.resume(self._flow, reply)
        except Exception as error:  # noqa: BLE001  # as above
            self._fail(error)
        finally:
            self._turn.append(True)
        self._tell_all()


def beat_of(wants: OnWire | None) -> float:
    """Return the beat of a flow that waits for the end of its answer."""
    return wants.beat if type(wants) is Receive else 0.0


def replies(wants: OnWire | None, news: News) -> tuple[News, ...]:
    """Return what a flow is told, by what it waits for: an end answers a glimpse too.

    Old news is left out.
    """
    if wants is None:
        return ()
    if type(news) is Glimpsed:
        return () if type(wants) is Receive else (news,)
    if type(news) is Ended and type(wants) is Glimpse:
        return (Glimpsed(news.usage), news)
    if type(news) is Arriving and not beat_of(wants):
        return ()
    return (news,)
