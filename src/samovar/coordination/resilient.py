"""A store that never fails: while the shared one is out, the process coordinates itself.

A failure opens the circuit for a while; those who wait are woken and ask again, in memory. Then one step
tries the shared store, and the others follow if it worked. Fences of the two tables never meet, so a report
that reaches the other one changes nothing. A debit is settled where it was taken; the other one is only told
what the provider says is left.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from typing import TYPE_CHECKING

import msgspec

from samovar.coordination.port import StoreBusy, StoreFailed
from samovar.flow.steps import Settle, Turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from samovar.coordination.memory import MemoryStore
    from samovar.coordination.newsroom import Newsroom
    from samovar.coordination.port import Answered, AsyncStore, Awaited, Store

OPEN_SECONDS = 5.0
"""How long a failed store is left alone before it is asked again."""


class Circuit:
    """Whether the shared store is in use. When it has been left alone for long enough, one step tries it."""

    def __init__(
        self, on_failure: Callable[[StoreFailed], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._on_failure = on_failure
        self._again_at = 0.0
        self._trying = False
        self.closed = True
        self.forked()
        _circuits.add(self)

    def forked(self) -> None:
        """Go on in a child, whatever thread of the parent held the lock."""
        self._lock = threading.Lock()

    def usable(self) -> bool:
        """Whether to ask the shared store; who is told so says how it went, or others ask in its place."""
        if self.closed:
            return True
        with self._lock:
            now = self._clock()
            if now < self._again_at:
                return False
            self._again_at = now + OPEN_SECONDS
            self._trying = True
            return True

    def failed(self, error: StoreFailed) -> None:
        """Leave the shared store alone for a while; the first failure is told on."""
        with self._lock:
            news = self.closed or self._trying
            self.closed = self._trying = False
            self._again_at = self._clock() + OPEN_SECONDS
        if news:
            self._on_failure(error)

    def worked(self) -> None:
        """Use the shared store again."""
        if not self.closed:
            with self._lock:
                self.closed, self._trying = True, False


_circuits: weakref.WeakSet[Circuit] = weakref.WeakSet()


def _forked() -> None:
    for circuit in _circuits:
        circuit.forked()


os.register_at_fork(after_in_child=_forked)


def _shared(step: Awaited) -> Awaited:
    """Return what the shared store is told: of a debit that it never took nothing is given back."""
    return _told_only(step) if type(step) is Settle and step.receipt.alone else step


def _alone(fallback: MemoryStore, step: Awaited) -> Answered:
    """Return the answer of the process's own store, which says that it is that one's."""
    if type(step) is Settle and not step.receipt.alone:
        return fallback.do(_told_only(step))
    answer = fallback.do(step)
    return msgspec.structs.replace(answer, alone=True) if type(answer) is Turn else answer


def _told_only(step: Settle) -> Settle:
    return msgspec.structs.replace(step, used=step.receipt.demand)


class ResilientStore:
    """The port for threads over a shared store and the process's own."""

    shared = True

    def __init__(self, store: Store, fallback: MemoryStore, circuit: Circuit) -> None:
        self._store, self._fallback, self.circuit = store, fallback, circuit

    @property
    def newsroom(self) -> Newsroom:
        """Where the news goes; both stores share it."""
        return self._fallback.newsroom

    def do(self, step: Awaited) -> Answered:
        """Return the answer to a step, whatever has failed."""
        if self.circuit.usable():
            try:
                answer = self._store.do(_shared(step))
            except StoreBusy:
                pass
            except StoreFailed as error:
                self.circuit.failed(error)
            else:
                self.circuit.worked()
                if type(step) is Settle and step.receipt.alone:
                    self._fallback.do(step)
                return answer
        return _alone(self._fallback, step)


class AsyncResilientStore:
    """The port for event loops over a shared store and the process's own."""

    shared = True

    def __init__(self, store: AsyncStore, fallback: MemoryStore, circuit: Circuit) -> None:
        self._store, self._fallback, self.circuit = store, fallback, circuit

    @property
    def newsroom(self) -> Newsroom:
        """Where the news goes; both stores share it."""
        return self._fallback.newsroom

    def at_once(self, step: Awaited) -> Answered:
        """Return the answer to a step if it is known without waiting, else None."""
        return self._store.at_once(step) if self.circuit.closed else None

    async def do(self, step: Awaited) -> Answered:
        """Return the answer to a step, whatever has failed."""
        if self.circuit.usable():
            try:
                answer = await self._store.do(_shared(step))
            except StoreBusy:
                pass
            except StoreFailed as error:
                self.circuit.failed(error)
            else:
                self.circuit.worked()
                if type(step) is Settle and step.receipt.alone:
                    self._fallback.do(step)
                return answer
        return _alone(self._fallback, step)

    async def leave(self) -> None:
        """Let go of what belongs to the running loop."""
        await self._store.leave()
