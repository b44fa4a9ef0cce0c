"""The emulator answers the providers' worked examples with the providers' numbers, streaming and not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anthropic
import openai
import pytest

from samovar.emulator import Config, Emulator, running
from samovar.emulator.config import Account
from tests.conformance.examples import Call, Example, anthropic_body, examples, openai_body

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anthropic.types import Message

Json = dict[str, Any]
CONFIG = Config(
    port=0,
    clock="virtual",
    tokens="chars/4",
    account=Account(unlimited=True),
    accounts=(
        Account(name="two", keys=("key-two",), organization="org-two", workspace="w-two", unlimited=True),
    ),
)
ANTHROPIC = examples("anthropic")
OPENAI = [
    (example, api)
    for example in examples("openai")
    for api in example.settings.get("apis", ("chat", "responses"))
]
WEIGHTS = {"uncached": 1.0, "written": 1.25, "read": 0.1}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """One emulator for all examples; each begins with empty caches."""
    with running(CONFIG) as running_one:
        yield running_one


class Moments:
    """The virtual times of one example: it begins after everything that was before."""

    def __init__(self, emulator: Emulator) -> None:
        emulator.box.reset()
        self._start = emulator.clock.now() + 1.0

    def headers(self, call: Call) -> dict[str, str]:
        """Return the header that carries a call's start."""
        return {"samovar-now": repr(self._start + call.at)}


def marked(example: Example, *more: str) -> Any:  # noqa: ANN401  # pytest's parameter sets have no public type
    """Return a parameter that carries the example's facts."""
    return pytest.param(
        example, *more, id="-".join([example.id, *more]), marks=[pytest.mark.fact(*example.facts)]
    )


def check_error(error: anthropic.APIStatusError | openai.APIStatusError, expect: Json) -> None:
    """Compare an error with what the example says of it."""
    body = error.body if isinstance(error.body, dict) else {}
    inner = body.get("error", body)
    assert error.status_code == expect["status"], inner
    for member in ("type", "message", "code"):
        if member in expect:
            assert inner[member] == expect[member]


def check_usage(found: Json, expect: Json) -> None:
    """Compare the members that the example states."""
    stated = {name: value for name, value in expect.items() if name in found}
    assert stated, "an example must state something"
    assert {name: found[name] for name in stated} == stated


def _messages(client: anthropic.Anthropic, body: Json, headers: dict[str, str], *, stream: bool) -> Json:
    message: Message
    # A pre-warm cannot be streamed: the page refuses it.
    if stream and body["max_tokens"]:
        with client.messages.stream(**body, extra_headers=headers) as events:
            message = events.get_final_message()
    else:
        message = client.messages.create(**body, extra_headers=headers)
    usage, created = message.usage, message.usage.cache_creation
    assert created is not None
    short, long = created.ephemeral_5m_input_tokens, created.ephemeral_1h_input_tokens
    assert usage.cache_creation_input_tokens == short + long
    return {
        "read": usage.cache_read_input_tokens,
        "written_5m": short,
        "written_1h": long,
        "uncached": usage.input_tokens,
        "output": usage.output_tokens,
        "stop_reason": message.stop_reason,
    }


@pytest.mark.parametrize("example", [marked(example) for example in ANTHROPIC])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_messages(emulator: Emulator, example: Example, stream: bool) -> None:  # a parameter
    """Each request of the example has the usage or the error that the page gives."""
    moments = Moments(emulator)
    for call in example.calls:
        with anthropic.Anthropic(api_key=call.key, base_url=emulator.base_url, max_retries=0) as client:
            try:
                found = _messages(client, anthropic_body(call.members), moments.headers(call), stream=stream)
            except anthropic.APIStatusError as error:
                check_error(error, call.expect)
                continue
        assert "status" not in call.expect, "the example expects an error"
        check_usage(found, call.expect)


def _chat(client: Any, body: Json, headers: dict[str, str], *, stream: bool) -> Json:  # noqa: ANN401  # its overloads take no plain dict
    if stream:
        body = {**body, "stream": True, "stream_options": {"include_usage": True}}
        usage = [chunk.usage for chunk in client.chat.completions.create(**body, extra_headers=headers)][-1]
    else:
        usage = client.chat.completions.create(**body, extra_headers=headers).usage
    details = usage.prompt_tokens_details
    read, written = details.cached_tokens or 0, details.cache_write_tokens or 0
    return {
        "read": read,
        "written": written,
        "uncached": usage.prompt_tokens - read - written,
        "output": usage.completion_tokens,
    }


def _responses(client: openai.OpenAI, body: Json, headers: dict[str, str], *, stream: bool) -> Json:
    if stream:
        with client.responses.stream(**body, extra_headers=headers) as events:
            for _ in events:
                pass
            usage = events.get_final_response().usage
    else:
        usage = client.responses.create(**body, extra_headers=headers).usage
    assert usage is not None
    details = usage.input_tokens_details
    read, written = details.cached_tokens, details.cache_write_tokens or 0
    tiers = details.cache_write_tokens_details
    return {
        "read": read,
        "written": written,
        "written_12h": tiers.ttl_12h_tokens if tiers else 0,
        "uncached": usage.input_tokens - read - written,
        "output": usage.output_tokens,
    }


@pytest.mark.parametrize(("example", "api"), [marked(example, api) for example, api in OPENAI])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_openai(emulator: Emulator, example: Example, api: str, stream: bool) -> None:  # a parameter
    """Each request of the example has the usage, the error and the cost that the guide gives."""
    moments = Moments(emulator)
    send = _chat if api == "chat" else _responses
    cost = 0.0
    for call in example.calls:
        body = openai_body(call.members, chat=api == "chat")
        with openai.OpenAI(api_key=call.key, base_url=f"{emulator.base_url}/v1", max_retries=0) as client:
            try:
                found = send(client, body, moments.headers(call), stream=stream)
            except openai.APIStatusError as error:
                check_error(error, call.expect)
                continue
        assert "status" not in call.expect, "the example expects an error"
        check_usage(found, call.expect)
        cost += sum(WEIGHTS[name] * found[name] for name in WEIGHTS)
    if "cost" in example.settings:
        assert cost / example.settings["of"] == pytest.approx(example.settings["cost"])
