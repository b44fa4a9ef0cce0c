"""For the `anthropic` SDK's own seam, where its HTTP client is somebody else's: `Anthropic(middleware=[…])`.

It runs once per attempt, inside the SDK's retries. The SDK has not made bytes of the request yet, so the
bytes that are analysed are made here, as the SDK will make them; what is sent stays the SDK's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import httpx2
import msgspec

from samovar.transport.loops import LoopTransport
from samovar.transport.office import Office
from samovar.transport.threads import ThreadTransport

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from samovar.policy import Policy
    from samovar.transport.office import Mode

HOST: Final = "https://api.anthropic.com"


class SamovarMiddleware:
    """What the SDK calls. Any: its types are its own, and samovar does not import it."""

    def __init__(self, office: Office) -> None:
        self.office = office

    def handle(self, request: Any, call_next: Callable[[Any], Any]) -> Any:  # noqa: ANN401  # see the class
        """Make one attempt of a synchronous client."""
        kept: list[Any] = []

        class Inner(httpx2.BaseTransport):
            def handle_request(self, _: httpx2.Request) -> httpx2.Response:
                kept.append(call_next(request))
                answer: httpx2.Response = kept[0].http_response
                return answer

        ThreadTransport(Inner(), self.office).handle_request(_mirrored(request))
        return kept[0]

    async def handle_async(
        self,
        request: Any,  # noqa: ANN401  # see the class
        call_next: Callable[[Any], Awaitable[Any]],
    ) -> Any:  # noqa: ANN401  # see the class
        """Make one attempt of an asynchronous client."""
        kept: list[Any] = []

        class Inner(httpx2.AsyncBaseTransport):
            async def handle_async_request(self, _: httpx2.Request) -> httpx2.Response:
                kept.append(await call_next(request))
                answer: httpx2.Response = kept[0].http_response
                return answer

        await LoopTransport(Inner(), self.office).handle_async_request(_mirrored(request))
        return kept[0]


def _mirrored(request: Any) -> httpx2.Request:  # noqa: ANN401  # see the class
    """Return the SDK's request as an HTTP request that is only looked at."""
    url = str(request.url)
    where = url if urlsplit(url).scheme else HOST + url
    return httpx2.Request(request.method, where, content=msgspec.json.encode(request.json))


def middleware(
    mode: Mode = "observe",
    *,
    redis: str | None = None,
    policy: Policy | None = None,
    office: Office | None = None,
) -> list[Any]:
    """Return what `Anthropic(middleware=…)` and `AsyncAnthropic(middleware=…)` take; see `client`.

    Any: the SDK's own types.
    """
    from anthropic import Middleware  # noqa: PLC0415  # whoever has this SDK calls this

    desk = office or Office(mode, redis=redis, policy=policy)
    return [type("Samovar", (SamovarMiddleware, Middleware), {})(desk)]
