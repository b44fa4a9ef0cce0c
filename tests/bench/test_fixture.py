"""Fixtures: what is built in, and how mistakes in one's own are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from samovar.bench.fixture import ESSAY_BYTES, built_in, load, read_fixture
from samovar.errors import ConfigInvalid, InputUnreadable
from samovar.providers.models import resolve
from samovar.providers.tokens import CHARS_4, counter_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Json = dict[str, Any]


def test_the_built_in_fixtures_have_the_stated_sizes() -> None:
    """Four by four and ten by ten; every essay has a hidden quality."""
    for name, count in (("smoke", 4), ("full", 10)):
        [assignment] = built_in(name).assignments
        assert len(assignment.anchors) == len(assignment.students) == count
        assert all(e.quality is not None for e in (*assignment.anchors, *assignment.students))


@pytest.mark.parametrize("how", ["claude", CHARS_4])
def test_each_scope_clears_the_floor_of_the_default_model(how: str) -> None:
    """The service blocks alone are cacheable, at the low end of the estimate and in chars/4."""
    model = resolve("anthropic", "claude-sonnet-5")
    counter = counter_for(model.tokenizer if how == "claude" else how)
    fixture = built_in("smoke")
    texts = [msgspec.json.encode(fixture.tool).decode(), *(block.text for block in fixture.service)]
    assert model.floor is not None
    assert sum(counter.count(text).lo for text in texts) >= model.floor.hi


def test_an_unknown_name_lists_the_known_ones() -> None:
    """The message says what there is."""
    with pytest.raises(InputUnreadable, match="smoke, full"):
        built_in("huge")


def duplicate(fixture: Json) -> None:
    """Use an essay's id twice."""
    fixture["assignments"][0]["students"][0]["id"] = fixture["assignments"][0]["anchors"][0]["id"]


def huge(fixture: Json) -> None:
    """Make an essay of 40 MB."""
    fixture["assignments"][0]["students"][0]["text"] = "x" * (10 * ESSAY_BYTES)


def empty(fixture: Json) -> None:
    """Take all essays away."""
    fixture["assignments"][0]["students"] = []


def stranger(fixture: Json) -> None:
    """Add what nobody reads."""
    fixture["colour"] = "red"


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (duplicate, "the id is used twice"),
        (huge, "40,000,000 bytes"),
        (empty, "assignments"),
        (stranger, "colour"),
    ],
)
def test_mistakes_are_told_with_their_place(spoil: Callable[[Json], None], says: str) -> None:
    """Before anything is sent."""
    plain: Json = msgspec.json.decode(msgspec.json.encode(built_in("smoke")))
    spoil(plain)
    with pytest.raises(ConfigInvalid, match=says):
        load(msgspec.json.encode(plain), "mine.json")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The path is in the message."""
    with pytest.raises(InputUnreadable, match=r"gone\.json"):
        read_fixture(tmp_path / "gone.json")
