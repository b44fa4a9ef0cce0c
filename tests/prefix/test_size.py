"""Sizes of blocks: the conventions of the corpus, and bands that contain the estimate."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from samovar.call import SegmentMemo, dialect_for
from samovar.prefix.prompt import PromptReader
from samovar.prefix.size import Sizer
from samovar.providers.models import rules_for
from samovar.providers.tokens import counter_for
from tests.bodies import capture_body

MESSAGES = dialect_for("/v1/messages")


def test_chars_over_four_by_kind() -> None:
    """A tool counts its JSON, a call its name and input, a result its text, an image 1,600."""
    body = {
        "tools": [{"name": "t", "cache_control": {"type": "ephemeral"}}],
        "messages": [
            {
                "role": "assistant",
                "content": [{"type": "tool_use", "id": "x", "name": "find", "input": {"q": "é"}}],
            },
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "x",
                        "content": [{"type": "text", "text": "a" * 40}],
                    },
                    {
                        "type": "image",
                        "source": {"type": "base64", "data": "AAAA", "media_type": "image/png"},
                    },
                    {"type": "text", "text": ""},
                ],
            },
        ],
    }
    call = MESSAGES.parse(json.dumps(body).encode())
    sizes = Sizer(counter_for("chars/4"), "anthropic").sizes(call)
    each = [b - a for a, b in zip((0, *sizes.lo), sizes.lo, strict=False)]
    assert each == [round(len('{"name":"t"}') / 4), round(len('find{"q":"é"}'.encode()) / 4), 10, 1600, 1]


def test_a_client_counts_claude_in_a_band_and_the_provider_in_points() -> None:
    """The estimate lies inside the band; a provider in a box is certain."""
    call = MESSAGES.parse(capture_body("claude-code/001"))
    counter = counter_for("claude")
    band = Sizer(counter, "anthropic").sizes(call)
    point = Sizer(counter, "anthropic", estimates=True).sizes(call)
    assert band.total_lo < point.total_lo < band.total_hi
    assert point.lo == point.hi


def test_openai_counts_the_template_of_each_message() -> None:
    """Three tokens a message and three for the reply, where the tokenizer is public."""
    call = dialect_for("/v1/chat/completions").parse(
        json.dumps({"model": "gpt-5", "messages": [{"role": "user", "content": "hello world"}] * 2}).encode()
    )
    sizes = Sizer(counter_for("o200k_base"), "openai").sizes(call)
    assert sizes.lo == (5, 10)
    assert sizes.total_lo == 13


def test_equal_text_has_equal_ids_and_the_first_difference_shows() -> None:
    """Token ids stand for the whole prompt, images and speakers included."""
    sizer = Sizer(counter_for("o200k_base"), "openai")
    chat = dialect_for("/v1/chat/completions")

    def ids(*messages: dict[str, str]) -> list[int]:
        return list(sizer.ids(chat.parse(json.dumps({"messages": messages}).encode())))

    user, other = {"role": "user", "content": "hello"}, {"role": "assistant", "content": "hello"}
    assert ids(user) == ids(user)
    assert ids(user) != ids(other)
    assert ids(user, other)[: len(ids(user))] == ids(user)


def test_prompts_hold_no_text() -> None:
    """What the cache model keeps could not leak a word."""
    body = capture_body("claude-code/001")
    memo = SegmentMemo()
    call = MESSAGES.parse(body, memo)
    reader = PromptReader(
        rules_for("anthropic", call.model), Sizer(counter_for("chars/4"), "anthropic"), memo, None
    )
    prompt = reader.read(call, domain="d")
    shown = repr(prompt)
    assert not any(word in shown for word in call.blocks[0].text.split()[:50] if len(word) > 5)


def test_a_server_tool_is_counted_in_the_section_that_renders_it() -> None:
    """Web search is rendered into the system prompt: no marker on the tools covers its tokens."""
    tools = [{"name": "t"}, {"type": "web_search_20260209", "name": "web_search"}]
    body = {"tools": tools, "system": "a" * 40, "messages": [{"role": "user", "content": "b" * 40}]}
    call = MESSAGES.parse(json.dumps(body).encode())
    sizes = Sizer(counter_for("chars/4"), "anthropic").sizes(call)
    tool, search = (round(len(json.dumps(t, separators=(",", ":"))) / 4) for t in tools)
    assert sizes.lo == (tool, tool, tool + search + 10, tool + search + 20)


SEARCH = {"type": "web_search_20250305", "name": "web_search"}
"""Rendered in the system section, so that its tokens come with that section's first block."""
TOOL = {"name": "look", "description": "Looks something up.", "input_schema": {"type": "object"}}
MEMBERS: list[dict[str, object]] = [
    {},
    {"tools": [SEARCH]},
    {"tools": [TOOL, SEARCH], "system": "a system"},
    {"tools": [TOOL], "system": [{"type": "text", "text": "a system"}]},
    {"system": []},
]


@given(
    st.lists(st.tuples(st.integers(0, 7), st.sampled_from(MEMBERS)), max_size=12),
    st.sampled_from([["a"] * 8, [*"abcdefgh"], ["long" * 9, "x"] * 4]),
)
def test_what_was_counted_before_does_not_matter(
    turns: list[tuple[int, dict[str, object]]], said: list[str]
) -> None:
    """Conversations that grow, shrink and part are counted as if each call were the first."""
    memo = SegmentMemo()
    sizer = Sizer(counter_for("claude"), "anthropic")
    for length, members in turns:
        messages = [{"role": "user", "content": text} for text in said[:length]]
        body = {"model": "claude-sonnet-4-6", "max_tokens": 8, **members, "messages": messages}
        call = MESSAGES.parse(json.dumps(body).encode(), memo)
        alone = Sizer(counter_for("claude"), "anthropic").sizes(MESSAGES.parse(json.dumps(body).encode()))
        assert sizer.sizes(call) == alone


def test_all_tools_of_the_next_section_are_counted_there() -> None:
    """Two server tools come with the first block that follows them."""
    search = {"type": "web_search_20260209", "name": "web_search"}
    fetch = {"type": "web_fetch_20260209", "name": "web_fetch"}
    body = {"tools": [search, fetch], "system": "a" * 40, "messages": []}
    call = MESSAGES.parse(json.dumps(body).encode())
    sizes = Sizer(counter_for("chars/4"), "anthropic").sizes(call)
    both = sum(round(len(json.dumps(tool, separators=(",", ":"))) / 4) for tool in (search, fetch))
    assert sizes.lo == (0, 0, both + 10)


def test_hidden_positions_count_nothing() -> None:
    """Thinking that has left the prompt."""
    said = [{"role": "user", "content": "a" * 40 * n} for n in (1, 2, 3)]
    call = MESSAGES.parse(json.dumps({"messages": said}).encode())
    sizer = Sizer(counter_for("claude"), "anthropic")
    whole, part = sizer.sizes(call), sizer.sizes(call, frozenset({1}))
    assert part.lo[1] == part.lo[0] == whole.lo[0]
    assert part.hi[2] - part.hi[1] == whole.hi[2] - whole.hi[1]
