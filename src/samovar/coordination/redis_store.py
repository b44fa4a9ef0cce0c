"""Coordination through Redis, for processes that share a deployment: two faces of one conversation.

A face runs one script per step and waits at most `timeout` seconds for it; failures are raised as
`StoreFailed`, and are `coordination.resilient`'s to bear. News comes over one subscription per process.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import weakref
from typing import TYPE_CHECKING, cast

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from samovar.coordination.port import StoreFailed
from samovar.coordination.talk import Said, Talk, script

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samovar.coordination.newsroom import Newsroom
    from samovar.coordination.port import Answered, Awaited

CONNECTIONS = 4
# A pooled connection that a restart has cut is replaced once; silence is not asked again.
_LOST = (redis.ConnectionError,)
_BROKEN = (redis.RedisError, OSError, asyncio.TimeoutError, EOFError, RuntimeError, ValueError)


class Listener:
    """Hears the news on a thread of its own, started by the first who waits, once a process."""

    def __init__(self, url: str, talk: Talk, timeout: float) -> None:
        self._url = url
        self._talk = talk
        self._timeout = timeout
        self._process = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self.ready = threading.Event()

    def start(self) -> None:
        """Start listening in this process, if it does not yet."""
        if self._process == os.getpid():
            return
        with self._lock:
            if self._process != os.getpid():
                self._process = os.getpid()
                self._stop, self.ready = threading.Event(), threading.Event()
                threading.Thread(target=self._listen, name="samovar-news", daemon=True).start()

    def stop(self) -> None:
        """Stop listening, within a moment."""
        self._stop.set()

    def _listen(self) -> None:
        stop, pause = self._stop, 0.05
        while not stop.is_set():
            client = redis.Redis.from_url(self._url, socket_connect_timeout=self._timeout)
            try:
                with contextlib.closing(client), client.pubsub() as news:  # type: ignore[no-untyped-call]  # redis leaves it untyped
                    news.subscribe(self._talk.channel)
                    pause = 0.05
                    self._hear(news, stop)
            except _BROKEN:
                # Whoever waits may wait for news that will never come.
                self._talk.forget()
                self.ready.set()
                stop.wait(pause)
                pause = min(2.0, pause * 2)

    def _hear(self, news: redis.client.PubSub, stop: threading.Event) -> None:
        while not stop.is_set():
            message = news.get_message(timeout=0.5)
            if message is None:
                continue
            if message["type"] == "subscribe":
                # What was said before the subscription was not heard.
                self._talk.forget()
                self.ready.set()
            elif message["type"] == "message":
                self._talk.heard(message["data"])


class RedisStore:
    """The face for threads."""

    shared = True

    def __init__(
        self, url: str, talk: Talk, *, timeout: float = 1.0, listener: Listener | None = None
    ) -> None:
        self.talk = talk
        self.listener = listener or Listener(url, talk, timeout)
        self._client = redis.Redis(
            connection_pool=redis.BlockingConnectionPool.from_url(
                url,
                max_connections=CONNECTIONS,
                timeout=timeout,
                socket_timeout=timeout,
                socket_connect_timeout=timeout,
                retry=Retry(NoBackoff(), 1, supported_errors=_LOST),
            )
        )
        self._scripts: dict[str, redis.commands.core.Script] = {}

    @property
    def newsroom(self) -> Newsroom:
        """Where the news goes."""
        return self.talk.newsroom

    def do(self, step: Awaited) -> Answered:
        """Return the answer to a step. Raises `StoreFailed`."""
        known = self.talk.known(step)
        if known is not None:
            return known
        self.listener.start()
        said = self.talk.say(step)
        try:
            return self.talk.hear(step, self._run(said))
        except _BROKEN as error:
            raise StoreFailed(f"Redis failed at {said.script}: {type(error).__name__}.") from error

    def _run(self, said: Said) -> Sequence[bytes | int]:
        known = self._scripts.get(said.script)
        if known is None:
            known = self._scripts[said.script] = self._client.register_script(script(said.script))
        return cast("Sequence[bytes | int]", known(keys=said.keys, args=said.args))

    def close(self) -> None:
        """Close connections and stop the listener."""
        self.listener.stop()
        self._client.close()
        self._client.connection_pool.disconnect()


class AsyncRedisStore:
    """The face for event loops. Connections belong to a loop, so each loop has its own."""

    shared = True

    def __init__(
        self, url: str, talk: Talk, *, timeout: float = 1.0, listener: Listener | None = None
    ) -> None:
        self.talk = talk
        self.listener = listener or Listener(url, talk, timeout)
        self._url = url
        self._timeout = timeout
        self._clients: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, redis.asyncio.Redis] = (
            weakref.WeakKeyDictionary()
        )

    @property
    def newsroom(self) -> Newsroom:
        """Where the news goes."""
        return self.talk.newsroom

    def at_once(self, step: Awaited) -> Answered:
        """Return what is known of a warm or a led prefix without asking Redis, else None."""
        return self.talk.known(step)

    async def do(self, step: Awaited) -> Answered:
        """Return the answer to a step. Raises `StoreFailed`."""
        known = self.talk.known(step)
        if known is not None:
            return known
        self.listener.start()
        said = self.talk.say(step)
        try:
            return self.talk.hear(step, await self._run(said))
        except _BROKEN as error:
            raise StoreFailed(f"Redis failed at {said.script}: {type(error).__name__}.") from error

    async def _run(self, said: Said) -> Sequence[bytes | int]:
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            client = self._clients[loop] = redis.asyncio.Redis(
                connection_pool=redis.asyncio.BlockingConnectionPool.from_url(
                    self._url,
                    max_connections=CONNECTIONS,
                    timeout=self._timeout,
                    socket_timeout=self._timeout,
                    socket_connect_timeout=self._timeout,
                    retry=AsyncRetry(NoBackoff(), 1, supported_errors=_LOST),
                )
            )
        # The script object keeps its digest; a Redis that has lost the script is given it again.
        known = client.register_script(script(said.script))
        return cast("Sequence[bytes | int]", await known(keys=said.keys, args=said.args))

    async def leave(self) -> None:
        """Close this loop's connections."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()
            await client.connection_pool.disconnect()

    async def close(self) -> None:
        """Close this loop's connections and stop the listener."""
        self.listener.stop()
        await self.leave()
