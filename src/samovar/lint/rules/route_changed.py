"""A list of upstreams switches the router's affinity off.

What it does
------------
Reports an OpenRouter request that names more than one provider in `provider.order`, or allows fallbacks
behind a single one.

Why it costs
------------
OpenRouter keeps a conversation on one upstream so that its cache is read; with an order of the caller's own
it does not. Each upstream has a cache of its own, and another one starts from nothing.

Example
-------
    {"session_id": "s-1", "provider": {"order": ["amazon-bedrock", "google-vertex"], "allow_fallbacks": true}}

Use instead
-----------
Leave `order` out and send `session_id`; or name one provider with `allow_fallbacks: false`.

Fix safety
----------
Unsafe: an order may be there for reasons of contract or region.

Sources
-------
Facts openrouter.sticky, openrouter.session-id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samovar.lint.finding import Found, Severity
from samovar.lint.rule import Case, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.request import Request
    from samovar.lint.settings import Settings


def _request(request: Request, _: Settings) -> Iterator[Found]:
    options = request.body.get("provider")
    if request.provider != "openrouter" or not isinstance(options, dict):
        return
    order = options.get("order")
    if not isinstance(order, list) or not order:
        return
    if len(order) > 1 or options.get("allow_fallbacks") is not False:
        yield Found(
            path="provider.order",
            level="transport",
            message="an order of providers switches session affinity off: another upstream reads nothing",
        )


_BODY: Final = {"model": "anthropic/claude-sonnet-4.6", "messages": [{"role": "user", "content": "Hello."}]}
_AT: Final = "/api/v1/chat/completions"

RULE = Rule(
    code="PA002",
    name="route-changed",
    doc=__doc__ or "",
    severity=Severity.MEDIUM,
    request=_request,
    valid=(
        Case(body={**_BODY, "session_id": "s-1"}, provider="openrouter", endpoint=_AT),
        Case(
            body={**_BODY, "provider": {"order": ["anthropic"], "allow_fallbacks": False}},
            provider="openrouter",
            endpoint=_AT,
        ),
    ),
    invalid=(
        Case(
            body={**_BODY, "provider": {"order": ["amazon-bedrock", "google-vertex"]}},
            provider="openrouter",
            endpoint=_AT,
            path="provider.order",
        ),
    ),
)
