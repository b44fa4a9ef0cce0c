"""The emulator's HTTP side: real or virtual time, keep-alive, compression, clients that hang up."""

from __future__ import annotations

import asyncio
import gzip
import math
import traceback
import zlib
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from samovar.call.block import UNREADABLE
from samovar.emulator.catalogue import anthropic_models, openai_models
from samovar.emulator.clock import LATEST
from samovar.emulator.endpoints import malformed
from samovar.emulator.paths import CONVERSATIONS, PATHS, POSTED
from samovar.emulator.refusal import Refusal, from_fact
from samovar.emulator.reply import Arrival, Reply

if TYPE_CHECKING:
    from samovar.emulator.box import Box
    from samovar.emulator.clock import Clock

_COMPRESS_FROM = 512
"""Bytes below which compression only costs."""


class Front:
    """Turns HTTP requests into arrivals, and replies into HTTP answers, at their times."""

    def __init__(self, box: Box, clock: Clock, *, compress: bool) -> None:
        self._box = box
        self._clock = clock
        self._compress = compress

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Serve one request."""
        path = PATHS.get(request.path.rstrip("/"))
        posted = path in {*POSTED, CONVERSATIONS} and request.method == "POST"
        body = await _body(request) if posted else b""
        if isinstance(body, Refusal):
            refused = self._plain_refusal(request, body)
            refused.force_close()  # what else is on the connection cannot be told from the broken body
            request.content.feed_eof()
            return refused
        try:
            beside = self._beside(request, body)
        except Exception as error:  # noqa: BLE001  # a provider answers in its own form whatever happens
            return self._defect(request, error)
        if beside is not None:
            return beside
        if path is None or not posted:
            return self._plain_refusal(request, _unknown_url(request))
        try:
            told, first = _time(request, "samovar-now"), None
            now = self._clock.arrive(told)
            if self._clock.virtual:
                first = _time(request, "samovar-first-byte")
        except ValueError as error:
            return self._plain_refusal(request, Refusal(status=400, message=str(error)))
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            reply = self._box.answer(path, Arrival(path, headers, body, now, told, first))
        except Exception as error:  # noqa: BLE001  # a provider answers in its own form whatever happens
            return self._defect(request, error)
        if self._clock.virtual:
            return await self._at_once(request, reply, told)
        return await self._in_time(request, reply)

    def _beside(self, request: web.BaseRequest, body: bytes) -> web.Response | None:
        """Answer what needs no model: models, kept responses, new conversations; None for anything else."""
        head, _, name = request.path.rstrip("/").rpartition("/")
        asked = request.method, PATHS.get(request.path.rstrip("/")), PATHS.get(head)
        anthropic = "anthropic-version" in request.headers
        match asked:
            case ("GET", "/v1/models", _):
                return _json(200, anthropic_models() if anthropic else openai_models())
            case ("GET", None, "/v1/models"):
                listed = anthropic_models() if anthropic else openai_models()
                found = next((model for model in listed["data"] if model["id"] == name), None)
                maker = "anthropic" if anthropic else "openai"
                unknown = from_fact(f"{maker}.error.unknown-model", model=name)
                return self._plain_refusal(request, unknown) if found is None else _json(200, found)
            case ("GET", None, "/v1/responses"):
                found = self._box.response(name, request.headers.get("authorization", ""))
                if found is not None:
                    return web.Response(body=found, content_type="application/json")
                # Wording as in public reports.
                gone = Refusal(status=404, message=f"Response with id '{name}' not found.")
                return self._plain_refusal(request, gone)
            case ("POST", "/v1/conversations", _):
                key = request.headers.get("authorization", "")
                try:
                    opened = self._box.converse(body, key, self._clock.now())
                except UNREADABLE as error:
                    return self._plain_refusal(request, malformed(CONVERSATIONS, body, error))
                if isinstance(opened, Refusal):
                    return self._plain_refusal(request, opened)
                return _json(200, opened)
            case _:
                return None

    async def _at_once(
        self, request: web.BaseRequest, reply: Reply, stated: float | None
    ) -> web.StreamResponse:
        """Answer without waiting; the times are in the headers."""
        if reply.begun is not None:
            reply.begun(reply.first_byte_at)
        if reply.ended is not None:
            reply.ended(reply.ended_at)
        self._clock.left(stated, reply.ended_at)
        data = b"".join([chunk for _, chunk in reply.chunks])
        if reply.cut:
            return await _cut(request, reply, data)
        return self._whole(request, reply, data)

    def _whole(self, request: web.BaseRequest, reply: Reply, data: bytes) -> web.Response:
        if self._compress and len(data) >= _COMPRESS_FROM and _takes_gzip(request):
            data = gzip.compress(data, compresslevel=1, mtime=0)
            reply.headers["content-encoding"] = "gzip"
        return web.Response(status=reply.status, headers=reply.headers, body=data)

    async def _in_time(self, request: web.BaseRequest, reply: Reply) -> web.StreamResponse:
        """Wait as long as the answer takes. A client that hangs up before the first byte wrote nothing.

        An answer that is not streamed leaves when it is complete, but its entry exists from the moment at
        which a stream would have begun.
        """
        clock = self._clock
        try:
            await clock.until(reply.first_byte_at)
        except asyncio.CancelledError:
            reply.record.leave()
            raise
        if reply.begun is not None:
            reply.begun(clock.now())
        try:
            if reply.streamed and not reply.cut:
                return await self._stream(request, reply, clock.now())
            await clock.until(reply.ended_at)
            data = b"".join([chunk for _, chunk in reply.chunks])
            return await _cut(request, reply, data) if reply.cut else self._whole(request, reply, data)
        finally:
            if reply.ended is not None:
                reply.ended(clock.now())

    async def _stream(self, request: web.BaseRequest, reply: Reply, first: float) -> web.StreamResponse:
        # Never compressed: a compressor holds back events until it has enough of them.
        response = web.StreamResponse(status=reply.status, headers=reply.headers)
        await response.prepare(request)
        length = reply.ended_at - reply.first_byte_at
        try:
            for share, chunk in reply.chunks:
                when = first + share * length
                if when > self._clock.now():
                    await self._clock.until(when)
                await response.write(chunk)
            await response.write_eof()
        except ConnectionError:
            pass  # the client left mid-stream: what it started stays written
        return response

    def _defect(self, request: web.BaseRequest, error: Exception) -> web.Response:
        traceback.print_exception(error)  # to stderr, for whoever mends it
        message = f"Internal server error ({type(error).__name__}, a defect of the emulator)"
        return self._plain_refusal(request, Refusal(status=500, message=message))

    def _plain_refusal(self, request: web.BaseRequest, refusal: Refusal) -> web.Response:
        provider = "anthropic" if "anthropic-version" in request.headers else "openai"
        return _json(refusal.status, msgspec.Raw(refusal.body(provider, "req_none")))


def _unknown_url(request: web.BaseRequest) -> Refusal:
    known = ", ".join(path for path in PATHS if path.startswith("/v1"))
    return Refusal(
        status=404,
        message=f"Unknown request URL: {request.method} {request.path}. The emulator serves {known}.",
    )


async def _body(request: web.BaseRequest) -> bytes | Refusal:
    try:
        data = await request.read()
        # aiohttp has already undone a content-encoding that its parser knows; some clients compress unasked.
        if data[:2] == b"\x1f\x8b":
            return await asyncio.to_thread(gzip.decompress, data)
    except web.HTTPRequestEntityTooLarge as error:
        return Refusal(status=413, message=str(error.text))
    except (zlib.error, EOFError, OSError, web.RequestPayloadError) as error:
        return Refusal(status=400, message=f"The body is not valid gzip: {error}")
    return data


def _time(request: web.BaseRequest, name: str) -> float | None:
    """Return a header's epoch seconds. Raises `ValueError` for what is no finite number."""
    value = request.headers.get(name)
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds) or seconds > LATEST:
        raise ValueError(f"{name} must be epoch seconds, got {value!r}")
    return seconds


def _takes_gzip(request: web.BaseRequest) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")


def _json(status: int, body: object) -> web.Response:
    return web.Response(status=status, body=msgspec.json.encode(body), content_type="application/json")


async def _cut(request: web.BaseRequest, reply: Reply, data: bytes) -> web.StreamResponse:
    """Send the part of an answer that still arrives, then drop the connection."""
    response = web.StreamResponse(status=reply.status, headers=reply.headers)
    if data:
        await response.prepare(request)
        await response.write(data)
        # Let the transport hand the bytes over before it is closed under the client.
        await asyncio.sleep(0)
    if request.transport is not None:
        request.transport.close() if data else request.transport.abort()
    # aiohttp must not finish the answer in our stead.
    raise asyncio.CancelledError
