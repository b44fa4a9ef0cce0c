"""Gemini generateContent: implicit caching, in either spelling of its members."""

from __future__ import annotations

import json
from typing import Any

import pytest

from samovar.call import SegmentMemo, dialect_for
from samovar.call.gemini import parse
from samovar.errors import MalformedBody
from samovar.providers.rules import Level
from samovar.providers.usage import Usage

Json = dict[str, Any]
PATH = "/v1beta/models/gemini-3.8-flash:generateContent"


def call(endpoint: str = PATH, **members: object) -> Any:  # noqa: ANN401  # the call, whose type is long to spell
    """Return a parsed request."""
    return parse(
        json.dumps({"contents": [{"parts": [{"text": "hello"}]}], **members}).encode(),
        SegmentMemo(),
        endpoint,
    )


def test_blocks_are_in_render_order_with_paths_into_the_body() -> None:
    """Each declaration is a tool; built-in tools are one each."""
    tools = [{"functionDeclarations": [{"name": "a"}, {"name": "b"}]}, {"googleSearch": {}}]
    seen = call(systemInstruction={"parts": [{"text": "s"}]}, tools=tools)
    assert seen.model == "gemini-3.8-flash"
    assert [(seen.path(i), block.level) for i, block in enumerate(seen.blocks)] == [
        ("tools[0].functionDeclarations[0]", Level.TOOLS),
        ("tools[0].functionDeclarations[1]", Level.TOOLS),
        ("tools[1].googleSearch", Level.TOOLS),
        ("systemInstruction.parts[0]", Level.SYSTEM),
        ("contents[0].parts[0]", Level.MESSAGES),
    ]


def test_the_other_spelling_is_the_same_prompt() -> None:
    """Snake case, a bare string as instruction, one part without its array."""
    one = call(systemInstruction={"parts": [{"text": "s"}]})
    other = call(system_instruction={"parts": {"text": "s"}})
    third = call(system_instruction="s")
    digests = [[block.rendered for block in each.blocks] for each in (one, other, third)]
    assert digests[0] == digests[1] == digests[2]


def test_content_of_every_kind() -> None:
    """What a tokenizer sees."""
    parts: list[Json] = [
        {"text": "hm", "thought": True, "thoughtSignature": "x"},
        {"functionCall": {"name": "f", "args": {"a": 1}}},
        {"functionResponse": {"name": "f", "response": {"b": 2}}},
        {"inlineData": {"mimeType": "image/png", "data": "AA"}},
        {"executableCode": {"code": "1"}},
    ]
    seen = call(contents=[{"role": "model", "parts": parts}])
    assert [(block.kind, block.text) for block in seen.blocks] == [
        ("thinking", "hm"),
        ("tool_use", 'f{"a":1}'),
        ("tool_result", '{"b":2}'),
        ("image", ""),
        ("other", '{"executableCode":{"code":"1"}}'),
    ]
    assert seen.params == {"images": "true"}


def test_parameters() -> None:
    """A stored prompt is a key space of its own; so are tool configuration, schema and thinking."""
    config = {
        "maxOutputTokens": 5,
        "responseSchema": {"type": "string"},
        "thinkingConfig": {"thinkingBudget": 0},
    }
    seen = call(
        "/v1/models/m:streamGenerateContent",
        cachedContent="cachedContents/1",
        toolConfig={"functionCallingConfig": {"mode": "ANY"}},
        generationConfig=config,
    )
    assert set(seen.params) == {"cached_content", "tool_choice", "text_format", "thinking"}
    assert (seen.max_tokens, seen.stream) == (5, True)


@pytest.mark.parametrize(
    "members",
    [{"contents": 5}, {"contents": [5]}, {"tools": {}}, {"contents": [{"parts": 4}]}, {"tools": [1]}],
)
def test_a_malformed_body_is_named(members: Json) -> None:
    """Never by its content."""
    with pytest.raises(MalformedBody, match="Gemini"):
        call(**members)


@pytest.mark.parametrize(
    ("told", "classes"),
    [
        (
            {
                "promptTokenCount": 10,
                "cachedContentTokenCount": 8,
                "candidatesTokenCount": 3,
                "thoughtsTokenCount": 2,
            },
            Usage(uncached_input=2, cache_read=8, output=5, stated_input=10),
        ),
        ({"promptTokenCount": 10}, Usage(uncached_input=10, cache_read=0, stated_input=10)),
        (
            {"promptTokenCount": 10, "toolUsePromptTokenCount": 4},
            Usage(uncached_input=14, cache_read=0, stated_input=14),
        ),
    ],
)
def test_usage_includes_the_cache_in_the_prompt(told: Json, classes: Usage) -> None:
    """Thoughts are outside the candidates; a zero is left out of the JSON."""
    assert dialect_for(PATH).usage(json.dumps({"usageMetadata": told}).encode()) == classes


def test_a_stream_is_assembled() -> None:
    """As SSE or as one array, the last chunk has the usage."""
    chunks = [{"candidates": [1]}, {"usageMetadata": {"promptTokenCount": 4}}]
    sse = b"".join(b"data: " + json.dumps(chunk).encode() + b"\r\n\r\n" for chunk in chunks)
    for stream in (sse, json.dumps(chunks).encode()):
        assert dialect_for(PATH).usage(dialect_for(PATH).assemble(stream)).stated_input == 4
    assert json.loads(dialect_for(PATH).assemble(b"[torn")) == {}
