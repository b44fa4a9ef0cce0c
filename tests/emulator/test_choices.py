"""What sources leave open the emulator chooses as the provider's own page does, or as it is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

import pytest

from samovar.emulator.config import Cache
from tests.bodies import text, words
from tests.emulator.talk import chat, messages

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.talk import Talk


@pytest.mark.fact("anthropic.floor.mythos-preview")
def test_a_disputed_floor_is_the_pages(talk: Talk) -> None:
    """By the page Mythos Preview needs 2,048 tokens, whatever a price table says."""
    written = [
        talk.post(messages(f"doc{n} {n}", model="claude-mythos-preview"), n).json()["usage"]
        for n in (2047, 2048)
    ]
    assert [usage["cache_creation_input_tokens"] for usage in written] == [0, 2048]


def cached(talk: Talk, model: str) -> int:
    """Return what the second of two prompts with 5,000 tokens in common reads."""
    for at, tail in ((0, "q1"), (10, "q2")):
        talk.post(chat("doc 5000", tail, model=model), at, "/v1/chat/completions")
    return talk.last.tokens.read


@pytest.mark.fact("openai.granule", "openai.granule.gpt-5-5")
def test_steps_are_the_models_or_as_configured(talking: Callable[..., Talk]) -> None:
    """2,048 tokens for gpt-5.5 and 128 for earlier ones; a dated id is meant by its model's name as well."""
    assert cached(talking(), "gpt-5.5") == 4096
    assert cached(talking(), "gpt-5.4") == 4992
    finer = Cache(granules={"gpt-5.5": 128})
    assert cached(talking(cache=finer), "gpt-5.5") == 4992
    assert cached(talking(cache=finer), "gpt-5.5-2026-04-01") == 4992


@pytest.mark.fact("anthropic.key.thinking", "anthropic.key.speed")
@pytest.mark.parametrize(
    ("keyed", "change", "read"),
    [
        ({}, {"thinking": {"type": "adaptive"}}, 0),
        ({"thinking": False}, {"thinking": {"type": "adaptive"}}, 2000),
        ({"effort": False}, {"output_config": {"effort": "low"}}, 2000),
        ({}, {"speed": "fast"}, 1000),
        ({"speed": False}, {"speed": "fast"}, 1000),
        ({"speed": True}, {"speed": "fast"}, 0),
    ],
)
def test_what_thinking_keys_is_chosen(
    talking: Callable[..., Talk],
    keyed: dict[Literal["thinking", "effort", "speed"], bool],
    change: dict[str, object],
    read: int,
) -> None:
    """Nobody says on which models thinking and effort are rendered before the tools: all, or none."""
    talk = talking(cache=Cache(keyed=keyed))
    schema = {"type": "object"}
    tool = {"name": "t", "input_schema": schema, "description": "", "cache_control": {"type": "ephemeral"}}
    rest = len(json.dumps({n: tool[n] for n in tool if n != "cache_control"}, separators=(",", ":")))
    tool["description"] = words("t", 1000)[: 4000 - rest]
    body = {**messages("doc 1000"), "messages": [{"role": "user", "content": [text("q", 500, "")]}]}
    body |= {"max_tokens": 2000, "tools": [tool]}
    talk.post(body, 0)
    assert talk.read(body, 10) == 2500
    assert talk.read({**body, **change}, 20) == read
