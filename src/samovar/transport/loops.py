"""The transport for event loops: `httpx2.AsyncClient(transport=LoopTransport(…))`."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING

import httpx2

from samovar.engine.loop import LoopDriver
from samovar.engine.threads import ThreadDriver
from samovar.flow.protect import protected_call
from samovar.flow.steps import Begun, Send
from samovar.metrics.catalogue import OVERHEAD
from samovar.transport.exchange import InlineRest, LoopRest, Nobody
from samovar.transport.observe import observed
from samovar.transport.requests import plain, sent_of
from samovar.transport.retry import attempts_of, retried_async
from samovar.transport.seen import Told
from samovar.transport.streams import Passing, WatchedAsyncStream, failure_of
from samovar.transport.watch import Watch

PARTING = 2.0
"""Seconds that a closing transport gives to its last reports."""

if TYPE_CHECKING:
    from samovar.errors import SamovarError
    from samovar.flow.outcome import Outcome
    from samovar.flow.steps import Flow
    from samovar.transport.exchange import Rest
    from samovar.transport.office import Office
    from samovar.transport.plan import Plan, Sent


class LoopTransport(httpx2.AsyncBaseTransport):
    """Sends through `inner` what the client sends, byte for byte; holds calls back only in mode "protect"."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, office: Office, *, owns: bool = False) -> None:
        """`owns` where the office is this transport's own, and is closed with it."""
        self._inner, self._office, self._owns = inner, office, owns
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request. Raises what the inner transport raises, and nothing else."""
        sent = sent_of(request)
        if sent is None:
            return await self._inner.handle_async_request(request)
        retry = self._office.policy.protect.retry
        if self._office.mode == "observe" or retry.attempts == 1:
            return await self._attempt(request, sent)
        return await retried_async(attempts_of(retry), partial(self._attempt, request, sent))

    async def _attempt(self, request: httpx2.Request, sent: Sent) -> httpx2.Response:
        office = self._office
        plan, rest, told = await self._prepare(sent) if office.mode == "protect" else NO_FLOW
        started = office.clock.now()
        try:
            response = await self._inner.handle_async_request(request)
        except BaseException as error:
            # The network's failure or the caller's leaving: the flow hears of it, the caller gets it.
            failure = failure_of(error)
            if rest is None:
                observed(office, sent, plan, started, failure=failure)
            else:
                rest.hear(failure)
            raise
        try:
            now, headers = office.clock.now(), plain(response.headers)
            watch = Watch(sent.dialect, headers, decoded=response.is_closed)
            if told is not None:
                told.watch = watch
            begun = Begun(response.status_code, headers, started, now)
            if rest is not None:
                rest.hear(begun)

            def over(watch: Watch, failure: SamovarError | None) -> None:
                if rest is None:
                    observed(office, sent, plan, started, begun=begun, watch=watch, failure=failure)

            passing = Passing(office, watch, rest or Nobody(), over)
            if response.is_closed:
                passing.whole(response)
            elif isinstance(response.stream, httpx2.AsyncByteStream):
                response.stream = WatchedAsyncStream(response.stream, passing)
        except Exception:  # noqa: BLE001  # the provider has answered: the caller gets that answer
            office.failed("transport")
        return response

    async def _prepare(self, sent: Sent) -> tuple[Plan | None, Rest | None, Told | None]:
        """Read the request, and run its flow up to the sending. What fails here costs protection only."""
        office = self._office
        begun = time.perf_counter()
        try:
            plan = office.planner.read(sent)
        except Exception:  # noqa: BLE001  # a body that cannot be read is the provider's to judge
            office.failed("analysis")
            return NO_FLOW
        office.meter.observe(OVERHEAD, "transport", amount=time.perf_counter() - begun)
        try:
            if not office.deployment_key.settled:
                await asyncio.wrap_future(office.deployment_key.agreement())
            settle = office.settling.of(plan.call.provider)
            flow: Flow[Outcome] = protected_call(
                office.planner.protect(plan, office.key, settle, sent.patience)
            )
            told = Told(office.saw, sent, plan)
            driver = LoopDriver(office.async_store, office.clock, told, self._tasks)
            wants = await driver.resume(flow)
            if not isinstance(wants, Send):
                return plan, None, None
            if office.async_store.shared:
                self._join()
                return plan, LoopRest(office, driver, flow, wants, self._tasks), told
            # In memory nothing after the sending ever waits, so no task is needed.
            return plan, InlineRest(office, ThreadDriver(office.store, office.clock, told), flow, wants), told
        except Exception:  # noqa: BLE001  # a defect of ours must not keep a call from being sent
            office.failed("transport")
            return plan, None, None

    async def aclose(self) -> None:
        """Close the inner transport, once what ended calls have to tell has been told."""
        try:
            await self._leave()
        except Exception:  # noqa: BLE001  # what is wrong with a store must not leave the caller's connections open
            self._office.failed("coordination")
        finally:
            try:
                await self._inner.aclose()
            finally:
                if self._owns:
                    await asyncio.to_thread(self._office.close)

    def _join(self) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop = self._office.present[self] = loop

    async def _leave(self) -> None:
        """Close the store's connections of this loop, where no other transport of the office uses them."""
        here = asyncio.get_running_loop()
        mine = {task for task in self._tasks if task.get_loop() is here}
        if mine:
            await asyncio.wait(mine, timeout=PARTING)
        self._loop = None
        self._office.present.pop(self, None)
        if here not in self._office.present.values():
            await self._office.async_store.leave()


NO_FLOW: tuple[None, None, None] = (None, None, None)
