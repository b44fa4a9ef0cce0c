"""A tool result that its freshness contract calls out of date is still served from the cache.

What it does
------------
With `[lint.freshness]` in samovar.toml (tool name → seconds): reports results of such tools inside the
cached part of the conversation that are older than promised: in a log by the time of the call that first
held them, in one body by a time that the result states itself. Without a contract nothing is reported.

Why it costs
------------
A cached prefix is served as it was. The model answers from a stock level or a price that is no longer true,
and a higher hit rate makes it more likely.

Example
-------
    freshness.get_stock = 300 · the result of 10:02 is still in the prefix at 10:40

Use instead
-----------
Call the tool again and append the new result; drop the old one when the history is next compacted; keep such
results below the last marker, and do not keep their prefix warm.

Fix safety
----------
No fix.

Sources
-------
Fact anthropic.key.content: entries are found by content, whatever became of the world.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final

from samovar.call.tools import results
from samovar.lint.finding import Confidence, Found, Severity
from samovar.lint.rule import Case, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.log import Log
    from samovar.lint.request import Request
    from samovar.lint.settings import Settings

_STATED: Final = re.compile(
    r"(?:as[_ ]of|fetched(?:[_ ]at)?|retrieved(?:[_ ]at)?|updated(?:[_ ]at)?|timestamp"
    r"|observed(?:[_ ]at)?)\W{1,4}(\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?)",
    re.IGNORECASE,
)
_HOLDS: Final = re.compile(
    r"(?:valid(?:ity)?(?:[_ ]for)?|expires?[_ ]in|ttl|max[_ -]?age|fresh[_ ]for|stale[_ ]after|good[_ ]for"
    r"|refresh[_ ](?:in|after|every))"
    r"(?:_?(?P<unit>s|sec(?:ond)?s?|m|min(?:ute)?s?|h"
    r"|hours?))?\\?\"?[ \t]?(?:(?P<set>[:=])[ \t]?\\?\"?)?(?P<time>\d+)"
    r"[ \t]?(?P<behind>s|sec(?:ond)?s?|m|min(?:ute)?s?|h|hours?)?\b(?(set)|(?<=[a-z]))",
    re.IGNORECASE,
)
"""A result that says for how long it holds."""
_UNITS: Final = {"s": 1.0, "m": 60.0, "h": 3_600.0}
_HOUR: Final = 3_600.0
_DAY: Final = 86_400.0


_SINCE: Final = re.compile(
    r"(?:quoted|issued|fetched|retrieved|created|observed|generated|updated|as)_?(?:at"
    r"|of)\W{1,6}(\d{4}-\d\d-\d\dT[\d:]{5,8})",
    re.IGNORECASE,
)
_UNTIL: Final = re.compile(
    r"(?:valid_?(?:until|to|till)|expires?_?(?:at|on)?|good_?until)\W{1,6}(\d{4}-\d\d-\d\dT[\d:]{5,8})",
    re.IGNORECASE,
)


def _held(text: str) -> float | None:
    """Return for how many seconds a result says itself that it holds; None where it does not say."""
    if (held := _HOLDS.search(text)) is not None:
        return float(held["time"]) * _UNITS[(held["unit"] or held["behind"] or "s")[:1].lower()]
    since, until = _SINCE.search(text), _UNTIL.search(text)
    if since is None or until is None:
        return None
    try:
        seconds = (dt.datetime.fromisoformat(until[1]) - dt.datetime.fromisoformat(since[1])).total_seconds()
    except ValueError:
        return None
    return seconds if seconds > 0 else None


def _request(request: Request, settings: Settings) -> Iterator[Found]:
    day = request.at or settings.at
    now = (
        request.started
        if request.started is not None
        else (None if day is None else dt.datetime.combine(day, dt.time(), dt.UTC).timestamp())
    )
    for position, tool, _ in results(request.blocks):
        if tool not in settings.freshness and position < min(request.newest, request.end):
            seconds = _held(request.blocks[position].text)
            if seconds is not None and seconds <= _HOUR:
                yield Found(
                    path=request.path(position),
                    level="messages",
                    message=(
                        f"a result of {tool} that says itself it holds for {seconds:,.0f} s is part of"
                        f" the cached prefix"
                    ),
                    confidence=Confidence.LIKELY,
                )
        stated = _STATED.search(request.blocks[position].text)
        if tool not in settings.freshness or stated is None or now is None or position >= request.end:
            continue
        then = dt.datetime.fromisoformat(stated[1]).replace(tzinfo=dt.UTC).timestamp()
        slack = 0.0 if request.started is not None else _DAY
        if now - then > settings.freshness[tool] + slack:
            yield _told(request, position, tool, now - then, Confidence.LIKELY)


def _log(log: Log, settings: Settings) -> Iterator[Found]:
    first: dict[object, float] = {}
    told: set[object] = set()
    for call in log.calls:
        if call.started is None:
            continue
        for position, tool, key in results(call.blocks):
            result = (call.tenant, call.session, key)
            since = first.setdefault(result, call.started)
            if tool not in settings.freshness or result in told or position >= call.end:
                continue
            if call.started - since > settings.freshness[tool]:
                told.add(result)
                yield _told(call, position, tool, call.started - since, Confidence.CERTAIN)


def _told(call: Request, position: int, tool: str, age: float, confidence: Confidence) -> Found:
    why = f"a result of {tool} that is {age:,.0f} s old is still part of the cached prefix"
    return Found(
        path=call.path(position), level="messages", message=why, confidence=confidence, call=call.index
    )


def _call(i: int, at: str) -> dict[str, object]:
    messages = [
        {"role": "user", "content": "In stock?"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "get_stock", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "4"}]},
        {"role": "assistant", "content": "Four."},
        {
            "role": "user",
            "content": [{"type": "text", "text": f"Question {i}", "cache_control": {"type": "ephemeral"}}],
        },
    ]
    body = {"model": "claude-sonnet-4-6", "messages": messages}
    return {
        "id": f"x{i}",
        "provider": "anthropic",
        "endpoint": "/v1/messages",
        "session": "s",
        "started_at": at,
        "request": body,
    }


def _quote(result: str) -> dict[str, object]:
    called = {"type": "tool_use", "id": "t", "name": "quote", "input": {}}
    answered = {"type": "tool_result", "tool_use_id": "t", "content": result}
    asked = {"type": "text", "text": "And now?", "cache_control": {"type": "ephemeral"}}
    turns = (
        ("user", "Rate?"),
        ("assistant", [called]),
        ("user", [answered]),
        ("assistant", "1.08."),
        ("user", [asked]),
    )
    return {
        "model": "claude-sonnet-4-6",
        "messages": [{"role": role, "content": said} for role, said in turns],
    }


_LOG: Final = (_call(1, "2026-03-06T10:02:00Z"), _call(2, "2026-03-06T10:40:00Z"))

RULE = Rule(
    code="FR001",
    name="stale-tool-result",
    doc=__doc__ or "",
    severity=Severity.HIGH,
    request=_request,
    log=_log,
    valid=(
        Case(log=_LOG),
        Case(log=_LOG, settings={"freshness": {"get_stock": 3_600.0}}),
        Case(body=_quote("121  summary: classes with validity\n 122  responses")),
        Case(body=_quote('{"issued_at": "2026-03-06T10:00:00Z", "valid_until": "2027-03-06T10:00:00Z"}')),
    ),
    invalid=(
        Case(log=_LOG, settings={"freshness": {"get_stock": 300.0}}, path="messages[2].content[0]"),
        Case(
            body=_quote('{"quoted_at": "2026-03-06T10:00:00Z", "valid_until": "2026-03-06T10:01:00Z"}'),
            path="messages[2].content[0]",
        ),
    ),
)
