"""A program that leaves answers to the collector, which runs within any line: `test_abandoned` runs it."""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import itertools
import threading
from typing import TYPE_CHECKING, Any

import httpx2

from samovar.metrics.catalogue import CALLS, FAILURES
from samovar.policy import Budget, Policy
from samovar.transport import Runtime, async_client, client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

URL = "http://provider/v1/chat/completions"
allocate_lock = threading.Lock
CHUNKS = (
    b'data: {"id": "x", "choices": [{"delta": {"content": "a"}}]}\n\n',
    b'data: {"id": "x", "choices": [{"delta": {"content": "b"}}]}\n\n',
    b"data: [DONE]\n\n",
)
EVERY = 3
"""How many locks are taken between two runs of the collector, so that they are in all kinds of them."""
SECONDS = 20
"""After which a program that hangs says where, and ends."""


class CollectingLock:
    """A lock in which the collector may run: now and then."""

    taken = itertools.count()

    def __init__(self) -> None:
        self._lock = allocate_lock()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:  # noqa: FBT002  # a lock's own
        """Take it."""
        taken = self._lock.acquire(blocking, timeout)
        if not next(self.taken) % EVERY:
            gc.collect()
        return taken

    def release(self) -> None:
        """Let go of it."""
        self._lock.release()

    def locked(self) -> bool:
        """Whether it is held."""
        return self._lock.locked()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class Stream(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """An answer."""

    def __iter__(self) -> Iterator[bytes]:
        yield from CHUNKS

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in CHUNKS:
            yield chunk


class Provider(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Answers at once; where it `hangs`, an event loop's calls never."""

    def __init__(self, *, hangs: bool = False) -> None:
        self._hangs = hangs

    def handle_request(self, _: httpx2.Request) -> httpx2.Response:
        """Answer."""
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, stream=Stream())

    async def handle_async_request(self, _: httpx2.Request) -> httpx2.Response:
        """Answer."""
        if self._hangs:
            await asyncio.get_running_loop().create_future()
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, stream=Stream())


class Read:
    """What the SDKs make of an answer: it holds a generator of its own, and is collected with it."""

    def __init__(self, response: httpx2.Response) -> None:
        self._response = response
        self.events = self._read()

    def _read(self) -> Iterator[bytes]:
        try:
            yield from self._response.iter_bytes()
        finally:
            self._response.close()


def body(number: int) -> dict[str, Any]:
    """Return a call's body, with a prefix of its own, so that it waits for nobody."""
    said = [{"role": "system", "content": f"rule {number} " + "word " * 3_000}]
    return {"model": "gpt-4o", "stream": True, "messages": [*said, {"role": "user", "content": str(number)}]}


def left_to_the_collector(http: httpx2.Client, number: int, *, read: bool) -> None:
    """Read one event of an answer, or none, and forget it."""
    answer = Read(http.send(http.build_request("POST", URL, json=body(number)), stream=True))
    if read:
        next(answer.events)


async def left_by_a_task(http: httpx2.AsyncClient, number: int) -> None:
    """Read one event of an answer, and wait for what never comes, with nobody who knows."""
    async with http.stream("POST", URL, json=body(number)) as response:
        async for _ in response.aiter_bytes():
            await asyncio.get_running_loop().create_future()


async def on_a_loop(http: httpx2.AsyncClient, calls: int) -> None:
    """Begin tasks, and forget them while they wait."""
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    for number in range(calls):
        task = asyncio.ensure_future(left_by_a_task(http, number))
        for _ in range(8):
            await asyncio.sleep(0)
        del task


def calls_are_counted(kind: str, calls: int) -> None:
    """Make the calls; all of them are told of, and none has failed."""
    runtime = Runtime("protect", policy=Policy(budgets={"*": Budget(requests_per_minute=1_000_000_000)}))
    if kind in {"read", "unread"}:
        http = client(runtime=runtime, transport=Provider())
        for number in range(calls):
            left_to_the_collector(http, number, read=kind == "read")
    else:
        loop = async_client(runtime=runtime, transport=Provider(hangs=kind == "unanswered"))
        asyncio.run(on_a_loop(loop, calls))
    gc.collect()
    assert runtime.drain(5)
    told = runtime.meter.number(CALLS), runtime.meter.number(FAILURES)
    assert told == (calls, 0), (kind, told)


def main() -> None:
    """Have the collector run in locks, those of the standard library included."""
    faulthandler.dump_traceback_later(SECONDS, exit=True)
    gc.disable()
    gc.freeze()
    threading.Lock = CollectingLock  # type: ignore[assignment]  # until this program ends
    for kind in ("read", "unread", "on a loop", "unanswered"):
        calls_are_counted(kind, 40)
    print("done")


if __name__ == "__main__":
    main()
