"""Tools that the provider runs itself: their results are cached for five minutes, whatever is marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anthropic
import pytest

from samovar.emulator import running
from tests.bodies import words
from tests.emulator.talk import config

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUR = {"type": "ephemeral", "ttl": "1h"}
QUESTION = {"role": "user", "content": "What is new?"}


@pytest.fixture
def claude() -> Iterator[Any]:
    """Anthropic's client; untyped, because its overloads take no plain dictionaries."""
    with (
        running(config()) as emulator,
        anthropic.Anthropic(api_key="k", base_url=emulator.base_url, max_retries=0) as client,
    ):
        yield client


def asked(tool: str, marker: dict[str, str] | None = HOUR, **more: object) -> dict[str, Any]:
    """Return a request that forces a server tool behind a system text of 2,000 tokens."""
    system: dict[str, Any] = {"type": "text", "text": words("s", 2000)}
    if marker is not None:
        system["cache_control"] = marker
    dates = {"web_search": "20250305", "web_fetch": "20250910", "code_execution": "20250825"}
    body = {"model": "claude-opus-5", "max_tokens": 200, "system": [system], "messages": [QUESTION]}
    choice = {"type": "tool", "name": tool}
    return {**body, "tools": [{"type": f"{tool}_{dates[tool]}", "name": tool}], "tool_choice": choice, **more}


@pytest.mark.fact("anthropic.server-tools")
@pytest.mark.parametrize("tool", ["web_search", "web_fetch", "code_execution"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_result_is_written_for_five_minutes_beside_the_callers_hour(
    claude: Any,  # noqa: ANN401  # see claude
    tool: str,
    *,
    stream: bool,
) -> None:
    """The second round reads what the first has cached, and the next turn what the result has."""
    body = asked(tool)
    if stream:
        with claude.messages.stream(**body) as events:
            answer = events.get_final_message()
    else:
        answer = claude.messages.create(**body)
    assert [block.type for block in answer.content] == ["server_tool_use", f"{tool}_tool_result", "text"]
    usage = answer.usage
    hour = usage.cache_creation.ephemeral_1h_input_tokens
    short = usage.cache_creation.ephemeral_5m_input_tokens
    assert hour > 2_000
    assert short > 50
    assert usage.cache_creation_input_tokens == hour + short
    assert usage.cache_read_input_tokens == hour
    turns = [QUESTION, {"role": "assistant", "content": answer.content}, {"role": "user", "content": "More?"}]
    again = claude.messages.create(**{**body, "messages": turns, "cache_control": {"type": "ephemeral"}})
    assert again.usage.cache_read_input_tokens >= 2 * (hour + short)


@pytest.mark.fact("anthropic.server-tools")
def test_without_a_marker_nothing_is_written(claude: Any) -> None:  # noqa: ANN401  # see claude
    """Both rounds are paid for in full."""
    usage = claude.messages.create(**asked("web_search", marker=None)).usage
    assert (usage.cache_read_input_tokens, usage.cache_creation_input_tokens) == (0, 0)
    assert usage.input_tokens > 4_000
    assert usage.server_tool_use.web_search_requests == 1
