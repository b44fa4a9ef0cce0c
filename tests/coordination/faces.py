"""The four faces of coordination behind one synchronous call, so that one suite can ask them all."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Protocol

from samovar.coordination import MemoryStore, Newsroom
from samovar.coordination.memory import AsyncMemoryStore
from samovar.coordination.redis_store import AsyncRedisStore, RedisStore
from samovar.coordination.talk import Talk
from samovar.flow.flight import Terms

if TYPE_CHECKING:
    from samovar.coordination.port import Accounts, Answered, AsyncStore, Awaited

TERMS = Terms(bound=20.0, rest=60.0, spread=1.0)
_names = itertools.count()


class Face(Protocol):
    """A store whose time the test states."""

    now: float

    def ask(self, step: Awaited) -> Answered:
        """Return the answer to a step at `now`."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class Memory:
    """In memory, through either port."""

    def __init__(self, limits: Accounts, *, awaited: bool) -> None:
        self.now = 1000.0
        self._store = MemoryStore(TERMS, limits, clock=lambda: self.now)
        self._async: AsyncStore | None = AsyncMemoryStore(self._store) if awaited else None

    def ask(self, step: Awaited) -> Answered:
        """Return the answer to a step at `now`."""
        return self._store.do(step) if self._async is None else asyncio.run(_one(self._async, step))

    def close(self) -> None:
        """Nothing is held."""


async def _one(store: AsyncStore, step: Awaited) -> Answered:
    return await store.do(step)


class Redis:
    """In Redis, through either port; each face has a namespace of its own."""

    def __init__(self, url: str, limits: Accounts, *, awaited: bool) -> None:
        self.now = 1000.0
        self.talk = Talk(Newsroom(), TERMS, limits, namespace=f"test-{next(_names)}")
        self._sync = None if awaited else RedisStore(url, self.talk)
        self._async = AsyncRedisStore(url, self.talk) if awaited else None
        self._runner = asyncio.Runner()

    def ask(self, step: Awaited) -> Answered:
        """Return the answer to a step at `now`."""
        self.talk.stated = self.now
        if self._sync is not None:
            return self._sync.do(step)
        assert self._async is not None
        return self._runner.run(_one(self._async, step))

    def close(self) -> None:
        """Close connections, listener and loop."""
        if self._sync is not None:
            self._sync.close()
        if self._async is not None:
            self._runner.run(self._async.close())
        self._runner.close()


KINDS = ("memory", "memory, awaited", "redis", "redis, awaited")


def face(kind: str, url: str, limits: Accounts) -> Face:
    """Return a new, empty face."""
    store = Memory if kind.startswith("memory") else Redis
    awaited = kind.endswith("awaited")
    return Memory(limits, awaited=awaited) if store is Memory else Redis(url, limits, awaited=awaited)
