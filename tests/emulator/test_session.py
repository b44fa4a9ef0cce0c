"""A day with both official clients: what one call leaves for the next, where a reader could err."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import anthropic
import openai
import pytest

from samovar.emulator import running
from tests.bodies import text, words
from tests.emulator.talk import START, config

if TYPE_CHECKING:
    from collections.abc import Iterator

HI = [{"role": "user", "content": "hi there"}]
MODEL = "gpt-5.6-sol"
Json = dict[str, Any]


@pytest.fixture
def claude() -> Iterator[Any]:
    """Anthropic's client; untyped, because it is given plain dictionaries."""
    with (
        running(config()) as emulator,
        anthropic.Anthropic(api_key="k", base_url=emulator.base_url, max_retries=0) as client,
    ):
        yield client


@pytest.fixture
def gpt() -> Iterator[Any]:
    """OpenAI's client, untyped as well."""
    with (
        running(config()) as emulator,
        openai.OpenAI(api_key="k", base_url=f"{emulator.base_url}/v1", max_retries=0) as client,
    ):
        yield client


def at(seconds: float) -> Json:
    """Return the member that states when a call starts, after the emulator's start."""
    return {"extra_headers": {"samovar-now": repr(START + seconds)}}


def ask(claude: Any, **members: Any) -> tuple[int, int, int, int]:  # noqa: ANN401  # any members of a body
    """Return tokens read, written for 5m and for 1h, and neither."""
    usage = claude.messages.create(
        **{"model": "claude-opus-5", "max_tokens": 30, "messages": HI, **members}
    ).usage
    tiers = usage.cache_creation
    return (
        usage.cache_read_input_tokens,
        tiers.ephemeral_5m_input_tokens,
        tiers.ephemeral_1h_input_tokens,
        usage.input_tokens,
    )


def tool(name: str, tokens: int, **more: object) -> Json:
    """Return a tool with a description of so many tokens."""
    return {"name": name, "description": words(name, tokens), "input_schema": {"type": "object"}, **more}


MARK = {"type": "ephemeral"}


@pytest.mark.fact("anthropic.key.deferred-tools")
def test_a_deferred_tool_is_not_in_the_prompt(claude: Any) -> None:  # noqa: ANN401  # see claude
    """Another text of a tool that is loaded by search loses nothing."""
    for text_of in ("one", "two"):
        later = {**tool("late", 600, defer_loading=True), "description": words(text_of, 600)}
        got = ask(claude, tools=[tool("now", 600, cache_control=MARK), later], system=[text("s", 600, "")])
    assert got[0] > 1200
    assert got[1] == 0


@pytest.mark.fact("anthropic.lookback", "anthropic.order")
@pytest.mark.parametrize(("blocks", "read"), [(19, 700), (20, 0)])
def test_the_window_reaches_into_the_system_section(claude: Any, blocks: int, read: int) -> None:  # noqa: ANN401  # see claude
    """Positions count through: the 20th from the marker may be a system block."""
    ask(claude, system=[text("s", 700, "")])
    turn = [text(f"b{i}", 50, "" if i == blocks else None) for i in range(1, blocks + 1)]
    got = ask(claude, system=[text("s", 700)], messages=[{"role": "user", "content": turn}])
    assert got[0] == read


@pytest.mark.fact("anthropic.below-floor")
def test_a_marker_below_the_floor_leaves_its_tokens_to_the_next(claude: Any) -> None:  # noqa: ANN401  # see claude
    """The deeper marker writes the whole prefix; where the shorter one stood there is nothing."""
    for name, expected in (("m", (0, 600, 0, 0)), ("other", (0, 600, 0, 0)), ("m", (600, 0, 0, 0))):
        turn = [{"role": "user", "content": [text(name, 200, "")]}]
        assert ask(claude, system=[text("s", 400, "")], messages=turn) == expected


@pytest.mark.fact("anthropic.ttl.1h", "anthropic.refresh")
def test_a_short_marker_on_a_live_hour_reads_it(claude: Any) -> None:  # noqa: ANN401  # see claude
    """And the hour stays an hour."""
    assert ask(claude, system=[text("s", 700, "1h")], **at(0))[2] == 700
    assert ask(claude, system=[text("s", 700, "")], **at(100))[:3] == (700, 0, 0)
    assert ask(claude, system=[text("s", 700, "")], **at(3_600))[:3] == (700, 0, 0)
    assert ask(claude, system=[text("s", 700, "")], **at(7_201))[0] == 0


@pytest.mark.fact("anthropic.key.thinking-stripped")
@pytest.mark.parametrize(
    ("model", "kept"),
    [
        ("claude-opus-4-5", True),
        ("claude-sonnet-4-6", True),
        ("claude-sonnet-4-5", False),
        ("claude-haiku-4-5", False),
    ],
)
@pytest.mark.filterwarnings("ignore:The model:DeprecationWarning")
def test_thinking_survives_a_question_on_newer_models(claude: Any, model: str, *, kept: bool) -> None:  # noqa: ANN401  # see claude
    """After a tool loop, a new question keeps or drops the thought, and with it what was cached behind it."""
    thought = {"type": "thinking", "thinking": words("th", 300), "signature": "s"}
    called = {"type": "tool_use", "id": "x", "name": "f", "input": {}}
    answered = {"type": "tool_result", "tool_use_id": "x", "content": "ok", "cache_control": MARK}
    turns: list[Json] = [
        {"role": "user", "content": words("task", 4200)},
        {"role": "assistant", "content": [thought, called]},
        {"role": "user", "content": [answered]},
    ]
    more = {"model": model, "max_tokens": 2000, "tools": [tool("f", 10)]}
    more["thinking"] = {"type": "enabled", "budget_tokens": 1024}
    written = ask(claude, messages=turns, **more)[1]
    turns.append({"role": "assistant", "content": "done"})
    turns.append({"role": "user", "content": [text("new question", 20, "")]})
    assert (ask(claude, messages=turns, **more)[0] == written) is kept


@pytest.mark.parametrize("model", ["claude-opus-4-5", "claude-sonnet-4-5"])
@pytest.mark.filterwarnings("ignore:The model:DeprecationWarning")
def test_a_count_is_what_the_message_is_billed_for(claude: Any, model: str) -> None:  # noqa: ANN401  # see claude
    """Thinking that a new question removes from the prompt is in neither."""
    thought = {"type": "thinking", "thinking": words("th", 300), "signature": "s"}
    turns: list[Json] = [
        {"role": "user", "content": words("task", 400)},
        {"role": "assistant", "content": [thought, text("done", 10)]},
        {"role": "user", "content": words("new question", 20)},
    ]
    asked = {"model": model, "messages": turns, "thinking": {"type": "enabled", "budget_tokens": 1024}}
    billed = claude.messages.create(**asked, max_tokens=2000).usage.input_tokens
    assert (
        claude.messages.count_tokens(**asked).input_tokens
        == billed
        == 430 + 300 * (model == "claude-opus-4-5")
    )


def sizes(response: Any) -> tuple[int, int]:  # noqa: ANN401  # of the untyped client
    """Return tokens read and written."""
    details = response.usage.input_tokens_details
    return details.cached_tokens, details.cache_write_tokens


@pytest.mark.fact("openai.writes", "openai.implicit")
def test_implicit_mode_writes_its_own_and_the_latest_three(gpt: Any) -> None:  # noqa: ANN401  # see gpt
    """Of five explicit breakpoints the last three are written beside the implicit one."""
    mark = {"prompt_cache_breakpoint": {"mode": "explicit"}}
    parts = [{"type": "input_text", "text": words(f"p{i}", 1100), **mark} for i in range(5)]
    gpt.responses.create(
        model=MODEL, input=[{"role": "user", "content": parts}, {"role": "user", "content": "tail"}]
    )
    found = [
        gpt.responses.create(
            model=MODEL,
            input=[{"role": "user", "content": parts[:count]}],
            prompt_cache_options={"mode": "explicit"},
        )
        for count in (1, 2, 3, 4, 5)
    ]
    # Each of these calls writes what it did not find, so a later one may read an earlier one's.
    assert [sizes(each)[1] == 0 for each in found] == [False, False, True, True, True]


@pytest.mark.fact("openai.ttl.12h", "openai.usage.tiers")
def test_one_breakpoint_may_live_longer_than_another(gpt: Any) -> None:  # noqa: ANN401  # see gpt
    """The split by lifetime follows the breakpoints."""
    parts = [
        {
            "type": "input_text",
            "text": words("a", 1200),
            "prompt_cache_breakpoint": {"mode": "explicit", "ttl": "12h"},
        },
        {"type": "input_text", "text": words("b", 300), "prompt_cache_breakpoint": {"mode": "explicit"}},
    ]
    answer = gpt.responses.create(
        model=MODEL, input=[{"role": "user", "content": parts}], prompt_cache_options={"mode": "explicit"}
    )
    split = answer.usage.input_tokens_details.cache_write_tokens_details
    assert (split.ttl_12h_tokens, split.ttl_30m_tokens) == (1200, 300)


def test_what_the_protocol_adds_is_not_rendered(gpt: Any) -> None:  # noqa: ANN401  # see gpt
    """Ids of tool calls, a string for one part: the same prompt."""
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
    turns: list[Json] = [
        {"role": "user", "content": words("task", 1200)},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "r"},
    ]
    gpt.chat.completions.create(model=MODEL, messages=turns)
    other = json.loads(json.dumps(turns).replace("c1", "c9"))
    other[0]["content"] = [{"type": "text", "text": words("task", 1200)}]
    again = gpt.chat.completions.create(model=MODEL, messages=other)
    assert again.usage.prompt_tokens_details.cached_tokens == again.usage.prompt_tokens
    assert again.usage.prompt_tokens_details.cache_write_tokens == 0
