"""The transport for threads: `httpx2.Client(transport=ThreadTransport(…))`."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import httpx2

from samovar.engine.threads import ThreadDriver
from samovar.flow.protect import protected_call
from samovar.flow.steps import Begun, Send
from samovar.metrics.catalogue import OVERHEAD
from samovar.transport.exchange import InlineRest, Nobody
from samovar.transport.observe import observed
from samovar.transport.requests import plain, sent_of
from samovar.transport.retry import attempts_of, retried
from samovar.transport.seen import Told
from samovar.transport.streams import Passing, WatchedStream, failure_of
from samovar.transport.watch import Watch

if TYPE_CHECKING:
    from samovar.engine.threads import OnWire
    from samovar.errors import SamovarError
    from samovar.flow.outcome import Outcome
    from samovar.flow.steps import Flow
    from samovar.transport.exchange import Rest
    from samovar.transport.office import Office
    from samovar.transport.plan import Plan, Sent


class ThreadTransport(httpx2.BaseTransport):
    """Sends through `inner` what the client sends, byte for byte; holds calls back only in mode "protect"."""

    def __init__(self, inner: httpx2.BaseTransport, office: Office, *, owns: bool = False) -> None:
        """`owns` where the office is this transport's own, and is closed with it."""
        self._inner, self._office, self._owns = inner, office, owns

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request. Raises what the inner transport raises, and nothing else."""
        sent = sent_of(request)
        if sent is None:
            return self._inner.handle_request(request)
        retry = self._office.policy.protect.retry
        if self._office.mode == "observe" or retry.attempts == 1:
            return self._attempt(request, sent)
        return retried(attempts_of(retry), partial(self._attempt, request, sent))

    def _attempt(self, request: httpx2.Request, sent: Sent) -> httpx2.Response:
        office = self._office
        plan, flow, driver, wants, told = self._prepare(sent) if office.mode == "protect" else NO_FLOW
        started = office.clock.now()
        try:
            response = self._inner.handle_request(request)
        except BaseException as error:
            # The network's failure or the caller's leaving: the flow hears of it, the caller gets it.
            failure = failure_of(error)
            if flow is None or driver is None:
                observed(office, sent, plan, started, failure=failure)
            else:
                InlineRest(office, driver, flow, wants).hear(failure)
            raise
        try:
            now, headers = office.clock.now(), plain(response.headers)
            watch = Watch(sent.dialect, headers, decoded=response.is_closed)
            if told is not None:
                told.watch = watch
            begun = Begun(response.status_code, headers, started, now)
            rest: Rest = Nobody()
            if flow is not None and driver is not None:
                rest = InlineRest(office, driver, flow, wants)
                rest.hear(begun)

            def over(watch: Watch, failure: SamovarError | None) -> None:
                if flow is None:
                    observed(office, sent, plan, started, begun=begun, watch=watch, failure=failure)

            passing = Passing(office, watch, rest, over)
            if response.is_closed:
                passing.whole(response)
            elif isinstance(response.stream, httpx2.SyncByteStream):
                response.stream = WatchedStream(response.stream, passing)
        except Exception:  # noqa: BLE001  # the provider has answered: the caller gets that answer
            office.failed("transport")
        return response

    def _prepare(self, sent: Sent) -> Prepared:
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
                office.deployment_key.agreement().result()
            settle = office.settling.of(plan.call.provider)
            flow = protected_call(office.planner.protect(plan, office.key, settle, sent.patience))
            told = Told(office.saw, sent, plan)
            driver = ThreadDriver(office.store, office.clock, told)
            wants = driver.resume(flow)
        except Exception:  # noqa: BLE001  # a defect of ours must not keep a call from being sent
            office.failed("transport")
            return plan, None, None, None, None
        if not isinstance(wants, Send):
            return plan, None, None, None, None
        return plan, flow, driver, wants, told

    def close(self) -> None:
        """Close the inner transport, and an office of its own."""
        try:
            self._inner.close()
        finally:
            if self._owns:
                self._office.close()


Prepared = tuple["Plan | None", "Flow[Outcome] | None", "ThreadDriver | None", "OnWire | None", "Told | None"]
NO_FLOW: Prepared = (None, None, None, None, None)
