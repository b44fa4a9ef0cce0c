"""OpenTelemetry GenAI spans: both spellings of everything, and only the spans of a model call."""

from __future__ import annotations

import json
from typing import Any

import pytest

from samovar.providers.usage import Usage
from samovar.record import BadLine, Observation
from samovar.record.spans import read

Json = dict[str, Any]


def typed(value: object) -> Json:
    """Return a value as OTLP spells it."""
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case list():
            return {"arrayValue": {"values": [typed(each) for each in value]}}
        case _:
            return {"stringValue": str(value)}


def attributes(members: Json) -> list[Json]:
    """Return attributes as OTLP spells them."""
    return [{"key": name, "value": typed(value)} for name, value in members.items()]


def document(*spans: Json, **resource: object) -> Json:
    """Return an export with these attributes, one span each."""
    made = [
        {
            "traceId": "t",
            "spanId": f"s{i}",
            "name": "chat",
            "startTimeUnixNano": "1777629600000000000",
            "endTimeUnixNano": "1777629603500000000",
            "attributes": attributes(span),
            "status": {"code": 2, "message": "boom"} if "error.type" in span else {},
        }
        for i, span in enumerate(spans)
    ]
    held = {"attributes": attributes({"service.name": "api", **resource})}
    return {"resourceSpans": [{"resource": held, "scopeSpans": [{"spans": made}]}]}


def call(**members: object) -> Json:
    """Return the attributes of a model call; `__` stands for a dot."""
    base: Json = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": "claude-opus-4-8",
        "gen_ai.response.model": "claude-opus-4-8-20260528",
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 5,
    }
    return {**base, **{name.replace("__", "."): value for name, value in members.items()}}


def only(*spans: Json) -> Observation:
    """Return the one observation of an export."""
    (seen,) = read([json.dumps(document(*spans)).encode()])
    assert isinstance(seen, Observation)
    return seen


@pytest.mark.parametrize(
    "write", ["gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_write.input_tokens"]
)
@pytest.mark.parametrize(
    "read_name", ["gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_tokens"]
)
def test_a_span_is_a_call(write: str, read_name: str) -> None:
    """Input is the total; cached parts come in several spellings."""
    seen = only({**call(), write: 30, read_name: 60})
    assert seen.usage == Usage(
        uncached_input=10, cache_read=60, cache_write={"": 30}, output=5, stated_input=100
    )
    assert (seen.provider, seen.model, seen.served_model) == (
        "anthropic",
        "claude-opus-4-8",
        "claude-opus-4-8-20260528",
    )
    assert (seen.started_at, seen.ended_at) == (1777629600.0, 1777629603.5)
    assert seen.labels["call_site"] == "api"


def test_without_cache_fields_the_classes_are_unknown() -> None:
    """Absent is not zero."""
    assert only(call()).usage == Usage(output=5, stated_input=100)


def test_a_total_that_leaves_the_cache_out_is_recognised() -> None:
    """Parts cannot exceed their total."""
    usage = only({**call(), "gen_ai.usage.cache_read.input_tokens": 900}).usage
    assert (usage.uncached_input, usage.cache_read) == (100, 900)


def test_agents_and_tools_are_no_calls() -> None:
    """An agent's span repeats the sum of its calls."""
    agent, tool = call(gen_ai__operation__name="invoke_agent"), {"gen_ai.operation.name": "execute_tool"}
    assert only(agent, tool, {"http.route": "/"}, call()).id == "s3"


def test_openinference_names() -> None:
    """The other convention, told by its kind of span."""
    seen = only(
        {
            "openinference.span.kind": "LLM",
            "llm.model_name": "gpt-5.4",
            "llm.provider": "openai",
            "llm.token_count.prompt": 50,
            "llm.token_count.completion": 2,
            "llm.token_count.prompt_details.cache_read": 40,
        }
    )
    assert (seen.provider, seen.model, seen.usage.uncached_input, seen.usage.cache_read) == (
        "openai",
        "gpt-5.4",
        10,
        40,
    )


def test_recorded_content_becomes_a_body() -> None:
    """System instructions, parts, tool calls and their results."""
    messages = [
        {"role": "user", "parts": [{"type": "text", "content": "hello"}]},
        {"role": "assistant", "parts": [{"type": "tool_call", "name": "t", "arguments": {"a": 1}}]},
        {"role": "tool", "parts": [{"type": "tool_call_response", "response": "42"}]},
    ]
    seen = only(
        call(
            gen_ai__input__messages=json.dumps(messages),
            gen_ai__system_instructions=json.dumps([{"type": "text", "content": "be kind"}]),
            gen_ai__tool__definitions=json.dumps([{"type": "function", "function": {"name": "t"}}]),
        )
    )
    assert seen.call is not None
    assert [(block.level.name, block.text) for block in seen.call.blocks][1:] == [
        ("SYSTEM", "be kind"),
        ("MESSAGES", "hello"),
        ("MESSAGES", 't{"a":1}'),
        ("MESSAGES", "42"),
    ]


def texts(seen: Observation) -> list[tuple[str, str]]:
    """Return the level and text of every block."""
    assert seen.call is not None
    return [(block.level.name, block.text) for block in seen.call.blocks]


def test_every_result_of_a_message_counts() -> None:
    """Two results in one message are two blocks, and what the user adds is a third."""
    parts = [
        {"type": "tool_call_response", "response": "41"},
        {"type": "tool_call_response", "response": "42"},
        {"type": "text", "content": "and now?"},
    ]
    seen = only(call(gen_ai__input__messages=json.dumps([{"role": "user", "parts": parts}])))
    assert texts(seen) == [("MESSAGES", "41"), ("MESSAGES", "42"), ("MESSAGES", "and now?")]


SPREAD: list[Json] = [
    {
        "gen_ai.prompt.0.role": "system",
        "gen_ai.prompt.0.content": "be kind",
        "gen_ai.prompt.1.role": "user",
        "gen_ai.prompt.1.content": '[{"type": "text", "text": "hello"}]',
        "gen_ai.prompt.2.role": "assistant",
        "gen_ai.prompt.2.tool_calls.0.name": "t",
        "gen_ai.prompt.2.tool_calls.0.arguments": '{"a":1}',
        "llm.request.functions.0.name": "t",
        "llm.request.functions.0.parameters": "{}",
    },
    {
        "llm.input_messages.0.message.role": "system",
        "llm.input_messages.0.message.content": "be kind",
        "llm.input_messages.1.message.role": "user",
        "llm.input_messages.1.message.contents.0.message_content.text": "hello",
        "llm.input_messages.2.message.role": "assistant",
        "llm.input_messages.2.message.tool_calls.0.tool_call.function.name": "t",
        "llm.input_messages.2.message.tool_calls.0.tool_call.function.arguments": '{"a":1}',
        "llm.tools.0.tool.json_schema": '{"type": "function", "function": {"name": "t"}}',
    },
]


@pytest.mark.parametrize("content", SPREAD)
def test_content_that_is_spread_over_attributes(content: Json) -> None:
    """Two wide-spread instrumentations give every member of a message an attribute of its own."""
    found = texts(only({**call(), **content}))
    assert found[0][0] == "TOOLS"
    assert found[1:] == [("SYSTEM", "be kind"), ("MESSAGES", "hello"), ("MESSAGES", 't{"a":1}')]


def test_content_in_an_event_of_the_span() -> None:
    """Senders may put the content into an event; what the span itself says comes first."""
    held = document(call())
    said = {"gen_ai.input.messages": json.dumps([{"role": "user", "parts": [{"content": "hello"}]}])}
    event = {"name": "gen_ai.client.inference.operation.details", "attributes": attributes(said)}
    held["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["events"] = [event]
    (seen,) = read([json.dumps(held).encode()])
    assert isinstance(seen, Observation)
    assert texts(seen) == [("MESSAGES", "hello")]


def test_an_error_is_told() -> None:
    """By its type and the span's message."""
    seen = only({**call(), "error.type": "overloaded_error"})
    assert seen.error is not None
    assert (seen.error.kind, seen.error.text, seen.answered) == ("overloaded_error", "boom", False)


def test_one_document_or_one_a_line_or_spread_over_lines() -> None:
    """As collectors and people save them; what is torn is named."""
    row = json.dumps(document(call())).encode() + b"\n"
    assert len(list(read([row, row]))) == 2
    assert len(list(read(json.dumps(document(call()), indent=1).encode().splitlines(keepends=True)))) == 1
    assert [type(each).__name__ for each in read([row, row[:50]])] == ["Observation", "BadLine"]
    assert isinstance(next(read([row[:50]])), BadLine)
    found = [type(each).__name__ for each in read([row[:50] + b"\n", row, row[:50] + b"\n", row])]
    assert found == ["BadLine", "Observation", "BadLine", "Observation"], "torn in front, and between"
