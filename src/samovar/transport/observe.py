"""A call that runs without a flow: what `observe` keeps of it, and what is left when protection fails."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

from samovar.flow.outcome import Outcome
from samovar.flow.steps import Begun, Ended
from samovar.metrics.catalogue import OVERHEAD
from samovar.transport.seen import NOTHING, Seen, light, said_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samovar.transport.exchange import Listeners, News
    from samovar.transport.plan import Parsed, Plan, Sent
    from samovar.transport.runtime import Runtime
    from samovar.transport.watch import Watch

NO_HEADERS: Mapping[str, str] = {}


class Observed:
    """Hands a call to the runtime when it has ended. `watch` is set once there is an answer."""

    __slots__ = ("_begun", "_plan", "_runtime", "_sent", "_started", "watch")
    beat = 0.0
    glimpses = False

    def __init__(self, runtime: Runtime, sent: Sent, plan: Plan | None = None) -> None:
        """The call is sent now."""
        self._runtime, self._sent, self._plan = runtime, sent, plan
        self._started = runtime.clock.now()
        self._begun: Begun | None = None
        self.watch: Watch | None = None

    def hear(self, news: News) -> None:
        """Take note."""
        if type(news) is Begun:
            self._begun = news
            return
        try:
            self._pass_on(news)
        except Exception as error:  # noqa: BLE001  # a defect of ours must not cost the caller its answer
            self._runtime.failed("transport", error)

    def _pass_on(self, news: News) -> None:
        begun, watch = self._begun, self.watch
        outcome = Outcome(
            started_at=self._started,
            first_byte_at=None if begun is None else begun.first_byte_at,
            ended_at=news.ended_at if type(news) is Ended else self._runtime.clock.now(),
            status=None if begun is None else begun.status,
            headers=NO_HEADERS if begun is None else begun.headers,
            usage=news.usage if type(news) is Ended else None if watch is None else watch.usage,
            failure=news if isinstance(news, Exception) else None,
        )
        told = ("", "") if watch is None else (watch.id, watch.model)
        sent = self._sent
        plan = self._plan or self._known()
        said = said_of(sent, watch) if self._runtime.keeps else NOTHING
        kept = msgspec.structs.replace(sent, headers=None) if plan is None else light(sent)
        self._runtime.saw(Seen(kept, outcome, plan, *told, len(sent.body), said))

    def _known(self) -> Parsed | None:
        """Return what the request says, where that takes no time: its body, which is large, can go then."""
        try:
            return self._runtime.planner.known(self._sent)
        except Exception:  # noqa: BLE001  # whoever reads it whole will say what is wrong
            return None


def unprotected(runtime: Runtime, sent: Sent, plan: Plan | None = None) -> Listeners:
    """Return what hears of a call that is sent now, and of nothing but its end."""
    observed = Observed(runtime, sent, plan)
    return observed, observed


def planned(runtime: Runtime, sent: Sent) -> Plan | None:
    """Return what protects a request, None for a body that cannot be read."""
    begun = time.perf_counter()
    try:
        plan = runtime.planner.read(sent)
    except Exception as error:  # noqa: BLE001  # such a body is the provider's to judge
        runtime.failed("analysis", error)
        return None
    runtime.meter.observe(OVERHEAD, "transport", amount=time.perf_counter() - begun)
    return plan
