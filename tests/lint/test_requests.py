"""Provider rules about one body, by endpoint, platform and day. The limits are those of the facts."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest

from samovar.lint.finding import Confidence
from samovar.lint.run import lint
from samovar.lint.settings import Settings
from samovar.providers.models import rules_for

if TYPE_CHECKING:
    from samovar.lint.finding import Finding

Body = dict[str, Any]
LONG = "Use the ledger for sums, and never the memory of a sum. " * 400
TURN = [{"role": "user", "content": "Hello."}]
CONVERSE = "/model/us.anthropic.claude-sonnet-4-6/converse"


def mark(ttl: str = "") -> Body:
    """Return a marker."""
    return {"cache_control": {"type": "ephemeral", **({"ttl": ttl} if ttl else {})}}


def text(words: str = "Rule.", **more: object) -> Body:
    """Return a text block."""
    return {"type": "text", "text": words, **more}


def claude(model: str = "claude-sonnet-4-6", **more: object) -> Body:
    """Return an Anthropic body."""
    return {"model": model, "max_tokens": 9, "messages": TURN, **more}


def found(body: Body, *codes: str, provider: str = "anthropic", **more: Any) -> tuple[Finding, ...]:  # noqa: ANN401  # members of Settings
    """Lint one body with the rules of these codes."""
    settings = Settings(provider=provider, select=codes, **more)
    report = lint({"request.json": json.dumps(body).encode()}, settings)
    assert not report.problems, report.problems
    return report.findings


def paths(body: Body, *codes: str, **more: Any) -> list[str]:  # noqa: ANN401  # as above
    """Return where these rules report."""
    return [each.path for each in found(body, *codes, **more)]


def test_the_automatic_marker_takes_a_slot() -> None:
    """Four explicit ones and a top-level one are five; on a marked last block it takes none."""
    four = [text(**mark()) for _ in range(4)]
    assert paths(claude(system=four), "MK001") == []
    assert paths(claude(system=four, **mark()), "MK001") == ["cache_control"]
    last = [{"role": "user", "content": four}]
    assert paths({**claude(**mark()), "messages": last}, "MK001") == []
    assert paths(claude(system=[*four, text(**mark())]), "MK001") == ["system"]


def test_markers_over_all_levels_are_counted_together() -> None:
    """The path is that of the part that holds most of them."""
    tool = {"name": "f", "input_schema": {"type": "object"}, **mark()}
    messages = [{"role": "user", "content": [text(**mark())]}] * 3
    body = {**claude(tools=[tool], system=[text(**mark())]), "messages": messages}
    assert paths(body, "MK001") == ["messages"]


@pytest.mark.parametrize(
    ("system", "message", "path"),
    [
        ("1h", "5m", None),
        ("5m", "1h", "messages[0].content[0].cache_control.ttl"),
        ("", "1h", "messages[0].content[0].cache_control.ttl"),
        ("1h", "", None),
        ("1h", "1h", None),
    ],
)
def test_a_longer_lifetime_stands_first(system: str, message: str, path: str | None) -> None:
    """A bare marker has the default lifetime, whose name is a fact."""
    messages = [{"role": "user", "content": [text(**mark(message))]}]
    body = {**claude(system=[text(**mark(system))]), "messages": messages}
    assert paths(body, "MK003") == ([path] if path else [])


def test_render_order_counts_and_not_json_order() -> None:
    """Tools are rendered first, wherever they stand in the JSON; the automatic marker is last."""
    tool = {"name": "f", "input_schema": {"type": "object"}, **mark("5m")}
    body = {"system": [text(**mark("1h"))], **claude(), "tools": [tool]}
    assert paths(body, "MK003") == ["system[0].cache_control.ttl"]
    assert paths(claude(system=[text(**mark("5m"))], **mark("1h")), "MK003") == ["cache_control.ttl"]


def test_on_converse_the_cache_point_is_named() -> None:
    """It is an element of its own behind the block that it marks."""
    body = {
        "system": [{"text": "Rule."}, {"cachePoint": {"type": "default"}}],
        "messages": [
            {"role": "user", "content": [{"text": "Hi."}, {"cachePoint": {"type": "default", "ttl": "1h"}}]}
        ],
    }
    assert paths(body, "MK003", provider="bedrock", endpoint=CONVERSE) == [
        "messages[0].content[1].cachePoint.ttl"
    ]
    assert paths(body, "MK005", provider="bedrock", endpoint=CONVERSE) == ["system[1]"]


@pytest.mark.parametrize(
    ("model", "provider", "words", "sure"),
    [
        ("claude-opus-4-6", "anthropic", 1_000, Confidence.CERTAIN),
        ("claude-opus-4-6", "anthropic", 6_000, None),
        ("claude-opus-4-5", "vertex-anthropic", 1_000, Confidence.CERTAIN),
        ("claude-sonnet-4-5", "anthropic", 300, Confidence.CERTAIN),
        ("claude-sonnet-4-5", "anthropic", 1_500, None),
        ("claude-sonnet-4-6", "anthropic", 1_300, Confidence.LIKELY),
        ("claude-opus-4-7", "bedrock", 1_300, Confidence.LIKELY),
        ("claude-opus-4-7", "anthropic", 3_000, None),
    ],
)
def test_the_floor_is_the_model_s_on_its_platform(
    model: str, provider: str, words: int, sure: Confidence | None
) -> None:
    """Certain below the lowest floor by the highest count, likely inside a band where sources differ."""
    body = claude(model, system=[text("word " * words, **mark())])
    made = found(body, "MK005", provider=provider)
    assert [each.confidence for each in made] == ([sure] if sure else [])
    floor = rules_for(provider.removeprefix("vertex-"), model, None if provider == "anthropic" else provider)
    assert all(f"{floor.floor.lo:,.0f}" in each.message for each in made)


def test_a_marker_below_the_floor_is_fine_before_one_above_it() -> None:
    """The small one costs a slot and nothing else; a conversation may still grow over the floor."""
    tool = {"name": "f", "input_schema": {"type": "object"}, **mark()}
    assert paths(claude(tools=[tool], system=[text(LONG, **mark())]), "MK005") == []
    assert paths(claude("gpt-5.6"), "MK005", provider="openai") == []


def test_short_prompts_without_a_marker_are_left_alone() -> None:
    """Nothing is to be gained; a long one without a marker is told, with what it costs."""
    assert paths(claude(system="Be brief."), "MK004") == []
    made = found(claude(system=LONG), "MK004", today=dt.date(2026, 11, 27))
    assert [each.path for each in made] == ["system"]
    assert "computed each time" in made[0].cost


@pytest.mark.parametrize(
    ("provider", "endpoint", "body", "path"),
    [
        ("anthropic", "/v1/messages", claude(metadata={"user_id": "u"}), None),
        ("anthropic", "/v1/messages", claude(metadata={"trace": "t"}), "metadata.trace"),
        ("anthropic", "/v1/messages", claude(**mark("24h")), "cache_control.ttl"),
        ("anthropic", "/v1/messages", claude(cache_salt="s"), "cache_salt"),
        (
            "bedrock",
            "/model/anthropic.claude-3-7-sonnet-20250219-v1:0/invoke",
            {"system": [text(**mark("5m"))], "messages": TURN, "anthropic_version": "bedrock-2023-05-31"},
            "system[0].cache_control.ttl",
        ),
        (
            "bedrock",
            "/model/us.anthropic.claude-opus-4-6/invoke",
            {"messages": TURN, "anthropic_version": "bedrock-2023-05-31", **mark()},
            "cache_control",
        ),
        (
            "bedrock",
            "/model/us.anthropic.claude-sonnet-4-6/invoke",
            {"system": [text(**mark("1h"))], "messages": TURN, "anthropic_version": "bedrock-2023-05-31"},
            None,
        ),
        (
            "openai",
            "/v1/responses",
            {"model": "gpt-5.5", "input": "Hi.", "prompt_cache_retention": "24h"},
            None,
        ),
        (
            "openai",
            "/v1/responses",
            {"model": "gpt-5.5", "input": "Hi.", "prompt_cache_retention": "in_memory"},
            "prompt_cache_retention",
        ),
        (
            "openai",
            "/v1/responses",
            {"model": "gpt-5.6", "input": "Hi.", "prompt_cache_retention": "24h"},
            "prompt_cache_retention",
        ),
        (
            "openai",
            "/v1/chat/completions",
            {"model": "gpt-4o", "messages": TURN, "prompt_cache_options": {"mode": "explicit"}},
            "prompt_cache_options",
        ),
        (
            "openai",
            "/v1/chat/completions",
            {"model": "gpt-5.6", "messages": TURN, "prompt_cache_options": {"ttl": "12h"}},
            "prompt_cache_options.ttl",
        ),
        (
            "openai",
            "/v1/responses",
            {"model": "gpt-5.6", "input": "Hi.", "prompt_cache_options": {"ttl": "12h"}},
            None,
        ),
        (
            "azure-openai",
            "/openai/deployments/gpt-4.1/chat/completions",
            {"model": "gpt-4.1", "messages": TURN, "prompt_cache_retention": "24h"},
            "prompt_cache_retention",
        ),
        ("openai", "/v1/chat/completions", {"model": "gpt-4.1", "messages": TURN, **mark()}, "cache_control"),
        (
            "vllm",
            "/v1/chat/completions",
            {"model": "qwen3-32b", "messages": TURN, "cache_salt": "c2Fs"},
            None,
        ),
    ],
)
def test_parameters_depend_on_model_platform_and_endpoint(
    provider: str, endpoint: str, body: Body, path: str | None
) -> None:
    """What one takes the other refuses."""
    assert paths(body, "PA001", provider=provider, endpoint=endpoint) == ([path] if path else [])


def test_rules_hold_from_their_day_on() -> None:
    """Which lifetimes are sold is asked for the day of the request."""
    body = claude(**mark("1h"))
    assert paths(body, "PA001", at=dt.date(2026, 11, 1)) == []
    for at in (None, dt.date(2026, 11, 1)):
        sold = {tier.name for tier in rules_for("anthropic", "claude-sonnet-4-6", at=at).lifetimes}
        assert ("1h" in sold) is (paths(body, "PA001", at=at) == [])


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (claude(max_tokens=0, stream=True), "stream"),
        (claude(max_tokens=0, thinking={"type": "enabled", "budget_tokens": 1024}), "thinking"),
        (claude(max_tokens=0, tool_choice={"type": "any"}), "tool_choice"),
        (claude(max_tokens=0), None),
        (
            {**claude(**mark("1h")), "messages": [{"role": "user", "content": [text(**mark("5m"))]}]},
            "cache_control",
        ),
    ],
)
def test_what_the_provider_refuses_is_told_before_it_does(body: Body, path: str | None) -> None:
    """Pre-warming that cannot be, and a top-level marker that contradicts the last block's own."""
    made = [each.split(".")[0] for each in paths(body, "PA003")]
    assert made == ([path] if path else [])


@pytest.mark.parametrize(
    ("provider", "endpoint", "model", "region", "word", "fact"),
    [
        ("bedrock", CONVERSE, "us.anthropic.claude-sonnet-4-6", "eu", "contradicted", "bedrock.cross-region"),
        (
            "bedrock",
            CONVERSE.replace("us.", "eu."),
            "eu.anthropic.claude-sonnet-4-6",
            "eu",
            "undocumented",
            "bedrock.cross-region",
        ),
        (
            "vertex-anthropic",
            "/v1/projects/p/locations/global/publishers/anthropic/models/claude-sonnet-4-6:rawPredict",
            "claude-sonnet-4-6",
            "eu",
            "contradicted",
            "vertex-anthropic.endpoints",
        ),
        (
            "vertex-anthropic",
            "/v1/projects/p/locations/europe-west1/publishers/anthropic/models/claude-sonnet-4-6:rawPredict",
            "claude-sonnet-4-6",
            "eu",
            "undocumented",
            "vertex-anthropic.endpoints",
        ),
        ("anthropic", "/v1/messages", "claude-sonnet-4-6", "eu", "undocumented", "anthropic.storage"),
        ("openai", "https://api.openai.com/v1/responses", "gpt-5.5", "eu", "undocumented", "openai.storage"),
        (
            "openai",
            "https://au.api.openai.com/v1/responses",
            "gpt-5.5",
            "au",
            "undocumented",
            "openai.storage",
        ),
        ("openai", "https://eu.api.openai.com/v1/responses", "gpt-5.5", "eu", "", ""),
        ("azure-openai", "/openai/v1/responses", "gpt-5.1", "eu", "undocumented", "azure-openai.residency"),
        ("deepseek", "/v1/chat/completions", "deepseek-v4-pro", "eu", "undocumented", "deepseek.lifetime"),
        ("vllm", "/v1/chat/completions", "qwen3-32b", "eu", "", ""),
    ],
)
def test_where_the_cache_lies_is_documented_undocumented_or_contradicted(
    provider: str, endpoint: str, model: str, region: str, word: str, fact: str
) -> None:
    """With the fact that says so. What is documented is no finding."""
    if endpoint.endswith("converse"):
        body: Body = {"modelId": model, "system": [{"text": LONG}, {"cachePoint": {"type": "default"}}]}
        body["messages"] = [{"role": "user", "content": [{"text": "Hello."}]}]
    elif endpoint.endswith("responses"):
        body = {"model": model, "input": LONG}
    elif provider in {"vllm", "deepseek"}:
        body = {"model": model, "messages": TURN}
    else:
        body = claude(model, system=[text(LONG, **mark())])
    made = found(body, "RS001", provider=provider, endpoint=endpoint, region=region)
    assert [word in each.message for each in made] == ([True] if word else [])
    assert [each.trace for each in made] == ([(f"fact {fact}",)] if word else [])
    assert found(body, "RS001", provider=provider, endpoint=endpoint) == ()


def test_a_schema_has_no_home_even_in_a_region() -> None:
    """Structured output schemas are exempt from residency, and the finding points at them."""
    form = {"format": {"type": "json_schema", "name": "x", "schema": {"type": "object"}}}
    body = {"model": "gpt-5.5", "input": LONG, "text": form}
    endpoint = "https://eu.api.openai.com/v1/responses"
    assert paths(body, "RS001", provider="openai", endpoint=endpoint, region="eu") == ["text.format"]


def test_nobody_is_called_compliant() -> None:
    """The rule says what is documented, and leaves the judgement to those who answer for it."""
    body = claude(system=[text(LONG, **mark())])
    for each in found(body, "RS001", region="eu"):
        assert "compliant" not in " ".join((each.message, *each.trace)).lower()


def test_scopes_are_ordered_from_wide_to_narrow() -> None:
    """What is declared a user's in front of what is declared everybody's is written anew by each."""
    body = claude(system=[text("Ask twice.", **mark()), text(LONG, **mark())])
    wrong = {"system[0]": "user", "system[1]": "global"}
    right = {"system[0]": "global", "system[1]": "user"}
    made = found(body, "PR004", scopes=wrong)
    assert [(each.path, each.confidence) for each in made] == [("system[0].text", Confidence.CERTAIN)]
    assert found(body, "PR004", scopes=right) == ()


def test_personal_data_under_a_global_path_is_a_tenant_s() -> None:
    """Declared everybody's, and it names somebody; masked, as anywhere."""
    body = claude(system=[text(f"{LONG} Write to renate.vogelsang@t-online.de.", **mark())])
    made = found(body, "PD003", scopes={"system": "global"})
    assert [each.path for each in made] == ["system[0].text"]
    assert "vogelsang" not in made[0].message
    assert found(body, "PD003", scopes={"system": "tenant"}) == ()


@pytest.mark.fact("bedrock.markable-fields")
def test_a_model_that_takes_no_checkpoint_among_its_tools() -> None:
    """Nova refuses what Claude takes there."""
    tools = [
        {"toolSpec": {"name": "f", "inputSchema": {"json": {"type": "object"}}}},
        {"cachePoint": {"type": "default"}},
    ]
    turn = {"role": "user", "content": [{"text": "Hello."}]}
    for model, reported in (
        ("us.amazon.nova-pro-v1:0", ["toolConfig.tools[1]"]),
        ("us.anthropic.claude-sonnet-4-6", []),
    ):
        body = {"modelId": model, "toolConfig": {"tools": tools}, "messages": [turn]}
        assert paths(body, "MK002", provider="bedrock", endpoint=f"/model/{model}/converse") == reported


@pytest.mark.fact("mistral.activation")
def test_a_key_that_is_needed_is_missed() -> None:
    """Mistral caches nothing without one; a short prompt is not worth it, and others need none."""
    body = {"model": "mistral-large-latest", "messages": [{"role": "system", "content": LONG}]}
    where = {"provider": "mistral", "endpoint": "/v1/chat/completions"}
    assert paths(body, "KY004", **where) == ["prompt_cache_key"]
    assert paths({**body, "prompt_cache_key": "shop-1"}, "KY004", **where) == []
    assert paths({**body, "messages": [{"role": "system", "content": "Be brief."}]}, "KY004", **where) == []
    assert (
        paths({**body, "model": "gpt-5.2"}, "KY004", provider="openai", endpoint="/v1/chat/completions") == []
    )


def test_explicit_mode_needs_a_breakpoint() -> None:
    """Nothing is cached without one, whatever the key."""
    part = {"type": "input_text", "text": LONG}
    body = {"model": "gpt-5.6-sol", "prompt_cache_options": {"mode": "explicit"}}
    where = {"provider": "openai", "endpoint": "/v1/responses"}
    bare = {**body, "input": [{"role": "user", "content": [part]}]}
    marked = {"type": "explicit"}
    carried = {**body, "input": [{"role": "user", "content": [{**part, "prompt_cache_breakpoint": marked}]}]}
    assert paths(bare, "MK004", **where) == ["prompt_cache_options.mode"]
    assert paths(carried, "MK004", **where) == []


@pytest.mark.parametrize(("calls", "far"), [(14, True), (6, False)])
def test_one_turn_reaches_beyond_the_look_back(calls: int, *, far: bool) -> None:
    """Calls and results of one answer come in one piece: no call in between can have written."""
    asked = [{"type": "tool_use", "id": f"t{i}", "name": "f", "input": {}} for i in range(calls)]
    results = [{"type": "tool_result", "tool_use_id": f"t{i}", "content": "1"} for i in range(calls)]
    results[-1] |= mark()
    messages = [
        {"role": "user", "content": [text()]},
        {"role": "assistant", "content": asked},
        {"role": "user", "content": results},
    ]
    said = [f"messages[2].content[{calls - 1}]"] if far else []
    assert paths(claude(messages=messages), "MK006") == said


def test_a_first_turn_that_says_who_acts_is_the_prompt() -> None:
    """Without a system prompt the stable text stands in the only turn; a question there is none."""
    prompt = f"You help the staff of a shop.\nDate: 2026-04-15T18:22:07.113Z\n{LONG}"
    for said, reported in ((prompt, ["messages[0].content[0].text"]), (f"Look: 18:22:07\n{LONG}", [])):
        body = claude(messages=[{"role": "user", "content": [{"type": "text", "text": said, **mark()}]}])
        assert paths(body, "PR001") == reported


def test_a_note_in_brackets_stands_for_an_old_result() -> None:
    """Whatever tool it names: the history was sent otherwise before."""
    note = "[read_file a.py: output from 6 turns ago, 18 kB, removed to save context]"
    result = {"type": "tool_result", "tool_use_id": "t1", "content": note}
    messages = [
        {"role": "user", "content": "Port it."},
        {
            "role": "assistant",
            "content": [{"type": "tool_use", "id": "t1", "name": "read_file", "input": {}}],
        },
        {"role": "user", "content": [result]},
        {"role": "assistant", "content": "Read."},
        {"role": "user", "content": [text(**mark())]},
    ]
    assert paths(claude(messages=messages), "PR007") == ["messages[2].content[0]"]
