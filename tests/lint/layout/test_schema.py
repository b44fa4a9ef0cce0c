"""The order of a tool file."""

from __future__ import annotations

import json

import pytest

from samovar.errors import MalformedBody
from samovar.lint.layout.form import formed

TOOLS = [
    {
        "input_schema": {
            "properties": {"reason": {"description": "why", "type": "string"}, "answer": {"type": "string"}},
            "required": ["reason", "answer"],
            "type": "object",
        },
        "description": "Writes.",
        "name": "write",
    },
    {"name": "read", "parameters": {"type": "object"}},
]


def test_tools_stand_by_name_and_their_keys_in_one_order() -> None:
    """Two programs that dump the same tools in two orders get one file; the values are the same."""
    text = json.dumps(TOOLS, indent=4) + "\n"
    assert formed("tools.json", text) == text
    after = json.loads(formed("tools.json", text, unsafe=True))
    assert [tool["name"] for tool in after] == ["read", "write"]
    assert list(after[1]) == ["name", "description", "input_schema"]
    assert list(after[1]["input_schema"]) == ["type", "properties", "required"]
    assert sorted(after, key=str) == sorted(TOOLS, key=str) or after == [TOOLS[1], TOOLS[0]]


def test_properties_keep_their_authors_order() -> None:
    """A model fills them in as they stand: a reason before an answer is meant."""
    after = json.loads(formed("tools.json", json.dumps({"tools": TOOLS}), unsafe=True))
    assert list(after["tools"][1]["input_schema"]["properties"]) == ["reason", "answer"]


def test_ordering_twice_is_ordering_once() -> None:
    """And the indentation is the file's own."""
    once = formed("tools.json", json.dumps(TOOLS, indent="\t"), unsafe=True)
    assert "\n\t\t" in once
    assert formed("tools.json", once, unsafe=True) == once


def test_other_json_keeps_its_order() -> None:
    """A table of prompts is no schema file."""
    text = '{"b": 1, "a": {"type": 2, "description": 1}}\n'
    assert formed("x.json", text, unsafe=True) == text


def test_a_key_that_stands_twice_is_refused() -> None:
    """Which of the two counts is the parser's choice, so nothing is moved."""
    text = '[{"name": "a", "name": "b", "parameters": {}}]'
    with pytest.raises(MalformedBody, match="twice"):
        formed("tools.json", text, unsafe=True)
