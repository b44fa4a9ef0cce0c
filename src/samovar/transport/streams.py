"""The answer's bytes as they pass: untouched, unbuffered, at the caller's own pace."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import httpx2

from samovar.errors import ProviderHung, ProviderUnreachable
from samovar.flow.steps import Arriving, Begun, CallerLeft, Ended, Glimpsed, NotConnected
from samovar.transport.requests import plain
from samovar.transport.watch import Watch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from samovar.errors import SamovarError
    from samovar.transport.exchange import Listeners, Rest
    from samovar.transport.plan import Sent
    from samovar.transport.runtime import Runtime


class Passing:
    """What is told about an answer while it passes."""

    __slots__ = ("_glimpsed", "_heard", "_rest", "_runtime", "_watch", "done")

    def __init__(self, runtime: Runtime, watch: Watch, rest: Rest) -> None:
        self._runtime, self._watch, self._rest = runtime, watch, rest
        self._glimpsed = not rest.glimpses
        self._heard = 0.0
        self.done = False

    def chunk(self, data: bytes) -> None:
        """A piece has arrived."""
        if self.done:
            return
        try:
            self._watch.feed(data)
            if not self._glimpsed and self._watch.settled:
                self._glimpsed = True
                self._rest.hear(Glimpsed(self._watch.usage))
            beat = self._rest.beat
            if beat:
                self._keep(beat)
        except Exception as error:  # noqa: BLE001  # listening may fail in any way; the bytes go on
            self._runtime.failed("transport", error)
        if self._watch.complete:
            # SDKs close a stream at its last event, without waiting for the end of its bytes.
            self.end()

    def _keep(self, beat: float) -> None:
        """Say now and then that the answer is arriving, to who keeps others waiting."""
        now = self._runtime.clock.now()
        if now - self._heard >= beat:
            if self._heard:
                self._rest.hear(Arriving())
            self._heard = now

    def whole(self, response: httpx2.Response) -> None:
        """The answer had been read before it came here."""
        self.chunk(response.content)
        self.end()

    def end(self, failure: SamovarError | None = None) -> None:
        """The answer is complete, or has broken off."""
        if not self.done:
            self.done = True
            self._tell(failure, self._runtime.clock.now())

    def _tell(self, failure: SamovarError | None, ended_at: float) -> None:
        usage = None
        try:
            self._watch.end()
            usage = self._watch.usage
        except Exception as error:  # noqa: BLE001  # as above; that it has ended is told all the same
            self._runtime.failed("transport", error)
        try:
            self._rest.hear(Ended(usage, ended_at) if failure is None else failure)
        except Exception as error:  # noqa: BLE001  # as above
            self._runtime.failed("transport", error)

    def left(self, how: str) -> None:
        """The caller takes no more of it.

        That may be the collector's doing, within any line: what is told of it is told by another thread.
        """
        if not self.done:
            self.done = True
            failure = CallerLeft(f"the answer was {how} before its end.")
            self._runtime.errands.hand_over(partial(self._tell, failure, self._runtime.clock.now()))


class WatchedStream(httpx2.SyncByteStream):
    """A response's stream for threads."""

    def __init__(self, inner: httpx2.SyncByteStream, passing: Passing) -> None:
        self._inner, self._passing = inner, passing

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._inner:
                self._passing.chunk(chunk)
                yield chunk
        except httpx2.HTTPError as error:
            self._passing.end(failure_of(error))
            raise
        except BaseException:
            # The caller went away in the middle of it: its own exception, or the end of its generator.
            self._passing.left("left")
            raise
        self._passing.end()

    def close(self) -> None:
        """Close the connection's side too."""
        try:
            self._inner.close()
        finally:
            self._passing.left("closed")

    def __del__(self) -> None:
        self._passing.left("forgotten")


class WatchedAsyncStream(httpx2.AsyncByteStream):
    """A response's stream for event loops."""

    def __init__(self, inner: httpx2.AsyncByteStream, passing: Passing) -> None:
        self._inner, self._passing = inner, passing

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._inner:
                self._passing.chunk(chunk)
                yield chunk
        except httpx2.HTTPError as error:
            self._passing.end(failure_of(error))
            raise
        except BaseException:
            # The caller was cancelled, or left its generator.
            self._passing.left("left")
            raise
        self._passing.end()

    async def aclose(self) -> None:
        """Close the connection's side too."""
        try:
            await self._inner.aclose()
        finally:
            self._passing.left("closed")

    def __del__(self) -> None:
        # A generator whose loop is closed is not ended by anybody.
        self._passing.left("forgotten")


def begun(
    runtime: Runtime, sent: Sent, response: httpx2.Response, started: float, listeners: Listeners
) -> Passing:
    """Tell that an answer has begun to come; return what hears of the rest. `started` is when it was sent."""
    rest, named = listeners
    headers = plain(response.headers)
    watch = named.watch = Watch(sent.dialect, headers, decoded=response.is_closed)
    rest.hear(Begun(response.status_code, headers, started, runtime.clock.now()))
    return Passing(runtime, watch, rest)


def network_failure(error: BaseException) -> httpx2.HTTPError | None:
    """Return the network's failure in an exception: itself, or what an SDK raised its own from.

    None for everything else, a cancellation first of all.
    """
    behind: BaseException | None = error if isinstance(error, Exception) else None
    while behind is not None and not isinstance(behind, httpx2.HTTPError):
        behind = behind.__cause__
    return behind


def failure_of(error: BaseException) -> SamovarError:
    """Translate what ended a call.

    The network's failures are the provider's side, all else is the caller's.
    """
    failure = network_failure(error)
    if isinstance(failure, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout):
        return NotConnected(f"no connection could be had: {type(failure).__name__}.")
    if isinstance(failure, httpx2.TimeoutException):
        return ProviderHung("the provider sent nothing for the caller's whole time limit.")
    if failure is not None:
        return ProviderUnreachable(f"the connection failed: {type(failure).__name__}.")
    return CallerLeft("the call was cancelled.")
