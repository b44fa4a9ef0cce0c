"""Nobody could tell whether the cache works.

What it does
------------
In a log: several answered calls and not one usage record, or usage without any cache field from a provider
that reports them. What one body alone can tell is `accounting`.

Why it costs
------------
A cache that breaks does not fail, it bills. Without the counters the first sign is the invoice.

Example
-------
    four answers with input_tokens, and none with cache_read_input_tokens

Use instead
-----------
Record the cache fields of every answer.

Fix safety
----------
No fix: what is recorded is not in the request.

Sources
-------
Facts anthropic.usage, vllm.usage, sglang.usage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samovar.lint.finding import Found, Severity
from samovar.lint.rule import Case, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.log import Log
    from samovar.lint.settings import Settings

_FEW: Final = 3
"""Answered calls from which on missing usage is no accident."""


def _log(log: Log, _: Settings) -> Iterator[Found]:
    answered = [seen for seen in log.seen if seen.status is not None and seen.answered and seen.response]
    if len(answered) < _FEW:
        return
    if all(seen.usage.stated_input is None and seen.usage.uncached_input is None for seen in answered):
        yield Found(level="accounting", message=f"{len(answered)} answers, and not one says what it used")
    elif all(call.facts.known != "guess" for call in log.calls) and all(
        seen.usage.cache_read is None and not seen.usage.cache_write for seen in answered
    ):
        yield Found(
            level="accounting", message=f"{len(answered)} answers whose cache fields were not recorded"
        )


def _call(i: int, usage: dict[str, int]) -> dict[str, object]:
    body = {"model": "claude-sonnet-4-6", "messages": [{"role": "user", "content": f"Hello {i}."}]}
    return {
        "id": f"x{i}",
        "provider": "anthropic",
        "endpoint": "/v1/messages",
        "request": body,
        "status": 200,
        "response": {"id": f"m{i}", "model": "claude-sonnet-4-6", "usage": usage},
    }


RULE = Rule(
    code="MN002",
    name="unmonitored",
    doc=__doc__ or "",
    severity=Severity.HIGH,
    log=_log,
    valid=(Case(log=tuple(_call(i, {"input_tokens": 9, "cache_read_input_tokens": 0}) for i in range(4))),),
    invalid=(Case(log=tuple(_call(i, {"input_tokens": 9}) for i in range(4)), path=""),),
)
