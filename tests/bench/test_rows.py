"""What is kept of an attempt: numbers, digests and kinds of errors, no words of a prompt."""

from __future__ import annotations

from datetime import UTC, date, datetime
from hashlib import blake2b

import msgspec
import pytest

from samovar.bench.replay import Replayed, ReplayWorkload
from samovar.bench.rows import RowMaker, Sent, error_text, name_of
from samovar.bench.settings import Settings
from samovar.bench.workload import Unit
from samovar.cache.expectation import ZERO, Expectation
from samovar.call import dialect_for
from samovar.emulator.faults import Fault
from samovar.flow.attempt import Attempt
from samovar.flow.exchange import Answer
from samovar.flow.sightings import Sight
from samovar.providers.prices import price
from samovar.providers.usage import Usage
from samovar.report.bench_words import advice
from tests.bench.runs import NOW, Edited, bench

QUOTED = "Dear Ms Example"


class Strange(Edited):
    """Comparisons with a member that the provider refuses, and names in its refusal."""

    def edit(self, body: dict[str, object]) -> dict[str, object]:
        """Add the member."""
        return {**body, QUOTED: 1}


@pytest.mark.parametrize("redacted", [True, False])
def test_what_a_refusal_quotes_is_in_no_artefact(*, redacted: bool) -> None:
    """Providers quote the request: journal and artefact keep status and type, the failure its words."""
    done = bench(Settings(cold_calls=0, redacted=redacted), kind=Strange)
    run, failure = done.outcome.run, done.outcome.failure
    kept = msgspec.json.encode(run) + done.journal.read_bytes()
    assert (QUOTED.encode() in kept) is not redacted
    assert failure is not None
    assert QUOTED in failure.what
    assert run.requests[0].status == 400
    assert "invalid_request_error" in str(run.requests[0].error)
    assert "invalid_request_error" in str(run.stopped)


@pytest.mark.parametrize(
    ("body", "redacted", "shown"),
    [
        (b'{"error":{"type":"t","code":"c","message":"Hello"}}', "t, c", "t, c: Hello"),
        (b'{"error":{"code":404,"message":"Hello"}}', "404", "404: Hello"),
        (b'{"error":{"type":"You said: Hello","message":"Hello"}}', "error", "You said: Hello: Hello"),
        (b'{"error":{"message":"Hello"}}', "error", "error: Hello"),
    ],
)
def test_a_kind_of_error_is_a_word(body: bytes, redacted: str, shown: str) -> None:
    """A type that is a sentence is no kind, and may quote as well."""
    assert error_text(body, redacted=True) == redacted
    assert error_text(body, redacted=False) == shown


@pytest.mark.parametrize("body", [b"", b"Hello", b"\xff", b'{"error":"Hello"}', b"[]"])
def test_an_error_of_another_form_is_not_repeated(body: bytes) -> None:
    """What is no error object has no kind."""
    assert "Hello" not in error_text(body, redacted=False)


def test_a_boundary_is_named_by_what_stands_before_it_alone() -> None:
    """No run's key is in the name: the same prefix is found again in any other artefact."""
    assert name_of(b"a running digest") == blake2b(b"a running digest", digest_size=8).hexdigest()


def test_the_platform_decides_rules_and_price() -> None:
    """On Bedrock this model has a price and a floor of its own; provider and model keep to them alike."""
    done = bench(Settings(model="claude-mythos-preview", platform="bedrock", cold_calls=0))
    run = done.outcome.run
    assert run.price_book is not None
    assert (run.settings.platform, run.price_book.fact) == ("bedrock", "bedrock.price.claude-mythos-preview")
    assert all(row.agrees is not False for row in run.requests)


def test_the_host_and_the_hour_of_a_call_are_in_its_cost() -> None:
    """A region's host costs more; so do some hours, where calls are sent by the wall clock."""

    def costs(model: str, maker: str, url: str, day: date | None, sent_at: float) -> tuple[float, float]:
        usage = Usage(uncached_input=0, cache_read=1_000_000)
        answer = Answer(200, {}, b"{}", sent_at, sent_at, sent_at)
        nothing = Expectation(read=ZERO, written={}, uncached=ZERO, total=ZERO)
        tried = Attempt(
            call="1",
            phase="main",
            number=1,
            sent_at=sent_at,
            debited=0,
            expected=nothing,
            sight=Sight(ZERO, (), {}),
            answer=answer,
            usage=usage,
        )
        unit = Unit("1", "s")
        maker_of_rows = RowMaker(
            workload=ReplayWorkload("log", "/v1/chat/completions", model, [Replayed(unit, b"{}", 0.0, "s")]),
            dialect=dialect_for("/v1/chat/completions"),
            provider=maker,
            origin=0.0,
            day=day,
            url=url,
        )
        row = maker_of_rows.row(tried, Sent(unit, "1", b"{}", "p"))
        assert row.cost_usd is not None
        assert row.uncached_cost_usd is not None
        return row.cost_usd, row.uncached_cost_usd

    noon = datetime(2026, 9, 22, 12, tzinfo=UTC)
    early, day = noon.timestamp() - 5 * 3_600, noon.date()
    usual = costs("gpt-5.4", "openai", "https://api.openai.com/v1/chat/completions", day, early)
    there = costs("gpt-5.4", "openai", "https://eu.api.openai.com/v1/chat/completions", day, early)
    assert there == pytest.approx((1.1 * usual[0], 1.1 * usual[1]))
    seek = ("deepseek-v4-pro", "deepseek", "https://api.deepseek.com/v1/chat/completions")
    usual = costs(*seek, None, noon.timestamp())
    assert costs(*seek, None, early) == pytest.approx((2 * usual[0], 2 * usual[1]))
    assert costs(*seek, day, early) == pytest.approx(usual)


def test_what_another_model_answered_is_told_and_priced_as_that_models() -> None:
    """The run fails: it says nothing of the model that was asked."""
    other = Fault(kind="served_model_change", model="claude-opus-4-8")
    run = bench(faults=[other]).outcome.run
    [check] = [check for check in run.thresholds if check.name == "served-model"]
    assert (check.level, run.verdict) == ("fail", "fail")
    assert "claude-opus-4-8" in check.says
    assert "model's" in " ".join(advice(run))
    asked, got = (price("anthropic", each, NOW.date()) for each in ("claude-sonnet-5", "claude-opus-4-8"))
    assert asked is not None
    assert got is not None
    told, plain = run.summary.money, bench().outcome.run.summary.money
    assert told.uncached_usd / plain.uncached_usd == pytest.approx(got.input / asked.input, rel=0.05)
