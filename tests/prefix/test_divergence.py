"""Where two calls part, named the way a person would look for it."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from samovar.call import Call, dialect_for
from samovar.prefix.divergence import Change, divergence, ending, likeness, offset
from tests.bodies import Json, messages_body, text


def call(*blocks: Json, **rest: Any) -> Call:  # noqa: ANN401  # members of a body are JSON
    """Parse a Messages body of one user turn."""
    return dialect_for("/v1/messages").parse(messages_body(list(blocks), **rest))


def said(words: str) -> Json:
    """Return a text block."""
    return {"type": "text", "text": words}


def test_a_change_inside_a_text_has_an_offset() -> None:
    """The offset counts characters that both texts share."""
    parted = divergence(call(said("It is 10:01 now")), call(said("It is 10:02 now")))
    assert parted is not None
    assert (parted.path, parted.offset, parted.change) == ("messages[0].content[0]", 10, Change.CHANGED)


def test_an_insertion_is_told_from_a_change() -> None:
    """The block that was expected comes later: something was put before it."""
    parted = divergence(call(said("a"), said("b")), call(said("new"), said("a"), said("b")))
    assert parted is not None
    assert (parted.change, parted.position) == (Change.ADDED, 0)


def test_a_removed_block_is_named_where_it_stood() -> None:
    """Removed from the middle, and cut off at the end."""
    middle = divergence(call(said("a"), said("b"), said("c")), call(said("a"), said("c")))
    assert middle is not None
    assert (middle.change, middle.path) == (Change.REMOVED, "messages[0].content[1]")
    end = divergence(call(said("a"), said("b")), call(said("a")))
    assert end is not None
    assert (end.change, end.path, end.later) == (Change.REMOVED, "messages[0].content[1]", None)


def test_reordered_keys_are_reserialized() -> None:
    """Same meaning, other text."""
    one = dialect_for("/v1/messages").parse(
        json.dumps({"tools": [{"name": "t", "input_schema": {"a": 1, "b": 1}}]}).encode()
    )
    two = dialect_for("/v1/messages").parse(
        json.dumps({"tools": [{"name": "t", "input_schema": {"b": 1, "a": 1}}]}).encode()
    )
    parted = divergence(one, two)
    assert parted is not None
    assert (parted.path, parted.change) == ("tools[0]", Change.RESERIALIZED)


def test_equal_rendered_prompts_do_not_part() -> None:
    """Moving a marker is no change."""
    assert divergence(call(text("a", 5)), call(text("a", 5, "1h"))) is None


def test_arguments_with_other_white_space_are_respelt() -> None:
    """OpenAI's arguments are JSON inside of a string: a longer spelling is no other call."""
    one, two = (
        dialect_for("/v1/chat/completions")
        .parse(
            json.dumps(
                {
                    "messages": [
                        {
                            "role": "assistant",
                            "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": arguments}}],
                        }
                    ]
                }
            ).encode()
        )
        .blocks[0]
        for arguments in ('{"a":1,"b":2}', '{"b": 2, "a": 1}')
    )
    assert one.rendered != two.rendered
    assert one.respells(two)


@given(st.text("ab", max_size=40), st.text("ab.", max_size=9), st.text("ab.", max_size=9))
def test_what_texts_have_in_common_at_either_end(both: str, a: str, b: str) -> None:
    """Compared with counting one by one."""

    def counted(one: str, two: str) -> int:
        return next(
            (i for i, (x, y) in enumerate(zip(one, two, strict=False)) if x != y), min(len(one), len(two))
        )

    for one, two in ((both + a, both + b), (a + both, b + both), (both + a + both, both + b + both)):
        assert offset(one, two) == counted(one, two)
        assert ending(one, two) == counted(one[::-1], two[::-1])


def test_likeness_counts_ends_once_and_sentences_wherever_they_stand() -> None:
    """The share of the longer text; what is both its beginning and its end counts once."""
    assert likeness("abcabc", "abc") == 0.5
    assert likeness("One. Two. Three", "Zero. Three. Two. One.") > 0.5
    assert likeness("a" * 100, "b" * 100) == likeness("", "b") == 0
