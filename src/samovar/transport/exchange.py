"""The rest of a call once its answer has begun: the flow hears how it goes, the caller gets the bytes.

Whatever goes wrong here is counted and goes no further: the provider has answered.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol, cast

from samovar.flow.steps import Begun, CallerLeft, Ended, Glimpse, Glimpsed, Receive

if TYPE_CHECKING:
    from samovar.engine.loop import LoopDriver
    from samovar.engine.threads import OnWire, ThreadDriver
    from samovar.errors import SamovarError
    from samovar.flow.outcome import Outcome
    from samovar.flow.steps import Flow
    from samovar.transport.office import Office

News = Begun | Glimpsed | Ended | CallerLeft


class Rest(Protocol):
    """What hears of an answer's progress, in order: its beginning, a glimpse of its usage, its end."""

    def hear(self, news: Begun | Glimpsed | Ended | SamovarError) -> None:
        """Take note; never raises, never waits long."""
        ...


class Nobody:
    """Hears nothing: the call has no flow."""

    def hear(self, news: object) -> None:
        """Do nothing."""


class InlineRest:
    """Resumes the flow on the spot: for threads, and where the store answers at once."""

    __slots__ = ("_driver", "_flow", "_office", "_wants")

    def __init__(
        self, office: Office, driver: ThreadDriver, flow: Flow[Outcome], wants: OnWire | None
    ) -> None:
        self._office, self._driver, self._flow, self._wants = office, driver, flow, wants

    def hear(self, news: Begun | Glimpsed | Ended | SamovarError) -> None:
        """Take note."""
        try:
            for reply in replies(self._wants, news):
                self._wants = self._driver.resume(self._flow, reply)
        except Exception:  # noqa: BLE001  # a defect of ours must not cost an answer that has been paid for
            self._wants = None
            self._office.failed("transport")


class LoopRest:
    """Resumes the flow in the background, one piece of news after the other: the store is elsewhere."""

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

    def hear(self, news: Begun | Glimpsed | Ended | SamovarError) -> None:
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

    async def _after(
        self, before: asyncio.Task[None] | None, news: Begun | Glimpsed | Ended | SamovarError
    ) -> None:
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


def replies(
    wants: OnWire | None, news: Begun | Glimpsed | Ended | SamovarError
) -> list[Begun | Glimpsed | Ended | SamovarError]:
    """Return what a flow is told, by what it waits for: an end answers a glimpse too.

    Old news is left out.
    """
    if wants is None:
        return []
    if isinstance(news, Glimpsed) and isinstance(wants, Receive):
        return []
    if isinstance(news, Ended) and isinstance(wants, Glimpse):
        return [Glimpsed(news.usage), news]
    return [cast("Ended", news)]
