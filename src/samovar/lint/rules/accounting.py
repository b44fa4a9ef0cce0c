"""A stream comes without its numbers.

What it does
------------
Finds a Chat Completions stream that does not ask for usage. Sent to OpenAI's own endpoint or to Azure's this
is likely a mistake; elsewhere it is a guess, since gateways and engines may report usage unasked.

Why it costs
------------
Without the last chunk nobody counts what was read from the cache: a prefix that breaks looks like one that
holds until the invoice comes.

Example
-------
    {"stream": true} without stream_options.include_usage

Use instead
-----------
    {"stream": true, "stream_options": {"include_usage": true}}

Fix safety
----------
No fix: a stream with usage ends with one more chunk, which old clients may not expect.

Sources
-------
Fact openai.usage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.lint.finding import Confidence, Found, Severity
from samovar.lint.rule import Case, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.request import Request
    from samovar.lint.settings import Settings


def _request(request: Request, _: Settings) -> Iterator[Found]:
    options = request.body.get("stream_options")
    asked = isinstance(options, dict) and options.get("include_usage")
    if request.dialect == "OpenAI Chat Completions" and request.body.get("stream") is True and not asked:
        provider, platform = request.maker
        yield Found(
            path="stream_options",
            level="accounting",
            message="a stream that reports no usage: hits and misses look alike",
            confidence=Confidence.LIKELY
            if provider == "openai" and platform in {None, "azure-openai"}
            else Confidence.GUESS,
        )


def _body(**more: object) -> dict[str, object]:
    return {"model": "gpt-5.4", "messages": [{"role": "user", "content": "Hello."}], **more}


RULE = Rule(
    code="MN003",
    name="accounting",
    doc=__doc__ or "",
    severity=Severity.MEDIUM,
    request=_request,
    valid=(
        Case(body=_body()),
        Case(body=_body(stream=True, stream_options={"include_usage": True})),
        Case(body=_body(stream=True), provider="groq"),
    ),
    invalid=(Case(body=_body(stream=True), provider="openai", path="stream_options"),),
)
