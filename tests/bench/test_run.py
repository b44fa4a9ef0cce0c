"""The benchmark end to end on the built-in provider, and every way in which it used to be wrong."""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
import pytest

from samovar.bench.run import style_of
from samovar.bench.settings import Settings
from samovar.emulator.box import Box
from samovar.emulator.config import Account
from samovar.emulator.faults import Fault
from samovar.emulator.reply import Arrival
from samovar.report.bench_text import page
from samovar.report.bench_words import advice
from tests.bench.runs import NOW, Edited, bench, built_config
from tests.effort import effort
from tests.emulator.talk import ANTHROPIC, START, config, messages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samovar.report.bench import Run

TIERS = {"service": "1h", "assignment": "5m"}


def level(run: Run, name: str) -> str:
    """Return the level of a check."""
    return next(t.level for t in run.thresholds if t.name == name)


def busiest(events: Sequence[tuple[float, float]], seconds: float = 60.0) -> float:
    """Return the largest sum in any window that begins at an event, counted apart from the pacer's way."""
    ordered = sorted(events)
    times = [at for at, _ in ordered]
    return max(sum(n for _, n in ordered[i : bisect_left(times, at + seconds)]) for i, at in enumerate(times))


def test_the_smoke_workload_hits_every_time_after_seeding() -> None:
    """One of sixteen calls seeds; the other fifteen read the whole static prefix and write nothing."""
    done = bench()
    summary = done.outcome.run.summary
    assert (summary.hit_rate.part, summary.hit_rate.whole) == (15, 15)
    assert (summary.overall_hit_rate.part, summary.overall_hit_rate.whole) == (15, 16)
    assert summary.token_hit_rate.rate == 1.0
    assert summary.rewriting_calls.part == 0
    assert summary.money.saved_usd > 0
    assert done.outcome.exit_code == 0
    assert done.phases == ["cold", "seed", "settle", "main"]


@pytest.mark.parametrize("fixture", ["smoke", "full"])
def test_no_minute_of_the_providers_log_exceeds_the_account(fixture: str) -> None:
    """0 rate-limit hits, counted in the provider's own log by a window of our own."""
    done = bench(Settings(ttl=TIERS), fixture=fixture)
    truth = done.truth
    assert done.outcome.run.summary.rate_limit_errors == 0
    assert all(record.status == 200 for record in truth)
    assert busiest([(r.started_at, 1) for r in truth]) <= 50
    spent = [(r.started_at, r.tokens.uncached + sum(r.tokens.written.values())) for r in truth]
    assert busiest(spent) <= 28_000


def test_the_artefact_says_what_the_provider_knows() -> None:
    """Tokens read, written and neither are those of the provider's record, call by call."""
    done = bench()
    truth = sorted((r.started_at, r.tokens.read, r.tokens.uncached) for r in done.truth)
    start = min(at for at, _, _ in truth)
    told = sorted((row.sent, row.reported.read, row.reported.uncached) for row in done.outcome.run.requests)
    assert [t[1:] for t in told] == [t[1:] for t in truth]
    assert [t[0] - told[0][0] for t in told] == pytest.approx([t[0] - start for t in truth], abs=1e-5)


def test_equal_seeds_give_equal_runs() -> None:
    """Virtual time and seeded chance: the artefact is the same to the last digit."""
    assert bench().outcome.run == bench().outcome.run
    assert bench(Settings(seed=1)).outcome.run.requests != bench().outcome.run.requests


def test_both_tiers_are_granted_and_read() -> None:
    """`service=1h,assignment=5m`: the seed writes both tiers, later calls read both."""
    done = bench(Settings(ttl=TIERS))
    summary = done.outcome.run.summary
    assert set(summary.tokens.written) == {"1h", "5m"}
    assert summary.by_scope["service"].rate == summary.by_scope["assignment"].rate == 1.0
    assert summary.ttl_violations == 0


def test_openai_breakpoints_work_the_same_way() -> None:
    """The same workload in the Responses dialect: explicit breakpoints, reads counted against the budget."""
    done = bench(Settings(endpoint="/v1/responses", model="gpt-5.6-terra"))
    assert done.outcome.run.summary.hit_rate.rate == 1.0
    assert done.outcome.run.summary.disagreements == 0


def test_a_second_run_does_not_profit_from_the_first() -> None:
    """Against a provider that outlives the run, each run draws a nonce: the second seeds again."""
    run = bench(Settings(base_url="http://provider.test"), repeat=2).outcome.run
    assert run.status == "complete"
    assert next(row for row in run.requests if row.phase == "seed").reported.read == 0


def test_a_seed_that_is_warm_ends_the_run() -> None:
    """Should a nonce ever repeat, the seed is seen to read what the run has not written."""
    done = bench(repeat=2)
    assert done.outcome.finding == "pre-warmed"
    assert done.outcome.exit_code == 1


def test_without_a_nonce_a_warm_prefix_is_refused() -> None:
    """`--no-nonce` twice against one provider: the second run would measure the first."""
    done = bench(Settings(nonce=False), repeat=2)
    run = done.outcome.run
    assert done.outcome.exit_code == 1
    assert run.status == "incomplete"
    assert "pre-warmed" in (run.stopped or "")
    assert not [row for row in run.requests if row.phase in {"settle", "main"}], "nothing more is paid for"


class MarkedEssays(Edited):
    """The mistake of 2025: a marker after the essays."""

    def edit(self, body: dict[str, object]) -> dict[str, object]:
        """Mark the user message."""
        message: dict[str, object] = body["messages"][0]  # type: ignore[index]  # the workload's own shape
        block = {"type": "text", "text": message["content"]}
        if "cache_control" in str(body["system"]):
            block["cache_control"] = {"type": "ephemeral"}
        return {**body, "messages": [{**message, "content": [block]}]}


def test_a_marker_after_the_essays_is_loud() -> None:
    """Every warm call "hits" and writes its essays at a premium: the run fails and says so."""
    run = bench(kind=MarkedEssays).outcome.run
    assert run.summary.hit_rate.rate == 1.0, "read alone looks like success"
    assert run.summary.rewriting_calls.rate == 1.0
    assert run.summary.tokens.written_never_read > 5_000
    assert level(run, "rewriting") == "fail"
    assert "never read" in page(run)
    assert "Move the last marker" in page(run)


def test_a_model_whose_floor_is_above_the_prefix_is_not_measured() -> None:
    """Every call bypasses; there is no hit rate, and the run fails instead of reporting one."""
    done = bench(Settings(model="claude-haiku-4-5"))
    run = done.outcome.run
    assert {row.verdict for row in run.requests} == {"bypass"}
    assert level(run, "not-measured") == "fail"
    assert done.outcome.exit_code == 1
    assert "below the model's floor" in page(run)
    longest = max(row.boundaries[-1].tokens.hi for row in run.requests if row.boundaries)
    said = " ".join(page(run).split())
    assert f"to {longest:,} tokens, and claude-haiku-4-5 caches from 4,096 on." in said


def test_a_provider_that_reports_nothing_is_not_measured() -> None:
    """Absent is not zero."""
    run = bench(faults=[Fault(kind="missing_usage")]).outcome.run
    assert {row.verdict for row in run.requests} == {"unreported"}
    assert level(run, "not-measured") == "fail"
    assert f"at most {run.summary.input_tokens_per_minute_max:,} input tokens" in page(run)
    assert "cost of the whole run                at least $" in page(run)


def test_a_read_that_is_no_number_is_no_miss() -> None:
    """Usage that nobody can read says nothing of the cache, whatever else stands in it."""
    run = bench(faults=[Fault(kind="malformed_usage")]).outcome.run
    after = {row.verdict for row in run.requests if row.phase in {"settle", "main"}}
    assert after == {"unreported"}
    assert level(run, "not-measured") == "fail"


class WithCorrelation(Edited):
    """A body with a member of the caller's own in `metadata`."""

    def edit(self, body: dict[str, object]) -> dict[str, object]:
        """Add what the provider does not take."""
        return {**body, "metadata": {"correlation_id": "c-1"}}


def test_a_refused_body_stops_the_run_with_the_providers_words() -> None:
    """The first refusal ends the run: the next calls would fail like it, and be paid for."""
    done = bench(kind=WithCorrelation)
    assert done.outcome.exit_code == 3
    assert "metadata.correlation_id: Extra inputs are not permitted" in str(done.outcome.failure)
    assert len(done.truth) == 1


def test_labels_stay_beside_usage_and_off_the_wire() -> None:
    """The caller's own data is in the row, the provider's usage beside it, and neither over the other."""
    done = bench()
    row = done.outcome.run.requests[-1]
    assert set(row.labels) == {"assignment", "left", "right"}
    assert row.usage is not None
    assert "cache_read_input_tokens" in row.usage
    assert row.prompt_sha256.startswith("sha256:")
    assert row.prompt is row.answer is None, "redacted unless asked"


def test_unredacted_rows_hold_prompt_and_answer() -> None:
    """On request only."""
    row = bench(Settings(redacted=False)).outcome.run.requests[-1]
    assert "Comparison [" in (row.prompt or "")
    assert "usage" in (row.answer or "")


def test_one_server_error_is_survived_and_shown() -> None:
    """A single 500 is tried again; the failed attempt stays in the artefact."""
    done = bench(faults=[Fault(kind="error_burst", status=500, calls=(8, 8))])
    run = done.outcome.run
    assert run.status == "complete"
    failed = next(row.id for row in run.requests if row.status == 500)
    assert [row.attempt for row in run.requests if row.id == failed] == [1, 2]
    assert run.summary.hit_rate.whole == 15, "a call counts once"


def test_an_outage_in_the_middle_keeps_what_was_measured() -> None:
    """The run stops after three calls in a row; its artefact has all that ended, marked incomplete."""
    done = bench(faults=[Fault(kind="error_burst", status=500, calls=(10, 10_000))])
    run = done.outcome.run
    assert done.outcome.exit_code == 3
    assert run.status == "incomplete"
    assert run.summary.hit_rate.part == 5
    assert len(run.requests) == len(done.truth)
    assert "incomplete" in page(run)


def test_an_eviction_is_a_miss_and_the_model_disagrees() -> None:
    """The provider dropped the prefix: the call misses, and its read lies outside the expectation."""
    run = bench(Settings(concurrency=1), faults=[Fault(kind="evict", calls=(10, 10))]).outcome.run
    missed = [row for row in run.requests if row.phase == "main" and row.verdict == "miss"]
    assert len(missed) == 1
    assert missed[0].agrees is False
    assert run.summary.hit_rate.part == 14
    assert level(run, "ttl-violation") == "ok"


def test_some_calls_without_usage_are_told_and_in_no_sum() -> None:
    """Every third answer says nothing: the run does not pass in silence, and claims no saving for those."""
    run = bench(faults=[Fault(kind="missing_usage", every=3)]).outcome.run
    silent = [row for row in run.requests if row.verdict == "unreported" and row.phase != "cold"]
    assert len(silent) >= 4
    assert level(run, "unreported") == "fail"
    assert run.summary.money.unpriced_calls == len(silent)
    assert f"{len(silent)} calls without usage or price" in page(run)


def test_a_downgraded_tier_is_a_ttl_violation() -> None:
    """Asked for an hour, granted five minutes: granted is read from usage, never assumed."""
    settings = Settings(ttl={"service": "1h", "assignment": "1h"})
    run = bench(settings, faults=[Fault(kind="tier_downgrade")]).outcome.run
    assert run.summary.ttl_violations == 1
    assert level(run, "ttl-violation") == "fail"
    [step] = advice(run)
    assert "the one that usage names" in step
    assert "longer TTL first" not in step, "the order was right"


def test_claude_behind_a_gateway_is_asked_for_caching_by_markers() -> None:
    """OpenAI's dialect, Claude's markers, tiers and floors."""
    tiers = {"service": "1h", "assignment": "5m"}
    settings = Settings(endpoint="/v1/chat/completions", model="anthropic/claude-sonnet-4.5", ttl=tiers)
    style = style_of(settings, NOW.date())
    run = bench(settings, emulator={"unknown_models": True}, style=style).outcome.run
    assert style == "markers"
    assert run.summary.hit_rate.rate == 1.0
    assert run.summary.disagreements == 0
    assert run.verdict == "ok"


def test_a_wrong_order_of_tiers_is_told_as_that() -> None:
    """Nothing was sent, so nothing was granted."""
    run = bench(Settings(ttl={"service": "5m", "assignment": "1h"})).outcome.run
    assert level(run, "ttl-violation") == "fail"
    told = " ".join(advice(run))
    assert "Put the longer TTL first" in told
    assert "usage names" not in told


def test_rate_limits_are_counted_not_hidden() -> None:
    """Answers 429 that nothing announced: the calls are made in the end, the run fails the check."""
    done = bench(faults=[Fault(kind="error_burst", status=429, calls=(8, 9))])
    run = done.outcome.run
    assert run.summary.rate_limit_errors > 0
    assert run.summary.retry_after_answers == run.summary.rate_limit_errors
    assert level(run, "rate-limit") == "fail"
    assert run.summary.hit_rate.whole >= 1


def test_an_account_with_less_room_is_not_overrun() -> None:
    """What the answers' headers say is left goes before --rpm: ten a minute, and no 429."""
    run = bench(emulator={"account": Account(requests_per_minute=10)}).outcome.run
    assert run.summary.rate_limit_errors == 0
    assert run.summary.hit_rate.rate == 1.0
    assert run.summary.seconds > 60


def test_what_an_earlier_run_has_spent_is_left_alone() -> None:
    """Three runs one after the other on one account: the budgets of a minute are not spent twice."""
    done = bench(Settings(base_url="http://provider.test"), repeat=3)
    assert done.outcome.exit_code == 0
    assert done.outcome.run.summary.rate_limit_errors == 0


def test_judgements_are_validated_and_paid_for() -> None:
    """An unusable answer keeps its cache result and its cost."""
    run = bench(fixture="full").outcome.run
    invalid = [r for r in run.requests if r.judgement and r.judgement.validation_error]
    assert invalid
    assert all(row.cost_usd for row in invalid)
    assert run.summary.invalid_judgements == len(invalid)
    assert run.summary.hit_rate.rate == 1.0


def minutes_of(spent: Sequence[tuple[float, float]]) -> list[list[float]]:
    """Return the tokens of each request by full minute; one after the other, none makes up for another."""
    begun, ended = min(spent)[0], max(spent)[0]
    starts = [begun + 60 * n for n in range(int((ended - begun) / 60))]
    return [[tokens for at, tokens in spent if start <= at < start + 60] for start in starts]


@pytest.mark.parametrize("seed", range(effort(3, 20)))
def test_the_budget_is_used_while_requests_wait(seed: int) -> None:
    """At 50 rpm and 28k tpm each full minute spends nearly all of its budget, and no minute more."""
    done = bench(Settings(ttl=TIERS, seed=seed), fixture="full")
    summary, truth = done.outcome.run.summary, done.truth
    assert summary.hit_rate.rate is not None
    assert summary.hit_rate.rate >= 0.99
    assert set(summary.tokens.written) == {"1h", "5m"}
    assert summary.rate_limit_errors == 0
    spent = [(r.started_at, float(r.counted_input)) for r in truth]
    assert busiest([(at, 1) for at, _ in spent]) <= 50
    assert busiest(spent) <= 28_000
    minutes = minutes_of(spent)
    assert len(minutes) >= 2
    for inside in minutes:
        assert max(len(inside) / 50, sum(inside) / 28_000) >= 0.98


@pytest.mark.parametrize(
    "settings",
    [
        Settings(endpoint="/v1/responses", model="gpt-5.6-terra", seed=1),
        # One of its minutes has 89.9 % in nine calls, and the tenth would be 15 tokens too many.
        Settings(model="claude-3-5-haiku", seed=13),
        Settings(uncached=True, seed=3),
    ],
    ids=["openai", "reads count", "uncached"],
)
def test_each_minute_has_as_many_whole_calls_as_fit(settings: Settings) -> None:
    """Where a call is a large part of a minute's tokens, what is left over is less than the next call.

    No minute's share is made up for by a first burst, and one call less in any of them would show. In these
    runs nobody could have sent more of the same calls in the same order.
    """
    done = bench(settings, fixture="full")
    assert done.outcome.exit_code == 0
    assert {record.status for record in done.truth} == {200}
    spent = sorted((r.started_at, float(r.counted_input)) for r in done.truth)
    assert busiest(spent) <= 28_000
    minutes = minutes_of(spent)
    assert len(minutes) >= 8
    sent = 0
    for inside in minutes:
        sent += len(inside)
        assert sum(inside) + spent[sent][1] > 28_000
        assert sum(inside) / 28_000 >= 0.898


def test_requests_do_not_come_in_bursts() -> None:
    """No more than ten seconds pass with nothing sent: that much a call without caching takes of a minute."""
    run = bench(Settings(ttl=TIERS), fixture="full").outcome.run
    for phase, longest in (("cold", 10.0), ("main", 6.0)):
        sent = sorted(row.sent for row in run.requests if row.phase == phase)
        assert max(after - before for before, after in pairwise(sent)) < longest


@pytest.mark.parametrize("tpm", [500, 3_000])
def test_a_call_larger_than_a_minutes_budget_is_refused_before_it_is_paid_for(tpm: int) -> None:
    """Nothing would let it through, or a lucky estimate only; the message says what to change."""
    done = bench(Settings(tpm=tpm))
    assert done.outcome.exit_code == 2
    assert "--tpm" in str(done.outcome.failure)
    assert not done.truth


def test_a_call_that_most_likely_fits_has_a_minute_to_itself() -> None:
    """Its band reaches beyond the limit, its estimate does not."""
    done = bench(Settings(tpm=3_700))
    assert done.outcome.exit_code == 0
    assert busiest([(r.started_at, r.counted_input) for r in done.truth]) <= 3_700
    assert level(done.outcome.run, "busiest-minute:input-tokens") == "ok"


@pytest.mark.parametrize(
    ("settings", "taken"),
    [
        (Settings(rpm=7, tpm=0), 7),
        # A question of ten tokens behind a text of two thousand, which is neither read nor written.
        (Settings(rpm=0, tpm=9_000), 4),
        (Settings(rpm=0, tpm=0), 20),
    ],
    ids=["requests", "tokens", "unpaced"],
)
def test_the_built_in_provider_refuses_a_burst_beyond_what_the_run_may_use(
    settings: Settings, taken: int
) -> None:
    """As an account does that has just these limits: at once no more than a minute's is to be had."""
    account = built_config(settings).account
    box = Box(config(account=account), START, looks_back=False)
    body = messages(model="claude-sonnet-4-5")
    del body["system"][0]["cache_control"]
    data = msgspec.json.encode(body)
    sent = [box.answer("/v1/messages", Arrival("/v1/messages", ANTHROPIC, data, START)) for _ in range(20)]
    assert [reply.status for reply in sent] == [200] * taken + [429] * (20 - taken)


def test_what_comes_in_during_a_minute_may_be_had_as_well() -> None:
    """A bucket refuses no minute that has nearly twice its limit: the run looks at its own minutes."""
    box = Box(config(account=built_config(Settings(rpm=50, tpm=0)).account), START, looks_back=False)
    data = msgspec.json.encode(messages(model="claude-sonnet-4-5"))
    times = [START] * 50 + [START + 1.2 * number + 0.01 for number in range(1, 50)]
    sent = [box.answer("/v1/messages", Arrival("/v1/messages", ANTHROPIC, data, at)).status for at in times]
    assert sent == [200] * 99
    assert busiest([(at, 1) for at in times]) == 99


def test_a_model_whose_reads_count_toward_the_limit_is_paced_by_all_of_its_input() -> None:
    """Haiku 3.5 counts what it reads, against its maker's custom: no call is refused."""
    haiku = Settings(model="claude-3-5-haiku", rpm=400, tpm=40_000)
    assert haiku.reads_count
    done = bench(haiku, fixture="full")
    assert [record.status for record in done.truth if record.status != 200] == []
    assert busiest([(r.started_at, r.counted_input) for r in done.truth]) > 20_000


def test_a_spend_cap_is_said_as_one() -> None:
    """Of thousands of refusals one is made; the page's advice is about money, not about pace."""
    done = bench(Settings(concurrency=1), faults=[Fault(kind="spend_cap", calls=(9, 900))])
    assert [record.status for record in done.truth].count(429) == 1
    assert done.outcome.exit_code == 3
    assert "rate_limit_error, enforced_spend_limit_reached" in (done.outcome.run.stopped or "")
    said = " ".join(advice(done.outcome.run))
    assert "spend limit" in said
    assert "rpm" not in said


class Streamed(Edited):
    """Comparisons whose answers come in pieces."""

    def edit(self, body: dict[str, object]) -> dict[str, object]:
        """Ask for a stream."""
        return {**body, "stream": True}


@pytest.mark.parametrize(
    ("settings", "paid"),
    [
        (Settings(concurrency=1), True),
        (Settings(concurrency=1, endpoint="/v1/chat/completions", model="gpt-5.6-terra"), False),
    ],
)
def test_a_stream_that_was_cut_is_paid_for_as_far_as_it_told(settings: Settings, *, paid: bool) -> None:
    """Where the first event states the input it is in the row and in the sums; the run has broken off."""
    cut = Fault(kind="stream_cut", calls=(8, 8), after_events=3)
    run = bench(settings, faults=[cut], kind=Streamed).outcome.run
    last = run.requests[-1]
    assert (run.status, len(run.requests)) == ("incomplete", 8)
    assert last.error is not None
    assert last.judgement is None, "half an answer has not judged"
    assert (last.verdict, last.detail) == (("hit", None) if paid else ("rejected", "unreachable"))
    assert (last.cost_usd is not None, (last.reported.read or 0) > 0) == (paid, paid)
    assert (last.usage is not None) is paid
    assert run.summary.money.calls + run.summary.money.unpriced_calls == 5
    told = "1 answer broke off before telling the usage" in " ".join(page(run).split())
    assert told is not paid
