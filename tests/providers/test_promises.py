"""Promises about content that the cache model keeps: what a next turn may read, and what it may not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from samovar.call import dialect_for
from samovar.providers.rules import Level
from tests.cache.drive import Drive, numbers

if TYPE_CHECKING:
    from samovar.cache import Expectation

SYSTEM = "s" * 8000
"""2,000 tokens by the chars/4 convention of the driver."""
QUESTION, ANSWER, NEXT = "q" * 400, "a" * 4000, "n" * 400


def claude(*turns: tuple[str, str], marked: int = -1) -> bytes:
    """Return a Messages body whose `marked` turn carries the only marker."""
    messages: list[dict[str, object]] = [
        {"role": role, "content": [{"type": "text", "text": text}]} for role, text in turns
    ]
    content = messages[marked]["content"]
    assert isinstance(content, list)
    content[0]["cache_control"] = {"type": "ephemeral"}
    body = {"model": "claude-opus-5", "max_tokens": 9, "system": SYSTEM, "messages": messages}
    return json.dumps(body).encode()


def gpt(*turns: tuple[str, str]) -> bytes:
    """Return a Responses body in implicit mode."""
    items = [{"role": role, "content": text} for role, text in (("developer", SYSTEM), *turns)]
    return json.dumps({"model": "gpt-5.6", "input": items}).encode()


def second(first: bytes, then: bytes, endpoint: str, *domains: str) -> Expectation:
    """Return what the second of two calls finds, a minute after the first."""
    drive = Drive(endpoint)
    mine, other = domains or ("d", "d")
    drive.run(first, 0.0, domain=mine)
    return drive.run(then, 60.0, domain=other)


@pytest.mark.fact("anthropic.generated-not-cached")
def test_claudes_answer_is_written_by_the_next_turn() -> None:
    """2,100 tokens were sent and are read; the answer's 1,000 and the new question's 100 are written."""
    turns = (("user", QUESTION), ("assistant", ANSWER), ("user", NEXT))
    found = second(claude(*turns[:1]), claude(*turns), "/v1/messages")
    assert numbers(found) == (2100, {"5m": 1100}, 0)


@pytest.mark.fact("openai.generated")
def test_an_answer_from_gpt_5_6_is_written_by_the_next_turn() -> None:
    """As for Claude: what was sent is read, the answer counts as new input."""
    turns = (("user", QUESTION), ("assistant", ANSWER), ("user", NEXT))
    found = second(gpt(*turns[:1]), gpt(*turns), "/v1/responses")
    assert numbers(found) == (2100, {"30m": 1100}, 0)


@pytest.mark.fact("anthropic.key.appended-system")
def test_a_system_message_that_is_appended_keeps_the_prefix() -> None:
    """The instruction is one more position at the end: everything before it is read."""
    turns = (("user", QUESTION), ("assistant", ANSWER), ("user", NEXT))
    found = second(claude(*turns), claude(*turns, ("system", "z" * 40)), "/v1/messages")
    assert numbers(found) == (3200, {"5m": 10}, 0)


@pytest.mark.fact("openai.isolation")
def test_another_organisation_reads_nothing() -> None:
    """The same body from another isolation domain is cold; from the same one it is read."""
    body = gpt(("user", QUESTION))
    assert second(body, body, "/v1/responses", "org-1", "org-2").read.hi == 0
    assert second(body, body, "/v1/responses", "org-1", "org-1").read.lo == 2100


@pytest.mark.fact("openai.order")
@pytest.mark.parametrize("endpoint", ["/v1/responses", "/v1/chat/completions"])
def test_openai_renders_tools_then_developer_messages_then_the_conversation(endpoint: str) -> None:
    """Whatever the order of the JSON members."""
    tool = {"type": "function", "name": "f", "parameters": {"type": "object"}}
    turns = [{"role": "developer", "content": "d"}, {"role": "user", "content": "u"}]
    body = {"input": turns, "tools": [tool], "model": "gpt-5.6"}
    if endpoint.endswith("completions"):
        nested = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
        body = {"messages": turns, "tools": [nested], "model": "gpt-5.6"}
    call = dialect_for(endpoint).parse(json.dumps(body).encode())
    assert [block.level for block in call.blocks] == [Level.TOOLS, Level.SYSTEM, Level.MESSAGES]
