"""What all transports of one deployment in one process share: planner, stores, clock, counters, ledger.

Nothing here is in the caller's way: what a call tells is handed to a thread of the process's own.
"""

from __future__ import annotations

import logging
import os
import time
import weakref
from functools import partial
from typing import TYPE_CHECKING, Literal, cast

from samovar.coordination import MemoryStore, Newsroom
from samovar.coordination.memory import FALLBACK_FENCES, AsyncMemoryStore
from samovar.coordination.port import DigestKey, StoreFailed
from samovar.coordination.resilient import AsyncResilientStore, Circuit, ResilientStore
from samovar.coordination.talk import Talk
from samovar.engine.steady import SteadyClock
from samovar.errors import MissingExtra, YoursError
from samovar.flow.flight import Terms
from samovar.metrics import Meter
from samovar.metrics.catalogue import DROPPED
from samovar.policy import Policy
from samovar.transport.analysis import Analysis
from samovar.transport.causes import Causes
from samovar.transport.digest_key import DeploymentKey
from samovar.transport.errands import Errands
from samovar.transport.failures import Failures
from samovar.transport.keeping import Keeping
from samovar.transport.plan import Planner
from samovar.transport.reporters import Reporters
from samovar.transport.settle import Settling
from samovar.transport.strangers import strangers
from samovar.transport.worker import EXIT_SECONDS, Worker

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from prometheus_client import CollectorRegistry

    from samovar.coordination import AsyncStore, Store
    from samovar.transport.plan import Parsed
    from samovar.transport.seen import Seen

Mode = Literal["observe", "protect"]
MODES = ("observe", "protect")
ADDRESS = (
    "Write redis://HOST:PORT/NUMBER, rediss:// for TLS, or unix://PATH. Leave it out to go without Redis."
)


class Runtime:
    """One deployment's share in this process. `mode` "observe" forwards first and analyses after.

    `redis` overrides the policy's address. `recorder` is told of every call on the worker's thread, with its
    plan (None if its body could not be read); what it raises is counted and goes no further. `registry` is
    where Prometheus finds the counters, those of all runtimes that share it together; `meter` holds them
    where they are read otherwise. Whoever makes a runtime may `close` it. Raises `YoursError` for another
    mode or an address that cannot be used, and `MissingExtra` when Redis is asked for and its client is not
    installed; a Redis that is down is no error, and is not asked here.
    """

    def __init__(
        self,
        mode: Mode = "observe",
        *,
        redis: str | None = None,
        policy: Policy | None = None,
        recorder: Callable[[Seen, Parsed | None], None] | None = None,
        meter: Meter | None = None,
        registry: CollectorRegistry | None = None,
    ) -> None:
        if mode not in MODES:
            raise YoursError(f"mode is {mode!r}.", "Use 'observe' or 'protect'.")
        self.mode = mode
        self.policy = policy or Policy()
        for said in strangers(self.policy):
            logging.getLogger("samovar").warning(said)
        self.meter = _exposed(meter, registry)
        self.failed = Failures(self.meter)
        """Is told the part and the exception of a failure of ours that the caller must not notice."""
        self.clock = SteadyClock()
        self.settling = Settling(self.policy.protect.settle)
        self.planner = Planner(self.policy.protect, self.policy.budgets, self.policy.accounts)
        self._stop_hearing: Callable[[], None] | None = None
        self._release: Callable[[], None] | None = None
        self.deployment_key = self._open_stores(self.policy.protect.redis if redis is None else redis)
        key = self.deployment_key
        if recorder is None and self.policy.ledger.dir is not None:
            recorder = Keeping(
                self.policy.ledger, lambda: key.value, _told_of_losses(self.meter, self.failed)
            )
        self.analysis = Analysis(
            self.failed,
            self.planner,
            self.settling,
            Causes(self.planner.memo),
            key=key,
            store=self.store,
            memory=self.memory,
            recorder=recorder,
        )
        self._worker = Worker(self.analysis)
        self.errands, self.reporters = Errands(partial(self.failed, "transport")), Reporters()
        # A runtime that nobody has closed takes its threads along when it goes.
        gone = weakref.finalize(self, _left, self._worker, self.errands, self.reporters, self._stop_hearing)
        gone.atexit = False
        self.present: weakref.WeakKeyDictionary[object, asyncio.AbstractEventLoop] = (
            weakref.WeakKeyDictionary()
        )
        """Transports that share the store's connections of an event loop."""
        _runtimes.add(self)

    def _open_stores(self, url: str | None) -> DeploymentKey:
        protect = self.policy.protect
        terms = Terms(bound=protect.bound, spread=protect.spread)
        room = Newsroom()
        limits = self.planner.accounts.limits
        memory = MemoryStore(terms, limits, newsroom=room, first_fence=0 if url is None else FALLBACK_FENCES)
        self.memory = memory
        self.store: Store = memory
        self.async_store: AsyncStore = AsyncMemoryStore(memory)
        return DeploymentKey() if url is None else self._open_redis(url, terms, room, memory)

    def _open_redis(self, url: str, terms: Terms, room: Newsroom, memory: MemoryStore) -> DeploymentKey:
        try:
            # Here, because it is an extra: only who asks for Redis needs its client.
            from samovar.coordination import redis_store  # noqa: PLC0415  # the reason is the line above
            from samovar.coordination.address import flaw  # noqa: PLC0415  # as above
        except ImportError as missing:
            raise MissingExtra(
                "the Redis client is not installed.", "pip install 'samovar[redis]'"
            ) from missing
        wrong = flaw(url)
        if wrong:
            raise YoursError(f"the address of Redis (redis=, or redis under [protect]): {wrong}.", ADDRESS)
        protect, told = self.policy.protect, self.failed
        talk = Talk(room, terms, self.planner.accounts.limits, namespace=protect.namespace)
        listener = redis_store.Listener(url, talk, protect.redis_timeout)
        shared = redis_store.RedisStore(url, talk, timeout=protect.redis_timeout, listener=listener)
        loops = redis_store.AsyncRedisStore(url, talk, timeout=protect.redis_timeout, listener=listener)

        def failed(error: StoreFailed) -> None:
            told("coordination", error)
            talk.forget()
            key.doubt()

        circuit = Circuit(failed)

        def ask(proposed: bytes) -> bytes | None:
            try:
                return cast("bytes", shared.do(DigestKey(proposed)))
            except StoreFailed as error:
                told("coordination", error)
                return None

        key = DeploymentKey(ask)
        listener.on_lost, listener.on_back = key.doubt, key.again
        self.store = ResilientStore(shared, memory, circuit)
        self.async_store = AsyncResilientStore(loops, memory, circuit)
        self._stop_hearing, self._release = listener.stop, shared.close
        return key

    @property
    def key(self) -> bytes:
        """The digest key in use."""
        return self.deployment_key.value

    @property
    def key_is_shared(self) -> bool:
        """Whether the deployment's other processes are known to use it too: they wait for one another."""
        return self.deployment_key.shared

    @property
    def keeps(self) -> bool:
        """Whether somebody keeps records of calls."""
        return self.analysis.recorder is not None

    def saw(self, seen: Seen) -> None:
        """Take note of a call that ended; returns at once."""
        if not self._worker.put(seen):
            self.meter.add(DROPPED)

    def drain(self, seconds: float = 5.0) -> bool:
        """Wait until what was seen has been analysed; return whether it was, within so many seconds."""
        until = time.monotonic() + seconds
        told = self.errands.wait(seconds) and self.reporters.wait(max(0.0, until - time.monotonic()))
        return told and self._worker.ask().wait(max(0.0, until - time.monotonic()))

    def close(self) -> None:
        """Analyse and write what was seen, and end threads and connections; a call after that begins anew."""
        self.errands.stop(EXIT_SECONDS)
        self.reporters.stop(EXIT_SECONDS)
        self._worker.stop(EXIT_SECONDS)
        if self._release is not None:
            self._release()

    def forked(self) -> None:
        """In a child: time is told anew, and what shows from zero does. Its meter has begun anew before."""
        self.clock = SteadyClock()
        self.analysis.forked()


def runtime_of(
    runtime: Runtime | None,
    mode: Mode,
    redis: str | None,
    policy: Policy | None,
    meter: Meter | None,
    registry: CollectorRegistry | None,
) -> Runtime:
    """Return the runtime of a client: the one that it is given, or one of its own."""
    if runtime is None:
        return Runtime(mode, redis=redis, policy=policy, meter=meter, registry=registry)
    if mode not in {"observe", runtime.mode} or any(
        each is not None for each in (redis, policy, meter, registry)
    ):
        raise YoursError(
            "a runtime is given, and besides what a runtime has already.",
            "Give mode, redis, policy, meter and registry to the runtime.",
        )
    return runtime


def _exposed(meter: Meter | None, registry: CollectorRegistry | None) -> Meter:
    if registry is None:
        return Meter() if meter is None else meter
    from samovar.metrics.prometheus import expose, meter_of  # noqa: PLC0415  # an extra

    if meter is None:
        return meter_of(registry)
    expose(meter, registry)
    return meter


def _told_of_losses(meter: Meter, failed: Failures) -> Callable[[int, OSError], None]:
    def lost(count: int, error: OSError) -> None:
        failed("ledger", error)
        meter.add(DROPPED, amount=count)

    return lost


def _left(
    worker: Worker, errands: Errands, reporters: Reporters, stop_hearing: Callable[[], None] | None
) -> None:
    """End a runtime's threads, on one of them: the collector may call this within any line.

    A runtime without that one has made no call since it was closed.
    """

    def end() -> None:
        reporters.stop(0)
        worker.stop(0)
        if stop_hearing is not None:
            stop_hearing()

    errands.abandon(end)


_runtimes: weakref.WeakSet[Runtime] = weakref.WeakSet()


def _forked() -> None:
    for runtime in _runtimes:
        runtime.forked()


os.register_at_fork(after_in_child=_forked)
