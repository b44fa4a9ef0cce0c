"""Documents of every kind become records, of which none is left out in silence."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from samovar.record.pricing import report
from samovar.record.usage_file import UsageLine, read
from samovar.record.usage_records import Unread
from tests.record.test_usage_file import DAY, entries, lines, only, priced


def test_no_record_is_left_out_without_a_word() -> None:
    """What holds no usage is named with its id, place and reason; what was refused is told apart."""
    usage = {"input_tokens": 1, "output_tokens": 1}
    rows = [
        {"id": "good", "usage": usage},
        {"id": "odd", "usage": {"foo": 1}},
        {"id": "none", "model": "claude-opus-4-8"},
        {"id": "null", "usage": None},
        {"id": "refused", "status": 429, "error": {"type": "rate_limit_error"}},
        "text",
        5,
        None,
        [],
    ]
    found = report(entries({"records": rows}, model="claude-opus-4-8"), DAY)
    assert [record.id for record in found.records] == ["good"]
    assert [each.id for each in found.skipped] == ["odd", "none", "null", "refused", "#6", "#7", "#8", "#9"]
    assert (found.totals.requests, found.totals.skipped, found.totals.refused) == (1, 7, 1)
    assert "foo" in found.skipped[0].reason


def test_a_torn_line_costs_itself_only() -> None:
    """Lines of JSON are read one by one."""
    good = json.dumps({"usage": {"input_tokens": 1}}).encode()
    whole = read([good + b'\n{"usage": {"input\n' + good], "usage.jsonl")
    assert [isinstance(each, UsageLine) for each in whole] == [True, False, True]
    assert isinstance(whole[1], Unread)
    assert (whole[1].place, whole[1].reason.partition(":")[0]) == (2, "not JSON")


OPENAI_PAGE = {
    "object": "page",
    "data": [
        {
            "object": "bucket",
            "start_time": 1_778_000_000,
            "results": [
                {
                    "model": "gpt-5.4",
                    "batch": False,
                    "input_tokens": 1_000_000,
                    "input_cached_tokens": 400_000,
                    "output_tokens": 0,
                    "num_model_requests": 100,
                }
            ],
        },
        {"object": "bucket", "start_time": 1_778_086_400, "results": []},
    ],
}
ANTHROPIC_PAGE = {
    "data": [
        {
            "starting_at": "2026-05-05T00:00:00Z",
            "results": [
                {
                    "model": "claude-sonnet-4-5",
                    "uncached_input_tokens": 600_000,
                    "cache_read_input_tokens": 400_000,
                    "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
                    "output_tokens": 0,
                    "context_window": "0-200k",
                }
            ],
        }
    ]
}


@pytest.mark.parametrize(
    ("page", "input_price", "read_price"), [(OPENAI_PAGE, 2.5, 0.25), (ANTHROPIC_PAGE, 3.0, 0.3)]
)
def test_pages_of_usage_reports(page: dict[str, object], input_price: float, read_price: float) -> None:
    """A sum over many requests has the price of one of them, not that of a very long one."""
    found = priced(page)
    assert found.tokens["uncached_input"] == 600_000
    assert found.cost_usd == pytest.approx(0.6 * input_price + 0.4 * read_price)
    assert found.price_date == dt.date(2026, 5, 5)
    assert any("the sum" in note for note in found.notes)


def test_a_line_of_bedrocks_invocation_log() -> None:
    """The counts stand beside the bodies."""
    found = only(
        {
            "schemaType": "ModelInvocationLog",
            "timestamp": "2026-05-05T00:00:00Z",
            "requestId": "r1",
            "modelId": "anthropic.claude-sonnet-4-6",
            "input": {"inputTokenCount": 6, "cacheReadInputTokenCount": 20, "cacheWriteInputTokenCount": 4},
            "output": {"outputTokenCount": 1},
        }
    )
    assert (found.id, found.provider, found.model) == ("r1", "bedrock", "anthropic.claude-sonnet-4-6")
    assert (found.usage.uncached_input, found.usage.cache_read, found.usage.output) == (6, 20, 1)


def test_usage_as_text_and_by_model() -> None:
    """Exports of tables hold JSON as text; agents report one usage a model."""
    usage = {"inputTokens": 6, "outputTokens": 1, "cacheReadInputTokens": 20, "cacheCreationInputTokens": 4}
    assert only({"id": "a", "usage": json.dumps(usage)}).usage.cache_read == 20
    found = lines({"type": "result", "modelUsage": {"claude-opus-4-8": usage, "claude-haiku-4-5": usage}})
    assert [line.model for line in found] == ["claude-opus-4-8", "claude-haiku-4-5"]
