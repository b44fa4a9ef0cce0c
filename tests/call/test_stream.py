"""A stream says the same as the plain answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from samovar.call import dialect_for
from samovar.call.stream import events

MESSAGES = dialect_for("/v1/messages")


def sse(*payloads: dict[str, Any], newline: str = "\n") -> bytes:
    """Return a stream of these events."""
    return "".join(
        f"event: {p.get('type', 'x')}{newline}data: {json.dumps(p)}{newline}{newline}" for p in payloads
    ).encode()


START = {
    "type": "message_start",
    "message": {
        "id": "m",
        "model": "claude",
        "content": [],
        "usage": {
            "input_tokens": 3,
            "cache_read_input_tokens": 0,
            "cache_creation_input_tokens": 9,
            "cache_creation": {"ephemeral_5m_input_tokens": 9, "ephemeral_1h_input_tokens": 0},
            "output_tokens": 1,
        },
    },
}
DELTA = {
    "type": "message_delta",
    "delta": {"stop_reason": "end_turn", "stop_sequence": None},
    "usage": {
        "input_tokens": 3,
        "cache_read_input_tokens": 0,
        "cache_creation_input_tokens": 9,
        "output_tokens": 8,
    },
}


@pytest.mark.fact("anthropic.usage.stream")
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_streamed_usage_is_assembled(newline: str) -> None:
    """The split by TTL comes with the first event, the final output count with the last."""
    stream = sse(
        START,
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "ping"},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "he"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "llo"}},
        DELTA,
        newline=newline,
    )
    whole = MESSAGES.assemble(stream)
    usage = MESSAGES.usage(whole)
    assert (usage.uncached_input, usage.cache_write, usage.output) == (3, {"5m": 9, "1h": 0}, 8)
    assert json.loads(whole)["content"] == [{"type": "text", "text": "hello"}]


def test_tool_input_is_assembled() -> None:
    """Partial JSON becomes the tool's input."""
    stream = sse(
        START,
        {
            "type": "content_block_start",
            "index": 0,
            "content_block": {"type": "tool_use", "name": "t", "input": {}},
        },
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "input_json_delta", "partial_json": '{"a"'},
        },
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "input_json_delta", "partial_json": ": 1}"},
        },
    )
    assert json.loads(MESSAGES.assemble(stream))["content"][0]["input"] == {"a": 1}


def test_a_cut_stream_keeps_what_arrived() -> None:
    """A torn last payload is left out; usage is what the events so far said."""
    whole = sse(START, DELTA)
    for cut in range(len(whole)):
        usage = MESSAGES.usage(MESSAGES.assemble(whole[:cut]))
        assert usage.output in {None, 1, 8}
    assert list(events(b": comment\n\ndata: [DONE]\n\n")) == []


def test_chat_chunks_are_assembled() -> None:
    """Text, tool calls and the usage of the last chunk."""
    chunks = (
        {"id": "c", "model": "m", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "a"}}]},
        {
            "choices": [
                {
                    "index": 0,
                    "delta": {
                        "content": "b",
                        "tool_calls": [{"index": 0, "id": "t", "function": {"name": "f", "arguments": "{"}}],
                    },
                }
            ]
        },
        {
            "choices": [
                {
                    "index": 0,
                    "delta": {"tool_calls": [{"index": 0, "function": {"arguments": "}"}}]},
                    "finish_reason": "tool_calls",
                }
            ]
        },
        {
            "choices": [],
            "usage": {
                "prompt_tokens": 5,
                "completion_tokens": 2,
                "prompt_tokens_details": {"cached_tokens": 4},
            },
        },
    )
    dialect = dialect_for("/v1/chat/completions")
    whole = dialect.assemble(sse(*chunks) + b"data: [DONE]\n\n")
    message = json.loads(whole)["choices"][0]["message"]
    assert message["content"] == "ab"
    assert message["tool_calls"][0]["function"] == {"name": "f", "arguments": "{}"}
    assert dialect.usage(whole).cache_read == 4


def test_responses_end_with_the_whole_response() -> None:
    """The last event that carries a response is the answer."""
    dialect = dialect_for("/v1/responses")
    stream = sse(
        {"type": "response.created", "response": {"id": "r", "usage": None}},
        {
            "type": "response.completed",
            "response": {"id": "r", "usage": {"input_tokens": 4, "output_tokens": 1}},
        },
    )
    assert dialect.usage(dialect.assemble(stream)).total_input == 4


@pytest.mark.parametrize("endpoint", ["/v1/messages", "/v1/chat/completions", "/v1/responses"])
@pytest.mark.parametrize(
    "odd",
    [
        {"type": "message_start", "message": 5},
        {"type": "message_delta", "delta": "x", "usage": "y"},
        {"choices": [1]},
        {"choices": [{"index": None, "delta": "x"}]},
        {"type": "response.completed", "response": 5},
    ],
)
def test_events_of_no_known_shape_are_no_error(endpoint: str, odd: dict[str, Any]) -> None:
    """The provider has answered: what cannot be read is left out."""
    dialect = dialect_for(endpoint)
    assert not dialect.usage(dialect.assemble(sse(odd))).reports_cache
