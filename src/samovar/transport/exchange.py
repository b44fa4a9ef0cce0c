"""The rest of a call once its answer has begun: the flow hears how it goes, the caller gets the bytes.

Whatever goes wrong here is counted and goes no further: the provider has answered.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol, TypeAlias

from samovar.flow.steps import Arriving, Begun, Ended, Glimpse, Glimpsed, Receive

if TYPE_CHECKING:
    from samovar.engine.loop import LoopDriver
    from samovar.engine.threads import OnWire, ThreadDriver
    from samovar.errors import SamovarError
    from samovar.flow.outcome import Outcome
    from samovar.flow.steps import Flow
    from samovar.transport.office import Office
    from samovar.transport.watch import Watch

News: TypeAlias = "Begun | Glimpsed | Arriving | Ended | SamovarError"


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


class InlineRest:
    """Resumes the flow on the spot: for threads, and where the store answers at once."""

    glimpses = True

    __slots__ = ("_driver", "_flow", "_office", "_wants", "beat")

    def __init__(
        self, office: Office, driver: ThreadDriver, flow: Flow[Outcome], wants: OnWire | None
    ) -> None:
        self._office, self._driver, self._flow, self._wants = office, driver, flow, wants
        self.beat = beat_of(wants)

    def hear(self, news: News) -> None:
        """Take note."""
        wants = self._wants
        try:
            for reply in replies(wants, news):
                wants = self._driver.resume(self._flow, reply)
        except Exception:  # noqa: BLE001  # a defect of ours must not cost an answer that has been paid for
            wants = None
            self._office.failed("transport")
        self._wants = wants
        self.beat = wants.beat if type(wants) is Receive else 0.0


class LoopRest:
    """Resumes the flow in the background, one piece of news after the other: the store is elsewhere."""

    glimpses = True

    __slots__ = ("_driver", "_flow", "_last", "_office", "_tasks", "_wants")

    def __init__(
        self,
        office: Office,
        driver: LoopDriver,
        flow: Flow[Outcome],
        wants: OnWire | None,
        tasks: set[asyncio.Task[None]],
    ) -> None:
        self._office, self._driver, self._flow, self._wants = office, driver, flow, wants
        self._tasks = tasks
        self._last: asyncio.Task[None] | None = None

    @property
    def beat(self) -> float:
        """The seconds that the flow asks for."""
        return beat_of(self._wants)

    def hear(self, news: News) -> None:
        """Take note."""
        work = self._after(self._last, news)
        try:
            task = asyncio.get_running_loop().create_task(work)
        except RuntimeError:
            # The loop is closed or closing: leases end by their bounds.
            work.close()
            return
        self._last = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _after(self, before: asyncio.Task[None] | None, news: News) -> None:
        try:
            if before is not None and not before.done():
                await asyncio.shield(before)
            for reply in replies(self._wants, news):
                self._wants = await self._driver.resume(self._flow, reply)
        except asyncio.CancelledError:
            self._wants = None
        except Exception:  # noqa: BLE001  # a defect of ours must not cost an answer that has been paid for
            self._wants = None
            self._office.failed("transport")


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
