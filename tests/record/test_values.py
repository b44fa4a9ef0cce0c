"""JSON values are cut out of lines, however they are spread over them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samovar.record.values import values

if TYPE_CHECKING:
    from collections.abc import Iterable

TRICKY = st.text('ab"\\{}[],: \n', max_size=6)
INNER = st.fixed_dictionaries({"a": TRICKY, "b": st.lists(st.fixed_dictionaries({"c": TRICKY}), max_size=2)})
OBJECTS = st.lists(st.just({}) | INNER, max_size=3)


def cut(text: str, longest: int = 10_000) -> list[str]:
    """Return the values of a text that is read line by line."""
    return [each.decode() for each in values(text.encode().splitlines(keepends=True), longest)]


def read(texts: Iterable[str]) -> list[object]:
    """Return what texts of JSON say."""
    return [json.loads(each) for each in texts]


@settings(max_examples=40)
@given(OBJECTS, st.sampled_from([None, 0, 2]), st.sampled_from(["", " ", "\n", "\n\x1e"]))
def test_objects_one_after_another(objects: list[object], indent: int | None, between: str) -> None:
    """With any white space inside and between them."""
    assert read(cut(between.join(json.dumps(each, indent=indent) for each in objects))) == objects


@settings(max_examples=40)
@given(OBJECTS, st.sampled_from([None, 0, 2]))
def test_an_array_is_its_elements(objects: list[object], indent: int | None) -> None:
    """Also where it stands on one line."""
    assert read(cut(json.dumps(objects, indent=indent))) == objects


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('[1, "a", {"b": 1}, 2]', ['1, "a"', '{"b": 1}', "2"]),
        ('{"a": 1}\nodd words\n{"b": 2}', ['{"a": 1}', "odd words", '{"b": 2}']),
        ('{\n  "a": {\n{\n  "b": 1\n}\n', ['{\n  "a": {', '{\n  "b": 1\n}']),
        ('{"a": 1}}\n{"b": 2}', ['{"a": 1}', '{"b": 2}']),
        ('[{"a": 1}, {"b"', ['{"a": 1}', '{"b"']),
        ('[{"a": 1}]\n[{"b": 1}]', ['{"a": 1}', '{"b": 1}']),
    ],
)
def test_what_is_no_value_costs_itself_only(text: str, found: list[str]) -> None:
    """It is passed on for a reader to refuse, and what stands around it is read."""
    assert cut(text) == found


def test_a_long_value_is_never_held() -> None:
    """On one line or on many: enough is left to see that it is too long."""
    long = json.dumps({"a": "x" * 100})
    many = json.dumps({"a": ["x"] * 100}, indent=1)
    assert [len(each) for each in cut(f'{long}\n{many}\n{{"b": 1}}', 50)] == [51, 51, 8]
