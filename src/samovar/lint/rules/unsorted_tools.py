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
from typing import TYPE_CHECKING

from samovar.lint.finding import Found, Severity
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


def _call(i: int, *names: str) -> dict[str, object]:
    tools = [{"name": name, "description": name, "input_schema": {"type": "object"}} for name in names]
    body = {"model": "claude-sonnet-4-6", "tools": tools, "messages": [{"role": "user", "content": "Hello."}]}
    return {"id": f"x{i}", "provider": "anthropic", "endpoint": "/v1/messages", "request": body}


RULE = Rule(
    code="TL001",
    name="unsorted-tools",
    doc=__doc__ or "",
    severity=Severity.HIGH,
    breaks=True,
    log=_log,
    valid=(Case(log=(_call(1, "search", "read"), _call(2, "search", "read"))),),
    invalid=(Case(log=(_call(1, "search", "read"), _call(2, "read", "search")), path="tools"),),
)
