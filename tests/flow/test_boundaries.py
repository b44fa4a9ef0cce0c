"""Which prefixes calls can share, and that nobody else's have the same names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from samovar.call import SegmentMemo, dialect_for
from samovar.flow.boundaries import Boundaries
from samovar.prefix.prompt import PromptReader
from samovar.prefix.size import Sizer
from samovar.providers.models import resolve, rules_for
from samovar.providers.tokens import counter_for
from tests.bodies import words

if TYPE_CHECKING:
    from samovar.flow.steps import Boundary

KEY = b"k" * 32


def names(
    tokens: int = 3_000,
    *,
    domain: str = "a",
    model: str = "claude-sonnet-4-5",
    key: bytes = KEY,
    scale: float = 1.0,
    **others: object,
) -> list[bytes]:
    """Return the names of the boundaries of a call with one marked system block."""
    marked = {"type": "text", "text": words("shared", tokens), "cache_control": {"type": "ephemeral"}}
    body = {"model": model, "max_tokens": 8, "system": [marked], "messages": [QUESTION], **others}
    return [boundary.name for boundary in _boundaries(body, domain, key, scale)]


QUESTION = {"role": "user", "content": "Compare these two essays."}


def _boundaries(
    body: dict[str, Any],
    domain: str = "a",
    key: bytes = KEY,
    scale: float = 1.0,
    endpoint: str = "/v1/messages",
) -> tuple[Boundary, ...]:
    memo = SegmentMemo(1_000)
    call = dialect_for(endpoint).parse(json.dumps(body).encode(), memo)
    model = resolve(call.provider, call.model)
    sizer = Sizer(counter_for(model.tokenizer), call.provider)
    reader = PromptReader(rules_for(call.provider, call.model), sizer, memo, model)
    return Boundaries(key, 1_024).of(reader.read(call, domain=domain), scale)


def test_equal_prompts_have_equal_names_in_every_process() -> None:
    """Whatever the question after the prefix."""
    assert names() == names(messages=[{"role": "user", "content": "And these?"}])
    assert len(names()) == 1


def test_what_shares_no_cache_shares_no_name() -> None:
    """Another account, another model, another deployment, other tools before it."""
    tool = {"name": "look_up", "description": "Looks up.", "input_schema": {"type": "object"}}
    variants = [
        names(),
        names(domain="b"),
        names(model="claude-opus-4-5"),
        names(key=b"l" * 32),
        names(tools=[tool]),
        names(3_001),
    ]
    assert len({name for [name] in variants}) == len(variants)


def test_a_prefix_below_the_floor_is_not_waited_for() -> None:
    """The provider does not keep it."""
    assert names(100) == []


def test_what_reports_have_shown_to_be_below_the_floor_is_not_waited_for() -> None:
    """Bytes alone leave it open; estimates that were too long so far decide it. None is made longer."""
    short = names(500)
    assert len(short) == 1
    assert names(500, scale=0.5) == []
    assert names(500, scale=0.97) == names(500, scale=3.0) == short
    assert names(300, scale=3.0) == []


def test_all_markers_that_a_provider_takes_are_boundaries_shortest_first() -> None:
    """What groups share comes before what is each one's own."""
    parts = [
        {"type": "text", "text": words(f"part {n}", 2_000), "cache_control": {"type": "ephemeral"}}
        for n in range(4)
    ]
    body = {"model": "claude-sonnet-4-5", "max_tokens": 8, "system": parts, "messages": [QUESTION]}
    sizes = [boundary.tokens for boundary in _boundaries(body)]
    assert len(sizes) == 4
    assert sizes == sorted(sizes)


@pytest.mark.fact("openai.writes")
def test_a_breakpoint_that_the_provider_drops_is_no_boundary() -> None:
    """Of seven only the implicit one and the latest three others are written: nobody waits for the first."""
    marked = {"prompt_cache_breakpoint": {"mode": "explicit"}}
    asked = [
        {"role": "user", "content": [{"type": "text", "text": words(f"part {n}", 2_000), **marked}]}
        for n in range(6)
    ]
    body = {"model": "gpt-5.6-terra", "messages": [*asked, QUESTION]}
    sizes = [boundary.tokens for boundary in _boundaries(body, endpoint="/v1/chat/completions")]
    assert len(sizes) == 3, "the question adds too little to be one by itself"
    assert sizes[0] > 3 * 2_000
