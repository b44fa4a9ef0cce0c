"""A request that the provider refuses for how it uses the cache.

What it does
------------
Finds explicit caches created without contents, requests that repeat what their stored cache already holds,
pre-warming that cannot be, and a top-level marker that contradicts the last block's own.

Why it costs
------------
The answer is 400, and nothing is cached.

Example
-------
    POST …/cachedContents {"systemInstruction": …, "contents": []}

Use instead
-----------
What the message says: at least one content; tools and system prompt in the cache and not beside it;
pre-warm without streaming, thinking and forced tools.

Fix safety
----------
No fix.

Sources
-------
Facts gemini.explicit, gemini.explicit.exclusive, anthropic.prewarm.refused, anthropic.automatic.refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samovar.lint.finding import Confidence, Found, Severity
from samovar.lint.rule import Case, Rule
from samovar.providers.wire import FORCED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.request import Request
    from samovar.lint.settings import Settings

_HELD: Final = ("systemInstruction", "system_instruction", "tools", "toolConfig", "tool_config")


def _request(request: Request, _: Settings) -> Iterator[Found]:
    yield from _stored(request)
    yield from _prewarm(request)
    call = request.call
    if call is not None and call.automatic is not None and call.blocks and request.needs_markers:
        last = call.blocks[-1].marker
        default = request.rules.default_ttl
        if last is not None and (last or default) != (call.automatic or default):
            yield _refused(
                "cache_control", "a top-level marker of another lifetime than the last block's own"
            )


def _stored(request: Request) -> Iterator[Found]:
    body = request.body
    where = request.endpoint.split("?")[0].rstrip("/")
    gemini = request.dialect == "Gemini generateContent"
    if where.endswith("/cachedContents") or (gemini and not where and {"ttl", "expireTime"} & body.keys()):
        if not body.get("contents"):
            path = "contents" if "contents" in body else "systemInstruction"
            sure = Confidence.CERTAIN if "contents" in body else Confidence.LIKELY
            yield _refused(path, "an explicit cache needs at least one content", sure)
    elif body.get("cachedContent") or body.get("cached_content"):
        for name in _HELD:
            if body.get(name):
                yield _refused(name, f"{name} belongs into the stored cache, and is refused beside it")


def _prewarm(request: Request) -> Iterator[Found]:
    body = request.body
    if request.dialect != "Anthropic Messages" or body.get("max_tokens") != 0:
        return
    thinking, choice = body.get("thinking"), body.get("tool_choice")
    output = body.get("output_config")
    if body.get("stream"):
        yield _refused("stream", "pre-warming cannot stream")
    if isinstance(thinking, dict) and thinking.get("type") == "enabled":
        yield _refused("thinking", "pre-warming cannot think")
    if isinstance(choice, dict) and choice.get("type") in FORCED:
        yield _refused("tool_choice", "pre-warming cannot force a tool")
    if isinstance(output, dict) and output.get("format"):
        yield _refused("output_config.format", "pre-warming has no output to format")


def _refused(path: str, why: str, confidence: Confidence = Confidence.CERTAIN) -> Found:
    return Found(path=path, level="params", message=f"{why}: the request is refused", confidence=confidence)


_HELLO: Final = [{"role": "user", "parts": [{"text": "Hello."}]}]
_AT: Final = "/v1beta1/projects/p/locations/europe-west1/cachedContents"
_WARM: Final = {
    "model": "claude-sonnet-4-6",
    "max_tokens": 0,
    "messages": [{"role": "user", "content": "Hello."}],
}

RULE = Rule(
    code="PA003",
    name="rejected",
    doc=__doc__ or "",
    severity=Severity.CRITICAL,
    request=_request,
    valid=(
        Case(
            body={"model": "gemini-2.5-pro", "contents": _HELLO, "ttl": "3600s"},
            provider="gemini",
            endpoint=_AT,
        ),
        Case(body=_WARM),
    ),
    invalid=(
        Case(
            body={"model": "gemini-2.5-pro", "contents": []}, provider="gemini", endpoint=_AT, path="contents"
        ),
        Case(
            body={"contents": _HELLO, "cachedContent": "c/1", "tools": [{}]},
            provider="gemini",
            endpoint="/models/g:generateContent",
            path="tools",
        ),
        Case(body={**_WARM, "stream": True}, path="stream"),
    ),
)
