"""What all transports of one deployment in one process share: planner, stores, clock, counters, ledger.

Nothing here is in the caller's way: what a call tells is put on a queue, and a thread of the process's own
makes counters and records of it. A full queue drops, and counts that.
"""

from __future__ import annotations

import atexit
import os
import queue
import secrets
import threading
import time
import weakref
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, Literal, cast

from samovar.coordination import MemoryStore, Newsroom
from samovar.coordination.memory import FALLBACK_FENCES, AsyncMemoryStore
from samovar.coordination.port import CountKey, DigestKey, KeyUse, StoreFailed
from samovar.coordination.resilient import AsyncResilientStore, Circuit, ResilientStore
from samovar.coordination.talk import Talk
from samovar.engine.steady import SteadyClock
from samovar.errors import MissingExtra
from samovar.flow.flight import Terms
from samovar.ledger.writing import FLUSH_SECONDS
from samovar.metrics import Meter
from samovar.metrics.catalogue import BUDGET_LEVEL, DROPPED, FAILURES, KEY_RATE, KEYS, OVERHEAD
from samovar.policy import Policy
from samovar.transport.causes import Causes
from samovar.transport.keeping import Keeping, observation
from samovar.transport.plan import Planner
from samovar.transport.settle import Settling
from samovar.transport.tally import tally

if TYPE_CHECKING:
    from collections.abc import Callable

    from samovar.attribution import Explained
    from samovar.coordination import AsyncStore, Store
    from samovar.transport.plan import Plan
    from samovar.transport.seen import Seen

Mode = Literal["observe", "protect"]
QUEUE: Final = 10_000
"""Calls whose analysis may be outstanding."""
KEY_VARIABLE: Final = "SAMOVAR_DIGEST_KEY"
GAUGED: Final = 100
"""Accounts whose budgets are looked at for the gauge."""
RESOURCES: Final = ("requests", "input", "output")
EXIT_SECONDS: Final = 2.0
"""How long a program that ends may wait for what it saw to be analysed and written."""
KEY_RETRY: Final = 5.0
"""Seconds between attempts to learn the deployment's key from Redis."""


class Office:
    """One deployment's share in this process. `mode` "observe" forwards first and analyses after.

    `redis` overrides the policy's address. `recorder` is told of every call on the worker's thread, with its
    plan (None if its body could not be read); what it raises is counted and goes no further. Raises
    `MissingExtra` when Redis is asked for and its client is not installed; a Redis that is down is no error.
    """

    def __init__(
        self,
        mode: Mode = "observe",
        *,
        redis: str | None = None,
        policy: Policy | None = None,
        recorder: Callable[[Seen, Plan | None], None] | None = None,
        meter: Meter | None = None,
    ) -> None:
        self.mode = mode
        self.policy = policy or Policy()
        self.meter = meter or Meter()
        self.clock = SteadyClock()
        self.settling = Settling(self.policy.protect.settle)
        self.planner = Planner(self.policy.protect, self.policy.budgets)
        self.causes = Causes(self.planner.memo)
        self._seen = 0
        self._recorder = recorder
        if recorder is None and self.policy.ledger.dir is not None:
            self._recorder = Keeping(self.policy.ledger, lambda: self.key, self._lost)
        self._queue: queue.SimpleQueue[Seen | threading.Event] = queue.SimpleQueue()
        self._process = 0
        self._starting = threading.Lock()
        self._open_stores(redis or self.policy.protect.redis)
        _offices.add(self)

    def _open_stores(self, url: str | None) -> None:
        protect = self.policy.protect
        terms = Terms(bound=protect.bound, spread=protect.spread)
        room = Newsroom()
        memory = MemoryStore(
            terms, self.planner.limits, newsroom=room, first_fence=0 if url is None else FALLBACK_FENCES
        )
        self.memory = memory
        self.store: Store = memory
        self.async_store: AsyncStore = AsyncMemoryStore(memory)
        self._shared: Store | None = None
        self._key_tried = self._gauged = 0.0
        given = os.environ.get(KEY_VARIABLE, "")
        self.key = blake2b(given.encode(), digest_size=32).digest() if given else secrets.token_bytes(32)
        self.key_is_shared = bool(given)
        if url is not None:
            self._open_redis(url, terms, room, memory)

    def _open_redis(self, url: str, terms: Terms, room: Newsroom, memory: MemoryStore) -> None:
        try:
            # Here, because it is an extra: only who asks for Redis needs its client.
            from samovar.coordination import redis_store  # noqa: PLC0415  # the reason is the line above
        except ImportError as missing:
            raise MissingExtra(
                "the Redis client is not installed.", "pip install 'samovar[redis]'"
            ) from missing
        protect = self.policy.protect
        talk = Talk(room, terms, self.planner.limits, namespace=protect.namespace)
        listener = redis_store.Listener(url, talk, protect.redis_timeout)
        shared = redis_store.RedisStore(url, talk, timeout=protect.redis_timeout, listener=listener)
        loops = redis_store.AsyncRedisStore(url, talk, timeout=protect.redis_timeout, listener=listener)

        def failed() -> None:
            self.meter.add(FAILURES, "coordination")
            talk.forget()

        circuit = Circuit(failed)
        self.store = ResilientStore(shared, memory, circuit)
        self.async_store = AsyncResilientStore(loops, memory, circuit)
        self._shared = shared
        self._learn_key()

    def _learn_key(self) -> None:
        """Agree with the other processes on the digest key; until then nothing is claimed fleet-wide."""
        if self.key_is_shared or self._shared is None or time.monotonic() < self._key_tried + KEY_RETRY:
            return
        try:
            self.key = cast("bytes", self._shared.do(DigestKey(self.key)))
            self.key_is_shared = True
        except StoreFailed:
            self.meter.add(FAILURES, "coordination")
        self._key_tried = time.monotonic()

    def failed(self, part: str) -> None:
        """Count a failure of ours that the caller must not notice."""
        self.meter.add(FAILURES, part)

    def _lost(self, count: int) -> None:
        self.meter.add(FAILURES, "ledger")
        self.meter.add(DROPPED, amount=count)

    def saw(self, seen: Seen) -> None:
        """Take note of a call that ended; returns at once."""
        if self._queue.qsize() >= QUEUE:
            self.meter.add(DROPPED)
            return
        if self._process != os.getpid():
            self._start()
        self._queue.put(seen)

    def _start(self) -> None:
        with self._starting:
            if self._process != os.getpid():
                self._process = os.getpid()
                threading.Thread(target=self._work, args=(self._queue,), name="samovar", daemon=True).start()

    def _work(self, todo: queue.SimpleQueue[Seen | threading.Event]) -> None:
        keeping = self._recorder if isinstance(self._recorder, Keeping) else None
        written = True
        while True:
            try:
                seen = todo.get(timeout=None if written or keeping is None else FLUSH_SECONDS)
            except queue.Empty:
                seen = None
            if seen is not None and not isinstance(seen, threading.Event):
                self._analyse(seen)
                written = False
                continue
            if keeping is not None:
                keeping.ledger.flush()
            written = True
            if seen is not None:
                seen.set()

    def _analyse(self, seen: Seen) -> None:
        begun = time.perf_counter()
        plan = seen.plan
        try:
            if plan is None:
                plan = self.planner.read(seen.sent)
            usage = seen.outcome.usage
            if usage is not None:
                self.planner.learn(plan, usage.total_input, usage.output)
            self.settling.learn(seen.outcome)
            explained = self._explain(seen, plan)
            cause = "" if explained is None else self.causes.cause(explained)
            tally(self.meter, seen, plan, explained, cause)
            self._count_key(plan)
            self._learn_key()
            self._gauge_budgets()
        except Exception:  # noqa: BLE001  # analysis may fail in any way; the caller has long had the answer
            self.meter.add(FAILURES, "analysis")
        kept = time.perf_counter()
        self.meter.observe(OVERHEAD, "analysis", amount=kept - begun)
        if self._recorder is None:
            return
        try:
            self._recorder(seen, plan)
        except Exception:  # noqa: BLE001  # as above: a ledger costs an observation, never more
            self.meter.add(FAILURES, "ledger")
            self.meter.add(DROPPED)
        self.meter.observe(OVERHEAD, "ledger", amount=time.perf_counter() - kept)

    def _explain(self, seen: Seen, plan: Plan) -> Explained | None:
        """Return what attribution says of a call; a defect there costs the cause, not the count."""
        self._seen += 1
        try:
            # The credential's header stays where it was: the domain tells accounts apart as well.
            shown = observation(seen, plan, self._seen, credential=plan.domain)
            return self.causes.see(shown, seen.outcome)
        except Exception:  # noqa: BLE001  # as above
            self.meter.add(FAILURES, "attribution")
            return None

    def _count_key(self, plan: Plan) -> None:
        if plan.call.cache_key:
            name = blake2b(plan.call.cache_key.encode(), digest_size=16, key=self.key).digest()
            use = cast("KeyUse", self.store.do(CountKey(name)))
            self.meter.set(KEYS, amount=use.distinct)
            self.meter.set(KEY_RATE, amount=max(use.rate, self.meter.number(KEY_RATE) * 0.999))

    def _gauge_budgets(self) -> None:
        """Tell the lowest level of each kind of budget, once a second at most."""
        now = time.monotonic()
        if self.async_store.shared or now < self._gauged + 1.0:
            return
        self._gauged = now
        lowest: dict[str, float] = {}
        for account, limits in list(self.planner.limits.items())[:GAUGED]:
            for name, limit, level in zip(RESOURCES, limits[:3], self.memory.levels(account), strict=True):
                if limit is not None and level is not None:
                    lowest[name] = min(lowest.get(name, 1.0), level / limit.capacity)
        for name, level in lowest.items():
            self.meter.set(BUDGET_LEVEL, name, amount=level)

    def drain(self, seconds: float = 5.0) -> bool:
        """Wait until what was seen has been analysed; return whether it was, within so many seconds."""
        done = threading.Event()
        if self._process != os.getpid():
            return True
        self._queue.put(done)
        return done.wait(seconds)

    def forked(self) -> None:
        """Begin anew in a child: the parent's worker is not here."""
        self._starting = threading.Lock()
        self._queue = queue.SimpleQueue()
        self.clock = SteadyClock()


_offices: weakref.WeakSet[Office] = weakref.WeakSet()


def _forked() -> None:
    for office in _offices:
        office.forked()


def _ended() -> None:
    for office in list(_offices):
        office.drain(EXIT_SECONDS)


os.register_at_fork(after_in_child=_forked)
atexit.register(_ended)
