"""Usage in every spelling becomes disjoint classes and money."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest

from samovar.errors import InputUnreadable
from samovar.record.pricing import Priced, PriceReport, report
from samovar.record.usage_file import UsageLine, read
from tests.corpus import Case, cases

if TYPE_CHECKING:
    from samovar.record.usage_records import Unread

DAY = dt.date(2026, 6, 1)


def entries(value: object, **said: str) -> tuple[UsageLine | Unread, ...]:
    """Return what a JSON file holds, with what could not be read."""
    return read(
        [json.dumps(value).encode()],
        "usage.json",
        provider=said.get("provider", ""),
        model=said.get("model", ""),
    )


def lines(value: object, **said: str) -> tuple[UsageLine, ...]:
    """Return the calls of a JSON file."""
    return tuple(each for each in entries(value, **said) if isinstance(each, UsageLine))


def only(value: object, **said: str) -> UsageLine:
    """Return the one call of a JSON file."""
    (line,) = lines(value, **said)
    return line


def priced(value: object, **said: str) -> Priced:
    """Return the cost of the one call of a JSON file."""
    (record,) = report(lines(value, **said), DAY).records
    return record


@pytest.mark.parametrize("case", cases("usage"), ids=lambda case: case.id)
def test_the_corpus(case: Case) -> None:
    """Classes are exact, money is within half a percent, and every request is counted once."""
    found = report(read([case.files["usage.json"].encode()], case.id), DAY)
    by_id = {record.id: record for record in found.records}
    assert by_id.keys() == case.expected["records"].keys()
    for name, expected in case.expected["records"].items():
        record = by_id[name]
        for member, value in expected.items():
            if member in record.tokens:
                assert record.tokens[member] == value, (name, member)
        assert record.cause == expected.get("cause")
        if "total_input" in expected:
            assert record.total_input == expected["total_input"]
        if "cost_usd" in expected:
            assert record.cost_usd == pytest.approx(expected["cost_usd"], rel=0.005)
    totals = case.expected.get("totals", {})
    assert {name: getattr(found.totals, name) for name in totals} == totals


def test_one_object_an_answer_a_list_and_lines() -> None:
    """Whatever holds the usage, it is found."""
    usage = {"input_tokens": 1, "cache_read_input_tokens": 2, "output_tokens": 3}
    assert only(usage).provider == "anthropic"
    assert only({"id": "msg", "model": "claude-opus-4-8", "usage": usage}).id == "msg"
    assert len(lines([{"usage": usage}, {"usage": usage}])) == 2
    two = b"\n".join(json.dumps({"usage": usage}).encode() for _ in range(2))
    assert len(read([two], "usage.jsonl")) == 2
    logged = {"id": "x01", "started_at": "2026-02-03T00:00:00Z", "response": {"usage": usage, "model": "m"}}
    assert (only(logged).id, only(logged).day) == ("x01", dt.date(2026, 2, 3))


ANTHROPIC = [
    {
        "type": "message_start",
        "message": {"model": "claude-opus-4-8", "usage": {"input_tokens": 9, "output_tokens": 1}},
    },
    {
        "type": "message_delta",
        "usage": {"output_tokens": 40, "cache_read_input_tokens": 5, "input_tokens": 0},
    },
]
CHAT = [
    {"choices": [], "model": "gpt-5.4"},
    {"usage": {"prompt_tokens": 9, "completion_tokens": 4}, "choices": []},
]
RESPONSES = [
    {
        "type": "response.completed",
        "response": {"model": "gpt-5.4", "usage": {"input_tokens": 9, "output_tokens": 4}},
    }
]
GEMINI = [
    {"usageMetadata": {"promptTokenCount": 9}, "modelVersion": "gemini-3.8-flash"},
    {"usageMetadata": {"promptTokenCount": 9, "candidatesTokenCount": 4, "thoughtsTokenCount": 2}},
]
CONVERSE = [
    {"contentBlockDelta": {"delta": {"text": "x"}}},
    {"metadata": {"usage": {"inputTokens": 9, "outputTokens": 4}}},
]


@pytest.mark.parametrize(
    ("events", "output", "model"),
    [
        (ANTHROPIC, 40, "claude-opus-4-8"),
        (CHAT, 4, "gpt-5.4"),
        (RESPONSES, 4, "gpt-5.4"),
        (GEMINI, 6, "gemini-3.8-flash"),
        (CONVERSE, 4, ""),
    ],
)
def test_a_stream_is_assembled(events: list[object], output: int, model: str) -> None:
    """As decoded events, as events with names, and as the text that was sent; a running total cannot fall."""
    text = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
    beside = [{"event": "x", "data": event} for event in events]
    (sent,) = read([text.encode()], "stream")
    assert isinstance(sent, UsageLine)
    for line in (only({"events": events}), only({"events": beside}), sent):
        assert (line.usage.uncached_input, line.usage.output, line.model) == (9, output, model)


@pytest.mark.parametrize(
    ("usage", "says"),
    [
        (
            {
                "input_tokens": 1,
                "cache_creation_input_tokens": 9,
                "cache_creation": {"ephemeral_5m_input_tokens": 4},
            },
            "adds up",
        ),
        ({"prompt_tokens": 5, "prompt_tokens_details": {"cached_tokens": 9}}, "exceed"),
        ({"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 90}, "is not input plus output"),
        ({"gen_ai.usage.input_tokens": 5}, "dropped"),
    ],
)
def test_numbers_that_contradict_each_other(usage: dict[str, object], says: str) -> None:
    """The cause is the accounting, and a note says what is wrong."""
    record = priced({"model": "gpt-5.4", "usage": usage})
    assert record.cause == "accounting"
    assert any(says in note for note in record.notes)


@pytest.mark.parametrize(
    "usage",
    [
        {
            "input_tokens": 30,
            "output_tokens": 1,
            "input_token_details": {"cache_read": 20, "cache_creation": 4},
        },
        {
            "inputTokens": 30,
            "outputTokens": 1,
            "inputTokenDetails": {"cacheReadTokens": 20, "cacheWriteTokens": 4},
        },
        {
            "prompt_tokens": 30,
            "completion_tokens": 1,
            "cache_read_input_tokens": 20,
            "cache_creation_input_tokens": 4,
        },
        {
            "prompt_tokens": 30,
            "completion_tokens": 1,
            "prompt_tokens_details": {"cached_tokens": 20, "cache_write_tokens": 4},
        },
        {
            "input_tokens": 6,
            "output_tokens": 1,
            "cache_read_input_tokens": 20,
            "cache_creation_input_tokens": 4,
        },
        {"inputTokens": 6, "outputTokens": 1, "cacheReadInputTokens": 20, "cacheWriteInputTokens": 4},
        {"prompt_tokens": 30, "prompt_tokens_details": {"cached_tokens": 20, "cache_creation_tokens": 4}},
        {"total_input_tokens": 30, "total_cached_tokens": 20, "cache_write_tokens": 4},
        {
            "input": 6,
            "output": 1,
            "cache_read_input_tokens": 20,
            "cache_creation_input_tokens": 4,
            "total": 31,
        },
        {"input": 30, "output": 1, "input_cached_tokens": 20, "input_cache_creation": 4, "total": 31},
        {
            "gen_ai.usage.input_tokens": 30,
            "gen_ai.usage.cache_read_tokens": 20,
            "gen_ai.usage.cache_write_tokens": 4,
        },
        {"inputTokens": {"total": 30, "noCache": 6, "cacheRead": 20, "cacheWrite": 4}},
        {
            "inputTokens": {"total": 30, "noCache": 6, "cacheRead": 20, "cacheWrite": 4},
            "raw": {"odd": {"x": 1}},
        },
        {"promptTokens": 6, "cacheReadInputTokens": 20, "cacheCreationInputTokens": 4},
        {"inputTokens": 6, "cacheReadInputTokens": 20, "cacheCreationInputTokens": 4, "costUSD": 0.1},
        {
            "inputTokenCount": 6,
            "totalTokenCount": 6,
            "cacheReadInputTokens": 20,
            "cacheCreationInputTokens": 4,
        },
        {"prompt_tokens": 30, "prompt_cache_read_tokens": 20, "prompt_cache_write_tokens": 4},
        {
            "uncached_input_tokens": 6,
            "cache_read_input_tokens": 20,
            "cache_creation": {"ephemeral_5m_input_tokens": 1, "ephemeral_1h_input_tokens": 3},
        },
        {"input_tokens": "6", "cache_read_input_tokens": "20", "cache_creation_input_tokens": "4"},
        {"ai.usage.inputTokens": 30, "ai.usage.cachedInputTokens": 20, "ai.usage.cacheWriteTokens": 4},
    ],
)
def test_frameworks_and_gateways(usage: dict[str, object]) -> None:
    """The same call in all its spellings."""
    found = only(usage, model="claude-opus-4-8").usage
    assert (found.uncached_input, found.cache_read, found.written) == (6, 20, 4)


@pytest.mark.parametrize(
    "usage",
    [
        {"input_tokens": 30, "input_cached_tokens": 20, "output_tokens": 1, "num_model_requests": 2},
        {"inputTokenCount": 30, "outputTokenCount": 1, "totalTokenCount": 31, "cachedInputTokenCount": 20},
        {"InputTokenCount": 30, "OutputTokenCount": 1, "InputTokenDetails": {"CachedTokenCount": 20}},
        {"inputTokens": 30, "outputTokens": 1, "inputTokensDetails": [{"cached_tokens": 20}]},
        {"request_tokens": 30, "response_tokens": 1, "details": {"cached_tokens": 20}},
        {"promptTokens": 30, "completionTokens": 1, "promptTokensDetails": {"cachedTokens": 20}},
        {"prompt_tokens": 30, "completion_tokens": 1, "cached_prompt_text_tokens": 20},
        {"input_tokens": 30, "output_tokens": 1, "prompt_tokens_details": {"cached_tokens": 20}},
        {"tokens": {"input_tokens": 30, "output_tokens": 1}, "cached_tokens": 20},
        {
            "tokens_prompt": 28,
            "native_tokens_prompt": 30,
            "native_tokens_completion": 1,
            "native_tokens_cached": 20,
        },
        {
            "promptTokenCount": 30,
            "candidatesTokenCount": 1,
            "cacheTokensDetails": [
                {"modality": "TEXT", "tokenCount": 15},
                {"modality": "AUDIO", "tokenCount": 5},
            ],
        },
    ],
)
def test_what_reads_only(usage: dict[str, object]) -> None:
    """Spellings of providers that bill no writes; the names of the members tell."""
    found = only(usage, model="gpt-5.4").usage
    assert (found.uncached_input, found.cache_read, found.output) == (10, 20, 1)


def test_the_sum_tells_whether_the_input_has_the_cache_in_it() -> None:
    """A gateway that keeps Anthropic's input under OpenAI's name counts the cache beside it."""
    usage = {
        "prompt_tokens": 1_000,
        "completion_tokens": 1,
        "cache_read_input_tokens": 20,
        "cache_creation_input_tokens": 4,
    }
    assert only({**usage, "total_tokens": 1_025}).usage.uncached_input == 1_000
    assert only({**usage, "total_tokens": 1_001}).usage.uncached_input == 976


@pytest.mark.fact("deepseek.usage")
def test_deepseeks_own_count_goes_before_the_copied_one() -> None:
    """Hits and misses add up to the prompt."""
    usage = {"prompt_tokens": 10, "prompt_cache_hit_tokens": 8, "prompt_cache_miss_tokens": 2}
    found = only({**usage, "prompt_tokens_details": {"cached_tokens": 0}}, provider="deepseek").usage
    assert (found.uncached_input, found.cache_read) == (2, 8)


def test_a_write_without_a_lifetime_has_the_providers_default() -> None:
    """5m at Anthropic, 30m at OpenAI's newer models."""
    written = {"input_tokens": 1, "cache_creation_input_tokens": 7}
    assert priced(written, model="claude-opus-4-8").tokens["cache_write_5m"] == 7
    told = {"prompt_tokens": 9, "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 7}}
    assert priced(told, provider="openai", model="gpt-5.6-sol").tokens["cache_write_30m"] == 7
    for provider, model in (("moonshot", "kimi-k3"), ("minimax", "MiniMax-M3"), ("minimax", "MiniMax-M2.5")):
        assert priced(told, provider=provider, model=model).tokens["cache_write_5m"] == 7


def test_an_unknown_price_is_said() -> None:
    """The tokens are still told apart."""
    record = priced({"input_tokens": 1, "cache_read_input_tokens": 2}, model="someone-elses-model")
    assert record.cost_usd is None
    assert "no price is known" in record.notes[0]


@pytest.mark.parametrize("number", [-5, 10**30, True, 1.5])
def test_a_number_that_cannot_be_is_said(number: float) -> None:
    """Its class is unknown, the cause is the accounting, and the sum lacks it openly."""
    found = priced(
        {"input_tokens": number, "cache_read_input_tokens": 100, "output_tokens": 1}, model="claude-opus-4-8"
    )
    assert found.tokens["uncached_input"] is None
    assert found.cause == "accounting"
    assert "which no count can be" in found.notes[0]
    assert any("not in the sum: uncached input" in note for note in found.notes)


def test_a_date_that_is_none_is_said() -> None:
    """Today's price is taken, and a note tells."""
    found = priced({"model": "gpt-5.4", "date": "yesterday", "usage": {"prompt_tokens": 9}})
    assert found.price_date == DAY
    assert any("'yesterday' is no date" in note for note in found.notes)


def test_totals_add_up() -> None:
    """Requests are hits, misses, bypasses and unreported; money is the sum of its classes."""
    rows = [
        {"input_tokens": 1, "cache_read_input_tokens": 9},
        {"input_tokens": 1, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 9},
        {"input_tokens": 1, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0},
        {"gen_ai.usage.input_tokens": 9},
    ]
    found: PriceReport = report(lines([{"usage": row} for row in rows], model="claude-opus-4-8"), DAY)
    totals = found.totals
    assert (totals.hits, totals.misses, totals.bypass, totals.unreported) == (1, 1, 1, 1)
    assert sum(totals.cost_by_class.values()) == pytest.approx(totals.cost_usd)


@pytest.mark.parametrize("data", [b"", b"{", b'{"a": 1}', b"[]", b'{"usage": {}}\n{"torn', b"\x00\x01", b"5"])
def test_what_holds_no_usage_is_refused(data: bytes) -> None:
    """Money must not be silently less than it was."""
    with pytest.raises(InputUnreadable):
        read([data], "usage.json")


CLASSES = {
    "input_tokens": 10,
    "output_tokens": 5,
    "cache_read_input_tokens": 10_000,
    "cache_creation_input_tokens": 0,
}


def test_a_compaction_is_paid_and_in_no_class() -> None:
    """Anthropic's usage leaves a compaction out of its classes; the bill does not."""
    compaction = {"type": "compaction", "input_tokens": 180_000, "output_tokens": 3_500}
    turns = [compaction, {"type": "message", **CLASSES}]
    plain = priced({**CLASSES}, model="claude-sonnet-4-5")
    found = priced({**CLASSES, "iterations": turns}, model="claude-sonnet-4-5")
    assert found.tokens == plain.tokens
    assert found.cost_by_class["compaction"] == pytest.approx(180_000 * 3e-6 + 3_500 * 15e-6)
    assert (found.cost_usd or 0) - (plain.cost_usd or 0) == pytest.approx(0.5925)
    assert "180,000 input" in found.notes[0]


def test_an_adviser_is_paid_at_its_own_price() -> None:
    """An adviser is another model; one whose price nobody knows is said to be missing from the sum."""
    advice = {
        "type": "advisor_message",
        "model": "claude-opus-4-5",
        "input_tokens": 1_000,
        "output_tokens": 100,
    }
    found = priced({**CLASSES, "iterations": [advice]}, model="claude-sonnet-4-5")
    assert found.cost_by_class["advisor"] == pytest.approx(1_000 * 5e-6 + 100 * 25e-6)
    unheard = priced(
        {**CLASSES, "iterations": [advice | {"model": "claude-else"}]}, model="claude-sonnet-4-5"
    )
    assert unheard.notes == ("not in the sum: advisor by claude-else, for which no price is known",)


def test_what_the_answer_says_around_its_usage_decides_the_price() -> None:
    """The tier that an OpenAI answer names beside its usage is the one that is paid."""
    usage = {"input_tokens": 12_100, "output_tokens": 50, "input_tokens_details": {"cached_tokens": 10_000}}
    dear = priced({"model": "gpt-5.4", "usage": usage, "service_tier": "default"})
    cheap = priced({"model": "gpt-5.4", "usage": usage, "service_tier": "flex"})
    assert cheap.cost_usd == pytest.approx((dear.cost_usd or 0) / 2)


@pytest.mark.parametrize("place", [("result", "message"), ("response", "body")])
def test_results_of_a_batch(place: tuple[str, str]) -> None:
    """Both makers' result files are read at the batch price; a request that failed has no usage."""
    outer, inner = place
    answer = {"id": "msg", "model": "claude-sonnet-4-5", "usage": CLASSES}
    good = {"custom_id": "r1", outer: {inner: answer}}
    bad = {"custom_id": "r2", outer: {"error": {"type": "server_error"}}}
    found = only([good, bad])
    assert found.id == "r1"
    assert found.usage.extra["service_tier"] == "batch"


def test_the_cost_that_xai_states() -> None:
    """Where no price is known the answer's own cost counts, in ticks of which ten billion are a dollar."""
    found = priced(
        {"prompt_tokens": 1_200, "completion_tokens": 5, "cost_in_usd_ticks": 37_756_000},
        provider="xai",
        model="grok-unheard-of",
    )
    assert found.cost_usd == pytest.approx(0.0037756)


def test_a_profile_of_one_geography_costs_more() -> None:
    """Bedrock's `us.` and `eu.` are regional, `global.` and bare ids are not."""
    ids = [f"{each}anthropic.claude-sonnet-4-5-20250929-v1:0" for each in ("us.", "eu.", "global.", "")]
    usage = {"inputTokens": 1_000, "outputTokens": 0, "cacheReadInputTokens": 0, "cacheWriteInputTokens": 0}
    costs = [priced({"provider": "bedrock", "model": each, "usage": usage}).cost_usd for each in ids]
    assert costs == pytest.approx([0.0033, 0.0033, 0.003, 0.003])


def test_objects_one_after_another_are_records() -> None:
    """Pretty-printed, or all on one line."""
    rows = [{"id": name, "model": "claude-opus-4-8", "usage": {"input_tokens": 5}} for name in "ab"]
    for indent, between in ((2, "\n"), (None, "")):
        text = between.join(json.dumps(each, indent=indent) for each in rows)
        assert [each.id for each in read([text.encode()], "usage.json")] == ["a", "b"]


def test_a_line_that_is_too_long_costs_itself_only() -> None:
    """JSON Lines of any length are read line by line; one document is refused with what to do."""
    row = json.dumps({"id": "a", "model": "claude-opus-4-8", "usage": {"input_tokens": 5}}).encode()
    long = b'{"usage": "' + b"x" * 2_000 + b'"}'
    first, second, third = read([row + b"\n" + long + b"\n" + row], "usage.jsonl", longest=1_000)
    assert [type(each).__name__ for each in (first, second, third)] == ["UsageLine", "Unread", "UsageLine"]
    pretty = json.dumps([json.loads(row)] * 50, indent=1).encode()
    with pytest.raises(InputUnreadable, match="one document of more than") as refused:
        read([pretty], "usage.json", longest=1_000)
    assert "JSON Lines" in str(refused.value)
