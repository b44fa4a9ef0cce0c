"""What is rendered of an Anthropic Messages body, and what is not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samovar.call import Call, dialect_for
from samovar.errors import MalformedBody
from samovar.providers.rules import Level

MESSAGES = dialect_for("/v1/messages")


def parse(**members: Any) -> Call:  # noqa: ANN401  # bodies are JSON
    """Parse a Messages body with these members."""
    return MESSAGES.parse(json.dumps({"model": "claude-sonnet-4-5", "max_tokens": 1, **members}).encode())


def user(*blocks: dict[str, Any]) -> list[dict[str, Any]]:
    """Return one user turn of these blocks."""
    return [{"role": "user", "content": list(blocks)}]


def rendered(**members: Any) -> list[bytes]:  # noqa: ANN401  # bodies are JSON
    """Return the rendered digests of a body with these members."""
    return [block.rendered for block in parse(**members).blocks]


@pytest.mark.fact("anthropic.order")
def test_render_order_is_tools_system_messages_whatever_the_order_of_members() -> None:
    """Real agents put `messages` first in the body; the prompt begins with the tools all the same."""
    call = parse(
        messages=[{"role": "user", "content": "hi"}],
        system="be brief",
        tools=[{"name": "read", "input_schema": {"type": "object"}}],
    )
    assert [block.level for block in call.blocks] == [Level.TOOLS, Level.SYSTEM, Level.MESSAGES]
    assert [call.path(i) for i in range(3)] == ["tools[0]", "system", "messages[0].content"]


def test_a_bare_string_is_one_text_block() -> None:
    """The previous user turn is a block with a marker once and a bare string the next time."""
    block = {"type": "text", "text": "hi", "cache_control": {"type": "ephemeral"}}
    assert rendered(messages=user(block)) == rendered(messages=[{"role": "user", "content": "hi"}])
    assert rendered(messages=[], system="hi") == rendered(messages=[], system=[block])


def test_json_spelling_is_not_rendered() -> None:
    """White space, escapes and number spelling disappear when the body is parsed."""
    plain = (
        b'{"model":"m","messages":[{"role":"user","content":"\xc3\xa9 /"}],"tools":[{"name":"t","n":100}]}'
    )
    spelt = (
        b'{ "model" : "m", "messages":[{"role":"user","content":"\\u00e9 \\/"}],\n'
        b'"tools":[ {"name":"t", "n":1.0e2} ] }'
    )
    a, b = MESSAGES.parse(plain), MESSAGES.parse(spelt)
    assert [x.rendered for x in a.blocks] == [x.rendered for x in b.blocks]


def test_key_order_inside_tools_is_rendered_and_canonical_form_ignores_it() -> None:
    """Reordered schema keys are other text with the same meaning: `reserialized`."""
    one = parse(messages=[], tools=[{"name": "t", "input_schema": {"a": 1, "b": 2}}]).blocks[0]
    other = parse(messages=[], tools=[{"name": "t", "input_schema": {"b": 2, "a": 1}}]).blocks[0]
    assert one.rendered != other.rendered
    assert one.canonical == other.canonical


def test_key_order_inside_tool_input_is_rendered() -> None:
    """The order of a tool_use block's own members is protocol; that of its input is text."""
    use = {"type": "tool_use", "id": "a", "name": "t", "input": {"x": 1, "y": 2}}
    moved = {"name": "t", "input": {"x": 1, "y": 2}, "id": "b", "type": "tool_use"}
    swapped = {**use, "input": {"y": 2, "x": 1}}
    assert rendered(messages=user(use)) == rendered(messages=user(moved))
    assert rendered(messages=user(use)) != rendered(messages=user(swapped))


def test_the_order_of_a_sources_members_and_empty_citations_are_protocol() -> None:
    """An image is what its source says, in whatever order; a text that cites nothing is a text."""
    source = {"type": "base64", "media_type": "image/png", "data": "iVBO"}
    moved = dict(reversed(source.items()))
    for kind in ("image", "document"):
        first, second = {"type": kind, "source": source}, {"type": kind, "source": moved}
        assert rendered(messages=user(first)) == rendered(messages=user(second))
        inside = [{"type": "tool_result", "tool_use_id": "a", "content": [each]} for each in (first, second)]
        assert rendered(messages=user(inside[0])) == rendered(messages=user(inside[1]))
        other = {**source, "data": "iVBP"}
        assert rendered(messages=user(first)) != rendered(messages=user({"type": kind, "source": other}))
    said = {"type": "text", "text": "so it is"}
    cited = {**said, "citations": [{"type": "char_location", "cited_text": "so"}]}
    assert rendered(messages=user(said)) == rendered(messages=user({**said, "citations": []}))
    assert rendered(messages=user(said)) != rendered(messages=user(cited))


def test_protocol_ids_are_not_rendered_but_keys_called_id_inside_inputs_are() -> None:
    """`tool_use.id` and `tool_use_id` vary between runs; a tool input's `id` is content."""
    result = {"type": "tool_result", "tool_use_id": "a", "content": "ok"}
    assert rendered(messages=user(result)) == rendered(messages=user({**result, "tool_use_id": "b"}))
    use = {"type": "tool_use", "id": "a", "name": "t", "input": {"id": 1}}
    assert rendered(messages=user(use)) != rendered(messages=user({**use, "input": {"id": 2}}))


def test_tool_result_text_and_its_list_form_are_one() -> None:
    """A string result is the same as a list with one text block."""
    as_text = {"type": "tool_result", "tool_use_id": "a", "content": "ok"}
    as_list = {**as_text, "content": [{"type": "text", "text": "ok"}], "is_error": False}
    assert rendered(messages=user(as_text)) == rendered(messages=user(as_list))
    assert rendered(messages=user(as_text)) != rendered(messages=user({**as_text, "is_error": True}))


def test_role_and_level_are_rendered() -> None:
    """The same words from another speaker, or in another section, are another prompt."""
    asked = parse(messages=[{"role": "user", "content": "x"}]).blocks[0].rendered
    answered = parse(messages=[{"role": "assistant", "content": "x"}]).blocks[0].rendered
    instructed = parse(messages=[], system="x").blocks[0].rendered
    assert len({asked, answered, instructed}) == 3


@pytest.mark.fact("anthropic.not-markable")
def test_thinking_and_empty_text_cannot_carry_a_marker() -> None:
    """They count as positions but no marker, explicit or automatic, may sit on them."""
    call = parse(
        messages=[
            {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm", "signature": "s"}]},
            {"role": "user", "content": [{"type": "text", "text": ""}, {"type": "text", "text": "x"}]},
        ]
    )
    assert [block.markable for block in call.blocks] == [False, False, True]


@pytest.mark.fact("anthropic.default-ttl")
def test_markers_keep_the_ttl_they_ask_for() -> None:
    """A bare marker asks for the provider's default, which is not spelt out here."""
    five = {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}
    hour = {"type": "text", "text": "b", "cache_control": {"type": "ephemeral", "ttl": "1h"}}
    call = parse(messages=user(hour, five, {"type": "text", "text": "c", "cache_control": None}))
    assert [block.marker for block in call.blocks] == ["1h", "", None]
    assert parse(messages=[], cache_control={"type": "ephemeral"}).automatic == ""


@pytest.mark.fact(
    "anthropic.key.messages", "anthropic.key.system", "anthropic.key.thinking", "anthropic.key.speed"
)
def test_parameters_at_their_defaults_are_absent() -> None:
    """`tool_choice: auto`, disabled thinking and standard speed equal leaving them out."""
    assert parse(messages=[], tool_choice={"type": "auto"}, thinking={"type": "disabled"}).params == {}
    call = parse(
        messages=user({"type": "image", "source": {"type": "url", "url": "u"}}),
        tool_choice={"type": "tool", "name": "t", "disable_parallel_tool_use": True},
        thinking={"type": "enabled", "budget_tokens": 1024},
        output_config={"effort": "low"},
        speed="fast",
        tools=[{"type": "web_search_20260209", "name": "web_search"}],
    )
    assert call.params.pop("web_search")  # type: ignore[attr-defined]  # the parser makes a dict
    assert call.params == {
        "tool_choice": "tool:t",
        "disable_parallel_tool_use": "true",
        "thinking": "enabled:1024",
        "effort": "low",
        "speed": "fast",
        "images": "true",
    }


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"messages": 3}',
        b'{"messages": [3]}',
        b'{"messages": [{"content": "x"}]}',
        b'{"messages": [{"role": "user", "content": 3}]}',
        b'{"messages": [{"role": "user", "content": [3]}]}',
        b'{"tools": [3]}',
        b'{"system": 3}',
        b'{"model": "\xff"}',
        b'{"system": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_a_body_that_is_none_is_refused_by_name(body: bytes) -> None:
    """Whatever comes, the error is `MalformedBody`, and its message never repeats the content."""
    with pytest.raises(MalformedBody, match="Anthropic Messages"):
        MESSAGES.parse(body)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(min_size=1), json_values, max_size=4), st.randoms(use_true_random=False))
def test_canonical_form_is_invariant_under_key_order(value: dict[str, Any], rng: Any) -> None:  # noqa: ANN401  # Hypothesis gives a Random
    """Shuffling the keys of a schema changes at most the rendered digest."""
    items = list(value.items())
    rng.shuffle(items)
    one = parse(messages=[], tools=[{"name": "t", "input_schema": value}]).blocks[0]
    other = parse(messages=[], tools=[{"name": "t", "input_schema": dict(items)}]).blocks[0]
    assert one.canonical == other.canonical
    assert (one.rendered == other.rendered) == (list(value) == list(dict(items)))


def test_markers_inside_nested_content_are_not_rendered() -> None:
    """Search results and documents hold blocks of their own; their markers are markers all the same."""
    inner = {"type": "text", "text": "x"}
    marked = {**inner, "cache_control": {"type": "ephemeral"}}
    for wrap in (
        lambda part: {"type": "search_result", "source": "s", "title": "t", "content": [part]},
        lambda part: {"type": "document", "source": {"type": "content", "content": [part]}},
    ):
        assert rendered(messages=user(wrap(inner))) == rendered(messages=user(wrap(marked)))
