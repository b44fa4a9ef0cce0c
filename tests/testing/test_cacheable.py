"""`assert_cacheable` fails a test with findings that can be acted on."""

from __future__ import annotations

import json

import anthropic
import httpx2
import pytest

import samovar
from samovar.errors import MalformedBody, YoursError
from samovar.policy import load_policy

RULES = "Use the ledger for sums, and never the memory of a sum. " * 200


def body(system: str, said: str = "Hello.") -> dict[str, object]:
    """Return a marked request with this system prompt."""
    block = {"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}
    return {
        "model": "claude-sonnet-4-5",
        "max_tokens": 100,
        "system": [block],
        "messages": [{"role": "user", "content": said}],
    }


def test_a_healthy_request_passes() -> None:
    """As a mapping, as JSON text and as bytes; two of one kind as well."""
    one = body(RULES)
    samovar.assert_cacheable(one)
    samovar.assert_cacheable(json.dumps(one))
    samovar.assert_cacheable(json.dumps(one).encode(), provider="anthropic")
    samovar.assert_cacheable(one, body(RULES, "And now?"))


def test_a_clock_is_told_with_its_place_and_its_price() -> None:
    """The text has code, name, JSON path, the words around it and money."""
    with pytest.raises(AssertionError) as raised:
        samovar.assert_cacheable(body("Current time: 10:15:31\n" + RULES))
    said = str(raised.value)
    assert "PR001 clock-in-prefix (high, likely) at system[0].text" in said
    assert "Current time: 10:15:31" in said
    assert "per 1,000 calls" in said


def test_what_varies_between_requests_is_certain() -> None:
    """Two requests that tell different values in one slot are no suspicion."""
    with pytest.raises(AssertionError, match=r"random-id-in-prefix \(high, certain\)"):
        samovar.assert_cacheable(body(f"Build 7f3c9a52d1\n{RULES}"), body(f"Build 93d80f2b6e\n{RULES}"))


def test_tools_in_another_order_are_seen_between_requests() -> None:
    """One body could not show it."""
    tools = [{"name": n, "description": n, "input_schema": {"type": "object"}} for n in ("read", "write")]
    samovar.assert_cacheable({**body(RULES), "tools": tools})
    with pytest.raises(AssertionError, match="unsorted-tools"):
        samovar.assert_cacheable({**body(RULES), "tools": tools}, {**body(RULES), "tools": tools[::-1]})


def test_a_request_of_an_http_client_says_where_it_goes() -> None:
    """The endpoint decides the dialect: Converse reads cachePoint and nothing else."""
    sent = httpx2.Request(
        "POST",
        "https://bedrock-runtime.eu-west-1.amazonaws.com/model/eu.anthropic.claude-sonnet-4-6/converse",
        json={
            "system": [{"text": RULES}],
            "messages": [{"role": "user", "content": [{"text": "Hello."}]}],
            "additionalModelRequestFields": {"cache_control": {"type": "ephemeral"}},
        },
    )
    with pytest.raises(AssertionError, match="marker-missing"):
        samovar.assert_cacheable(sent, provider="bedrock")


def test_an_exchange_record_brings_its_provider() -> None:
    """As it stands in an exchange log."""
    record = {
        "provider": "azure-openai",
        "endpoint": "/openai/deployments/gpt-4.1/chat/completions",
        "request": {"model": "gpt-4.1", "messages": [], "prompt_cache_retention": "24h"},
    }
    with pytest.raises(AssertionError, match="unsupported-parameter"):
        samovar.assert_cacheable(record)


def test_rules_can_be_chosen() -> None:
    """By code or name; one that does not exist is a mistake of the caller."""
    clock = body("Current time: 10:15:31\n" + RULES)
    samovar.assert_cacheable(clock, ignore=["PR001"])
    samovar.assert_cacheable(clock, select=["ttl-order"])
    samovar.assert_cacheable(clock, confidence="certain")
    with pytest.raises(YoursError, match="no rule is called 'PR999'"):
        samovar.assert_cacheable(clock, ignore=["PR999"])
    with pytest.raises(YoursError, match="no confidence is called 'sure'"):
        samovar.assert_cacheable(clock, confidence="sure")


def test_policy_says_what_only_the_user_knows() -> None:
    """Here: where cached data must stay."""
    policy = load_policy(b'[lint]\nregion = "eu"\n', "samovar.toml")
    record = {
        "provider": "bedrock",
        "endpoint": "/model/us.anthropic.claude-sonnet-4-6/converse",
        "request": {
            "modelId": "us.anthropic.claude-sonnet-4-6",
            "system": [{"text": RULES}, {"cachePoint": {"type": "default"}}],
            "messages": [{"role": "user", "content": [{"text": "Hello."}]}],
        },
    }
    samovar.assert_cacheable(record)
    with pytest.raises(AssertionError, match="residency-undocumented"):
        samovar.assert_cacheable(record, policy=policy)


@pytest.mark.parametrize("wrong", [b"{", "[]", "3", 3, b"\xff"])
def test_what_is_no_request_is_refused(wrong: object) -> None:
    """That is a mistake in the test, and not a finding."""
    with pytest.raises(MalformedBody):
        samovar.assert_cacheable(wrong)  # type: ignore[arg-type]  # that is the point


def test_no_request_is_refused() -> None:
    """A test that sent nothing would pass for the wrong reason."""
    with pytest.raises(MalformedBody, match="no request was given"):
        samovar.assert_cacheable()


def test_two_users_of_one_program_share_its_prompt() -> None:
    """A name in the first line of a system prompt is found without any word that calls it one."""
    rules = "Use the ledger for sums, and say which line they come from. " * 200

    def asked(name: str, *, first: bool) -> dict[str, object]:
        text = f"Desk {name}.\n{rules}" if first else f"{rules}\nDesk {name}."
        system = [{"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}]
        messages = [{"role": "user", "content": "Hello."}]
        return {"model": "claude-sonnet-4-6", "max_tokens": 9, "system": system, "messages": messages}

    with pytest.raises(AssertionError, match="per-user-before-shared"):
        samovar.assert_cacheable(asked("Ada", first=True), asked("Ben", first=True), select=["PR004"])
    samovar.assert_cacheable(asked("Ada", first=False), asked("Ben", first=False), select=["PR004"])
    samovar.assert_cacheable(asked("Ada", first=True), asked("Ada", first=True))


def test_blocks_of_an_answer_are_sent_back_as_they_are() -> None:
    """The SDK's documented way: `response.content` becomes the content of a message."""
    said = anthropic.types.TextBlock(type="text", text="Done.", citations=None)
    turn = {"role": "assistant", "content": [said]}
    asked = body(RULES)
    messages = [{"role": "user", "content": "Hello."}, turn, {"role": "user", "content": "And now?"}]
    samovar.assert_cacheable(asked, {**asked, "messages": messages})
    with pytest.raises(MalformedBody, match="object is nothing that JSON holds"):
        samovar.assert_cacheable({**asked, "messages": [object()]})
