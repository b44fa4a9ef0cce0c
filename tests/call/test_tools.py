"""In every dialect a result is known to be of the tool whose call it answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from samovar.call import dialect_for
from samovar.call.tools import results

if TYPE_CHECKING:
    from tests.bodies import Json

CHAT: Json = {
    "model": "gpt-5.1",
    "messages": [
        {"role": "user", "content": "Weather and time?"},
        {
            "role": "assistant",
            "tool_calls": [
                {"id": key, "type": "function", "function": {"name": name, "arguments": "{}"}}
                for key, name in (("1", "weather"), ("2", "clock"))
            ],
        },
        {"role": "tool", "tool_call_id": "2", "content": "noon"},
        {"role": "tool", "tool_call_id": "1", "content": [{"type": "text", "text": "rain"}]},
        {"role": "assistant", "function_call": {"name": "news", "arguments": "{}"}},
        {"role": "function", "name": "news", "content": "none"},
    ],
}
RESPONSES: Json = {
    "model": "gpt-5.1",
    "input": [
        {"type": "function_call", "call_id": "1", "id": "fc_1", "name": "weather", "arguments": "{}"},
        {"type": "custom_tool_call", "call_id": "2", "name": "clock", "input": ""},
        {"type": "custom_tool_call_output", "call_id": "2", "output": "noon"},
        {"type": "function_call_output", "call_id": "1", "output": "rain"},
    ],
}
MESSAGES: Json = {
    "model": "claude-opus-4-8",
    "max_tokens": 9,
    "messages": [
        {
            "role": "assistant",
            "content": [
                {"type": "tool_use", "id": "1", "name": "weather", "input": {}},
                {"type": "server_tool_use", "id": "2", "name": "web_search", "input": {}},
                {"type": "web_search_tool_result", "tool_use_id": "2", "content": []},
            ],
        },
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": "rain"}]},
    ],
}
CONVERSE: Json = {
    "messages": [
        {
            "role": "assistant",
            "content": [
                {"toolUse": {"toolUseId": key, "name": name, "input": {}}}
                for key, name in (("1", "weather"), ("2", "clock"))
            ],
        },
        {
            "role": "user",
            "content": [
                {"toolResult": {"toolUseId": key, "content": [{"text": said}]}}
                for key, said in (("2", "noon"), ("1", "rain"))
            ],
        },
    ]
}
GEMINI: Json = {
    "contents": [
        {
            "role": "model",
            "parts": [{"functionCall": {"name": name, "args": {}}} for name in ("weather", "clock")],
        },
        {
            "role": "user",
            "parts": [
                {"functionResponse": {"name": name, "response": {"says": said}}}
                for name, said in (("clock", "noon"), ("weather", "rain"))
            ],
        },
    ]
}


@pytest.mark.parametrize(
    ("endpoint", "body", "tools"),
    [
        ("/v1/chat/completions", CHAT, ["clock", "weather", "news"]),
        ("/v1/responses", RESPONSES, ["clock", "weather"]),
        ("/v1/messages", MESSAGES, ["web_search", "weather"]),
        ("/model/us.anthropic.claude-opus-4-8-v1:0/converse", CONVERSE, ["clock", "weather"]),
        ("/v1beta/models/gemini-3-flash:generateContent", GEMINI, ["clock", "weather"]),
    ],
)
def test_results_are_of_the_tool_that_was_called(endpoint: str, body: Json, tools: list[str]) -> None:
    """Whatever the order in which they come; the ids themselves are not rendered."""
    call = dialect_for(endpoint).parse(json.dumps(body).encode())
    found = list(results(call.blocks))
    assert [each.tool for each in found] == tools
    assert len({each.key for each in found}) == len(tools)
