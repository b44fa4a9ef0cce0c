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
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return box.answer(path, Arrival(path, ANTHROPIC | OPENAI, data, START))


HERE = "@here@"
JUNK = [
    b'"\xff"',
    b'"\\ud800"',
    b"[" * 5_000 + b"]" * 5_000,
    b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    b"01",
    b"",
]
"""What stands for a value and cannot be read: no UTF-8, half a pair, nested too deeply, no JSON."""


def leaves(value: Any) -> Iterator[Any]:  # noqa: ANN401  # any JSON
    """Yield the value with each of its leaves, at any depth, replaced by a mark."""
    if not isinstance(value, dict | list) or not value:
        yield HERE
        return
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        for other in leaves(value[key]):
            copy: Any = value.copy()
            copy[key] = other
            yield copy


def unreadable(body: dict[str, Any]) -> Iterator[bytes]:
    """Yield the body as bytes with something that cannot be read, alone and beside another mistake."""
    wrong: list[Any] = [[[]], "x", 7]
    beside = [{**body, name: value, "user": HERE} for name in body for value in wrong]
    for place in (*leaves(body), *beside):
        head, _, tail = json.dumps(place).encode().partition(b'"%s"' % HERE.encode())
        yield from (head + junk + tail for junk in JUNK)
    whole = json.dumps(body).encode()
    for name in body:
        # A member that stands there twice: the second time in another shape.
        for first, second in (([0, 1, ["x"]], []), ({"a": 7}, [[]]), ([[7]], {"b": 1}), ({"type": [7]}, 3)):
            said = json.dumps({name: first}).encode()[1:-1] + b"," + json.dumps({name: second}).encode()[1:-1]
            yield b"{" + said + b"," + whole[1:]
            yield whole[:-1] + b"," + said + b"}"
    yield from (whole[:at] for at in range(0, len(whole), 16))


@pytest.mark.parametrize(("path", "body"), CASES)
@pytest.mark.parametrize("foreign", [False, True], ids=["known", "foreign"])
def test_any_body_is_answered_as_the_provider_does(path: str, body: dict[str, Any], *, foreign: bool) -> None:
    """Served, or refused as the client's mistake, in words of the provider's and not of a parser's."""
    box = Box(config(unknown_models=True), START, looks_back=False)
    body = {**body, "model": "grok-4"} if foreign else body
    for other in changed(body):
        check(send(box, path, other), other)


def check(reply: Reply, sent: object) -> None:
    """Served, or refused in the words of the provider."""
    if reply.status == 200:
        return
    error = json.loads(reply.chunks[0][1])["error"]
    assert reply.status in {400, 404}, sent
    assert error["type"] in {"invalid_request_error", "not_found_error"}, sent
    assert not error["message"].startswith("Expected `"), sent
    assert "$" not in error["message"], sent


@pytest.mark.parametrize(("path", "body"), CASES)
def test_bytes_that_cannot_be_read_are_refused(path: str, body: dict[str, Any]) -> None:
    """As the client's mistake, wherever they stand, alone and beside a mistake that is told first."""
    box = Box(config(unknown_models=True), START, looks_back=False)
    for data in unreadable(body):
        check(send(box, path, data), data)


@pytest.mark.parametrize("body", [b"null", b"7", b"[]", b'"x"'])
@pytest.mark.parametrize("path", ["/v1/messages", "/v1/chat/completions", "/v1/responses"])
def test_what_is_no_object_is_refused_without_a_parsers_words(path: str, body: bytes) -> None:
    """There is no member to name."""
    reply = send(Box(config(), START, looks_back=False), path, body)
    assert reply.status == 400
    assert b"`" not in reply.chunks[0][1]
