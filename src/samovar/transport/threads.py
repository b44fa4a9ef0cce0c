"""The transport for threads: `httpx2.Client(transport=ThreadTransport(…))`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import httpx2

from samovar.engine.threads import ThreadDriver
from samovar.flow.protect import protected_call
from samovar.flow.steps import Send
from samovar.transport.exchange import ThreadRest
from samovar.transport.observe import planned, unprotected
from samovar.transport.requests import sent_of
from samovar.transport.retry import attempts_of, retried
from samovar.transport.seen import CallRecorder
from samovar.transport.streams import WatchedStream, begun, failure_of

if TYPE_CHECKING:
    from samovar.transport.exchange import Listeners
    from samovar.transport.plan import Sent
    from samovar.transport.runtime import Runtime


class ThreadTransport(httpx2.BaseTransport):
    """Sends through `inner` what the client sends, byte for byte; holds calls back only in mode "protect"."""

    def __init__(self, inner: httpx2.BaseTransport, runtime: Runtime, *, owns: bool = False) -> None:
        """`owns` where the runtime is this transport's own, and is closed with it."""
        self._inner, self._runtime, self._owns = inner, runtime, owns

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request. Raises what the inner transport raises, and nothing else."""
        sent = sent_of(request)
        if sent is None:
            return self._inner.handle_request(request)
        retry = self._runtime.policy.protect.retry
        if self._runtime.mode == "observe" or retry.attempts == 1:
            return self._attempt(request, sent)
        return retried(attempts_of(retry), partial(self._attempt, request, sent))

    def _attempt(self, request: httpx2.Request, sent: Sent) -> httpx2.Response:
        runtime = self._runtime
        runtime.errands.begin()
        listeners = self._protected(sent) if runtime.mode == "protect" else unprotected(runtime, sent)
        started = runtime.clock.now()
        try:
            response = self._inner.handle_request(request)
        except BaseException as error:
            # The network's failure or the caller's leaving: the flow hears of it, the caller gets it.
            listeners[0].hear(failure_of(error))
            raise
        try:
            passing = begun(runtime, sent, response, started, listeners)
            if response.is_closed:
                passing.whole(response)
            elif isinstance(response.stream, httpx2.SyncByteStream):
                response.stream = WatchedStream(response.stream, passing)
            else:
                passing.end()
        except Exception as error:  # noqa: BLE001  # the provider has answered: the caller gets that answer
            runtime.failed("transport", error)
            listeners[0].hear(failure_of(error))
        return response

    def _protected(self, sent: Sent) -> Listeners:
        """Read the request, and run its flow up to the sending. What fails here costs protection only."""
        runtime = self._runtime
        plan = planned(runtime, sent)
        if plan is None:
            return unprotected(runtime, sent)
        try:
            if not runtime.deployment_key.settled:
                runtime.deployment_key.agreement().result()
            settle = runtime.settling.of(plan.call.provider)
            flow = protected_call(runtime.planner.protect(plan, runtime.key, settle, sent.patience))
            recorder = CallRecorder(runtime.saw, sent, plan, keeps=runtime.keeps)
            driver = ThreadDriver(runtime.store, runtime.clock, recorder)
            wants = driver.resume(flow)
            if isinstance(wants, Send):
                return ThreadRest(runtime, driver, flow, wants), recorder
        except Exception as error:  # noqa: BLE001  # a defect of ours must not keep a call from being sent
            runtime.failed("transport", error)
        return unprotected(runtime, sent, plan)

    def close(self) -> None:
        """Close the inner transport, and a runtime of its own."""
        try:
            self._inner.close()
        finally:
            if self._owns:
                self._runtime.close()
