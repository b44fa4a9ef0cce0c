"""What the providers say of a change since an earlier request, through the official clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anthropic
import openai
import pytest

from samovar.call import dialect_for
from samovar.emulator import Emulator, running
from samovar.emulator.config import Account
from samovar.emulator.diagnostics import Fingerprints, fingerprint
from samovar.emulator.truth import Tokens
from tests.bodies import words
from tests.emulator.talk import config

if TYPE_CHECKING:
    from collections.abc import Iterator

OTHER = Account(name="other", keys=("other",), organization="other", unlimited=True)
TOOL = {"name": "t", "input_schema": {"type": "object"}}
FUNCTION = {"type": "function", "name": "t", "parameters": {"type": "object"}}
TURN = [{"role": "user", "content": words("q", 100)}]
LATER = [*TURN, {"role": "assistant", "content": "So."}, {"role": "user", "content": "And?"}]


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """One emulator for all."""
    with running(config(accounts=(OTHER,))) as one:
        yield one


@pytest.fixture
def claude(emulator: Emulator) -> Iterator[Any]:
    """Anthropic's client; untyped, because its overloads take no plain dictionaries."""
    with anthropic.Anthropic(api_key="k", base_url=emulator.base_url, max_retries=0) as client:
        yield client


@pytest.fixture
def gpt(emulator: Emulator) -> Iterator[Any]:
    """OpenAI's client; untyped, because its overloads take no plain dictionaries."""
    with openai.OpenAI(api_key="k", base_url=f"{emulator.base_url}/v1", max_retries=0) as client:
        yield client


def asked(**more: object) -> dict[str, Any]:
    """Return a Messages request, all of whose parts may be changed."""
    body = {"model": "claude-opus-5", "max_tokens": 64, "system": words("s", 1500), "tools": [TOOL]}
    return {**body, "messages": TURN, "cache_control": {"type": "ephemeral"}, **more}


@pytest.mark.fact("anthropic.diagnostics", "anthropic.diagnostics.scope")
@pytest.mark.parametrize(
    ("change", "reason", "missed"),
    [
        ({"messages": LATER}, None, 0),
        ({"output_config": {"effort": "high"}, "messages": LATER}, None, 0),
        ({"model": "claude-opus-4-8"}, "model_changed", 1600),
        ({"system": words("now", 1500)}, "system_changed", 1600),
        ({"tools": [{**TOOL, "name": "u"}]}, "tools_changed", 1600),
        ({"messages": [{"role": "user", "content": words("r", 100)}]}, "messages_changed", 100),
        ({"output_config": {"effort": "low"}, "messages": LATER}, "unavailable", 0),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_anthropic_names_the_first_change(
    claude: Any,  # noqa: ANN401  # see claude
    change: dict[str, Any],
    reason: str | None,
    missed: int,
    *,
    stream: bool,
) -> None:
    """With an estimate of the tokens behind it; nothing where the messages only grew."""
    first = claude.messages.create(**asked(), diagnostics={"previous_message_id": None})
    assert first.diagnostics is None
    assert "diagnostics" in first.model_fields_set
    body = asked(**change, diagnostics={"previous_message_id": first.id})
    if stream:
        with claude.messages.stream(**body) as events:
            found = next(event.message for event in events if event.type == "message_start").diagnostics
    else:
        found = claude.messages.create(**body).diagnostics
    assert (found and found.cache_miss_reason.type) == reason
    if missed:
        assert found.cache_miss_reason.cache_missed_input_tokens == pytest.approx(missed, rel=0.1)


@pytest.mark.fact("anthropic.diagnostics.scope")
def test_anthropic_compares_within_a_workspace_and_for_a_while(claude: Any) -> None:  # noqa: ANN401  # see claude
    """Another account's, an old message and one that did not opt in are not found."""
    silent = claude.messages.create(**asked())
    assert "diagnostics" not in silent.model_fields_set
    first = claude.messages.create(**asked(), diagnostics={"previous_message_id": None})
    named = asked(diagnostics={"previous_message_id": first.id})
    late = {"samovar-now": repr(1e7)}
    for client, body, headers in (
        (claude, asked(diagnostics={"previous_message_id": silent.id}), {}),
        (claude.with_options(api_key="other"), named, {}),
        (claude, named, late),
    ):
        found = client.messages.create(**body, extra_headers=headers).diagnostics
        assert found.cache_miss_reason.type == "previous_message_not_found"


@pytest.mark.fact("openai.diagnostics")
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"model": "gpt-5.6-terra"}, "model_changed"),
        ({"prompt_cache_key": "k2"}, "prompt_cache_key_changed"),
        ({"service_tier": "flex"}, "service_tier_changed"),
        ({"tools": [{**FUNCTION, "name": "u"}]}, "tools_changed"),
        ({"text": {"format": {"type": "json_object"}}}, "text_format_changed"),
        ({"reasoning": {"effort": "low"}}, "reasoning_effort_changed"),
        ({"text": {"verbosity": "low"}}, "verbosity_changed"),
        ({"instructions": words("now", 1500)}, "input_changed"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_openai_names_the_first_change(
    gpt: Any,  # noqa: ANN401  # see gpt
    emulator: Emulator,
    change: dict[str, Any],
    reason: str | None,
    *,
    stream: bool,
) -> None:
    """Where less was read than could have been; a hit where the prefix was read."""
    emulator.box.worlds.evict()
    body = {"model": "gpt-5.6-sol", "instructions": words("s", 1500), "input": "Which?", "tools": [FUNCTION]}
    first = gpt.responses.create(**body)
    assert first.prompt_cache_diagnostics is None
    options = {"comparison_response_id": first.id}
    again = gpt.responses.create(**{**body, **change}, prompt_cache_options=options, stream=stream)
    answer = list(again)[-1].response if stream else again
    found = answer.prompt_cache_diagnostics
    assert answer.prompt_cache_options.comparison_response_id == first.id
    if reason is None:
        assert found.type == "cache_hit"
        return
    assert (found.type, found.reason) == ("cache_miss", reason)
    assert found.comparison_reusable_tokens == found.cache_missed_tokens > 1_500


@pytest.mark.fact("openai.diagnostics")
def test_openai_compares_what_it_has(gpt: Any, emulator: Emulator) -> None:  # noqa: ANN401  # see gpt
    """An unknown response is not found; a prefix that is gone without a change is not explained."""
    body = {"model": "gpt-5.6-sol", "instructions": words("s", 1500), "input": "Which?"}
    options = {"comparison_response_id": "resp_none"}
    unknown = gpt.responses.create(**body, prompt_cache_options=options)
    assert unknown.prompt_cache_diagnostics.type == "comparison_response_not_found"
    emulator.box.worlds.evict()
    gone = gpt.responses.create(**body, prompt_cache_options={"comparison_response_id": unknown.id})
    assert gone.prompt_cache_diagnostics.type == "unavailable"


@pytest.mark.fact("anthropic.diagnostics.kept", "openai.diagnostics.kept")
def test_a_request_is_kept_for_as_long_as_the_fact_says() -> None:
    """To the second, for either provider."""
    prints = Fingerprints()
    made = fingerprint(dialect_for("/v1/messages").parse(b'{"model":"m","messages":[]}'), "m", {})
    prints.keep("a", made, "o", 100)
    tokens = Tokens()
    gone = {"cache_miss_reason": {"type": "previous_message_not_found"}}
    assert [prints.anthropic(made, "a", "o", 100 + age) for age in (3_600, 3_601)] == [None, gone]
    told = [prints.openai(made, "a", "o", 100 + age, tokens)["type"] for age in (3_600, 3_601)]
    assert told == ["cache_hit", "comparison_response_not_found"]
