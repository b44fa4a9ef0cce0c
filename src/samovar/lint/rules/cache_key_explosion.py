"""Too many cache keys on one prefix, or too many requests on one key.

What it does
------------
In a log: more than 50 distinct keys on one prefix, or more than 15 requests a minute under one prefix and
key. One body cannot show it.

Why it costs
------------
Each key is a cache of its own, so that every key writes the prefix again; and one key above about 15
requests a minute overflows to machines that have not seen the prefix.

Example
-------
    60 conversations, one system prompt, prompt_cache_key = the conversation's id

Use instead
-----------
A key per prefix, split into as many as the traffic needs.

Fix safety
----------
No fix.

Sources
-------
Facts openai.rpm-per-machine, azure-openai.rpm-per-key, openai.key.partition.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from samovar.lint.finding import Found, Severity
from samovar.lint.rule import Case, Rule
from samovar.providers.facts import facts
from samovar.providers.rules import Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.log import Log
    from samovar.lint.request import Request
    from samovar.lint.settings import Settings

KEYS: Final = 50
"""Distinct keys on one prefix: the checklist's threshold, no provider's limit."""
_MINUTE: Final = 60.0
_RATE: Final = "openai.rpm-per-machine"


def _log(log: Log, _: Settings) -> Iterator[Found]:
    keys: dict[object, dict[str, Request]] = defaultdict(dict)
    times: dict[object, list[tuple[float, Request]]] = defaultdict(list)
    for call in log.calls:
        key = call.body.get("prompt_cache_key")
        if not isinstance(key, str):
            continue
        prefix = (call.model, *(block.rendered for block in call.blocks if block.level is not Level.MESSAGES))
        keys[prefix].setdefault(key, call)
        if call.started is not None:
            times[prefix, key].append((call.started, call))
    for found in keys.values():
        if len(found) > KEYS:
            yield _told(
                list(found.values())[KEYS], f"{len(found)} keys on one prefix, each a cache of its own"
            )
    for calls in times.values():
        most = _per_minute(calls[0][1])
        busy = _busiest(calls, most)
        if busy is not None:
            yield _told(busy, f"more than {most} requests in a minute under one prefix and key")


def _per_minute(call: Request) -> int:
    """Return how many requests a minute of one prefix and key stay on one machine."""
    platform = call.facts.platform
    value = facts().fact("azure-openai.rpm-per-key" if platform == "azure-openai" else _RATE).value
    return int(value) if isinstance(value, int | float) else 0


def _busiest(calls: list[tuple[float, Request]], most: int) -> Request | None:
    """Return the first call that is one too many in the minute before it."""
    for i in range(most, len(calls)):
        if calls[i][0] - calls[i - most][0] < _MINUTE:
            return calls[i][1]
    return None


def _told(call: Request, why: str) -> Found:
    return Found(path="prompt_cache_key", level="params", message=why, call=call.index)


def _calls(count: int, step: float, keys: int) -> tuple[dict[str, object], ...]:
    return tuple(
        {
            "id": f"x{i}",
            "provider": "openai",
            "endpoint": "/v1/chat/completions",
            "started_at": f"2026-03-06T{int(i * step // 3600):02}:{int(i * step // 60) % 60:02}"
            f":{int(i * step) % 60:02}Z",
            "request": {
                "model": "gpt-5.6",
                "prompt_cache_key": f"k{i % keys}",
                "messages": [{"role": "user", "content": f"Hello {i}."}],
            },
        }
        for i in range(count)
    )


RULE = Rule(
    code="KY002",
    name="cache-key-explosion",
    doc=__doc__ or "",
    severity=Severity.MEDIUM,
    log=_log,
    valid=(Case(log=_calls(40, 60.0, 2)),),
    invalid=(
        Case(log=_calls(60, 120.0, 60), path="prompt_cache_key"),
        Case(log=_calls(20, 1.0, 1), path="prompt_cache_key"),
    ),
)
