"""A cache marker stands on a block that cannot carry one.

What it does
------------
Finds markers on thinking, on empty text, on results of tools that were called from code execution, on
citations, cache points that nothing stands before, that follow reasoning, or that stand among the tools of a
model that takes none there; on OpenAI, breakpoints on tools or instructions.

Why it costs
------------
The provider refuses the request with 400, or drops the marker without a word.

Example
-------
    {"type": "thinking", "thinking": "…", "signature": "…", "cache_control": {"type": "ephemeral"}}

Use instead
-----------
Mark the last text, tool_use or tool_result block before or after it: thinking is cached as part of the
prefix anyway.

Fix safety
----------
Unsafe: removing the marker changes what is cached.

Sources
-------
Facts anthropic.not-markable, anthropic.not-markable.code-execution, bedrock.not-markable,
bedrock.markable-fields, openai.breakpoint.carriers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samovar.lint.finding import Confidence, Found, Severity
from samovar.lint.locate import resolve
from samovar.lint.marks import marks
from samovar.lint.rule import Case, Rule
from samovar.providers.facts import facts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from samovar.lint.request import Request
    from samovar.lint.settings import Settings


_LEVELS: Final = {
    "toolConfig": "tools",
    "additional_tools": "tools",
    "instructions": "system",
    "input": "messages",
}


def _request(request: Request, _: Settings) -> Iterator[Found]:
    called = frozenset(_from_code(request.body))
    for mark in marks(request.body, responses="input" in request.body):
        holder = resolve(request.body, mark.holder)
        if not mark.holder or not isinstance(holder, dict):
            continue
        why = _why(holder, mark.spelling, mark.holder, called)
        if mark.spelling == "cachePoint" and _reasoning_before(request, mark.holder):
            why = "behind reasoning"
        if request.facts.platform == "bedrock" and _refused_there(request.model, mark.holder):
            why = f"among what {request.facts.id} takes none in"
        if why:
            top = mark.holder.split("[")[0].split(".")[0]
            level = _LEVELS.get(top, top)
            sure = Confidence.CERTAIN if "code execution" not in why else Confidence.LIKELY
            yield Found(
                path=mark.holder,
                level=level,
                message=f"a marker {why}: it is refused or dropped",
                confidence=sure,
            )


def _why(holder: Mapping[str, object], spelling: str, path: str, called: frozenset[str]) -> str:
    kind = str(holder.get("type"))
    if kind in {"thinking", "redacted_thinking"}:
        return "on thinking"
    if kind == "text" and holder.get("text") == "":
        return "on empty text"
    if ".citations" in path:
        return "on a citation"
    if kind == "tool_result" and (str(holder.get("tool_use_id")) in called or _by_code(holder.get("caller"))):
        return "on the result of a tool that code execution called"
    if kind == "tool_use" and _by_code(holder.get("caller")):
        return "on a tool call from code execution"
    if spelling == "cachePoint" and path.endswith("[0]"):
        return "before anything that it could mark"
    if spelling == "prompt_cache_breakpoint" and path.startswith(
        ("tools", "instructions", "additional_tools")
    ):
        return "on tools or instructions"
    return ""


def _refused_there(model: str, holder: str) -> bool:
    """Whether Bedrock takes no checkpoint there for a model."""
    value = facts().fact("bedrock.markable-fields").value
    if not isinstance(value, dict):
        return False
    return any(each in model for each in value["models"]) and holder.startswith(tuple(value["refused"]))


def _reasoning_before(request: Request, holder: str) -> bool:
    """Whether the element before a cache point is reasoning."""
    array, _, index = holder.removesuffix("]").rpartition("[")
    if not index.isdigit() or int(index) == 0:
        return False
    before = resolve(request.body, f"{array}[{int(index) - 1}]")
    return isinstance(before, dict) and "reasoningContent" in before


def _by_code(caller: object) -> bool:
    return isinstance(caller, dict) and str(caller.get("type", "")).startswith("code_execution")


def _from_code(body: Mapping[str, object]) -> Iterator[str]:
    messages = body.get("messages")
    for message in messages if isinstance(messages, list) else ():
        content = message.get("content") if isinstance(message, dict) else None
        for block in content if isinstance(content, list) else ():
            if isinstance(block, dict) and block.get("type") == "tool_use" and _by_code(block.get("caller")):
                yield str(block.get("id"))


_MARK = {"cache_control": {"type": "ephemeral"}}


def _body(*content: dict[str, object]) -> dict[str, object]:
    return {"model": "claude-opus-4-5", "messages": [{"role": "assistant", "content": list(content)}]}


RULE = Rule(
    code="MK002",
    name="marker-on-invalid-block",
    doc=__doc__ or "",
    severity=Severity.CRITICAL,
    request=_request,
    valid=(Case(body=_body({"type": "text", "text": "x", **_MARK})),),
    invalid=(
        Case(
            body=_body({"type": "thinking", "thinking": "…", "signature": "s", **_MARK}),
            path="messages[0].content[0]",
        ),
        Case(body=_body({"type": "text", "text": "", **_MARK}), path="messages[0].content[0]"),
        Case(
            body=_body(
                {
                    "type": "tool_use",
                    "id": "t",
                    "name": "f",
                    "input": {},
                    "caller": {"type": "code_execution_20250825"},
                    **_MARK,
                }
            ),
            path="messages[0].content[0]",
        ),
        Case(
            body={
                "modelId": "us.amazon.nova-pro-v1:0",
                "toolConfig": {
                    "tools": [
                        {"toolSpec": {"name": "f", "inputSchema": {"json": {"type": "object"}}}},
                        {"cachePoint": {"type": "default"}},
                    ]
                },
                "messages": [{"role": "user", "content": [{"text": "Hello."}]}],
            },
            provider="bedrock",
            endpoint="/model/us.amazon.nova-pro-v1:0/converse",
            path="toolConfig.tools[1]",
        ),
    ),
)
