"""The set of tools, or one tool's definition, changes between requests of one kind.

What it does
------------
In a log: two neighbouring requests of one kind whose tools differ other than in order and spelling. Tools
that are only appended at the end are reported as well: they stand in front of the system prompt. A change
that comes with a new `labels.app_version` is a deploy and is left alone.

Why it costs
------------
Tools are rendered first, so that a changed one costs the whole prompt.

Example
-------
    call 1: [read, write] · call 2: [read, write, deploy]

Use instead
-----------
Define all tools of an agent from the start; defer loading where the provider has it.

Fix safety
----------
No fix: which tools there are is the author's to say.

Sources
-------
Facts anthropic.key.content, anthropic.key.deferred-tools.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from samovar.lint.finding import Found, Severity
from samovar.lint.log import deployed
from samovar.lint.rule import Case, Rule
from samovar.lint.rules.unsorted_tools import tools_of
from samovar.providers.rules import Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.log import Log
    from samovar.lint.request import Request
    from samovar.lint.settings import Settings


def _log(log: Log, _: Settings) -> Iterator[Found]:
    for group in log.kinds:
        for earlier, later in itertools.pairwise(group):
            one, other = tools_of(earlier), tools_of(later)
            if sorted(one) == sorted(other) or not one or not other or deployed(log, earlier, later):
                continue
            at = next(
                (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
                min(len(one), len(other)),
            )
            base = "toolConfig.tools" if "toolConfig" in later.body else "tools"
            yield Found(
                path=f"{base}[{at}]" if at < len(other) else base,
                level="tools",
                message=_said(earlier, later, at),
                call=later.index,
                trace=(f"calls {earlier.id} and {later.id}",),
            )
            break


def _said(earlier: Request, later: Request, at: int) -> str:
    one, other = ([block for block in call.blocks if block.level is Level.TOOLS] for call in (earlier, later))
    if len(one) == len(other):
        return f"tool {at + 1} of {len(other)} is not the same as in the call before"
    return f"{len(other)} tools where the call before had {len(one)}; they part at tool {at + 1}"


def _call(i: int, *names: str) -> dict[str, object]:
    tools = [{"name": name, "description": name, "input_schema": {"type": "object"}} for name in names]
    body = {"model": "claude-sonnet-4-6", "tools": tools, "messages": [{"role": "user", "content": "Hello."}]}
    return {"id": f"x{i}", "provider": "anthropic", "endpoint": "/v1/messages", "request": body}


RULE = Rule(
    code="TL002",
    name="tools-changed",
    doc=__doc__ or "",
    severity=Severity.HIGH,
    breaks=True,
    log=_log,
    valid=(Case(log=(_call(1, "read", "write"), _call(2, "read", "write"))),),
    invalid=(Case(log=(_call(1, "read", "write"), _call(2, "read", "write", "deploy")), path="tools[2]"),),
)
