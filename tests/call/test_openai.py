"""What is rendered of OpenAI bodies: message boundaries count, names of parts do not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from samovar.call import Call, dialect_for
from samovar.errors import MalformedBody, UnknownEndpoint
from samovar.providers.rules import Level

CHAT = dialect_for("https://api.openai.com/v1/chat/completions")
RESPONSES = dialect_for("/v1/responses?x=1")


def chat(*messages: dict[str, Any], **rest: Any) -> Call:  # noqa: ANN401  # bodies are JSON
    """Parse a Chat Completions body with these messages."""
    return CHAT.parse(json.dumps({"model": "gpt-5", "messages": messages, **rest}).encode())


def responses(*items: dict[str, Any] | str, **rest: Any) -> Call:  # noqa: ANN401  # bodies are JSON
    """Parse a Responses body with these items."""
    given = items[0] if len(items) == 1 and isinstance(items[0], str) else list(items)
    return RESPONSES.parse(json.dumps({"model": "gpt-5.6-terra", "input": given, **rest}).encode())


def digests(call: Call) -> list[bytes]:
    """Return the rendered digests of a call."""
    return [block.rendered for block in call.blocks]


def test_leading_developer_messages_are_the_system_level() -> None:
    """A developer message after the conversation began belongs to the messages."""
    call = chat(
        {"role": "system", "content": "a"},
        {"role": "developer", "content": "b"},
        {"role": "user", "content": "c"},
        {"role": "developer", "content": "d"},
    )
    assert [block.level for block in call.blocks] == [
        Level.SYSTEM,
        Level.SYSTEM,
        Level.MESSAGES,
        Level.MESSAGES,
    ]
    assert call.path(3) == "messages[3].content"


def test_message_boundaries_are_rendered() -> None:
    """Two messages are not one message with two parts: the template closes and opens between them."""
    part = {"type": "text", "text": "x"}
    two = chat({"role": "user", "content": "x"}, {"role": "user", "content": "x"})
    one = chat({"role": "user", "content": [part, part]})
    assert digests(two)[0] == digests(one)[0]
    assert digests(two)[1] != digests(one)[1]


def test_tool_call_ids_are_not_rendered_and_arguments_are_verbatim() -> None:
    """`call_id` varies between runs; the arguments string is text as it stands."""

    def called(ident: str, arguments: str) -> Call:
        function = {"name": "f", "arguments": arguments}
        return chat(
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": ident, "type": "function", "function": function}],
            },
            {"role": "tool", "tool_call_id": ident, "content": "ok"},
        )

    assert digests(called("a", "{}")) == digests(called("b", "{}"))
    assert digests(called("a", "{}")) != digests(called("a", "{ }"))
    assert called("a", "{}").path(0) == "messages[0].tool_calls[0]"


def test_a_string_input_is_a_user_message() -> None:
    """Responses: `input: "x"` is one user message with one text part."""
    bare = responses("x")
    item = responses({"role": "user", "content": [{"type": "input_text", "text": "x"}]})
    assert digests(bare) == digests(item)
    assert bare.path(0) == "input"


def test_items_of_responses_become_blocks() -> None:
    """Instructions, messages, calls and outputs each have their place and path."""
    call = responses(
        {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "d"}]},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "q"}]},
        {
            "type": "function_call",
            "name": "f",
            "arguments": "{}",
            "call_id": "1",
            "id": "fc_1",
            "status": "completed",
        },
        {"type": "function_call_output", "call_id": "1", "output": "42"},
        instructions="be brief",
        tools=[{"type": "function", "name": "f", "parameters": {}}],
    )
    assert [call.path(i) for i in range(6)] == [
        "tools[0]",
        "instructions",
        "input[0].content[0]",
        "input[1].content[0]",
        "input[2]",
        "input[3]",
    ]
    assert [block.text for block in call.blocks[2:]] == ["d", "q", "f{}", "42"]


@pytest.mark.fact("openai.breakpoint.carriers")
def test_explicit_breakpoints_are_markers() -> None:
    """The breakpoint is not rendered; its TTL is kept."""
    marked = {
        "type": "input_text",
        "text": "x",
        "prompt_cache_breakpoint": {"mode": "explicit", "ttl": "12h"},
    }
    call = responses(
        {"role": "user", "content": [marked]}, prompt_cache_options={"mode": "explicit", "ttl": "30m"}
    )
    assert call.blocks[0].marker == "12h"
    assert (call.implicit, call.default_ttl) == (False, "30m")
    assert digests(call) == digests(responses("x"))


def test_parameters() -> None:
    """What OpenAI renders or keys on is collected; defaults are absent."""
    plain = chat(
        {"role": "user", "content": "x"}, tool_choice="auto", verbosity="medium", service_tier="auto"
    )
    assert plain.params == {}
    call = responses(
        "x",
        reasoning={"effort": "low"},
        text={"verbosity": "low", "format": {"type": "json_schema", "name": "n", "schema": {}}},
        parallel_tool_calls=False,
        service_tier="flex",
        prompt_cache_key="k",
    )
    assert set(call.params) == {
        "reasoning_effort",
        "verbosity",
        "text_format",
        "parallel_tool_calls",
        "service_tier",
    }
    assert call.cache_key == "k"


@pytest.mark.parametrize(
    "body", [b"{", b'{"messages": {}}', b'{"messages": [1]}', b'{"messages": [{"role": 1}]}']
)
def test_malformed_chat_bodies(body: bytes) -> None:
    """Errors name the dialect."""
    with pytest.raises(MalformedBody, match="Chat Completions"):
        CHAT.parse(body)


def test_unknown_endpoints() -> None:
    """A path that nobody speaks is an error that lists those that are spoken, all of them."""
    for path in ("/v1/embeddings", "/v1/messages/count_tokens", "/v1/complete"):
        with pytest.raises(UnknownEndpoint, match=r"/v1/messages.*/converse.*:generateContent"):
            dialect_for(path)


@pytest.mark.parametrize("path", ["/v1/threads/thread_1/messages", "/api/channels/7/messages"])
def test_messages_that_are_only_kept_are_no_call(path: str) -> None:
    """Threads and channels have messages as well; nobody answers a POST there."""
    with pytest.raises(UnknownEndpoint):
        dialect_for(path)
    assert dialect_for("https://gateway.example/anthropic/v1/messages").name == "Anthropic Messages"


def test_the_older_form_of_a_call_is_rendered() -> None:
    """`function_call` names what is called: another name is another prompt."""

    def called(name: str) -> Call:
        return chat(
            {"role": "assistant", "content": None, "function_call": {"name": name, "arguments": "{}"}}
        )

    assert digests(called("f")) != digests(called("g"))
    assert called("f").blocks[0].text == "f{}"


def test_an_item_reference_is_its_id() -> None:
    """Elsewhere ids are protocol; here the id stands for the content."""
    one, other = (responses({"type": "item_reference", "id": name}) for name in ("a", "b"))
    assert digests(one) != digests(other)
