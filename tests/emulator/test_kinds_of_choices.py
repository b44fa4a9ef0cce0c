"""What each kind of a choice in a Messages request may say, and what else is refused by its path."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.emulator.talk import messages

if TYPE_CHECKING:
    from tests.emulator.talk import Talk

TOOLS = [{"name": "x", "input_schema": {"type": "object"}}]
UPDATES = {"anthropic-beta": "thinking-display-updates-2026-08-18"}


@pytest.mark.fact("anthropic.members", "anthropic.error.extra-input")
@pytest.mark.parametrize(
    ("name", "value", "path"),
    [
        ("thinking", {"type": "adaptive", "budget_tokens": 5000}, "thinking.adaptive.budget_tokens"),
        ("thinking", {"type": "disabled", "budget_tokens": 5000}, "thinking.disabled.budget_tokens"),
        ("thinking", {"type": "disabled", "display": "omitted"}, "thinking.disabled.display"),
        ("thinking", {"type": "disabled", "display": None}, "thinking.disabled.display"),
        ("thinking", {"type": "enabled", "budget_tokens": 1024, "display": "omitted"}, ""),
        ("thinking", {"type": "adaptive", "display": "summarized", "block_binding": {}}, ""),
        ("tool_choice", {"type": "auto", "name": "x"}, "tool_choice.auto.name"),
        ("tool_choice", {"type": "none", "disable_parallel_tool_use": True},
         "tool_choice.none.disable_parallel_tool_use"),
        ("tool_choice", {"type": "tool", "name": "x", "disable_parallel_tool_use": True}, ""),
        ("tool_choice", {"type": "any", "disable_parallel_tool_use": True}, ""),
    ],
)  # fmt: skip
def test_each_kind_has_its_own_members(talk: Talk, name: str, value: dict[str, object], path: str) -> None:
    """Another kind's member is refused as one that there is not."""
    body = messages(model="claude-opus-4-6", max_tokens=2048, tools=TOOLS) | {name: value}
    answer = talk.post(body, 0)
    if path:
        assert answer.json()["error"]["message"] == f"{path}: Extra inputs are not permitted"
    assert answer.status_code == (400 if path else 200)


@pytest.mark.fact("anthropic.thinking.displays")
def test_progress_updates_are_a_betas(talk: Talk) -> None:
    """Refused without its header; with it no reasoning is shown."""
    thinking = {"type": "adaptive", "display": "updates"}
    body = messages(max_tokens=2048, thinking=thinking)
    assert talk.post(body, 0).status_code == 400
    blocks = talk.post(body, 1, headers=UPDATES).json()["content"]
    assert [block["thinking"] for block in blocks if block["type"] == "thinking"] == [""]


@pytest.mark.parametrize("place", ["output_config.format", "output_format"])
def test_a_format_is_refused_in_its_own_place(talk: Talk, place: str) -> None:
    """Whatever stands in the other place."""
    right, wrong = {"type": "json_schema", "schema": {"type": "object"}}, {"type": "x"}
    inner, outer = (wrong, right) if place == "output_config.format" else (right, wrong)
    body = messages() | {"output_config": {"format": inner}, "output_format": outer}
    answer = talk.post(body, 0)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == f"{place}.type: Input should be 'json_schema'"


@pytest.mark.parametrize("text", [b"{}", b"{ }", b"null", b"\n{\n}"])
def test_an_empty_member_is_answered_as_an_absent_one(talk: Talk, text: bytes) -> None:
    """However it is spelt."""
    body = b'{"model": "gpt-5.6", "input": "x", "text": %s}' % text
    assert talk.post(body, 0, "/v1/responses").json()["text"]["format"] == {"type": "text"}
