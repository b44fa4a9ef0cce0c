"""The cache key is a new one with each request.

What it does
------------
Finds a `prompt_cache_key` that names a request, or ends in the time of day, or repeats an id that the same
body gives to the single turn. In a log: one conversation under several keys. A key per conversation is
left alone.

Why it costs
------------
Requests under different keys are routed apart, and from gpt-5.6 on share nothing at all: each writes, none
reads.

Example
-------
    {"prompt_cache_key": "req-7f3c9a52-1767261234"}

Use instead
-----------
A key that requests with one prefix have in common: the agent and its version, or the conversation.

Fix safety
----------
Unsafe: another key starts from nothing once.

Sources
-------
Facts openai.key.partition, openai.key.routing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.lint.finding import Confidence, Found, Severity
from samovar.lint.locate import strings
from samovar.lint.rule import Case, Rule
from samovar.lint.size import estimate
from samovar.lint.text.once import ONCE
from samovar.providers.rules import Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.log import Log
    from samovar.lint.request import Request
    from samovar.lint.settings import Settings

_TURN: Final = re.compile(r"(?:request|turn|message|trace|span|call|invocation)_?id$", re.IGNORECASE)


def _request(request: Request, _: Settings) -> Iterator[Found]:
    key = request.body.get("prompt_cache_key")
    if not isinstance(key, str) or not key:
        return
    same = [path for path, value in strings(_beside(request), "") if value == key and _TURN.search(path)]
    if ONCE.search(key) or (same and not _shared(request, key)):
        yield Found(
            path="prompt_cache_key",
            level="params",
            message="this key names one request, so that no other request can read what it writes",
            confidence=Confidence.CERTAIN if same else Confidence.LIKELY,
            lost=_stable(request),
        )


def _stable(request: Request) -> int:
    """Return the tokens of tools and system prompt, which another request could read."""
    stable = [i for i, block in enumerate(request.blocks) if block.level is not Level.MESSAGES]
    size = estimate(request, max(stable, default=-1))
    return size if size >= request.rules.floor.lo else 0


def _beside(request: Request) -> dict[str, object]:
    names = ("metadata", "client_metadata", "extra_body", "user")
    return {name: request.body[name] for name in names if name in request.body}


def _shared(request: Request, key: str) -> bool:
    """Whether the body also calls the key a session or a thread, which lasts."""
    return any(
        value == key and re.search(r"(?:session|thread|conversation)", path, re.IGNORECASE)
        for path, value in strings(_beside(request), "")
    )


def _log(log: Log, _: Settings) -> Iterator[Found]:
    told: set[str] = set()
    for earlier, later in log.turns:
        one, other = earlier.body.get("prompt_cache_key"), later.body.get("prompt_cache_key")
        if (
            isinstance(one, str)
            and isinstance(other, str)
            and one != other
            and str(later.session) not in told
        ):
            told.add(str(later.session))
            yield Found(
                path="prompt_cache_key",
                level="params",
                message="one conversation under two keys: what the first wrote the second cannot read",
                call=later.index,
                trace=(f"calls {earlier.id} and {later.id}",),
            )


def _body(key: str) -> dict[str, object]:
    return {"model": "gpt-5.6", "prompt_cache_key": key, "messages": [{"role": "user", "content": "Hello."}]}


RULE = Rule(
    code="KY001",
    name="cache-key-per-request",
    doc=__doc__ or "",
    severity=Severity.HIGH,
    request=_request,
    log=_log,
    valid=(
        Case(body=_body("support-agent-v12"), provider="openai"),
        Case(body=_body("7f3c9a52-61d4-4e0b-a1c7-93d80f2b6e15"), provider="openai"),
    ),
    invalid=(Case(body=_body("req-7f3c9a52-1767261234"), provider="openai", path="prompt_cache_key"),),
)
