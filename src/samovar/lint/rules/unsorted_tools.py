"""The same tools in another order.

What it does
------------
In a log: two requests of one kind that define the same tools, byte for byte, in different orders. One body
cannot show it: any order is a good one if it stays.

Why it costs
------------
Tools are rendered first. Another order is another prefix, and system prompt and history behind it are lost
as well.

Example
-------
    call 1: [search, read, write] · call 2: [read, write, search]

Use instead
-----------
Sort tools by name before sending; append new ones at the end.

Fix safety
----------
Unsafe: the order of tools is part of the rendered prompt.

Sources
-------
Fact anthropic.key.content.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Final

from samovar.lint.finding import Confidence, Found, Severity
from samovar.lint.locate import resolve
from samovar.lint.rule import Case, Rule
from samovar.providers.rules import Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.log import Log
    from samovar.lint.request import Request
    from samovar.lint.settings import Settings


def tools_of(request: Request) -> tuple[bytes, ...]:
    """Return the canonical digests of a request's tools, in order."""
    return tuple(block.canonical for block in request.blocks if block.level is Level.TOOLS)


def _log(log: Log, _: Settings) -> Iterator[Found]:
    for group in log.kinds:
        for earlier, later in itertools.pairwise(group):
            one, other = tools_of(earlier), tools_of(later)
            if one != other and sorted(one) == sorted(other):
                path = "toolConfig.tools" if "toolConfig" in later.body else "tools"
                yield Found(
                    path=path,
                    level="tools",
                    message="the same tools in another order than in the call before",
                    call=later.index,
                    trace=(f"calls {earlier.id} and {later.id}",),
                )
                break


def _request(request: Request, _: Settings) -> Iterator[Found]:
    """Report tools of several servers that stand mixed: they came in the order of the answers."""
    servers = [found[1] for name in _names(request) if (found := _SERVER.match(name))]
    runs = [server for server, _ in itertools.groupby(servers)]
    if len(set(servers)) >= _SEVERAL and len(runs) >= len(set(servers)) + _SEVERAL:
        yield Found(
            path="toolConfig.tools" if "toolConfig" in request.body else "tools",
            level="tools",
            message=f"tools of {len(set(servers))} servers stand mixed, in the order in which they came",
            confidence=Confidence.LIKELY,
        )


def _names(request: Request) -> Iterator[str]:
    for position, block in enumerate(request.blocks):
        if block.level is Level.TOOLS:
            value = resolve(request.body, request.path(position))
            held = value
            for member in ("function", "toolSpec"):
                if isinstance(value, dict) and isinstance(value.get(member), dict):
                    held = value[member]
            if isinstance(held, dict):
                yield str(held.get("name", ""))


_SERVER: Final = re.compile(r"(?:mcp__)?([a-z0-9-]+)(?:__|\.)\w")
_SEVERAL: Final = 3
"""As many servers, and as many returns to one that was there before, are no order that somebody chose."""


def _call(i: int, *names: str) -> dict[str, object]:
    tools = [{"name": name, "description": name, "input_schema": {"type": "object"}} for name in names]
    body = {"model": "claude-sonnet-4-6", "tools": tools, "messages": [{"role": "user", "content": "Hello."}]}
    return {"id": f"x{i}", "provider": "anthropic", "endpoint": "/v1/messages", "request": body}


def _body(*names: str) -> dict[str, object]:
    body = _call(0, *names)["request"]
    return body if isinstance(body, dict) else {}


RULE = Rule(
    code="TL001",
    name="unsorted-tools",
    doc=__doc__ or "",
    severity=Severity.HIGH,
    breaks=True,
    request=_request,
    logged=False,
    log=_log,
    valid=(
        Case(log=(_call(1, "search", "read"), _call(2, "search", "read"))),
        Case(body=_body("mcp__a__x", "mcp__a__y", "mcp__b__x", "mcp__c__x", "read")),
    ),
    invalid=(
        Case(body=_body(*(f"mcp__{server}__{name}" for name in "xyz" for server in "bac")), path="tools"),
        Case(log=(_call(1, "search", "read"), _call(2, "read", "search")), path="tools"),
    ),
)
