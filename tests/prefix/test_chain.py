"""Chains over real agents' bodies: an ordinary next turn only appends."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samovar.call import Call, SegmentMemo, dialect_for
from samovar.prefix.chain import chain, walk
from samovar.prefix.divergence import Change, common_positions, divergence
from tests.bodies import capture, capture_body, messages_body, text

ORDINARY = [
    ("claude-code/001", "claude-code/002"),
    ("claude-code/003", "claude-code/004"),
    ("codex/001", "codex/002"),
    ("codex/003", "codex/004"),
    ("opencode/002", "opencode/003"),
    ("opencode/003", "opencode/004"),
    ("opencode/004", "opencode/005"),
]


def read(name: str) -> Call:
    """Parse a recorded body."""
    return dialect_for(capture(name)["endpoint"]).parse(capture_body(name))


@pytest.mark.parametrize(("before", "after"), ORDINARY)
def test_every_ordinary_next_turn_is_append_only(before: str, after: str) -> None:
    """Markers move and strings become blocks, yet nothing rendered has changed."""
    earlier, later = read(before), read(after)
    parted = divergence(earlier, later)
    assert parted is not None
    assert parted.appended
    assert parted.position == len(earlier.blocks)
    steps = chain(later, SegmentMemo())[: len(earlier.blocks)]
    assert steps == chain(earlier, SegmentMemo())


def test_the_wire_of_an_ordinary_turn_does_change() -> None:
    """What makes the rendered form necessary: the previous user turn is spelt differently."""
    first, second = capture("claude-code/001")["request"], capture("claude-code/002")["request"]
    assert second["messages"][: len(first["messages"])] != first["messages"]


def test_the_resumed_session_parts_at_a_tool_and_at_the_system_block() -> None:
    """Both places of the resumed Claude Code session, by path and offset."""
    earlier, later = read("claude-code/002"), read("claude-code/003")
    parted = divergence(earlier, later)
    assert parted is not None
    assert (parted.path, parted.change) == ("tools[1]", Change.CHANGED)
    assert parted.offset > 0
    differing = [
        later.path(i)
        for i, (a, b) in enumerate(zip(earlier.blocks, later.blocks, strict=False))
        if a.rendered != b.rendered
    ]
    assert differing == ["tools[1]", "system[2]"]


def test_the_title_call_is_another_lineage() -> None:
    """The first opencode call shares nothing with the conversation."""
    assert common_positions(read("opencode/001"), read("opencode/002")) == 0


def test_known_and_first_sight_chains_are_equal() -> None:
    """The memory changes the cost of a chain, never the chain."""
    memo = SegmentMemo()
    body = capture_body("claude-code/002")
    dialect = dialect_for("/v1/messages")
    first = chain(dialect.parse(body, memo), memo)
    assert chain(dialect.parse(body, memo), memo) == first
    tiny = SegmentMemo(1)
    assert chain(dialect.parse(body, tiny), tiny) == first


seeds = st.lists(st.sampled_from("abcd"), max_size=6)


@given(seeds, seeds)
def test_chains_agree_exactly_as_far_as_the_blocks_do(a: list[str], b: list[str]) -> None:
    """The n-th digests are equal if and only if the first n blocks are."""
    dialect = dialect_for("/v1/messages")
    one, other = (dialect.parse(messages_body([text(s, 5) for s in seeds])) for seeds in (a, b))
    shared = common_positions(one, other)
    left, right = chain(one, SegmentMemo()), chain(other, SegmentMemo())
    for i, (x, y) in enumerate(zip(left, right, strict=False)):
        assert (x == y) == (i < shared)
    parted = divergence(one, other)
    assert (parted is None) == (a == b)
    if parted is not None:
        assert parted.position == shared


@given(st.lists(st.lists(st.sampled_from(["a", "b", "c", "*d"]), min_size=1, max_size=9), max_size=8))
def test_a_walk_is_the_same_whatever_was_walked_before(calls: list[list[str]]) -> None:
    """Going on with a remembered walk gives what a walk from the beginning gives; `*` is a marker."""
    dialect, memory, tiny = dialect_for("/v1/messages"), SegmentMemo(), SegmentMemo(2)
    for names in calls:
        messages = [
            {"role": "user", "content": [text(name, 5, "" if name.startswith("*") else None)]}
            for name in names
        ]
        call = dialect.parse(json.dumps({"model": "claude-opus-4-8", "messages": messages}).encode())
        whole = walk(call, SegmentMemo())
        assert walk(call, memory) == walk(call, tiny) == whole
        assert whole.digests == chain(call, SegmentMemo(), frozenset({-1}))
        assert whole.marks == tuple(i for i, name in enumerate(names) if name.startswith("*"))
