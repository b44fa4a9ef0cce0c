"""LiteLLM's payloads: the gateway's view of a call."""

from __future__ import annotations

import json
from typing import Any

import pytest

from samovar.providers.usage import Usage
from samovar.record import BadLine, Observation
from samovar.record.litellm import read

Json = dict[str, Any]


def payload(**members: object) -> Json:
    """Return a payload as the proxy logs it."""
    return {
        "id": "chatcmpl-1",
        "trace_id": "t1",
        "call_type": "acompletion",
        "status": "success",
        "custom_llm_provider": "anthropic",
        "model": "claude-sonnet-4-5",
        "startTime": 1777629600.0,
        "completionStartTime": 1777629601.0,
        "endTime": 1777629602.0,
        "prompt_tokens": 100,
        "completion_tokens": 5,
        "messages": [
            {
                "role": "system",
                "content": [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}],
            },
            {"role": "user", "content": "hello"},
        ],
        "model_parameters": {"tools": [{"type": "function", "function": {"name": "t"}}]},
        "metadata": {"user_api_key_hash": "abc", "user_api_key_team_id": "team"},
        "model_id": "deployment-3",
        "request_tags": ["b", "a"],
        "response": {
            "id": "r",
            "model": "claude-sonnet-4-5",
            "usage": {
                "prompt_tokens": 100,
                "completion_tokens": 5,
                "cache_creation_input_tokens": 20,
                "cache_read_input_tokens": 70,
            },
        },
        **members,
    }


def only(row: Json) -> Observation:
    """Return the one observation of a line."""
    (seen,) = read([json.dumps(row).encode()])
    assert isinstance(seen, Observation)
    return seen


@pytest.mark.parametrize("wrap", [lambda p: p, lambda p: {"standard_logging_object": p}])
def test_a_payload_is_a_call(wrap: Any) -> None:  # noqa: ANN401  # a function of a table
    """Bare or wrapped; markers in the messages are kept, identity is taken from the metadata."""
    seen = only(wrap(payload()))
    assert (seen.id, seen.provider, seen.tenant, seen.route) == (
        "chatcmpl-1",
        "anthropic",
        "team",
        "deployment-3",
    )
    assert seen.usage == Usage(
        uncached_input=10, cache_read=70, cache_write={"": 20}, output=5, stated_input=100
    )
    assert seen.call is not None
    assert [block.marker for block in seen.call.blocks] == [None, "", None]
    assert seen.labels == {"trace_id": "t1", "tags": "a,b"}
    assert seen.started_at == 1777629600.0


def test_usage_where_the_gateway_left_it() -> None:
    """In the metadata, or only as totals; an exclusive total under an inclusive name is recognised."""
    told = {"prompt_tokens": 9, "prompt_tokens_details": {"cached_tokens": 4}}
    assert only(payload(response=None, metadata={"usage_object": told})).usage.cache_read == 4
    assert only(payload(response=None, metadata={})).usage.stated_input == 100
    exclusive = {"prompt_tokens": 3, "cache_read_input_tokens": 70}
    assert only(payload(response={"usage": exclusive})).usage.uncached_input == 3


@pytest.mark.parametrize(
    ("named", "model", "provider"),
    [
        ("azure", "gpt-5.4", "azure-openai"),
        ("vertex_ai", "claude-opus-4-8", "vertex-anthropic"),
        ("vertex_ai", "gemini-3.8-flash", "gemini"),
        ("bedrock_converse", "anthropic.claude-opus-4-8", "bedrock"),
        ("hosted_vllm", "Qwen/Qwen3-32B", "vllm"),
        ("deepseek", "deepseek-v4-pro", "deepseek"),
    ],
)
def test_providers_have_one_name(named: str, model: str, provider: str) -> None:
    """The gateway's spelling is translated."""
    assert only(payload(custom_llm_provider=named, model=model)).provider == provider


def test_a_failure_and_a_redacted_body() -> None:
    """Both are still calls."""
    told = {"error_code": "429", "error_class": "RateLimitError", "error_message": "slow down"}
    seen = only(
        payload(status="failure", error_information=told, response=None, messages="redacted-by-litellm")
    )
    assert seen.status == 429
    assert seen.error is not None
    assert seen.error.kind == "RateLimitError"
    assert seen.call is None


def test_other_lines() -> None:
    """Embeddings are no calls; torn and foreign lines are named."""
    rows = [json.dumps(payload(call_type="aembedding")).encode(), b'{"id', b'{"a": 1}', b"\n", b"[]"]
    assert [type(each).__name__ for each in read(rows)] == ["BadLine", "BadLine", "BadLine"]
    assert all(isinstance(each, BadLine) for each in read(rows))


def test_an_answer_of_the_gateways_own_cache_is_no_call() -> None:
    """No provider was asked: the entry is named, and is no evidence of anything."""
    found = list(read([json.dumps(payload()).encode(), json.dumps(payload(cache_hit=True)).encode()]))
    assert [type(each).__name__ for each in found] == ["Observation", "BadLine"]
