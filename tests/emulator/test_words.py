"""Answers to schemas are valid instances, whatever the schema."""

from __future__ import annotations

import random
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from samovar.emulator.words import Voice, instance, tokens_in

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
