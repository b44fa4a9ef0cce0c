"""More cache markers than the provider takes.

What it does
------------
Counts the markers of a request to a provider that needs them, the automatic one included, also where a
gateway takes them on whole messages. The path is that of the smallest part that holds them all.

Why it costs
------------
The provider refuses the request with 400; some gateways drop markers instead, and which ones is theirs to
choose.

Example
-------
    messages[0].content: 29 text blocks, each with cache_control

Use instead
-----------
Mark the ends of what stays: tools, system prompt, the history so far. Four are enough for any prompt.

Fix safety
----------
No fix: which markers matter is the author's to say.

Sources
-------
Facts anthropic.markers, anthropic.automatic.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from samovar.lint.finding import Found, Severity
from samovar.lint.locate import steps
from samovar.lint.marks import common_path, marks
from samovar.lint.rule import Case, Rule
from samovar.providers.rules import MarkerRules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.request import Request
    from samovar.lint.settings import Settings


def _request(request: Request, _: Settings) -> Iterator[Found]:
    rules = request.rules
    if not isinstance(rules, MarkerRules):
        return
    found = list(marks(request.body))
    automatic = [mark for mark in found if not mark.holder]
    explicit = [mark for mark in found if mark.holder and isinstance(mark.value, dict)]
    last_marked = bool(request.blocks) and request.blocks[-1].marker is not None
    total = len(explicit) + (1 if automatic and not last_marked else 0)
    if total <= rules.max_markers:
        return
    if len(explicit) <= rules.max_markers:
        yield Found(
            path="cache_control",
            level="params",
            message=(
                f"{len(explicit)} markers and the automatic one, and the provider takes {rules.max_markers}: "
                f"the request is refused"
            ),
        )
        return
    tops = Counter(steps(mark.holder)[0] for mark in explicit)
    most = max(reversed(tops), key=lambda top: tops[top])
    holders = [mark.holder for mark in explicit if steps(mark.holder)[0] == most]
    path = common_path(holders if len(set(holders)) > 1 else [f"{each}[]" for each in holders])
    yield Found(
        path=path,
        level=path.split("[")[0].split(".")[0].replace("toolConfig", "tools"),
        message=f"{total} markers, and the provider takes {rules.max_markers}: the request is refused",
    )


def _marked(count: int, **more: object) -> dict[str, object]:
    part = {"type": "text", "text": "Rule.", "cache_control": {"type": "ephemeral"}}
    return {"model": "claude-sonnet-4-5", "messages": [{"role": "user", "content": [part] * count}], **more}


RULE = Rule(
    code="MK001",
    name="marker-limit",
    doc=__doc__ or "",
    severity=Severity.CRITICAL,
    request=_request,
    valid=(Case(body=_marked(4)), Case(body=_marked(4, cache_control={"type": "ephemeral"}))),
    invalid=(
        Case(body=_marked(5), path="messages[0].content"),
        Case(
            body={
                "model": "anthropic/claude-sonnet-4.6",
                "messages": [{"role": "user", "content": "x", "cache_control": {"type": "ephemeral"}}] * 5,
            },
            provider="openrouter",
            endpoint="/api/v1/chat/completions",
            path="messages",
        ),
    ),
)
