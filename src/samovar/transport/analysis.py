"""What is made of one call after its end, on the worker's thread: counters, causes, gauges, a record.

It knows nothing of the runtime, so that a runtime nobody needs any more can go while calls still wait here.
"""

from __future__ import annotations

import time
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, cast

from samovar.coordination.port import CountKey, KeyUse
from samovar.metrics.catalogue import BUDGET_LEVEL, DROPPED, KEY_RATE, KEYS, OVERHEAD
from samovar.transport.coverage import Coverage
from samovar.transport.keeping import Keeping, observation
from samovar.transport.plan import Plan
from samovar.transport.tally import tally

if TYPE_CHECKING:
    from collections.abc import Callable

    from samovar.attribution import Explained
    from samovar.coordination import MemoryStore, Store
    from samovar.prefix.prompt import Prompt
    from samovar.transport.causes import Causes
    from samovar.transport.digest_key import DeploymentKey
    from samovar.transport.failures import Failures
    from samovar.transport.plan import Parsed, Planner
    from samovar.transport.seen import Seen
    from samovar.transport.settle import Settling

GAUGED: Final = 100
"""Accounts whose budgets are looked at for the gauge."""
RESOURCES: Final = ("requests", "input", "output")


class Peak:
    """The highest of what came in this minute and the one before."""

    __slots__ = ("_before", "_minute", "_now")

    def __init__(self) -> None:
        self._minute, self._now, self._before = 0, 0.0, 0.0

    def after(self, value: float, now: float) -> float:
        """Take in a value that comes at `now` (seconds); return the highest."""
        minute = int(now // 60)
        if minute != self._minute:
            self._before = self._now if minute == self._minute + 1 else 0.0
            self._minute, self._now = minute, 0.0
        self._now = max(self._now, value)
        return max(self._now, self._before)


class Analysis:
    """For one thread. `recorder` is told of every call with its plan, None if its body could not be read."""

    def __init__(
        self,
        failed: Failures,
        planner: Planner,
        settling: Settling,
        causes: Causes,
        *,
        key: DeploymentKey,
        store: Store,
        memory: MemoryStore,
        recorder: Callable[[Seen, Parsed | None], None] | None = None,
    ) -> None:
        self.recorder = recorder
        self._failed, self._meter = failed, failed.meter
        self._planner, self._settling, self._causes = planner, settling, causes
        self._key, self._store, self._memory = key, store, memory
        self._seen = 0
        self._gauged = 0.0
        self._rates = Peak()
        self._coverage = Coverage(failed.meter, planner.accounts)

    def forked(self) -> None:
        """In a child: what is counted from zero is there from its beginning."""
        self._coverage.begin()

    def take(self, seen: Seen) -> None:
        """Analyse and record a call."""
        begun = time.perf_counter()
        plan = seen.plan
        try:
            usage = seen.outcome.usage
            if plan is None:
                plan = self._planner.parse(seen.sent)
            elif usage is not None and type(plan) is Plan:
                self._planner.learn(plan, usage.total_input, usage.output)
            self._settling.learn(seen.outcome, plan.call.provider)
            explained = self._explain(seen, plan)
            cause = "" if explained is None else self._causes.cause(explained)
            prompt = self._prompt(plan) if usage is not None and usage.written else None
            tally(self._meter, seen, plan, explained, cause, self._planner.policy.bound, prompt)
            if type(plan) is Plan:
                self._coverage.see(plan, seen.sent.host)
            self._count_key(plan)
            self._key.learn()
            self._gauge_budgets()
        except Exception as error:  # noqa: BLE001  # analysis may fail in any way; the caller has long had the answer
            self._failed("analysis", error)
        kept = time.perf_counter()
        self._meter.observe(OVERHEAD, "analysis", amount=kept - begun)
        if self.recorder is None:
            return
        try:
            self.recorder(seen, plan)
        except Exception as error:  # noqa: BLE001  # as above: a ledger costs an observation, never more
            self._failed("ledger", error)
            self._meter.add(DROPPED)
        self._meter.observe(OVERHEAD, "ledger", amount=time.perf_counter() - kept)

    def rest(self) -> None:
        """Write what has been recorded."""
        if isinstance(self.recorder, Keeping):
            self._written(self.recorder.ledger.flush)

    def end(self) -> None:
        """Write it, and close the segment."""
        if isinstance(self.recorder, Keeping):
            self._written(self.recorder.ledger.close)

    def _written(self, how: Callable[[], None]) -> None:
        try:
            how()
        except Exception as error:  # noqa: BLE001  # as above; the thread goes on
            self._failed("ledger", error)

    def _explain(self, seen: Seen, plan: Parsed) -> Explained | None:
        """Return what attribution says of a call; a defect there costs the cause, not the count."""
        self._seen += 1
        try:
            # The credential's header stays where it was: the domain tells accounts apart as well.
            shown = observation(seen, plan, self._seen, credential=plan.domain)
            return self._causes.see(shown, seen.outcome, seen.size)
        except Exception as error:  # noqa: BLE001  # as above
            self._failed("attribution", error)
            return None

    def _prompt(self, parsed: Parsed) -> Prompt:
        return parsed.prompt if type(parsed) is Plan else self._planner.plan(parsed).prompt

    def _count_key(self, plan: Parsed) -> None:
        if plan.call.cache_key:
            name = blake2b(plan.call.cache_key.encode(), digest_size=16, key=self._key.value).digest()
            use = cast("KeyUse", self._store.do(CountKey(name)))
            self._meter.set(KEYS, amount=use.distinct, teller=self)
            self._meter.set(KEY_RATE, amount=self._rates.after(use.rate, time.monotonic()), teller=self)

    def _gauge_budgets(self) -> None:
        """Tell the lowest level of each kind of budget, once a second at most."""
        now = time.monotonic()
        if self._store.shared or now < self._gauged + 1.0:
            return
        self._gauged = now
        lowest: dict[str, float] = {}
        for account, limits in list(self._planner.accounts.limits.items())[:GAUGED]:
            for name, limit, level in zip(RESOURCES, limits, self._memory.levels(account), strict=True):
                if limit is not None and level is not None:
                    lowest[name] = min(lowest.get(name, 1.0), level / limit.capacity)
        for name, level in lowest.items():
            self._meter.set(BUDGET_LEVEL, name, amount=level, teller=self)
