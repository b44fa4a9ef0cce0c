"""Answers to schemas are valid instances, whatever the schema."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from samovar.emulator.words import Voice, as_json, instance, tokens_in
from tests.emulator.talk import messages, responses

if TYPE_CHECKING:
    from tests.emulator.talk import Talk

SCHEMAS: list[dict[str, Any]] = [
    {"type": "string", "minLength": 80},
    {"type": "string", "maxLength": 3},
    {"type": "string", "format": "date-time"},
    {"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 5},
    {"type": "integer", "minimum": 10, "maximum": 30, "multipleOf": 7},
    {"type": "number", "minimum": -1, "maximum": 1},
    {"type": ["null", "string"]},
    {"enum": [1, "two", None]},
    {"const": {"a": 1}},
    {"anyOf": [{"type": "boolean"}, {"type": "null"}]},
    {"allOf": [{"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
               {"properties": {"b": {"type": "integer"}}, "required": ["b"]}]},
    {"type": "array", "items": {"type": "number"}, "minItems": 3},
    {"$ref": "#/$defs/n", "$defs": {"n": {"type": "object", "properties": {"v": {"type": "integer"},
        "next": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/n"}]}}, "required": ["v", "next"]}}},
    {"type": "object", "properties": {"deep": {"type": "object", "properties": {"x": {"type": "string"}},
                                               "required": ["x"]}}, "required": ["deep"]},
]  # fmt: skip


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda s: str(s)[:40])
@given(st.integers(0, 2**32))
def test_instances_are_valid(schema: dict[str, Any], seed: int) -> None:
    """Jsonschema agrees."""
    jsonschema.validate(instance(schema, random.Random(seed)), schema)


@given(st.integers(1, 9000), st.integers(0, 2**32))
def test_texts_have_the_tokens_that_are_reported(tokens: int, seed: int) -> None:
    """Output tokens are what the text counts as."""
    assert tokens_in(Voice(random.Random(0)).text(tokens, random.Random(seed))) == tokens


ODD = [
    {"type": "object", "properties": {"a": {"type": "string", "minLength": "x"}}},
    {"type": "object", "properties": {"a": {"enum": "abc"}}, "required": "a"},
    {"type": "object", "properties": {"a": {"type": "integer", "minimum": "1", "multipleOf": 0.5}}},
    {"type": "object", "properties": {"a": {"anyOf": {}}, "b": {"allOf": [True]}, "c": {"oneOf": [[]]}}},
    {"type": "object", "properties": []},
    {"type": "array", "minItems": 10**12},
    {"type": "string", "minLength": 10**12, "maxLength": -1},
    {"$ref": "#/definitions/x", "definitions": []},
    {"type": {}},
    {"type": []},
    {"allOf": "x", "enum": {}},
    3,
    None,
]


@pytest.mark.parametrize("schema", ODD)
def test_odd_schemas_have_instances_too(schema: object) -> None:
    """What is no schema, or asks for more than an answer holds, breaks nothing and takes no time."""
    assert len(as_json(instance(schema, random.Random(1)))) < 1_000_000


@pytest.mark.parametrize("schema", ODD)
def test_an_odd_schema_of_a_forced_tool(talk: Talk, schema: object) -> None:
    """The answer is a tool call with an object for input, or a refusal; never a defect of ours."""
    tool = {"name": "t", "input_schema": schema}
    answer = talk.post(messages(tools=[tool], tool_choice={"type": "tool", "name": "t"}))
    assert answer.status_code in {200, 400}
    called = [block for block in answer.json().get("content", ()) if block["type"] == "tool_use"]
    assert all(isinstance(block["input"], dict) for block in called)
    function = {"type": "function", "name": "t", "parameters": schema}
    forced = responses(tools=[function], tool_choice="required")
    assert talk.post(forced, None, "/v1/responses").status_code in {200, 400}
