"""A marker of one hour stands behind a marker of five minutes.

What it does
------------
Reads the markers in render order: tools, system, messages, whatever the order in the JSON and reports
the first one whose lifetime is longer than that of a marker before it.

Why it costs
------------
The provider refuses the request with 400.

Example
-------
    system[0]: ttl 5m · messages[0].content[0]: ttl 1h

Use instead
-----------
Give the longer lifetime to what stands first, or the same to all.

Fix safety
----------
No fix: which of the two lifetimes was meant is the author's to say.

Sources
-------
Facts anthropic.ttl-order, anthropic.default-ttl, anthropic.automatic.refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.lint.finding import Found, Severity
from samovar.lint.locate import resolve
from samovar.lint.rule import Case, Rule
from samovar.providers.rules import MarkerRules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.request import Request
    from samovar.lint.settings import Settings


def _request(request: Request, _: Settings) -> Iterator[Found]:
    rules = request.rules
    if not isinstance(rules, MarkerRules) or request.call is None:
        return
    must = {tier.name: tier.must for tier in rules.lifetimes}
    shortest: tuple[float, str] | None = None
    for at in request.markers:
        block = request.blocks[at]
        automatic = block.marker is None
        ttl = (request.call.automatic if automatic else block.marker) or rules.default_ttl
        if ttl not in must:
            continue
        path = request.marker_path(at)
        if shortest is not None and must[ttl] > shortest[0]:
            yield Found(
                path=_told_at(request, path),
                level=block.level.name.lower(),
                message=f"a marker of {ttl} behind a shorter one at {shortest[1]}: the request is refused",
            )
            return
        if shortest is None or must[ttl] < shortest[0]:
            shortest = (must[ttl], path)


def _told_at(request: Request, path: str) -> str:
    """Return where the lifetime of a marker stands; the marked place where it is not said."""
    holder = resolve(request.body, path)
    for name in ("cachePoint", "cache_control"):
        marker = holder.get(name) if isinstance(holder, dict) else None
        if isinstance(marker, dict) and "ttl" in marker:
            return f"{path}.{name}.ttl"
    return f"{path}.ttl" if isinstance(holder, dict) and "ttl" in holder else path


def _body(first: str, second: str) -> dict[str, object]:
    def part(ttl: str) -> dict[str, object]:
        return {"type": "text", "text": "Rule.", "cache_control": {"type": "ephemeral", "ttl": ttl}}

    return {
        "model": "claude-sonnet-4-6",
        "messages": [{"role": "user", "content": [part(second)]}],
        "system": [part(first)],
    }


RULE = Rule(
    code="MK003",
    name="ttl-order",
    doc=__doc__ or "",
    severity=Severity.CRITICAL,
    request=_request,
    valid=(Case(body=_body("1h", "5m")), Case(body=_body("5m", "5m"))),
    invalid=(Case(body=_body("5m", "1h"), path="messages[0].content[0].cache_control.ttl"),),
)
