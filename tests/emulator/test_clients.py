"""The official clients, unmodified, take every answer: sync and async, streamed and whole, raw and parsed."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import anthropic
import jsonschema
import openai
import pytest

from samovar.emulator import Emulator, running
from tests.bodies import words
from tests.emulator.talk import ANTHROPIC, config

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.emulator.talk import Talk

JUDGEMENT = {
    "type": "object",
    "properties": {
        "winner": {"type": "string", "enum": ["A", "B", "tie"]},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
        "score": {"type": "integer", "minimum": 1, "maximum": 6},
        "why": {"type": "string", "maxLength": 120},
        "flags": {"type": "array", "items": {"type": "boolean"}, "minItems": 2},
    },
    "required": ["winner", "confidence", "score", "why", "flags"],
    "additionalProperties": False,
}
SYSTEM = words("system", 3000)
MESSAGES: dict[str, Any] = {
    "model": "claude-opus-5",
    "max_tokens": 200,
    "system": [{"type": "text", "text": SYSTEM, "cache_control": {"type": "ephemeral"}}],
    "messages": [{"role": "user", "content": "Which is better?"}],
}
CHAT: dict[str, Any] = {
    "model": "gpt-5.6-sol",
    "messages": [{"role": "developer", "content": SYSTEM}, {"role": "user", "content": "Which?"}],
}
RESPONSES: dict[str, Any] = {"model": "gpt-5.6-sol", "input": CHAT["messages"]}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """One emulator for all."""
    with running(config(gzip=True)) as one:
        yield one


@pytest.fixture
def claude(emulator: Emulator) -> Iterator[anthropic.Anthropic]:
    """Anthropic's client."""
    with anthropic.Anthropic(api_key="k", base_url=emulator.base_url, max_retries=0) as client:
        yield client


@pytest.fixture
def gpt(emulator: Emulator) -> Iterator[Any]:
    """OpenAI's client; untyped, because its overloads take no plain dictionaries."""
    with openai.OpenAI(api_key="k", base_url=f"{emulator.base_url}/v1", max_retries=0) as client:
        yield client


@pytest.mark.fact("anthropic.usage.stream")
def test_messages_streamed_and_whole_agree(claude: anthropic.Anthropic) -> None:
    """The assembled stream is a message like any other; cumulative usage ends where the whole one is."""
    whole = claude.messages.create(**MESSAGES)
    with claude.messages.stream(**MESSAGES) as stream:
        events = list(stream)
        streamed = stream.get_final_message()
    assert [e.type for e in events][:2] == ["message_start", "content_block_start"]
    assert events[-1].type == "message_stop"
    assert streamed.usage.cache_read_input_tokens == 3000
    assert streamed.stop_reason == whole.stop_reason == "end_turn"
    for message in (whole, streamed):
        block = message.content[0]
        assert isinstance(block, anthropic.types.TextBlock)
        assert message.usage.output_tokens == round(len(block.text) / 4)


def test_raw_responses_carry_the_providers_headers(claude: anthropic.Anthropic, gpt: Any) -> None:  # noqa: ANN401  # see gpt
    """Request ids, organisation and workspace are where the documentation says."""
    raw = claude.messages.with_raw_response.create(**MESSAGES)
    assert raw.parse()._request_id == raw.headers["request-id"]  # noqa: SLF001  # documented as public
    assert raw.headers["anthropic-workspace-id"] == "wrkspc-emulated"
    assert raw.headers["samovar-call-id"]
    other = gpt.responses.with_raw_response.create(**RESPONSES)
    assert other.headers["x-request-id"].startswith("req_")


@pytest.mark.fact("anthropic.prewarm")
def test_token_counts_and_model_lists(claude: anthropic.Anthropic, gpt: Any) -> None:  # noqa: ANN401  # see gpt
    """count_tokens counts what a message would, and leaves the cache alone."""
    asked = {name: MESSAGES[name] for name in ("model", "messages")}
    count = claude.messages.count_tokens(**asked, system=[{"type": "text", "text": words("fresh", 2000)}])
    assert count.input_tokens == 2000 + 4
    assert "claude-opus-5" in {model.id for model in claude.models.list()}
    assert "gpt-5.6-sol" in {model.id for model in gpt.models.list()}


@pytest.mark.parametrize("choice", [{"type": "tool", "name": "judge"}, {"type": "any"}])
def test_a_forced_tool_gets_valid_input(claude: anthropic.Anthropic, choice: Any) -> None:  # noqa: ANN401  # a union of typed dicts
    """Whole and streamed, the input satisfies the tool's schema."""
    tool: Any = {"name": "judge", "input_schema": JUDGEMENT}
    whole = claude.messages.create(**MESSAGES, tools=[tool], tool_choice=choice)
    with claude.messages.stream(**MESSAGES, tools=[tool], tool_choice=choice) as stream:
        streamed = stream.get_final_message()
    for message in (whole, streamed):
        block = message.content[0]
        assert isinstance(block, anthropic.types.ToolUseBlock)
        assert message.stop_reason == "tool_use"
        jsonschema.validate(block.input, JUDGEMENT)


@pytest.mark.parametrize("stream", [False, True])
def test_a_forced_function_gets_valid_arguments(gpt: Any, *, stream: bool) -> None:  # noqa: ANN401  # see gpt
    """Chat Completions and Responses alike."""
    function = {"name": "judge", "parameters": JUDGEMENT}
    asked = {**CHAT, "tools": [{"type": "function", "function": function}], "tool_choice": "required"}
    if stream:
        parts = [c.choices[0].delta.tool_calls for c in gpt.chat.completions.create(**asked, stream=True)]
        arguments = "".join(call.function.arguments for calls in parts if calls for call in calls)
    else:
        choice = gpt.chat.completions.create(**asked).choices[0]
        assert choice.finish_reason == "tool_calls"
        arguments = choice.message.tool_calls[0].function.arguments
    jsonschema.validate(json.loads(arguments), JUDGEMENT)
    wanted = {**RESPONSES, "tools": [{"type": "function", **function, "strict": False}]}
    wanted["tool_choice"] = {"type": "function", "name": "judge"}
    if stream:
        with gpt.responses.stream(**wanted) as events:
            types = [event.type for event in events]
            response = events.get_final_response()
        assert "response.function_call_arguments.done" in types
    else:
        response = gpt.responses.create(**wanted)
    jsonschema.validate(json.loads(response.output[0].arguments), JUDGEMENT)


def test_structured_outputs(claude: anthropic.Anthropic, gpt: Any) -> None:  # noqa: ANN401  # see gpt
    """A schema for the whole answer is obeyed in every dialect."""
    form = {"type": "json_schema", "schema": JUDGEMENT}
    asked: dict[str, Any] = {**MESSAGES, "output_config": {"format": form}}
    block = claude.messages.create(**asked).content[0]
    assert isinstance(block, anthropic.types.TextBlock)
    jsonschema.validate(json.loads(block.text), JUDGEMENT)
    named = {"name": "j", "schema": JUDGEMENT}
    said = gpt.chat.completions.create(**CHAT, response_format={"type": "json_schema", "json_schema": named})
    jsonschema.validate(json.loads(said.choices[0].message.content), JUDGEMENT)
    text = gpt.responses.create(**RESPONSES, text={"format": {**form, "name": "j"}}).output_text
    jsonschema.validate(json.loads(text), JUDGEMENT)


def test_the_budget_of_output_tokens_is_respected(claude: anthropic.Anthropic, gpt: Any) -> None:  # noqa: ANN401  # see gpt
    """A short budget cuts the answer and says so."""
    message = claude.messages.create(**{**MESSAGES, "max_tokens": 5})
    assert (message.stop_reason, message.usage.output_tokens) == ("max_tokens", 5)
    choice = gpt.chat.completions.create(**CHAT, max_completion_tokens=5)
    assert (choice.choices[0].finish_reason, choice.usage.completion_tokens) == ("length", 5)
    response = gpt.responses.create(**RESPONSES, max_output_tokens=16)
    assert response.status == "incomplete"
    assert response.incomplete_details.reason == "max_output_tokens"


def test_chat_usage_is_streamed_when_asked_for_only(gpt: Any) -> None:  # noqa: ANN401  # see gpt
    """Without include_usage no chunk has any."""
    plain = list(gpt.chat.completions.create(**CHAT, stream=True))
    assert all(chunk.usage is None for chunk in plain)
    asked = list(gpt.chat.completions.create(**CHAT, stream=True, stream_options={"include_usage": True}))
    assert [chunk.usage is not None for chunk in asked].count(True) == 1


def test_the_order_of_a_response_stream(gpt: Any) -> None:  # noqa: ANN401  # see gpt
    """Created, output, completed, with numbers in sequence."""
    with gpt.responses.stream(**RESPONSES) as events:
        seen = list(events)
    assert seen[0].type == "response.created"
    assert seen[-1].type == "response.completed"
    assert [event.sequence_number for event in seen] == list(range(len(seen)))


async def test_async_clients(emulator: Emulator) -> None:
    """The asynchronous clients too, streamed and whole."""
    async with anthropic.AsyncAnthropic(api_key="a", base_url=emulator.base_url, max_retries=0) as claude:
        await claude.messages.create(**MESSAGES)
        async with claude.messages.stream(**MESSAGES) as stream:
            message = await stream.get_final_message()
        assert message.usage.cache_read_input_tokens == 3000
    base = f"{emulator.base_url}/v1"
    async with openai.AsyncOpenAI(api_key="a", base_url=base, max_retries=0) as gpt:
        any_gpt: Any = gpt
        first = await any_gpt.chat.completions.create(**CHAT)
        assert first.choices[0].message.content
        async with any_gpt.responses.stream(**RESPONSES) as events:
            response = await events.get_final_response()
        assert response.output_text


def test_compressed_answers_and_requests(emulator: Emulator, talk: Talk) -> None:
    """Gzip is used when it is accepted, and understood when it comes."""
    body = json.dumps({**MESSAGES, "max_tokens": 2000}).encode()
    url = f"{emulator.base_url}/v1/messages"
    plain = talk.http.post(url, content=body, headers={**ANTHROPIC, "accept-encoding": "identity"})
    packed = talk.http.post(url, content=body, headers={**ANTHROPIC, "accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.json()["content"] == plain.json()["content"]
    sent = talk.http.post(url, content=gzip.compress(body), headers={**ANTHROPIC, "content-encoding": "gzip"})
    assert sent.json()["content"] == plain.json()["content"]
    bad = talk.http.post(url, content=b"\x1f\x8bnonsense", headers=ANTHROPIC)
    assert bad.status_code == 400


def test_single_models_and_served_tiers(claude: anthropic.Anthropic, gpt: Any) -> None:  # noqa: ANN401  # see gpt
    """A model can be asked after by its name; an answer says which tier served it."""
    assert claude.models.retrieve("claude-opus-5").id == "claude-opus-5"
    assert gpt.models.retrieve("gpt-5.6-sol").id == "gpt-5.6-sol"
    with pytest.raises(anthropic.NotFoundError):
        claude.models.retrieve("claude-none")
    with pytest.raises(openai.NotFoundError):
        gpt.models.retrieve("none")
    for asked, served in (("auto", "default"), ("flex", "flex"), ("priority", "priority")):
        assert gpt.chat.completions.create(**CHAT, service_tier=asked).service_tier == served
        assert gpt.responses.create(**RESPONSES, service_tier=asked).service_tier == served


@pytest.mark.fact("anthropic.thinking.display")
@pytest.mark.parametrize(
    ("model", "thinking", "shown"),
    [
        ("claude-sonnet-4-6", {"type": "enabled", "budget_tokens": 1024}, True),
        ("claude-sonnet-4-6", {"type": "enabled", "budget_tokens": 1024, "display": "omitted"}, False),
        ("claude-sonnet-4-6", {"type": "adaptive"}, True),
        ("claude-opus-5", {"type": "adaptive"}, False),
        ("claude-opus-5", {"type": "adaptive", "display": "summarized"}, True),
    ],
)
def test_a_model_that_may_think_thinks(
    claude: anthropic.Anthropic,
    model: str,
    thinking: Any,  # noqa: ANN401  # a union of typed dicts
    shown: bool,  # a parameter
) -> None:
    """Whole and streamed, the thought comes first, is counted, and can be sent back with the next turn."""
    asked: Any = {**MESSAGES, "model": model, "max_tokens": 2000, "thinking": thinking}
    whole = claude.messages.create(**asked)
    with claude.messages.stream(**asked) as stream:
        kinds = {event.type for event in stream}
        streamed = stream.get_final_message()
    assert {"signature", "text"} <= kinds
    assert ("thinking" in kinds) is shown
    for message in (whole, streamed):
        thought, answer = message.content
        assert isinstance(thought, anthropic.types.ThinkingBlock)
        assert isinstance(answer, anthropic.types.TextBlock)
        assert thought.signature
        assert bool(thought.thinking) is shown
    details = whole.usage.output_tokens_details
    assert details is not None
    assert details.thinking_tokens > 0
    assert whole.usage.output_tokens == details.thinking_tokens + round(len(whole.content[-1].text) / 4)
    said = [block.model_dump() for block in whole.content]
    turns = [
        *MESSAGES["messages"],
        {"role": "assistant", "content": said},
        {"role": "user", "content": "why?"},
    ]
    again = claude.messages.create(**{**asked, "messages": turns})
    assert again.usage.cache_read_input_tokens == 3000


@pytest.mark.parametrize("stream", [False, True])
def test_words_end_before_a_stop_sequence(
    claude: anthropic.Anthropic, gpt: openai.OpenAI, *, stream: bool
) -> None:
    """What stopped is named, and neither said nor counted."""
    asked: Any = {**MESSAGES, "max_tokens": 1000, "stop_sequences": ["never said", " the "]}
    if stream:
        with claude.messages.stream(**asked) as events:
            message: Any = events.get_final_message()
    else:
        message = claude.messages.create(**asked)
    assert (message.stop_reason, message.stop_sequence) == ("stop_sequence", " the ")
    text = message.content[0].text
    assert " the " not in text
    assert message.usage.output_tokens == max(1, round(len(text) / 4))
    whole: Any = {**CHAT, "model": "gpt-4.1", "stop": " the "}
    said = gpt.chat.completions.create(**whole).choices[0]
    assert said.finish_reason == "stop"
    assert " the " not in (said.message.content or "")
