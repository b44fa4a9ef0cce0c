"""Coordination through Redis, for processes that share a deployment: two faces of one conversation.

A face runs one script per step and waits at most `timeout` seconds for it; failures are raised as
`StoreFailed`, and are `coordination.resilient`'s to bear. News comes over one subscription per process.

Whether a script has run shows only in its reply. So a step is sent once; but a lease or a debit whose
connection broke is sent once more under its id, and gets what it has got. A connection that was closed while
nobody used it is replaced before anything is sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
import weakref
from typing import TYPE_CHECKING, Final, cast

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from samovar.coordination.address import options_of
from samovar.coordination.port import DigestKey, StoreBusy, StoreFailed
from samovar.coordination.talk import SCRIPTS, Said, Talk, script

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from samovar.coordination.newsroom import Newsroom
    from samovar.coordination.port import Answered, Awaited

CONNECTIONS: Final = 16
"""Of each face and loop."""
IN_LINE: Final = 10
"""Times the time limit that a step may wait for a connection: a crowd is no failure of Redis."""
SILENCE: Final = 5.0
"""Seconds without news after which the listener asks whether Redis is still there."""
BUSY: Final = "too many steps wait for Redis."
FAILED_BEFORE: Final = "Redis failed while this step stood in line."
_BROKEN = (redis.RedisError, OSError, asyncio.TimeoutError, EOFError, RuntimeError, ValueError)
"""What a connection or an answer fails by. Some event loops say `RuntimeError` of a closed connection."""


def _failure(talk: Talk, said: Said, error: Exception) -> StoreFailed:
    """Return what a step failed by. Words of Redis are left out: they may repeat what they are about."""
    if isinstance(error, redis.AuthenticationError):
        return talk.refused("it does not take the user or the password")
    if isinstance(error, redis.exceptions.NoPermissionError):
        return talk.refused("its user may not evalsha, script|load, or what a script does")
    return StoreFailed(f"Redis failed at {said.script}: {type(error).__name__}.")


def _nothing() -> None:
    """Be told in vain."""


class Listener:
    """Hears the news on a thread of its own, started by the first who waits, once a process.

    `on_lost` is told, on that thread, when the subscription breaks, and `on_back` when it is there again:
    what Redis held may be gone.
    """

    def __init__(self, url: str, talk: Talk, timeout: float) -> None:
        self.on_lost: Callable[[], None] = _nothing
        self.on_back: Callable[[], None] = _nothing
        self._url = url
        self._talk = talk
        self._timeout = timeout
        self.forked()
        _forking.add(self)

    def forked(self) -> None:
        """Begin anew in a child: the thread that listens is in its parent."""
        self._process = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def start(self) -> None:
        """Start listening in this process, if it does not yet."""
        if self._process == os.getpid():
            return
        with self._lock:
            if self._process != os.getpid():
                self._process = os.getpid()
                self._stop = threading.Event()
                threading.Thread(target=self._listen, name="samovar-news", daemon=True).start()

    def stop(self) -> None:
        """Stop listening, within a moment. Whoever waits after that starts it anew."""
        self._stop.set()
        self._process = 0

    def _listen(self) -> None:
        stop, pause, lost = self._stop, 0.05, False
        while not stop.is_set():
            client = redis.Redis.from_url(self._url, **options_of(self._url, self._timeout))
            try:
                with contextlib.closing(client), client.pubsub() as news:  # type: ignore[no-untyped-call]  # redis leaves it untyped
                    news.subscribe(self._talk.channel)
                    pause = 0.05
                    if lost and not stop.is_set():
                        self.on_back()
                    self._hear(news, stop)
            except _BROKEN:
                # Whoever waits may wait for news that will never come.
                self._talk.forget()
                self.on_lost()
                lost = True
                stop.wait(pause)
                pause = min(2.0, pause * 2)

    def _hear(self, news: redis.client.PubSub, stop: threading.Event) -> None:
        heard_at, asked = time.monotonic(), False
        while not stop.is_set():
            message = news.get_message(timeout=min(0.5, SILENCE))
            silent = time.monotonic() - heard_at
            if message is None:
                if silent > SILENCE + self._timeout:
                    raise redis.TimeoutError
                if silent > SILENCE and not asked:
                    # A connection that a failover has dropped says nothing, and so does a quiet day.
                    news.ping()
                    asked = True
                continue
            heard_at, asked = time.monotonic(), False
            if message["type"] == "subscribe":
                # What was said before the subscription was not heard.
                self._talk.forget()
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
        self._url = url
        self._timeout = timeout
        self.forked()
        _forking.add(self)

    def forked(self) -> None:
        """Begin with connections of its own: in a child, the parent's and their locks are the parent's."""
        self._line = threading.BoundedSemaphore(CONNECTIONS)
        self._failures = 0
        self._client = redis.Redis.from_url(
            self._url,
            socket_timeout=self._timeout,
            retry=Retry(NoBackoff(), 0),
            **options_of(self._url, self._timeout),
        )
        self._scripts = {name: self._client.register_script(script(name)) for name in SCRIPTS}

    @property
    def newsroom(self) -> Newsroom:
        """Where the news goes."""
        return self.talk.newsroom

    def do(self, step: Awaited) -> Answered:
        """Return the answer to a step. Raises `StoreFailed`."""
        known = self.talk.known(step)
        if known is not None:
            return known
        self._listen(step)
        failures = self._failures
        if not self._line.acquire(timeout=IN_LINE * self._timeout):
            raise StoreBusy(BUSY)
        try:
            if self._failures != failures:
                raise StoreFailed(FAILED_BEFORE)
            heard, said = self.talk.newsroom.edition(), self.talk.say(step)
            try:
                if not self.talk.allowed:
                    self.talk.heard_rights(self._run(self.talk.rights()))
                    self._listen(step)
                return self.talk.hear(step, self._run(said), heard)
            except _BROKEN as error:
                self._failures += 1
                raise _failure(self.talk, said, error) from error
        finally:
            self._line.release()

    def _listen(self, step: Awaited) -> None:
        """Hear the news, where that is allowed: it would be refused again and again."""
        if self.talk.allowed and type(step) is not DigestKey:
            # Nobody waits for news of the key; and a listener that was just stopped may be the one that asks.
            self.listener.start()

    def _run(self, said: Said) -> Sequence[bytes | int]:
        run = self._scripts[said.script]
        try:
            return cast("Sequence[bytes | int]", run(keys=said.keys, args=said.args))
        except redis.ConnectionError:
            if not said.again:
                raise
            return cast("Sequence[bytes | int]", run(keys=said.keys, args=said.args))

    def close(self) -> None:
        """Close connections and stop the listener."""
        self.listener.stop()
        self._client.close()


class _Connected:
    """One loop's share of the face for event loops."""

    def __init__(self, url: str, timeout: float) -> None:
        self.line = asyncio.BoundedSemaphore(CONNECTIONS)
        self.failures = 0
        self.end: AsyncGenerator[None] | None = None
        """What closes the connections when it is closed."""
        self.client = redis.asyncio.Redis.from_url(
            url, socket_timeout=timeout, retry=AsyncRetry(NoBackoff(), 0), **options_of(url, timeout)
        )
        # A script object keeps its digest; a Redis that has lost the script is given it again.
        self.scripts = {name: self.client.register_script(script(name)) for name in SCRIPTS}

    async def run(self, said: Said) -> Sequence[bytes | int]:
        """Run a script; once more, where it may be, if the connection broke."""
        run = self.scripts[said.script]
        try:
            return cast("Sequence[bytes | int]", await run(keys=said.keys, args=said.args))
        except redis.ConnectionError:
            if not said.again:
                raise
            return cast("Sequence[bytes | int]", await run(keys=said.keys, args=said.args))


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
        self._loops: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Connected] = (
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
        if self.talk.allowed:
            self.listener.start()
        loop = asyncio.get_running_loop()
        mine = self._loops.get(loop)
        if mine is None:
            mine = self._loops[loop] = _Connected(self._url, self._timeout)
            mine.end = self._until_it_ends(loop, mine)
            await anext(mine.end)
        failures = mine.failures
        if mine.line.locked():
            try:
                async with asyncio.timeout(IN_LINE * self._timeout):
                    await mine.line.acquire()
            except TimeoutError as error:
                raise StoreBusy(BUSY) from error
        else:
            await mine.line.acquire()
        try:
            if mine.failures != failures:
                raise StoreFailed(FAILED_BEFORE)
            heard, said = self.talk.newsroom.edition(), self.talk.say(step)
            try:
                if not self.talk.allowed:
                    self.talk.heard_rights(await mine.run(self.talk.rights()))
                    self.listener.start()
                return self.talk.hear(step, await mine.run(said), heard)
            except _BROKEN as error:
                mine.failures += 1
                raise _failure(self.talk, said, error) from error
        finally:
            mine.line.release()

    async def leave(self) -> None:
        """Close this loop's connections."""
        mine = self._loops.get(asyncio.get_running_loop())
        if mine is not None and mine.end is not None:
            await mine.end.aclose()

    async def _until_it_ends(self, loop: asyncio.AbstractEventLoop, mine: _Connected) -> AsyncGenerator[None]:
        """Close a loop's connections when they are left, or else with the loop, which ends its generators.

        Nobody may be there to leave them: middleware is told of no client that is closed.
        """
        try:
            yield
        finally:
            if self._loops.get(loop) is mine:
                del self._loops[loop]
            await mine.client.aclose()

    async def close(self) -> None:
        """Close this loop's connections and stop the listener."""
        self.listener.stop()
        await self.leave()


_forking: weakref.WeakSet[Listener | RedisStore] = weakref.WeakSet()


def _forked() -> None:
    for each in _forking:
        each.forked()


os.register_at_fork(after_in_child=_forked)
