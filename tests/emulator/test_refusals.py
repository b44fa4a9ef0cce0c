"""What the providers refuse, the emulator refuses in their words, before anything is charged or cached."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from anthropic.types import message_create_params
from anthropic.types.beta import message_create_params as beta_create_params

from samovar.emulator.anthropic_body import Body
from samovar.providers.wire import body_limit
from tests.bodies import words
from tests.emulator.talk import ANTHROPIC, chat, messages, responses

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.talk import Json, Talk


def refusal(
    talk: Talk, body: Json | bytes, path: str = "/v1/messages", **headers: str
) -> tuple[int, str, str]:
    """Return status, type and message."""
    answer = talk.post(body, None, path, headers)
    error = answer.json()["error"]
    return answer.status_code, error["type"], error["message"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"max_tokens": ...}, "max_tokens: Field required"),
        ({"messages": ...}, "messages: Field required"),
        ({"model": ...}, "model: Field required"),
        ({"messages": []}, "messages: at least one message is required"),
        ({"metadata": {"user": "x"}}, "metadata.user: Extra inputs are not permitted"),
        (
            {"messages": [{"role": "user", "content": [{"type": "text", "text": ""}]}]},
            "messages: text content blocks must be non-empty",
        ),
    ],
)
@pytest.mark.fact("anthropic.error.shape", "anthropic.error.extra-input")
def test_fields(talk: Talk, change: Json, message: str) -> None:
    """Missing and surplus members are named; the id of the error is the id of the request."""
    body = {**messages(), **change}
    body = {name: value for name, value in body.items() if value is not ...}
    answer = talk.post(body)
    assert answer.status_code == 400
    assert answer.json()["error"] == {"type": "invalid_request_error", "message": message}
    assert answer.json()["request_id"] == answer.headers["request-id"]
    assert talk.last.status == 400
    assert talk.last.counted_input == 0


def user(*blocks: Json) -> Json:
    """Return a member of a body: a turn of these blocks."""
    return {"messages": [{"role": "user", "content": list(blocks)}]}


IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": 3}}


@pytest.mark.parametrize(
    ("change", "place", "kind"),
    [
        (user({"type": "text", "text": 5}), "messages.0.content.0.text.text", "string"),
        (user({"type": "text", "text": "a"}, IMAGE), "messages.0.content.1.image.source.data", "string"),
        (user({"type": "document", "source": 1}), "messages.0.content.0.document.source", "object"),
        (
            user({"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": 5}]}),
            "messages.0.content.0.tool_result.content.0.text.text",
            "string",
        ),
        ({"system": [{"type": "text", "text": 5}]}, "system.0.text", "string"),
        ({"tools": [{"name": 1, "input_schema": {"type": "object"}}]}, "tools.0.custom.name", "string"),
    ],
)
@pytest.mark.fact("anthropic.error.input-type")
def test_a_member_of_a_block_has_its_type(talk: Talk, change: Json, place: str, kind: str) -> None:
    """Each time: that a piece was seen before makes it no better."""
    for _ in range(2):
        status, error, message = refusal(talk, {**messages(), **change})
        assert (status, error) == (400, "invalid_request_error")
        assert message.startswith(f"{place}: Input should be a valid ")
        assert kind in message


@pytest.mark.fact("anthropic.prewarm.refused")
def test_a_streamed_pre_warm_is_refused(talk: Talk) -> None:
    """A zero budget has nothing to stream."""
    status, kind, message = refusal(talk, messages(max_tokens=0, stream=True))
    assert (status, kind) == (400, "invalid_request_error")
    assert "stream" in message


def test_headers(talk: Talk) -> None:
    """A key and a version are needed; since 2026-10-21 the version decides about sampling."""
    bare = talk.http.post(
        f"{talk.emulator.base_url}/v1/messages", content=b"{}", headers={"anthropic-version": "x"}
    )
    assert (bare.status_code, bare.json()["error"]["type"]) == (401, "authentication_error")
    unversioned = talk.http.post(
        f"{talk.emulator.base_url}/v1/messages", content=b"{}", headers={"x-api-key": "k"}
    )
    assert (unversioned.status_code, unversioned.json()["error"]["type"]) == (400, "invalid_request_error")
    warm = messages(temperature=0.5, model="claude-sonnet-4-6")
    assert talk.post(warm).status_code == 200
    assert talk.post(warm, headers={"anthropic-version": "2026-10-21"}).status_code == 400


def test_bodies_that_are_no_json(talk: Talk) -> None:
    """Each provider in its own shape."""
    assert refusal(talk, b"{nonsense")[:2] == (400, "invalid_request_error")
    assert refusal(talk, b'{"model": 3, "messages": []}')[:2] == (400, "invalid_request_error")
    status, kind, message = refusal(talk, b"{nonsense", "/v1/responses")
    assert (status, kind) == (400, "invalid_request_error")
    assert message.startswith("We could not parse the JSON body of your request.")


@pytest.mark.fact("anthropic.limits.body")
def test_a_body_above_32_megabytes(talk: Talk) -> None:
    """413, before it is parsed."""
    assert refusal(talk, b" " * (body_limit() + 1))[:2] == (413, "request_too_large")


def test_unknown_paths_name_the_known_ones(talk: Talk) -> None:
    """A wrong base URL is the commonest mistake of all."""
    answer = talk.http.post(f"{talk.emulator.base_url}/v2/messages", content=b"{}", headers=ANTHROPIC)
    assert answer.status_code == 404
    assert "/v1/messages" in answer.json()["error"]["message"]
    assert talk.http.get(f"{talk.emulator.base_url}/v1/messages", headers=ANTHROPIC).status_code == 404
    # The version that one client's base URL has and the other's has not may be missing.
    assert talk.post(chat(), None, "/chat/completions").status_code == 200


@pytest.mark.parametrize(
    ("body", "path", "code", "param"),
    [
        (chat(model=...), "/v1/chat/completions", None, None),
        ({"model": "gpt-5.6-sol"}, "/v1/chat/completions", "missing_required_parameter", "messages"),
        ({"model": "gpt-5.6-sol"}, "/v1/responses", "missing_required_parameter", "input"),
        (
            responses(prompt_cache_options={"ttl": "7d"}),
            "/v1/responses",
            "invalid_value",
            "prompt_cache_options.ttl",
        ),
    ],
)
@pytest.mark.fact("openai.error.shape")
def test_openai_fields(talk: Talk, body: Json, path: str, code: str | None, param: str | None) -> None:
    """message, type, param and code, whatever is wrong."""
    sent = {name: value for name, value in body.items() if value is not ...}
    answer = talk.post(sent, None, path)
    error = answer.json()["error"]
    assert answer.status_code == 400
    assert (error["type"], error["code"], error["param"]) == ("invalid_request_error", code, param)


def test_openai_wants_a_key(talk: Talk) -> None:
    """401 in its words."""
    status, _, message = refusal(talk, chat(), "/v1/chat/completions", authorization="")
    assert status == 401
    assert message.startswith("You didn't provide an API key.")


def test_unknown_models_may_be_allowed(talk: Talk, talking: Callable[..., Talk]) -> None:
    """By configuration only."""
    assert talk.post(messages(model="my-own-model")).status_code == 404
    assert talking(unknown_models=True).post(messages(model="my-own-model")).status_code == 200


def test_a_model_of_another_maker_is_served_as_behind_a_gateway(
    talk: Talk, talking: Callable[..., Talk]
) -> None:
    """OpenAI has no Claude; where unknown models are allowed, it is cached and refused as its maker says."""
    path, gateway = "/v1/chat/completions", talking(unknown_models=True)
    marker = {"type": "ephemeral", "ttl": "1h"}
    text = {"type": "text", "text": words("doc", 2000), "cache_control": marker}
    said = [{"role": "system", "content": [text]}, {"role": "user", "content": "go"}]
    body = {"model": "anthropic/claude-sonnet-4.5", "messages": said}
    assert talk.post(body, None, path).status_code == 404
    first, second = (
        gateway.post(body, at, path).json()["usage"]["prompt_tokens_details"] for at in (0, 3_000)
    )
    assert (first["cached_tokens"], first["cache_write_tokens"]) == (0, 2000)
    assert (second["cached_tokens"], second["cache_write_tokens"]) == (2000, 0)
    text["cache_control"] = {"type": "ephemeral", "ttl": "2h"}
    assert "messages.0.content.0.cache_control.ephemeral.ttl: " in gateway.post(body, None, path).text


@pytest.mark.fact(
    "anthropic.window.1m",
    "anthropic.window.200k",
    "anthropic.window.200k-beta",
    "anthropic.error.prompt-too-long",
)
@pytest.mark.parametrize(
    ("model", "tokens", "beta", "window"),
    [
        ("claude-haiku-4-5", 199_000, "", None),
        ("claude-haiku-4-5", 200_001, "", 200_000),
        ("claude-haiku-4-5", 200_001, "context-1m-2025-08-07", 200_000),
        ("claude-sonnet-4-5", 200_001, "", 200_000),
        ("claude-sonnet-4-5", 200_001, "context-1m-2025-08-07", None),
        ("claude-opus-5", 200_001, "", None),
        ("claude-opus-5", 1_000_001, "", 1_000_000),
    ],
)
def test_a_prompt_that_is_too_long(
    talk: Talk, model: str, tokens: int, beta: str, window: int | None
) -> None:
    """Refused with what it has and what there may be; its tokens can still be counted."""
    body = messages(f"doc {tokens - 10}", model=model)
    answer = talk.post(body, headers={"anthropic-beta": beta} if beta else {})
    if window is None:
        assert answer.status_code == 200
        return
    error = answer.json()["error"]
    assert (answer.status_code, error["type"]) == (400, "invalid_request_error")
    assert error["message"] == f"prompt is too long: {tokens} tokens > {window} maximum"
    assert talk.last.counted_input == 0
    del body["max_tokens"]
    assert talk.post(body, None, "/v1/messages/count_tokens").json() == {"input_tokens": tokens}


MARKED_SYSTEM = "system.0.cache_control"
MARKED_TEXT = "messages.0.content.0.text.cache_control"
PERSISTENT = (
    ": Input tag 'persistent' found using 'type' does not match any of the expected tags: 'ephemeral'"
)
MARKED_TOOL = "tools.0.custom.cache_control"


@pytest.mark.fact("anthropic.error.marker", "anthropic.error.marker-extra")
@pytest.mark.parametrize(
    ("control", "mistake"),
    [
        ({}, ".type: Field required"),
        ({"type": "persistent"}, PERSISTENT),
        ({"type": "ephemeral", "ttl": "2h"}, ".ephemeral.ttl: Input should be '5m' or '1h'"),
        ({"type": "ephemeral", "ttl": [5]}, ".ephemeral.ttl: Input should be '5m' or '1h'"),
        ({"type": "ephemeral", "scope": "global"}, ".ephemeral.scope: Extra inputs are not permitted"),
        ("ephemeral", ": Input should be a valid dictionary or object to extract fields from"),
    ],
)
def test_markers_that_are_none(talk: Talk, control: object, mistake: str) -> None:
    """Refused wherever they stand, by the path that the provider's schema has; null is no marker."""
    block = {"type": "text", "text": words("s", 2000), "cache_control": control}
    tool = {"name": "t", "input_schema": {"type": "object"}, "cache_control": control}
    for change, path in (
        ({"system": [block]}, MARKED_SYSTEM),
        ({"messages": [{"role": "user", "content": [block]}]}, MARKED_TEXT),
        ({"tools": [tool]}, MARKED_TOOL),
        ({"cache_control": control}, "cache_control"),
    ):
        body = {**messages(), **change}
        assert refusal(talk, body) == (400, "invalid_request_error", path + mistake)
    assert talk.post({**messages(), "system": [{**block, "cache_control": None}]}).status_code == 200


def test_a_scope_needs_its_beta(talk: Talk) -> None:
    """What one beta permits is no mistake under it."""
    body = messages()
    body["system"][0]["cache_control"]["scope"] = "global"
    beta = {"anthropic-beta": "prompt-caching-scope-2026-01-05"}
    assert talk.post(body, headers=beta).status_code == 200


@pytest.mark.fact("anthropic.error.role", "anthropic.error.system-turn", "anthropic.key.appended-system")
@pytest.mark.parametrize(
    ("model", "role", "told"),
    [
        ("claude-opus-5", "system", None),
        ("claude-fable-5", "system", None),
        ("claude-sonnet-5", "system", "The Messages API accepts a top-level `system` parameter"),
        ("claude-sonnet-4-5", "system", "The Messages API accepts a top-level `system` parameter"),
        ("claude-opus-5", "narrator", 'Unexpected role "narrator". Allowed roles are "user" or "assistant"'),
    ],
)
def test_who_may_speak(talk: Talk, model: str, role: str, told: str | None) -> None:
    """Users, assistants and, on models that take it, the system in mid-conversation."""
    turns = [{"role": "user", "content": "hi"}, {"role": role, "content": "be brief"}]
    answer = talk.post(messages(model=model, messages=[*turns, {"role": "user", "content": "go"}]))
    assert answer.status_code == (200 if told is None else 400)
    assert told is None or told in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"messages": [{"role": "user", "content": " \n"}]},
            "messages: text content blocks must contain non-whitespace text",
        ),
        ({"prompt_cache_key": "k"}, "prompt_cache_key: Extra inputs are not permitted"),
        ({"tool_choice": {"type": "any"}}, "tool_choice: may only be specified while providing tools"),
        (
            {"tool_choice": {"type": "tool", "name": "no"}, "tools": [{"name": "t", "input_schema": {}}]},
            "tool_choice: Tool 'no' not found in provided tools",
        ),
        (
            {"inference_geo": "us", "model": "claude-haiku-4-5"},
            "inference_geo: not supported with the model claude-haiku-4-5",
        ),
    ],
)
@pytest.mark.fact("anthropic.error.blank-text-block")
def test_what_cannot_be_asked_for(talk: Talk, change: Json, message: str) -> None:
    """Blank texts, members and tools that are not there, geographies that are not sold."""
    assert refusal(talk, {**messages(), **change}) == (400, "invalid_request_error", message)


def test_every_parameter_of_the_client_is_known() -> None:
    """What Anthropic's SDK can send is no surplus input, in its beta either."""
    sent: set[str] = set()
    for module in (message_create_params, beta_create_params):
        for name in dir(module):
            if name.startswith("MessageCreateParams"):
                sent |= set(getattr(getattr(module, name), "__annotations__", ()))
    assert "context_management" in sent
    assert sent <= set(Body.__struct_fields__)


def test_an_odd_version(talk: Talk) -> None:
    """A version is a date."""
    assert refusal(talk, messages(), **{"anthropic-version": "latest"})[0] == 400
