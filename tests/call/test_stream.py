"""A stream says the same as the plain answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from samovar.call import dialect_for
from samovar.call.dialects import DIALECTS
from samovar.call.stream import events

if TYPE_CHECKING:
    from samovar.call.dialects import Dialect

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


ODD = [
    {"type": "message_start", "message": 5},
    {"type": "message_delta", "delta": "x", "usage": "y"},
    {"choices": [1]},
    {"choices": [{"index": None, "delta": "x"}]},
    {"type": "response.completed", "response": 5},
    {"contentBlockDelta": {"delta": "x"}},
    {"metadata": {"usage": 5}, "messageStop": "x"},
    {"usageMetadata": "x", "candidates": 5},
]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
@pytest.mark.parametrize("odd", ODD)
def test_events_of_no_known_shape_are_no_error(dialect: Dialect, odd: dict[str, Any]) -> None:
    """The provider has answered: what cannot be read is left out."""
    line = json.dumps(odd).encode()
    for stream in (sse(odd), line, b"[" + line + b", 5, null]", line[:-1]):
        assert not dialect.usage(dialect.assemble(stream)).reports_cache


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
@pytest.mark.parametrize("begins", [b"data: ", b"", b'{"a":', b'data: {"a":'])
def test_a_stream_that_is_nested_too_deeply_is_no_error(dialect: Dialect, begins: bytes) -> None:
    """However it is framed."""
    assert not dialect.usage(dialect.assemble(begins + b"[" * 200_000 + b"\n\n")).reports_cache


def test_tool_calls_are_told_apart_by_their_index() -> None:
    """A first index of 1 is no new call with the next delta; what comes in turns is put together in order."""

    def delta(index: int, **function: str) -> dict[str, Any]:
        called = [{"index": index, "function": function}]
        return {"choices": [{"index": 0, "delta": {"tool_calls": called}}]}

    dialect = dialect_for("/v1/chat/completions")
    stream = sse(
        delta(2, name="b", arguments="{"),
        delta(1, name="a", arguments="["),
        delta(2, arguments="}"),
        delta(1, arguments="]"),
    )
    calls = json.loads(dialect.assemble(stream))["choices"][0]["message"]["tool_calls"]
    assert [call["function"] for call in calls] == [
        {"name": "a", "arguments": "[]"},
        {"name": "b", "arguments": "{}"},
    ]
