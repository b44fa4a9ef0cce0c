"""What OpenAI's endpoints take of parameters, and several choices, through the official client."""

from __future__ import annotations

import typing
from typing import TYPE_CHECKING, Any

import openai
import pytest
from openai.types.beta import response_create_params as beta_params
from openai.types.chat import completion_create_params as chat_params
from openai.types.responses import response_create_params as responses_params
from openai.types.responses import response_input_item_param as item_params

from samovar.emulator import running
from samovar.emulator.openai_bodies import ChatBody, ResponsesBody
from samovar.providers.facts import facts
from tests.bodies import words
from tests.emulator.talk import config

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.emulator.talk import Json

SOL = "gpt-5.6-sol"
SAID: list[Any] = [{"role": "user", "content": "Which?"}]
TOOL = {"type": "function", "function": {"name": "f", "parameters": {}}}
OPEN_TOOL = {"type": "function", "name": "f", "parameters": {}}
MARK = {"mode": "explicit"}


def part(kind: str = "text", **more: object) -> Json:
    """Return a content part."""
    return {"type": kind, "text": "hello", **more}


def said(role: str, *parts: Json) -> Json:
    """Return a message of parts."""
    return {"role": role, "content": list(parts)}


@pytest.fixture(scope="module")
def gpt() -> Iterator[Any]:
    """OpenAI's client; untyped, because its overloads take no plain dictionaries."""
    with (
        running(config()) as emulator,
        openai.OpenAI(api_key="k", base_url=f"{emulator.base_url}/v1", max_retries=0) as client,
    ):
        yield client


def create(gpt: Any, body: Json) -> Any:  # noqa: ANN401  # see gpt
    """Send a body as it is to the endpoint that its members tell."""
    path = "/responses" if {"input", "reasoning", "text"} & body.keys() else "/chat/completions"
    return gpt.post(path, body=body, cast_to=object)


def chat(**more: object) -> Json:
    """Return a Chat Completions body."""
    return {"model": SOL, "messages": SAID, **more}


def respond(**more: object) -> Json:
    """Return a Responses body."""
    return {"model": SOL, "input": "Which?", **more}


@pytest.mark.fact("openai.tier-served")
@pytest.mark.parametrize(
    "body",
    [
        chat(max_completion_tokens=128_000, metadata={"k" * 64: "v" * 512}, store=True, service_tier="fast"),
        chat(max_tokens=16_384, temperature=0, model="gpt-4o-mini", n=128, seed=1, stop=["x"]),
        chat(tools=[TOOL], tool_choice="none", parallel_tool_calls=False, reasoning_effort="max"),
        chat(messages=[*SAID, {"role": "assistant", "content": None, "refusal": "no"}, *SAID]),
        respond(reasoning={"effort": "xhigh", "summary": "auto"}, text={"verbosity": "low"}),
        respond(max_output_tokens=16, metadata={}, truncation="auto", include=[], service_tier="priority"),
        respond(tools=[{"type": "web_search"}, OPEN_TOOL], tool_choice={"type": "function", "name": "f"}),
        respond(input=[said("user", part("input_text", prompt_cache_breakpoint=MARK | {"ttl": "12h"}))]),
        respond(prompt_cache_options={"mode": "explicit", "comparison_response_id": "resp_1"}),
    ],
)
def test_what_is_in_order(gpt: Any, body: Json) -> None:  # noqa: ANN401  # see gpt
    """Parameters as they may be; the tier that answers is the one that serves what was asked for."""
    answer = create(gpt, body)
    assert answer["service_tier"] == ("priority" if "service_tier" in body else "default")


@pytest.mark.parametrize("stream", [False, True])
def test_several_choices(gpt: Any, *, stream: bool) -> None:  # noqa: ANN401  # see gpt
    """Each has its own index and words; usage counts the output of all and the input once."""
    body = chat(n=3, messages=[{"role": "user", "content": words("q", 1500)}])
    if stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
        chunks = list(gpt.chat.completions.create(**body))
        texts = dict.fromkeys(range(3), "")
        for chunk in chunks:
            for choice in chunk.choices:
                texts[choice.index] += choice.delta.content or ""
        usage, said_ = chunks[-1].usage, list(texts.values())
    else:
        answer = gpt.chat.completions.create(**body)
        assert [choice.index for choice in answer.choices] == [0, 1, 2]
        usage, said_ = answer.usage, [choice.message.content for choice in answer.choices]
    assert len(set(said_)) == 3
    assert usage.completion_tokens == sum(max(1, round(len(text) / 4)) for text in said_)
    assert (
        usage.prompt_tokens
        == gpt.chat.completions.create(**chat(messages=body["messages"])).usage.prompt_tokens
    )


def literals(annotation: object) -> set[str]:
    """Return the texts of all literals in an annotation."""
    if typing.get_origin(annotation) is typing.Literal:
        return {value for value in typing.get_args(annotation) if isinstance(value, str)}
    return {text for inner in typing.get_args(annotation) for text in literals(inner)}


def test_every_parameter_of_the_client_is_known() -> None:
    """What OpenAI's SDK can send is known: every parameter, in its beta too, and every kind of item."""
    for module, prefix, known in (
        (chat_params, "CompletionCreateParams", ChatBody),
        (responses_params, "ResponseCreateParams", ResponsesBody),
        (beta_params, "ResponseCreateParams", ResponsesBody),
    ):
        sent: set[str] = set()
        for name in dir(module):
            if name.startswith(prefix):
                sent |= set(getattr(getattr(module, name), "__annotations__", ()))
        assert "stream" in sent
        assert sent <= set(known.__struct_fields__)
    items = typing.cast("Json", facts().fact("openai.messages").value)["items"]
    kinds: set[str] = set()
    for kind in typing.get_args(item_params.ResponseInputItemParam):
        kinds |= literals(typing.get_type_hints(kind).get("type"))
    assert "function_call_output" in kinds
    assert kinds <= {*items, "message"}
