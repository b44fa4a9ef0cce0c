"""The comparison request in each dialect: static texts first, markers where a scope ends, essays last.

The essays stand in the user message, which never carries a marker: what varies from call to call would be
written at a premium and never read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, Protocol

import msgspec

from samovar.errors import YoursError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samovar.bench.fixture import TextBlock, Tool

MAX_TOKENS: Final = 200
"""A judgement takes about 60 tokens."""

Json = dict[str, object]
Style = Literal["breakpoints", "automatic", "markers", "plain"]
"""How OpenAI's dialects ask for caching: by explicit breakpoints; by a key alone, where it happens unasked
and breakpoints are refused; by Anthropic's markers, where a gateway hands them on to Claude; not at all,
where somebody else answers."""
encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Head:
    """Everything above the essays. `ttl` maps a scope to the tier that its marker asks for."""

    model: str
    tool: Tool
    service: Sequence[TextBlock]
    assignment: Sequence[TextBlock]
    ttl: Mapping[str, str] = field(default_factory=dict)
    nonce: str | None = None
    marked: bool = True
    stream: bool = False
    style: Style = "breakpoints"

    @property
    def described(self) -> str:
        """The tool's description, which is the first text of the prompt, with the nonce if there is one."""
        return f"{self.tool.description} [run {self.nonce}]" if self.nonce else self.tool.description


class Writer(Protocol):
    """Writes the part of the body above the essays once, then any number of bodies."""

    def __call__(self, text: str) -> bytes:
        """Return the body that compares the essays in `text`."""


def streaming(head: Head) -> Json:
    """Return what asks for a stream, without which the first byte of an answer is its last."""
    return {"stream": True} if head.stream else {}


def anthropic_messages(head: Head) -> Writer:
    """Return the writer for `/v1/messages`."""

    def marked(blocks: Sequence[TextBlock], scope: str) -> list[Json]:
        parts: list[Json] = [{"type": "text", "text": block.text} for block in blocks]
        if head.marked:
            tier = head.ttl.get(scope)
            parts[-1]["cache_control"] = {"type": "ephemeral", **({"ttl": tier} if tier else {})}
        return parts

    tool = {"name": head.tool.name, "description": head.described, "input_schema": head.tool.input_schema}
    system = msgspec.Raw(encode(marked(head.service, "service") + marked(head.assignment, "assignment")))
    tools = msgspec.Raw(encode([tool]))

    def write(text: str) -> bytes:
        return encode(
            {
                "model": head.model,
                "max_tokens": MAX_TOKENS,
                **streaming(head),
                "tools": tools,
                "tool_choice": {"type": "tool", "name": head.tool.name},
                "system": system,
                "messages": [{"role": "user", "content": text}],
            }
        )

    return write


def asking(head: Head) -> Json:
    """Return the members with which OpenAI is asked for caching; no breakpoint is to be chosen for us."""
    if head.style in {"markers", "plain"}:
        return {}
    key: Json = {"prompt_cache_key": "samovar-bench"}
    return key if head.style == "automatic" else {"prompt_cache_options": {"mode": "explicit"}, **key}


def parts_of(head: Head, kind: str, blocks: Sequence[TextBlock], scope: str) -> list[Json]:
    """Return content parts, the last with a breakpoint or a marker where they are asked for."""
    parts: list[Json] = [{"type": kind, "text": block.text} for block in blocks]
    if head.marked and head.style in {"breakpoints", "markers"} and parts:
        tier = {"ttl": head.ttl[scope]} if head.ttl.get(scope) else {}
        if head.style == "breakpoints":
            parts[-1]["prompt_cache_breakpoint"] = {"mode": "explicit", **tier}
        else:
            parts[-1]["cache_control"] = {"type": "ephemeral", **tier}
    return parts


def openai_responses(head: Head) -> Writer:
    """Return the writer for `/v1/responses`: explicit breakpoints where scopes end."""

    def developer(blocks: Sequence[TextBlock], scope: str) -> Json:
        return {"role": "developer", "content": parts_of(head, "input_text", blocks, scope)}

    tools = msgspec.Raw(
        encode(
            [
                {
                    "type": "function",
                    "name": head.tool.name,
                    "description": head.described,
                    "parameters": head.tool.input_schema,
                    "strict": False,
                }
            ]
        )
    )
    static = [
        msgspec.Raw(encode(developer(head.service, "service"))),
        msgspec.Raw(encode(developer(head.assignment, "assignment"))),
    ]

    def write(text: str) -> bytes:
        return encode(
            {
                "model": head.model,
                "max_output_tokens": MAX_TOKENS,
                **streaming(head),
                "tools": tools,
                "tool_choice": {"type": "function", "name": head.tool.name},
                **asking(head),
                "input": [*static, {"role": "user", "content": [{"type": "input_text", "text": text}]}],
            }
        )

    return write


def openai_chat(head: Head) -> Writer:
    """Return the writer for `/v1/chat/completions`.

    The nonce stands in the tool and before the system text: templates of open models render either of them
    first, or no tools at all.
    """
    function = {"name": head.tool.name, "description": head.described, "parameters": head.tool.input_schema}
    tools = msgspec.Raw(encode([{"type": "function", "function": function}]))
    parts = [
        *parts_of(head, "text", head.service, "service"),
        *parts_of(head, "text", head.assignment, "assignment"),
    ]
    if head.nonce:
        parts[0]["text"] = f"[run {head.nonce}]\n{parts[0]['text']}"
    system = msgspec.Raw(encode({"role": "system", "content": parts}))

    def write(text: str) -> bytes:
        return encode(
            {
                "model": head.model,
                "max_completion_tokens": MAX_TOKENS,
                **streaming(head),
                **({"stream_options": {"include_usage": True}} if head.stream else {}),
                "tools": tools,
                "tool_choice": {"type": "function", "function": {"name": head.tool.name}},
                **asking(head),
                "messages": [system, {"role": "user", "content": text}],
            }
        )

    return write


WRITERS: Final = {
    "/v1/messages": anthropic_messages,
    "/v1/responses": openai_responses,
    "/v1/chat/completions": openai_chat,
}


def writer(endpoint: str, head: Head) -> Writer:
    """Return the writer for an endpoint. Raise `YoursError`."""
    if endpoint not in WRITERS:
        raise YoursError(f"the benchmark cannot speak to {endpoint}.", f"Use one of {', '.join(WRITERS)}.")
    return WRITERS[endpoint](head)
