"""The body of a model call put together again from the attributes of its span."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from samovar.record.members import UNREADABLE, Json, objects

if TYPE_CHECKING:
    from collections.abc import Mapping

_plain = msgspec.json.Decoder()


def body_of(attributes: Mapping[str, Any], model: str) -> bytes:
    """Return a Chat Completions body with the recorded content, empty where none was recorded."""
    spoken = _decoded(attributes.get("gen_ai.input.messages"))
    messages = [message for each in objects(spoken) for message in _messages(each)]
    if not messages:
        messages = [_numbered(each) for each in listed(attributes, PROMPTS)]
    if not messages:
        return b""
    instructions = objects(_decoded(attributes.get("gen_ai.system_instructions")))
    if instructions:
        messages.insert(0, {"role": "system", "content": [_part(each) for each in instructions]})
    body: Json = {"model": model, "messages": messages}
    tools = _decoded(attributes.get("gen_ai.tool.definitions"))
    if not isinstance(tools, list):
        tools = [_tool(each) for each in listed(attributes, TOOLS)]
    if tools:
        body["tools"] = tools
    return msgspec.json.encode(body)


PROMPTS: Final = re.compile(r"(?:gen_ai\.prompt|llm\.input_messages)\.(\d+)\.(?:message\.)?(.+)")
"""Messages with an attribute for each member, as OpenLLMetry and OpenInference write them."""
TOOLS: Final = re.compile(r"(?:llm\.request\.functions|llm\.tools)\.(\d+)\.(?:tool\.)?(.+)")
CALLS: Final = re.compile(r"tool_calls\.(\d+)\.(?:tool_call\.)?(?:function\.)?(.+)")
CONTENTS: Final = re.compile(r"contents\.(\d+)\.message_content\.(.+)")


def listed(attributes: Mapping[str, Any], names: re.Pattern[str]) -> list[Json]:
    """Return the elements of a list that is spread over numbered attributes, in their order."""
    found: dict[int, Json] = {}
    for name, value in attributes.items():
        told = names.fullmatch(name)
        if told is not None:
            found.setdefault(int(told[1]), {})[told[2]] = value
    return [found[number] for number in sorted(found)]


def _numbered(message: Json) -> Json:
    content = message.get("content")
    parts = listed(message, CONTENTS)
    if content is None and parts:
        content = [{"type": "text", "text": _text(part.get("text", ""))} for part in parts]
    elif isinstance(content, str) and content[:2] == "[{":
        content = [_part(part) for part in objects(_decoded(content))] or content
    spoken: Json = {"role": str(message.get("role", "user")), "content": content}
    calls = listed(message, CALLS)
    if calls:
        spoken["tool_calls"] = [_call(call) for call in calls]
    return spoken


def _tool(told: Json) -> object:
    """Return a tool's definition, told whole or by its members."""
    whole = _decoded(told.get("json_schema"))
    if isinstance(whole, dict):
        return whole
    function = {name: told.get(name) for name in ("name", "description")}
    return {"type": "function", "function": {**function, "parameters": _decoded(told.get("parameters"))}}


def _decoded(value: object) -> object:
    """Return structured content, which many senders can only pass on as text."""
    if isinstance(value, str):
        try:
            return _plain.decode(value)
        except UNREADABLE:
            return None
    return value


def _messages(message: Json) -> list[Json]:
    """Return a message in the shape of Chat Completions: calls and results have places of their own."""
    parts = objects(message.get("parts"))
    calls = [part for part in parts if part.get("type") == "tool_call"]
    results = [part for part in parts if part.get("type") == "tool_call_response"]
    found: list[Json] = [
        {"role": "tool", "content": _text(part.get("response", part.get("result")))} for part in results
    ]
    said = [_part(part) for part in parts if part not in calls and part not in results]
    if said or calls or not results:
        found.append({"role": str(message.get("role", "user")), "content": said or message.get("content")})
    if calls:
        found[-1]["tool_calls"] = [_call(call) for call in calls]
    return found


def _call(call: Json) -> Json:
    function = {"name": call.get("name"), "arguments": _text(call.get("arguments"))}
    return {"type": "function", "function": function}


def _part(part: Json) -> Json:
    if part.get("type") in {"text", None}:
        return {"type": "text", "text": _text(part.get("content", part.get("text", "")))}
    return part


def _text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
