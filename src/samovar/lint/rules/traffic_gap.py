"""A prefix comes back after its entry has expired.

What it does
------------
In a log: two calls with one prefix and a pause between them that is longer than the longest lifetime that
the first one asked for, and that the longest on sale would have bridged; longer pauses when they come again.

Why it costs
------------
The entry is gone, and the whole prefix is written again. Steady gaps of a known length are what the longer
lifetime and keep-alive pings are for.

Example
-------
    10:00 write (5m) · 10:12 the same prefix, written again

Use instead
-----------
The one-hour lifetime, or a ping before the end of the short one, whichever is cheaper.

Fix safety
----------
No fix: it depends on the traffic.

Sources
-------
Facts anthropic.ttl.5m, anthropic.ttl.1h, anthropic.clock.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from samovar.lint.finding import Confidence, Found, Severity
from samovar.lint.rule import Case, Rule
from samovar.providers.rules import Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.log import Log
    from samovar.lint.request import Request
    from samovar.lint.settings import Settings


def _log(log: Log, _: Settings) -> Iterator[Found]:
    last: dict[object, Request] = {}
    told: set[object] = set()
    gaps: Counter[object] = Counter()
    for call in log.calls:
        prefix = tuple(block.rendered for block in call.blocks if block.level is not Level.MESSAGES)
        key = (call.provider, call.model, prefix)
        if call.started is None or not prefix or not call.needs_markers or not call.markers:
            continue
        before = last.get(key)
        last[key] = call
        if before is None or before.started is None or key in told:
            continue
        lives = max(_may(before, at) for at in before.markers)
        gap = call.started - before.started
        if gap <= lives:
            continue
        gaps[key] += 1
        if gap <= max(tier.may for tier in call.rules.lifetimes) or gaps[key] > 1:
            told.add(key)
            yield Found(
                path=call.path(call.markers[0]),
                level="time",
                message=(f"{gap:,.0f} s since the same prefix, which lives {lives:,.0f} s"),
                confidence=Confidence.CERTAIN,
                call=call.index,
                trace=(f"calls {before.id} and {call.id}",),
            )


def _may(call: Request, at: int) -> float:
    asked = call.blocks[at].marker or call.rules.default_ttl
    return next((tier.may for tier in call.rules.lifetimes if tier.name == asked), 0.0)


def _call(i: int, at: str) -> dict[str, object]:
    block = {"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}
    body = {
        "model": "claude-sonnet-4-6",
        "system": [block],
        "messages": [{"role": "user", "content": f"Hello {i}."}],
    }
    return {
        "id": f"x{i}",
        "provider": "anthropic",
        "endpoint": "/v1/messages",
        "started_at": at,
        "request": body,
    }


_FIRST: Final = _call(1, "2026-03-06T10:00:00Z")

RULE = Rule(
    code="MN001",
    name="traffic-gap",
    doc=__doc__ or "",
    severity=Severity.MEDIUM,
    log=_log,
    valid=(Case(log=(_FIRST, _call(2, "2026-03-06T10:03:00Z"))),),
    invalid=(Case(log=(_FIRST, _call(2, "2026-03-06T10:12:00Z")), path="system[0]"),),
)
