"""A store that never fails: while the shared one is out, the process coordinates itself.

A failure opens the circuit for a while; those who wait are woken and ask again, in memory. Fences of the two
tables never meet, so a report that reaches the other one changes nothing.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from samovar.coordination.port import StoreFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from samovar.coordination.memory import MemoryStore
    from samovar.coordination.newsroom import Newsroom
    from samovar.coordination.port import Answered, AsyncStore, Awaited, Store

OPEN_SECONDS = 5.0
"""How long a failed store is left alone before it is asked again."""


class Circuit:
    """Whether the shared store is in use. `failures` counts how often it was found broken."""

    def __init__(self, on_failure: Callable[[], None], clock: Callable[[], float] = time.monotonic) -> None:
        self.failures = 0
        self._clock = clock
        self._closed_at = 0.0
        self._on_failure = on_failure

    def usable(self) -> bool:
        """Whether to ask the shared store."""
        return self._clock() >= self._closed_at

    def failed(self) -> None:
        """Leave the shared store alone for a while."""
        first = self.usable()
        self._closed_at = self._clock() + OPEN_SECONDS
        self.failures += 1
        if first:
            self._on_failure()


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
                return self._store.do(step)
            except StoreFailed:
                self.circuit.failed()
        return self._fallback.do(step)


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
        return self._store.at_once(step) if self.circuit.usable() else None

    async def do(self, step: Awaited) -> Answered:
        """Return the answer to a step, whatever has failed."""
        if self.circuit.usable():
            try:
                return await self._store.do(step)
            except StoreFailed:
                self.circuit.failed()
        return self._fallback.do(step)

    async def leave(self) -> None:
        """Let go of what belongs to the running loop."""
        await self._store.leave()
