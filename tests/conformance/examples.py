"""Reads the worked examples: a short notation for prompts whose blocks have a stated number of tokens.

A list of blocks is one string, blocks separated by `;`. A block is `name tokens [@ttl]`:

    doc 5000 @        a text of 5,000 tokens named doc, marked with the default TTL
    b[1-10] 200 @1h   ten blocks of 200 tokens, the last of them marked 1h

The same name gives the same text, another name another text from its first character on. `thinking:x 50` is
a thinking block, `image:x` an image, `empty:x` an empty text. A turn may begin with `role:`; otherwise user
and assistant take turns. Tokens are counted as characters over four.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bodies import words

Json = dict[str, Any]
HERE = Path(__file__).parent
_BLOCK = re.compile(
    r"(?:(?P<kind>thinking|image|empty):)?(?P<name>[\w.-]+?)(?:\[(?P<a>\d+)-(?P<b>\d+)\])?(?:\s+(?P<n>\d+))?(?:\s+@(?P<ttl>\w*))?"
)
# The smallest PNG: what is in an image does not matter here, only that there is one.
_PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@dataclass(frozen=True, slots=True)
class Call:
    """One request of an example: when it starts, what it sends, what must come back."""

    at: float
    key: str
    members: Json
    expect: Json


@dataclass(frozen=True, slots=True)
class Example:
    """One worked example and the facts that it shows."""

    id: str
    facts: tuple[str, ...]
    calls: tuple[Call, ...]
    settings: Json


def examples(name: str) -> list[Example]:
    """Return the examples of one file, such as "anthropic"."""
    table = tomllib.loads((HERE / f"{name}.toml").read_text("utf-8"))
    return [_example(row, table.get("members", {})) for row in table["example"]]


def _example(row: Json, common: Json) -> Example:
    calls, at = [], 0.0
    inherited = {**common, **row.get("members", {})}
    for call in row["call"]:
        at = call.get("at", at + 20.0)
        members = {**inherited, **{k: v for k, v in call.items() if k not in {"at", "key", "expect"}}}
        calls.append(Call(at, call.get("key", "key-one"), members, call["expect"]))
    return Example(row["id"], tuple(row["facts"]), tuple(calls), row.get("settings", {}))


@dataclass(frozen=True, slots=True)
class Part:
    """One block of the notation."""

    kind: str
    name: str
    tokens: int
    ttl: str | None

    @property
    def text(self) -> str:
        """Its text, of exactly the stated number of tokens."""
        return words(self.name, self.tokens) if self.tokens else ""


def parts(notation: str) -> list[Part]:
    """Return the blocks that a string stands for."""
    found = []
    for piece in filter(None, (p.strip() for p in notation.split(";"))):
        match = _BLOCK.fullmatch(piece)
        assert match is not None, f"not a block: {piece}"
        names = [match["name"]]
        if match["a"]:
            names = [f"{match['name']}{i}" for i in range(int(match["a"]), int(match["b"]) + 1)]
        for name in names:
            ttl = match["ttl"] if name == names[-1] else None
            found.append(Part(match["kind"] or "text", name, int(match["n"] or 0), ttl))
    return found


def control(ttl: str) -> Json:
    """Return Anthropic's marker with a TTL, "" for the default."""
    return {"type": "ephemeral", "ttl": ttl} if ttl else {"type": "ephemeral"}


def anthropic_blocks(notation: str) -> list[Json]:
    """Return content blocks of the Messages API."""
    blocks: list[Json] = []
    for part in parts(notation):
        block: Json = {"type": "text", "text": part.text}
        if part.kind == "thinking":
            block = {"type": "thinking", "thinking": part.text, "signature": "s"}
        elif part.kind == "image":
            block = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": _PNG}}
        if part.ttl is not None:
            block["cache_control"] = control(part.ttl)
        blocks.append(block)
    return blocks


def tool(part: Part) -> Json:
    """Return a tool whose compact JSON has exactly the stated number of tokens."""
    made: Json = {"name": part.name, "description": "", "input_schema": {"type": "object"}}
    made["description"] = words(part.name, part.tokens)[
        : part.tokens * 4 - len(json.dumps(made, separators=(",", ":")))
    ]
    if part.ttl is not None:
        made["cache_control"] = control(part.ttl)
    return made


def openai_tool(part: Part, *, chat: bool) -> Json:
    """Return a function whose compact JSON has exactly the stated number of tokens."""
    made: Json = {"name": part.name, "description": "", "parameters": {"type": "object"}}
    whole: Json = {"type": "function", "function": made} if chat else {"type": "function", **made}
    inner = whole["function"] if chat else whole
    room = part.tokens * 4 - len(json.dumps(whole, separators=(",", ":")))
    inner["description"] = words(part.name, part.tokens)[:room]
    return whole


def anthropic_body(members: Json) -> Json:
    """Return keyword arguments for `messages.create`."""
    body: Json = {"model": members["model"], "max_tokens": members.get("max_tokens", 64)}
    for name in ("thinking", "tool_choice", "output_config", "metadata", "temperature", "speed"):
        if name in members:
            body[name] = members[name]
    if "automatic" in members:
        body["cache_control"] = control(members["automatic"])
    if "tools" in members:
        body["tools"] = [tool(part) for part in parts(members["tools"])]
    body["tools"] = [*body.get("tools", ()), *members.get("server_tools", ())]
    if not body["tools"]:
        del body["tools"]
    if "system" in members:
        body["system"] = anthropic_blocks(members["system"])
    body["messages"] = [
        {"role": role, "content": anthropic_blocks(rest)} for role, rest in turns(members["turns"])
    ]
    return body


def turns(given: list[str]) -> list[tuple[str, str]]:
    """Return roles and notations of turns that alternate unless they say otherwise."""
    made = []
    for number, turn in enumerate(given):
        head, colon, rest = turn.partition(": ")
        made.append((head, rest) if colon else ("assistant" if number % 2 else "user", turn))
    return made


def openai_messages(members: Json, kinds: tuple[str, str]) -> list[Json]:
    """Return messages; `kinds` are the part types of input and output text."""
    messages = []
    for role, rest in turns(members["turns"]):
        content = []
        for part in parts(rest):
            item: Json = {"type": kinds[role == "assistant"], "text": part.text}
            if part.ttl is not None:
                item["prompt_cache_breakpoint"] = {
                    "mode": "explicit",
                    **({"ttl": part.ttl} if part.ttl else {}),
                }
            content.append(item)
        messages.append({"role": role, "content": content})
    return messages


def openai_body(members: Json, *, chat: bool) -> Json:
    """Return keyword arguments for `chat.completions.create` or `responses.create`."""
    body: Json = {"model": members["model"]}
    for name in ("prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", "parallel_tool_calls"):
        if name in members:
            body[name] = members[name]
    if "tools" in members:
        body["tools"] = [openai_tool(part, chat=chat) for part in parts(members["tools"])]
    if chat:
        body["messages"] = openai_messages(members, ("text", "text"))
    else:
        body["input"] = openai_messages(members, ("input_text", "output_text"))
    return body
