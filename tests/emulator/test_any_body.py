"""Whatever JSON comes, the answer is one of the provider's: each member of each endpoint as any type."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from samovar.emulator.box import Box
from samovar.emulator.reply import Arrival
from tests.emulator.talk import ANTHROPIC, OPENAI, START, config

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.emulator.reply import Reply

Step = str | int
VALUES: list[Any] = [
    None,
    True,
    7,
    -1.5,
    2**70,
    "x",
    [],
    [[]],
    [{}],
    {},
    {"type": []},
    {"type": "x", "name": {}},
]
TEXT = {"type": "text", "text": "r"}
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}
MARK = {"type": "ephemeral", "ttl": "1h"}
BREAK = {"mode": "explicit", "ttl": "30m"}
PNG = "data:image/png;base64,iVBORw0KGgo="
MESSAGES = {
    "model": "claude-opus-4-6",
    "max_tokens": 2048,
    "system": [{"type": "text", "text": "Say.", "cache_control": MARK}],
    "tools": [{"name": "t", "input_schema": SCHEMA}, {"type": "web_search_20250305", "name": "web_search"}],
    "thinking": {"type": "enabled", "budget_tokens": 1024},
    "output_config": {"effort": "high", "format": {"type": "json_schema", "schema": SCHEMA}},
    "metadata": {"user_id": "u"},
    "stop_sequences": ["x"],
    "diagnostics": {"previous_message_id": "msg_1"},
    "cache_control": {"type": "ephemeral"},
    "messages": [
        {
            "role": "user",
            "content": [{"type": "image", "source": {"type": "base64", "data": "iVBOR"}}],
        },
        {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "t", "input": {}}]},
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "a", "content": [TEXT]}],
        },
    ],
}
FORCED = {
    "model": "claude-opus-5",
    "max_tokens": 99,
    "messages": [{"role": "user", "content": "hi"}],
    "tools": MESSAGES["tools"],
    "tool_choice": {"type": "tool", "name": "web_search"},
    "thinking": {"type": "adaptive", "display": "omitted"},
    "output_format": {"type": "json_schema", "schema": SCHEMA},
}
CALLED = {"id": "a", "type": "function", "function": {"name": "t", "arguments": "{}"}}
CHAT = {
    "model": "gpt-5.6",
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "hi", "prompt_cache_breakpoint": BREAK},
                {"type": "image_url", "image_url": {"url": PNG}},
                {"type": "file", "file": {"file_data": "x", "filename": "y"}},
            ],
        },
        {"role": "assistant", "content": None, "tool_calls": [CALLED]},
        {"role": "tool", "tool_call_id": "a", "content": "r"},
    ],
    "tools": [{"type": "function", "function": {"name": "t", "parameters": SCHEMA}}],
    "tool_choice": {"type": "function", "function": {"name": "t"}},
    "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}},
    "stop": ["a"],
    "n": 2,
    "metadata": {"a": "b"},
    "store": True,
    "stream": True,
    "stream_options": {"include_usage": True},
    "prompt_cache_options": {"mode": "explicit", "ttl": "30m"},
    "reasoning_effort": "low",
}
RESPONSES = {
    "model": "gpt-5.6",
    "input": [
        {"role": "user", "content": [{"type": "input_text", "text": "hi", "prompt_cache_breakpoint": BREAK}]},
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "t"}]},
        {"type": "function_call", "call_id": "a", "name": "t", "arguments": "{}"},
        {
            "type": "function_call_output",
            "call_id": "a",
            "output": [{"type": "input_image", "file_id": "f"}],
        },
        {"role": "user", "content": [{"type": "input_file", "file_data": PNG, "filename": "y"}]},
    ],
    "tools": [{"type": "function", "name": "t", "parameters": SCHEMA}],
    "tool_choice": {"type": "function", "name": "t"},
    "text": {"format": {"type": "json_schema", "name": "x", "schema": SCHEMA}, "verbosity": "low"},
    "reasoning": {"effort": "low", "summary": "auto"},
    "metadata": {"a": "b"},
    "prompt": {"id": "p"},
    "prompt_cache_options": {"mode": "explicit", "ttl": "30m", "comparison_response_id": "resp_1"},
}
CASES = [
    ("/v1/messages", MESSAGES),
    ("/v1/messages", FORCED),
    ("/v1/messages/count_tokens", FORCED),
    ("/v1/chat/completions", CHAT),
    ("/v1/responses", RESPONSES),
    ("/v1/responses", {**RESPONSES, "conversation": {"id": "conv_1"}, "previous_response_id": None}),
]


def changed(value: Any) -> Iterator[Any]:  # noqa: ANN401  # any JSON
    """Yield the value with each of its members, at any depth, as each other thing, and without it."""
    yield from VALUES
    keys: list[Any] = list(value) if isinstance(value, dict) else []
    if isinstance(value, list):
        keys = list(range(len(value)))
    for key in keys:
        for other in changed(value[key]):
            copy = value.copy()
            copy[key] = other
            yield copy
        copy = value.copy()
        del copy[key]
        yield copy


def send(box: Box, path: str, body: object) -> Reply:
    """Send a body to an endpoint."""
    return box.answer(path, Arrival(path, ANTHROPIC | OPENAI, json.dumps(body).encode(), START))


@pytest.mark.parametrize(("path", "body"), CASES)
@pytest.mark.parametrize("foreign", [False, True], ids=["known", "foreign"])
def test_any_body_is_answered_as_the_provider_does(path: str, body: dict[str, Any], *, foreign: bool) -> None:
    """Served, or refused as the client's mistake, in words of the provider's and not of a parser's."""
    box = Box(config(unknown_models=True), START, looks_back=False)
    body = {**body, "model": "grok-4"} if foreign else body
    for other in changed(body):
        reply = send(box, path, other)
        if reply.status == 200:
            continue
        error = json.loads(reply.chunks[0][1])["error"]
        assert reply.status in {400, 404}, other
        assert error["type"] in {"invalid_request_error", "not_found_error"}, other
        assert not error["message"].startswith("Expected `"), other
        assert "$" not in error["message"], other
