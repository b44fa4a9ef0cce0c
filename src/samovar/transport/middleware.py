"""For the `anthropic` SDK's own seam, where its HTTP client is somebody else's: `Anthropic(middleware=[…])`.

It runs once per attempt, inside the SDK's retries. The SDK has not made bytes of the request yet, so the
bytes that are analysed are made here, as the SDK will make them; what is sent stays the SDK's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import httpx2
import msgspec

from samovar.errors import MissingExtra
from samovar.transport.loops import LoopTransport
from samovar.transport.requests import dialect_of
from samovar.transport.runtime import runtime_of
from samovar.transport.threads import ThreadTransport

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from prometheus_client import CollectorRegistry

    from samovar.metrics import Meter
    from samovar.policy import Policy
    from samovar.transport.runtime import Mode, Runtime

HOST: Final = "https://api.anthropic.com"


class SamovarMiddleware:
    """What the SDK calls. Any: its types are its own, and samovar does not import it."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    def handle(self, request: Any, call_next: Callable[[Any], Any]) -> Any:  # noqa: ANN401  # see the class
        """Make one attempt of a synchronous client."""
        mirrored = self._mirrored(request)
        if mirrored is None:
            return call_next(request)
        sdk = _Sdk(request, call_next)
        try:
            ThreadTransport(_Inner(sdk), self.runtime).handle_request(mirrored)
        except Exception as error:
            # After the SDK has its answer, whatever fails is ours.
            if not sdk.answered:
                raise
            self.runtime.failed("transport", error)
        return sdk.answer

    async def handle_async(
        self,
        request: Any,  # noqa: ANN401  # see the class
        call_next: Callable[[Any], Awaitable[Any]],
    ) -> Any:  # noqa: ANN401  # see the class
        """Make one attempt of an asynchronous client."""
        mirrored = self._mirrored(request)
        if mirrored is None:
            return await call_next(request)
        sdk = _Sdk(request, call_next)
        try:
            await LoopTransport(_AsyncInner(sdk), self.runtime).handle_async_request(mirrored)
        except Exception as error:
            # After the SDK has its answer, whatever fails is ours.
            if not sdk.answered:
                raise
            self.runtime.failed("transport", error)
        return sdk.answer

    def _mirrored(self, request: Any) -> httpx2.Request | None:  # noqa: ANN401  # see the class
        """Return the SDK's request as an HTTP request that is only looked at, None for what is no call.

        None too for what cannot be made bytes of here: the SDK may know how, or will say what is wrong.
        """
        try:
            url = str(request.url)
            where = url if urlsplit(url).scheme else HOST + url
            parts = urlsplit(where)
            if dialect_of(request.method.upper(), parts.path, parts.hostname or "") is None:
                return None
            extra = getattr(request.options, "extra_json", None) or {}
            return httpx2.Request(
                request.method,
                where,
                content=msgspec.json.encode({**request.json, **extra}, enc_hook=_simple),
            )
        except Exception as error:  # noqa: BLE001  # what breaks here must not keep a call from being sent
            self.runtime.failed("analysis", error)
            return None


class _Sdk:
    """The SDK's side of one call: what it asks, and what it was answered last."""

    __slots__ = ("answer", "answered", "call_next", "request")

    def __init__(self, request: Any, call_next: Callable[[Any], Any]) -> None:  # noqa: ANN401  # the SDK's own types
        self.request, self.call_next = request, call_next
        self.answer: Any = None
        self.answered = False
        """Whether the last attempt has an answer, so that no failure after it is the caller's."""


class _Inner(httpx2.BaseTransport):
    """Sends by having the SDK send."""

    def __init__(self, sdk: _Sdk) -> None:
        self._sdk = sdk

    def handle_request(self, _: httpx2.Request) -> httpx2.Response:
        sdk = self._sdk
        sdk.answered = False
        sdk.answer = sdk.call_next(sdk.request)
        sdk.answered = True
        response: httpx2.Response = sdk.answer.http_response
        return response


class _AsyncInner(httpx2.AsyncBaseTransport):
    """The same on an event loop."""

    def __init__(self, sdk: _Sdk) -> None:
        self._sdk = sdk

    async def handle_async_request(self, _: httpx2.Request) -> httpx2.Response:
        sdk = self._sdk
        sdk.answered = False
        sdk.answer = await sdk.call_next(sdk.request)
        sdk.answered = True
        response: httpx2.Response = sdk.answer.http_response
        return response


def _simple(value: object) -> object:
    """Return a template's text as text, a library's number as a number. Raises `TypeError` for all else."""
    for kind in (str, int, float):
        if isinstance(value, kind):
            return kind(value)
    raise TypeError(type(value).__name__)


def middleware(
    mode: Mode = "observe",
    *,
    redis: str | None = None,
    policy: Policy | None = None,
    meter: Meter | None = None,
    registry: CollectorRegistry | None = None,
    runtime: Runtime | None = None,
) -> list[Any]:
    """Return what `Anthropic(middleware=…)` and `AsyncAnthropic(middleware=…)` take; see `client`.

    Any: the SDK's own types. Raises `YoursError` for a mode that does not exist, and `MissingExtra` for an
    SDK that is not there or is too old.
    """
    try:
        from anthropic import Middleware  # noqa: PLC0415  # only who has this SDK calls this
    except ImportError as missing:
        raise MissingExtra(
            "the anthropic SDK is not installed, or is one without middleware.",
            "pip install --upgrade anthropic",
        ) from missing

    runtime = runtime_of(runtime, mode, redis, policy, meter, registry)
    return [type("Samovar", (SamovarMiddleware, Middleware), {})(runtime)]
