"""Bedrock Converse: cache points mark the block before them; the rest is the model's own prompt."""

from __future__ import annotations

import json
from typing import Any

import pytest

from samovar.call import SegmentMemo, dialect_for
from samovar.call.bedrock_converse import parse
from samovar.errors import MalformedBody
from samovar.providers.rules import Level
from samovar.providers.usage import Usage

Json = dict[str, Any]
POINT: Json = {"cachePoint": {"type": "default"}}
HOUR: Json = {"cachePoint": {"type": "default", "ttl": "1h"}}
TOOL: Json = {"toolSpec": {"name": "t", "inputSchema": {"json": {"type": "object"}}}}
PATH = "/model/us.anthropic.claude-opus-4-6-v1/converse"


def body(**members: object) -> bytes:
    """Return a request."""
    return json.dumps({"messages": [{"role": "user", "content": [{"text": "hello"}]}], **members}).encode()


def test_blocks_are_in_render_order_with_paths_into_the_body() -> None:
    """Tools, system, messages; a cache point is no position of its own, but counts in the paths."""
    raw = body(
        system=[{"text": "one"}, POINT, {"text": "two"}],
        toolConfig={"tools": [TOOL, HOUR]},
        messages=[{"role": "user", "content": [{"text": "hello"}, POINT]}],
    )
    call = parse(raw, SegmentMemo(), PATH)
    assert call.model == "us.anthropic.claude-opus-4-6-v1"
    assert [call.path(i) for i in range(4)] == [
        "toolConfig.tools[0]",
        "system[0]",
        "system[2]",
        "messages[0].content[0]",
    ]
    assert [block.marker for block in call.blocks] == ["1h", "", None, ""]
    assert [block.level for block in call.blocks] == [Level.TOOLS, Level.SYSTEM, Level.SYSTEM, Level.MESSAGES]


def test_a_moved_cache_point_changes_nothing_that_is_rendered() -> None:
    """The prefix is the same with and without it."""
    one = parse(body(system=[{"text": "one"}, POINT]), SegmentMemo(), PATH)
    other = parse(body(system=[{"text": "one"}]), SegmentMemo(), PATH)
    assert [b.rendered for b in one.blocks] == [b.rendered for b in other.blocks]


def test_content_of_every_kind() -> None:
    """What a tokenizer sees; ids of the protocol are not rendered."""

    def call(tool_id: str) -> Any:  # noqa: ANN401  # the call, whose type is long to spell
        parts: list[Json] = [
            {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}},
            {"toolUse": {"toolUseId": tool_id, "name": "t", "input": {"a": 1}}},
            {"toolResult": {"toolUseId": tool_id, "content": [{"text": "x"}, {"json": {"b": 2}}]}},
            {"image": {"format": "png", "source": {"bytes": "AA"}}},
            {"guardContent": {"text": {"text": "g"}}},
        ]
        return parse(body(messages=[{"role": "user", "content": parts}]), SegmentMemo(), PATH)

    one = call("id-1")
    assert [block.text for block in one.blocks][:4] == ["hm", 't{"a":1}', 'x\n{"b":2}', ""]
    assert [block.kind for block in one.blocks][:4] == ["thinking", "tool_use", "tool_result", "image"]
    assert one.blocks[3].images == 1
    assert one.params == {"images": "true"}
    assert [b.rendered for b in one.blocks] == [b.rendered for b in call("id-2").blocks]


def test_parameters_have_the_models_own_names() -> None:
    """So that the same rules apply to them."""
    extra = {"thinking": {"type": "enabled", "budget_tokens": 9}, "output_config": {"effort": "low"}}
    raw = body(
        toolConfig={"tools": [TOOL], "toolChoice": {"tool": {"name": "t"}}},
        additionalModelRequestFields=extra,
        inferenceConfig={"maxTokens": 7},
        performanceConfig={"latency": "optimized"},
    )
    call = parse(raw, SegmentMemo(), f"{PATH}-stream")
    assert call.params == {
        "tool_choice": "tool:t",
        "thinking": "enabled:9",
        "effort": "low",
        "speed": "optimized",
    }
    assert (call.max_tokens, call.stream) == (7, True)
    auto = parse(body(toolConfig={"tools": [TOOL], "toolChoice": {"auto": {}}}), SegmentMemo(), PATH)
    assert auto.params == {}


@pytest.mark.parametrize(
    "raw",
    [b"[]", b"{", body(system=7), body(messages=[1]), body(messages=[{"role": "user", "content": "text"}])],
)
def test_a_malformed_body_is_named(raw: bytes) -> None:
    """Never by its content."""
    with pytest.raises(MalformedBody, match="Bedrock Converse"):
        parse(raw, SegmentMemo(), PATH)


def test_usage_leaves_the_cache_out_of_the_input() -> None:
    """Writes are by lifetime where the answer says so."""
    dialect = dialect_for(PATH)
    told = {"inputTokens": 3, "outputTokens": 2, "cacheReadInputTokens": 5, "cacheWriteInputTokens": 9}
    assert dialect.usage(json.dumps({"usage": told}).encode()) == Usage(
        uncached_input=3, cache_read=5, cache_write={"": 9}, output=2
    )
    detailed = {**told, "cacheDetails": [{"ttl": "1h", "inputTokens": 4}, {"ttl": "5m", "inputTokens": 5}]}
    assert dialect.usage(json.dumps({"usage": detailed}).encode()).cache_write == {"1h": 4, "5m": 5}
    assert dialect.usage(b"{}") == Usage()


def test_a_logged_stream_is_assembled() -> None:
    """One event a line, as recorders decode them."""
    events: list[Json] = [
        {"contentBlockDelta": {"delta": {"text": "a"}}},
        {"contentBlockDelta": {"delta": {"text": "b"}}},
        {"messageStop": {"stopReason": "end_turn"}},
        {"metadata": {"usage": {"inputTokens": 1}}},
    ]
    stream = b"\n".join(json.dumps(event).encode() for event in events) + b"\n{torn"
    made = json.loads(dialect_for(PATH).assemble(stream))
    assert made["output"]["message"]["content"] == [{"text": "ab"}]
    assert made["usage"] == {"inputTokens": 1}
