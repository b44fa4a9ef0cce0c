"""What a request may not hold together: tool calls without results, kinds that nobody has, budgets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, get_args

import anthropic
import msgspec
import openai
import pytest
from anthropic.types import content_block_param
from anthropic.types.beta import beta_content_block_param

from samovar.providers.facts import facts
from tests.emulator.talk import messages

if TYPE_CHECKING:
    from tests.emulator.talk import Json, Talk

TOOL = {"name": "look_up", "input_schema": {"type": "object"}}
USE = {"type": "tool_use", "id": "toolu_1", "name": "look_up", "input": {}}
OTHER = {**USE, "id": "toolu_2"}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "found"}
ANSWER = {**RESULT, "tool_use_id": "toolu_2"}
THINKING = {"type": "enabled", "budget_tokens": 1024}
OLDER = {"model": "claude-sonnet-4-6"}
UNANSWERED = (
    "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: {}. Each "
    "`tool_use` block must have a corresponding `tool_result` block in the next message."
)
UNKNOWN = "{}: Input tag '{}' found using 'type' does not match any of the expected tags: "
UNASKED = (
    "{}: unexpected `tool_use_id` found in `tool_result` blocks: toolu_1. Each `tool_result` block must "
    "have a corresponding `tool_use` block in the previous message."
)


def talked(*turns: tuple[str, list[Json]]) -> Json:
    """Return the messages of a conversation that a user begins."""
    said = [{"role": "user", "content": "Look."}]
    return {"messages": [*said, *({"role": role, "content": content} for role, content in turns)]}


@pytest.mark.fact(
    "anthropic.error.block-kind",
    "anthropic.error.tool-names",
    "anthropic.error.tool-use",
    "anthropic.error.tool-result",
    "anthropic.error.thinking-budget",
    "anthropic.error.thinking-max-tokens",
)
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            talked(("user", [{"type": "input_text", "text": "hi"}])),
            UNKNOWN.format("messages.1.content.0", "input_text") + "'bash_code_execution_tool_result', ",
        ),
        (
            {"system": [{"type": "image", "source": {}}]},
            UNKNOWN.format("system.0", "image") + "'text'",
        ),
        ({"tools": [TOOL, {**TOOL, "description": "again"}]}, "tools: Tool names must be unique."),
        (talked(("assistant", [USE, OTHER])), UNANSWERED.format("toolu_1, toolu_2")),
        (talked(("assistant", [USE, OTHER]), ("user", [RESULT])), UNANSWERED.format("toolu_2")),
        (
            talked(("assistant", [USE]), ("user", []), ("assistant", []), ("user", [RESULT])),
            UNANSWERED.format("toolu_1"),
        ),
        (talked(("user", [RESULT])), UNASKED.format("messages.1.content.0")),
        (
            talked(("assistant", [USE]), ("user", [RESULT]), ("assistant", []), ("user", [RESULT])),
            UNASKED.format("messages.4.content.0"),
        ),
        (
            {**OLDER, "thinking": {"type": "enabled", "budget_tokens": 1023}, "max_tokens": 4096},
            "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024",
        ),
        ({**OLDER, "thinking": {"type": "enabled"}}, "thinking.enabled.budget_tokens: Field required"),
        (
            {**OLDER, "thinking": THINKING, "max_tokens": 1024},
            "`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation",
        ),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_does_not_fit_together(
    talk: Talk, change: Json, message: str, stream: bool
) -> None:  # a parameter
    """The official client is told in the words of the API, streaming or not; nothing is charged."""
    with (
        anthropic.Anthropic(api_key="k", base_url=talk.emulator.base_url, max_retries=0) as client,
        pytest.raises(anthropic.BadRequestError) as refused,
    ):
        client.messages.create(**{**messages(), **change}, stream=stream)
    error = refused.value.body
    assert isinstance(error, dict)
    assert (error["type"], error["error"]["type"]) == ("error", "invalid_request_error")
    assert error["error"]["message"].startswith(message)
    assert talk.last.counted_input == 0


@pytest.mark.parametrize(
    ("change", "headers"),
    [
        (talked(("assistant", [USE]), ("user", [RESULT])), {}),
        # Consecutive messages of one side are one turn.
        (talked(("assistant", [USE]), ("assistant", [OTHER]), ("user", [RESULT]), ("user", [ANSWER])), {}),
        ({"tools": [TOOL, {**TOOL, "name": "other"}, {"type": "mcp_toolset"}, {"type": "mcp_toolset"}]}, {}),
        ({**OLDER, "thinking": THINKING, "max_tokens": 1025}, {}),
        ({"thinking": {"type": "adaptive"}}, {}),
        # Between tool calls, thinking has the whole context window.
        (
            {**OLDER, "thinking": THINKING, "max_tokens": 64, "tools": [TOOL]},
            {"anthropic-beta": "interleaved-thinking-2025-05-14"},
        ),
        (
            talked(
                ("assistant", [{"type": "compaction", "content": "before"}]),
                ("user", [{"type": "text", "text": "go"}]),
            ),
            {},
        ),
    ],
)
def test_what_fits_together(talk: Talk, change: Json, headers: dict[str, str]) -> None:
    """Nothing is refused that the API takes."""
    answer = talk.post({**messages(), **change}, headers=headers)
    assert answer.status_code == 200, answer.text


def chatted(*said: Json) -> Json:
    """Return a Chat Completions body that a user begins."""
    return {"model": "gpt-5.4", "messages": [{"role": "user", "content": "Look."}, *said]}


def answered(*items: Json) -> Json:
    """Return a Responses body that a user begins."""
    return {"model": "gpt-5.4", "input": [{"role": "user", "content": "Look."}, *items]}


def calls(*names: str) -> Json:
    """Return an assistant's message that calls a tool for each id."""
    function = {"name": "look_up", "arguments": "{}"}
    asked = [{"id": name, "type": "function", "function": function} for name in names]
    return {"role": "assistant", "content": None, "tool_calls": asked}


def told(name: str) -> Json:
    """Return a tool's message."""
    return {"role": "tool", "tool_call_id": name, "content": "found"}


CALL = {"type": "function_call", "call_id": "call_1", "name": "look_up", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "found"}
GO = {"role": "user", "content": "Go."}
MISSING = (
    "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
    "'tool_call_id'. The following tool_call_ids did not have response messages: "
)
STRAY = (
    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with "
    "'tool_calls'."
)


@pytest.mark.fact(
    "openai.error.tool-calls",
    "openai.error.tool-message",
    "openai.error.function-call",
    "openai.error.function-output",
)
@pytest.mark.parametrize(
    ("body", "message", "param"),
    [
        (chatted(calls("call_1", "call_2"), told("call_2"), GO), MISSING + "call_1", "messages.[3].role"),
        (chatted(calls("call_1", "call_2")), MISSING + "call_1, call_2", "messages.[2].role"),
        (chatted(told("call_1")), STRAY, "messages.[1].role"),
        (chatted(calls("call_1"), told("call_1"), GO, told("call_1")), STRAY, "messages.[4].role"),
        (answered(CALL, GO), "No tool output found for function call call_1.", "input"),
        (answered(OUTPUT), "No tool call found for function call output with call_id call_1.", "input"),
    ],
)
def test_what_does_not_fit_together_for_openai(talk: Talk, body: Json, message: str, param: str) -> None:
    """OpenAI's client is told in the words of the API."""
    client = openai.OpenAI(api_key="k", base_url=f"{talk.emulator.base_url}/v1", max_retries=0)
    create = client.chat.completions.create if "messages" in body else client.responses.create
    with client, pytest.raises(openai.BadRequestError) as refused:
        create(**body)
    error = refused.value
    assert (error.type, error.param, error.code) == ("invalid_request_error", param, None)
    assert error.body == {"message": message, "type": error.type, "param": param, "code": None}


@pytest.mark.parametrize(
    "body",
    [
        chatted(calls("call_1", "call_2"), told("call_2"), told("call_1"), GO),
        answered(CALL, {"type": "reasoning", "summary": []}, OUTPUT),
        # What they stand for is not in the request.
        answered({"type": "item_reference", "id": "fc_1"}, OUTPUT),
    ],
)
def test_what_fits_together_for_openai(talk: Talk, body: Json) -> None:
    """In any order, and beside what cannot be seen."""
    path = "/v1/chat/completions" if "messages" in body else "/v1/responses"
    answer = talk.post(body, None, path)
    assert answer.status_code == 200, answer.text


def kinds_of(union: object) -> set[str]:
    """Return the kinds that a union of the client's types has."""
    found: set[str] = set()
    for part in get_args(union):
        said = getattr(part, "__annotations__", {}).get("type")
        found |= set(re.findall(r"Literal\['(\w+)'\]", str(said))) if said else kinds_of(part)
    return found


def test_every_kind_of_block_of_the_client_is_known() -> None:
    """What Anthropic's SDK can send as content, in its beta too."""
    known = facts().fact("anthropic.error.block-kind").read(dict[str, object])
    plain, betas = (set(msgspec.convert(known[name], list[str])) for name in ("kinds", "betas"))
    assert {"text", "tool_result"} < kinds_of(content_block_param.ContentBlockParam) <= plain
    assert {"text", "compaction"} < kinds_of(beta_content_block_param.BetaContentBlockParam) <= plain | betas
