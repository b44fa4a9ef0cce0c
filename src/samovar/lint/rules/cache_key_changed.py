"""The provider caches under a key only, and none is sent.

What it does
------------
Reports a request without `prompt_cache_key` to a provider that caches nothing without one, if tools and
system prompt are worth caching.

Why it costs
------------
Every request pays its whole prompt: nothing is written, and nothing is read.

Example
-------
    {"model": "mistral-large-latest", "messages": [...]}

Use instead
-----------
Send a key that requests with one prefix have in common, such as the agent and its version. No secrets: the
key is stored as it is.

Fix safety
----------
Unsafe: whose calls may share a cache is the author's to say.

Sources
-------
Fact mistral.activation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samovar.lint.finding import Found, Severity
from samovar.lint.rule import Case, Rule
from samovar.lint.size import by_bytes
from samovar.providers.facts import facts
from samovar.providers.rules import Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.request import Request
    from samovar.lint.settings import Settings

_WORTH: Final = 1_024
"""Tokens of tools and system prompt from which on a key pays."""


def _request(request: Request, _: Settings) -> Iterator[Found]:
    name = _required(request.facts.provider)
    if not name or request.body.get(name):
        return
    stable = [i for i, block in enumerate(request.blocks) if block.level is not Level.MESSAGES]
    size = by_bytes(request, max(stable)) if stable else 0
    if size >= _WORTH:
        yield Found(
            path=name,
            level="transport",
            message=(
                f"no {name}: {request.facts.provider} caches nothing without one, some {size:,} tokens a call"
            ),
            lost=size,
        )


def _required(provider: str) -> str:
    """Return the parameter without which a provider caches nothing; "" where there is none."""
    told = next((each for each in facts().facts("rule", provider) if each.id.endswith(".activation")), None)
    return str(told.value["required"]) if told is not None and isinstance(told.value, dict) else ""


def _body(**more: str) -> dict[str, object]:
    system = {"role": "system", "content": "Use the ledger for sums, and never the memory of a sum. " * 100}
    turn = {"role": "user", "content": "Hello."}
    return {"model": "mistral-large-latest", "messages": [system, turn], **more}


_AT: Final = "/v1/chat/completions"
RULE = Rule(
    code="KY004",
    name="cache-key-changed",
    doc=__doc__ or "",
    severity=Severity.HIGH,
    logged=False,
    request=_request,
    valid=(
        Case(body=_body(prompt_cache_key="ledger-v2"), provider="mistral", endpoint=_AT),
        Case(body={**_body(), "model": "gpt-5.2"}, provider="openai", endpoint=_AT),
    ),
    invalid=(Case(body=_body(), provider="mistral", endpoint=_AT, path="prompt_cache_key"),),
)
