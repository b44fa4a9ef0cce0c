"""The one sender of raw bytes. It parses nothing and changes nothing.

A server that streams may send its headers before it has read the prompt: the first byte of a stream is the
first of its body.

Failures become ours: no connection is `ProviderUnreachable`, silence beyond the bound is `ProviderHung`.
Both exist before the first byte (nothing was answered) and after it (the answer broke off).

A server may close a connection that it said it keeps (llama.cpp does, after each streamed answer), while the
next request is under way to it. Nobody answered that one, so it goes out once more, on a connection of its
own; unless it failed late: then somebody may have worked on it, and it may be paid for.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import httpx2

from samovar.call.stream import EVENT_STREAM
from samovar.errors import ProviderHung, ProviderUnreachable, SamovarError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

CONNECT_SECONDS = 10.0
CONNECTING: Final = "connection.connect_tcp.started"
CLOSED: Final = (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError)
"""How the end of a connection shows that nobody answered on."""
PING: Final = re.compile(rb'data:\s*\{\s*"type":\s*"ping"\s*\}')
AT_ONCE: Final = 1.0
"""Seconds within which a connection that had been closed shows that it was."""


ALIVE_ONLY: Final = 5
"""An answer may consist of signs of life for so many times the bound on silence: a prompt may be long."""


@dataclass(slots=True)
class Exchange:
    """A response whose first byte has arrived; `first_byte_after` is in seconds since sending, real time."""

    status: int
    headers: Mapping[str, str]
    first_byte_after: float
    _response: httpx2.Response
    _base_url: str
    _silence: float
    _begun: bytes = b""
    _rest: Iterator[bytes] | None = None

    arrived: bytes = b""
    """What `read` has got of the body, however it ended."""

    def read(self) -> bytes:
        """Return the whole body, content coding undone. Raise `ProviderHung`, `ProviderUnreachable`."""
        pieces = [self._begun]
        told = time.monotonic()
        try:
            for piece in self._response.iter_bytes() if self._rest is None else self._rest:
                pieces.append(piece)
                now = time.monotonic()
                if _says_something(piece):
                    told = now
                elif now - told > ALIVE_ONLY * self._silence:
                    raise ProviderHung(
                        f"{self._base_url} kept the connection open and sent nothing of an answer for "
                        f"{now - told:.0f} s, more than {ALIVE_ONLY} times the limit of {self._silence:g} s."
                    )
        except httpx2.HTTPError as error:
            raise _ours(error, self._base_url, self._silence, "broke off its answer") from error
        finally:
            self.arrived = b"".join(pieces)
            self._response.close()
        return self.arrived


class Sender:
    """A pool of connections to one base URL.

    `silence_seconds` bounds the time without a single byte. `headers` go with every request.
    """

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str],
        connections: int = 8,
        silence_seconds: float = 120.0,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._urls: dict[str, httpx2.URL] = {}
        self._silence = silence_seconds
        self._client, self._fresh = (
            httpx2.Client(
                base_url=self.base_url,
                headers=dict(headers),
                timeout=httpx2.Timeout(silence_seconds, connect=min(CONNECT_SECONDS, silence_seconds)),
                limits=httpx2.Limits(max_connections=connections, max_keepalive_connections=kept),
                follow_redirects=False,
            )
            for kept in (connections, 0)
        )

    def ask(self, path: str) -> Exchange:
        """Send a GET request and return at the first byte of the response, whatever its status."""
        return self._begin(self._client.build_request("GET", path))

    def open(self, path: str, body: bytes, headers: Mapping[str, str]) -> Exchange:
        """Send `body` and return at the first byte of the response, whatever its status."""
        url = self._urls.get(path)
        if url is None:
            # Parsing the same address for every call would cost more than sending it.
            url = self._urls[path] = self._client.build_request("POST", path).url
        return self._begin(
            self._client.build_request(
                "POST", url, content=body, headers={"content-type": "application/json", **headers}
            )
        )

    def _begin(self, request: httpx2.Request) -> Exchange:
        connected: list[str] = []

        def notice(event: str, _about: object) -> None:
            if event == CONNECTING:
                connected.append(event)

        request.extensions["trace"] = notice
        begun = time.monotonic()
        first, rest = b"", None
        try:
            try:
                response = self._client.send(request, stream=True)
            except CLOSED:
                # A connection of its own cannot have been closed for being idle.
                if connected or time.monotonic() - begun > AT_ONCE:
                    raise
                begun = time.monotonic()
                response = self._fresh.send(request, stream=True)
            if response.headers.get("content-type", "").startswith(EVENT_STREAM):
                rest = response.iter_bytes()
                first = next(rest, b"")
        except httpx2.HTTPError as error:
            raise _ours(error, self.base_url, self._silence, "could not be reached") from error
        except httpx2.InvalidURL as error:
            raise ProviderUnreachable(f"{self.base_url} is not a URL that can be called: {error}.") from error
        return Exchange(
            response.status_code,
            {name.lower(): value for name, value in response.headers.items()},
            time.monotonic() - begun,
            response,
            self.base_url,
            self._silence,
            first,
            rest,
        )

    def close(self) -> None:
        """Close all connections."""
        self._client.close()
        self._fresh.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _says_something(piece: bytes) -> bool:
    """Whether a piece of a body holds more than what keeps a connection open: blanks, comments, pings."""
    lines = (line.strip() for line in piece.splitlines())
    return any(line and not line.startswith((b":", b"event:")) and not PING.fullmatch(line) for line in lines)


def _ours(error: httpx2.HTTPError, base_url: str, silence: float, what: str) -> SamovarError:
    """Translate a failure of the HTTP library."""
    if isinstance(error, httpx2.ConnectTimeout):
        return ProviderUnreachable(f"{base_url} did not accept a connection in time.")
    if isinstance(error, httpx2.TimeoutException):
        return silent(base_url, silence)
    return ProviderUnreachable(f"{base_url} {what}: {str(error) or type(error).__name__}.")


def silent(base_url: str, silence: float) -> ProviderHung:
    """Describe a provider that said nothing for too long."""
    return ProviderHung(f"{base_url} sent nothing for the whole time limit of {silence:g} s.")
