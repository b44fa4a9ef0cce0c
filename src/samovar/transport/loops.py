"""The transport for event loops: `httpx2.AsyncClient(transport=LoopTransport(…))`."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, cast

import httpx2

from samovar.engine.loop import LoopDriver
from samovar.engine.threads import ThreadDriver
from samovar.flow.protect import protected_call
from samovar.flow.steps import Send
from samovar.transport.exchange import LoopRest, ThreadRest
from samovar.transport.observe import planned, unprotected
from samovar.transport.requests import sent_of
from samovar.transport.retry import attempts_of, retried_async
from samovar.transport.seen import CallRecorder
from samovar.transport.streams import WatchedAsyncStream, begun, failure_of

PARTING = 2.0
"""Seconds that a closing transport gives to its last reports."""
ANSWER = 5.0
"""Seconds that a store's answer may take whose asker was collected: more than a store is waited for."""

if TYPE_CHECKING:
    from samovar.coordination.port import Answered
    from samovar.flow.outcome import Outcome
    from samovar.flow.steps import Flow, Reply
    from samovar.transport.errands import Errands
    from samovar.transport.exchange import Listeners
    from samovar.transport.plan import Sent
    from samovar.transport.runtime import Runtime


def left(
    errands: Errands, driver: ThreadDriver, flow: Flow[Outcome], asked: asyncio.Task[Answered] | None
) -> None:
    """Let a flow whose caller was collected hand on what it holds, on the thread of the errands.

    What it has `asked` a shared store may be granted all the same: it hears that first. Where the loop that
    asks has ended, or says nothing for `ANSWER`, it was not granted as far as anybody knows, and runs out.
    """
    waiting = [flow]

    def end(reply: Reply = None, *, answered: bool = False) -> None:
        if waiting:
            driver.leave(waiting.pop(), reply, answered=answered)

    def heard(asked: asyncio.Task[Answered]) -> None:
        answered = not asked.cancelled() and asked.exception() is None
        reply = cast("Reply", asked.result()) if answered else None
        errands.hand_over(partial(end, reply, answered=answered))

    if asked is None:
        end()
        return
    try:
        asked.get_loop().call_soon_threadsafe(asked.add_done_callback, heard)
    except RuntimeError:  # the loop is closed
        end()
    else:
        errands.put(end, ANSWER)


class LoopTransport(httpx2.AsyncBaseTransport):
    """Sends through `inner` what the client sends, byte for byte; holds calls back only in mode "protect"."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, runtime: Runtime, *, owns: bool = False) -> None:
        """`owns` where the runtime is this transport's own, and is closed with it."""
        self._inner, self._runtime, self._owns = inner, runtime, owns
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request. Raises what the inner transport raises, and nothing else."""
        sent = sent_of(request)
        if sent is None:
            return await self._inner.handle_async_request(request)
        retry = self._runtime.policy.protect.retry
        if self._runtime.mode == "observe" or retry.attempts == 1:
            return await self._attempt(request, sent)
        return await retried_async(attempts_of(retry), partial(self._attempt, request, sent))

    async def _attempt(self, request: httpx2.Request, sent: Sent) -> httpx2.Response:
        runtime = self._runtime
        runtime.errands.begin()
        listeners = await self._protected(sent) if runtime.mode == "protect" else unprotected(runtime, sent)
        started = runtime.clock.now()
        try:
            response = await self._inner.handle_async_request(request)
        except GeneratorExit as error:
            # The collector has found that nobody waits for this call: within any line, see `errands`.
            runtime.errands.hand_over(partial(listeners[0].hear, failure_of(error)))
            raise
        except BaseException as error:
            # The network's failure or the caller's leaving: the flow hears of it, the caller gets it.
            listeners[0].hear(failure_of(error))
            raise
        try:
            passing = begun(runtime, sent, response, started, listeners)
            if response.is_closed:
                passing.whole(response)
            elif isinstance(response.stream, httpx2.AsyncByteStream):
                response.stream = WatchedAsyncStream(response.stream, passing)
            else:
                passing.end()
        except Exception as error:  # noqa: BLE001  # the provider has answered: the caller gets that answer
            runtime.failed("transport", error)
            listeners[0].hear(failure_of(error))
        return response

    async def _protected(self, sent: Sent) -> Listeners:
        """Read the request, and run its flow up to the sending. What fails here costs protection only."""
        runtime = self._runtime
        plan = planned(runtime, sent)
        if plan is None:
            return unprotected(runtime, sent)
        try:
            if not runtime.deployment_key.settled:
                await asyncio.wrap_future(runtime.deployment_key.agreement())
            settle = runtime.settling.of(plan.call.provider)
            flow = protected_call(runtime.planner.protect(plan, runtime.key, settle, sent.patience))
            recorder = CallRecorder(runtime.saw, sent, plan, keeps=runtime.keeps)
            inline = ThreadDriver(runtime.store, runtime.clock, recorder)

            def elsewhere(flow: Flow[Outcome], asked: asyncio.Task[Answered] | None) -> None:
                runtime.errands.hand_over(partial(left, runtime.errands, inline, flow, asked))

            driver = LoopDriver(runtime.async_store, runtime.clock, recorder, elsewhere, self._tasks)
            wants = await driver.resume(flow)
            if isinstance(wants, Send):
                if runtime.async_store.shared:
                    self._join()
                    return LoopRest(runtime, driver, flow, wants, self._tasks), recorder
                # In memory nothing after the sending ever waits, so no task is needed.
                return ThreadRest(runtime, inline, flow, wants), recorder
        except Exception as error:  # noqa: BLE001  # a defect of ours must not keep a call from being sent
            runtime.failed("transport", error)
        return unprotected(runtime, sent, plan)

    async def aclose(self) -> None:
        """Close the inner transport, once what ended calls have to tell has been told."""
        try:
            await self._leave()
        except Exception as error:  # noqa: BLE001  # what is wrong with a store must not leave the caller's connections open
            self._runtime.failed("coordination", error)
        finally:
            try:
                await self._inner.aclose()
            finally:
                if self._owns:
                    await asyncio.to_thread(self._runtime.close)

    def _join(self) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop = self._runtime.present[self] = loop

    async def _leave(self) -> None:
        """Close the store's connections of this loop, where no other transport of the runtime uses them."""
        here = asyncio.get_running_loop()
        mine = {task for task in self._tasks if task.get_loop() is here}
        if mine:
            await asyncio.wait(mine, timeout=PARTING)
        if self._runtime.errands.used:
            await asyncio.to_thread(self._runtime.errands.wait, PARTING)
        self._loop = None
        self._runtime.present.pop(self, None)
        if here not in self._runtime.present.values():
            await self._runtime.async_store.leave()
