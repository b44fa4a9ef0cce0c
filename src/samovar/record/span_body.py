"""The body of a model call put together again from the attributes of its span."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from samovar.record.members import UNREADABLE, Json, objects

if TYPE_CHECKING:
    from collections.abc import Mapping

_plain = msgspec.json.Decoder()


def body_of(attributes: Mapping[str, Any], model: str) -> bytes:
    """Return a Chat Completions body with the recorded content, empty where none was recorded."""
    spoken = _decoded(attributes.get("gen_ai.input.messages"))
    messages = [_message(each) for each in objects(spoken)]
    if not messages:
        return b""
    instructions = objects(_decoded(attributes.get("gen_ai.system_instructions")))
    if instructions:
        messages.insert(0, {"role": "system", "content": [_part(each) for each in instructions]})
    body: Json = {"model": model, "messages": messages}
    tools = _decoded(attributes.get("gen_ai.tool.definitions"))
    if isinstance(tools, list):
        body["tools"] = tools
    return msgspec.json.encode(body)


def _decoded(value: object) -> object:
    """Return structured content, which many senders can only pass on as text."""
    if isinstance(value, str):
        try:
            return _plain.decode(value)
        except UNREADABLE:
            return None
    return value


def _message(message: Json) -> Json:
    """Return a message in the shape of Chat Completions: calls and results have places of their own."""
    parts = objects(message.get("parts"))
    role = str(message.get("role", "user"))
    calls = [part for part in parts if part.get("type") == "tool_call"]
    results = [part for part in parts if part.get("type") == "tool_call_response"]
    said = [_part(part) for part in parts if part not in calls and part not in results]
    spoken: Json = {"role": role, "content": said or message.get("content")}
    if results:
        spoken = {"role": "tool", "content": _text(results[0].get("response", results[0].get("result")))}
    if calls:
        spoken["tool_calls"] = [
            {
                "type": "function",
                "function": {"name": call.get("name"), "arguments": _text(call.get("arguments"))},
            }
            for call in calls
        ]
    return spoken


def _part(part: Json) -> Json:
    if part.get("type") in {"text", None}:
        return {"type": "text", "text": _text(part.get("content", part.get("text", "")))}
    return part


def _text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
