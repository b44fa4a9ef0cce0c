"""The strings of tables, and where each of their characters is spelt."""

from __future__ import annotations

import json
import tomllib

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from samovar.lint.prompt_file import scalars_of
from samovar.lint.source.scalar import spelt_at

TOML = '''top = "x"
[a.b]
system = """
You are Ann,
  a "helper". \\
   Be brief.
"""
list = ["one", 'two', {z = "in it"}]
[[messages]]
role = "user" # not "this"
content = 'Write to Ann.'
'''

YAML = """\
system: |
  You are Ann,
    a helper.
folded: >-
  goes on
  and on and on
list:
- plain words
- key: "quoted \\u00e9 words"
- 'single'
anchor: &a text
again: *a
"""


def test_toml_strings_have_their_table_and_key() -> None:
    """Headers, arrays of tables, arrays and inline tables; comments are no strings."""
    found = [(scalar.path, scalar.value) for scalar in scalars_of("a.toml", TOML)]
    assert found == [
        ("top", "x"),
        ("a.b.system", tomllib.loads(TOML)["a"]["b"]["system"]),
        ("a.b.list", "one"),
        ("a.b.list", "two"),
        ("a.b.list", "in it"),
        ("messages.role", "user"),
        ("messages.content", "Write to Ann."),
    ]


def test_yaml_strings_have_their_path() -> None:
    """Mappings, sequences, aliases; keys are no strings."""
    found = {scalar.path: scalar.value for scalar in scalars_of("a.yaml", YAML)}
    value = yaml.safe_load(YAML)
    assert found == {
        "system": value["system"],
        "folded": value["folded"],
        "list[0]": "plain words",
        "list[1].key": "quoted é words",
        "list[2]": "single",
        "anchor": "text",
    }


@pytest.mark.parametrize(("file", "text"), [("a.toml", TOML), ("a.yaml", YAML)])
def test_each_word_is_found_where_it_is_spelt(file: str, text: str) -> None:
    """The place of a word in a value is the place of the same word in the file."""
    for scalar in scalars_of(file, text):
        for word in ("Ann", "helper", "brief", "on", "words", "two", "in"):
            at = scalar.value.find(word)
            places = []
            while at >= 0:
                places.append(spelt_at(text, scalar, at))
                assert text.startswith(word, places[-1]), (scalar.path, word)
                at = scalar.value.find(word, at + 1)
            assert places == sorted(set(places)), "each time it stands further on"


@given(words=st.lists(st.text('ab \n\t"\\é', max_size=8), max_size=4))
@settings(max_examples=100, deadline=None)
def test_json_strings_are_those_of_the_parser(words: list[str]) -> None:
    """Values in order, keys left out, and the place of a word is inside its string."""
    text = json.dumps({"k": words, "n": [1, None, {"a": "end"}]})
    scalars = scalars_of("a.json", text)
    assert [scalar.value for scalar in scalars] == [*words, "end"]
    assert [scalar.path for scalar in scalars] == [*(f"k[{i}]" for i in range(len(words))), "n[2].a"]
    for scalar in scalars:
        for offset in range(len(scalar.value)):
            assert scalar.start <= spelt_at(text, scalar, offset) <= scalar.end
