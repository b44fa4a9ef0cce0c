"""From one call to the counters."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from samovar.attribution import Explained
from samovar.call import dialect_for
from samovar.flow.outcome import Outcome
from samovar.flow.role import Role
from samovar.metrics import Meter
from samovar.metrics.catalogue import CALLS, COST, DOWNGRADES, LEASES, QUEUED_SECONDS, RETRY_AFTER
from samovar.policy import Policy
from samovar.providers.usage import Usage
from samovar.transport.keeping import observation
from samovar.transport.plan import Planner, Sent
from samovar.transport.seen import CallRecorder, Seen
from samovar.transport.tally import tally, verdict
from tests.bodies import messages_body, words

if TYPE_CHECKING:
    from samovar.metrics import Metric

BOUND = 20.0


def outcome(**told: Any) -> Outcome:  # noqa: ANN401  # members of an outcome
    """Return what became of a call."""
    known = {
        "started_at": 1.8e9,
        "first_byte_at": 1.8e9 + 1,
        "ended_at": 1.8e9 + 2,
        "status": 200,
        "headers": {},
    }
    return Outcome(**{**known, **told})


def counted(metric: Metric, ended: Outcome, ttl: str | None = None) -> dict[tuple[str, ...], float]:
    """Return what one call adds to a counter."""
    marker = {"type": "ephemeral", **({} if ttl is None else {"ttl": ttl})}
    system = [{"type": "text", "text": words("tally", 5_000), "cache_control": marker}]
    body = messages_body([{"type": "text", "text": "hello"}], system=system, model="claude-opus-4-8")
    sent = Sent(dialect_for("/v1/messages"), "host", "k", body)
    meter = Meter()
    plan = Planner(Policy().protect, {}).read(sent)
    tally(meter, Seen(sent, ended), plan, bound=BOUND, prompt=plan.prompt)
    if metric is QUEUED_SECONDS:
        return {labels: seen.sum for labels, seen in meter.histograms(metric).items()}
    return dict(meter.numbers(metric))


@pytest.mark.parametrize(
    ("usage", "said"),
    [
        (Usage(uncached_input=4, cache_read=100_000, cache_write={"5m": 300}), "hit"),
        (Usage(uncached_input=4, cache_read=100_000, cache_write={"5m": 30_000}), "partial"),
        (Usage(uncached_input=4, cache_read=2_000, cache_write={"5m": 1_000}), "hit"),
        (Usage(uncached_input=4, cache_read=0, cache_write={"5m": 9_000}), "miss"),
        (Usage(uncached_input=9_000, cache_read=0, cache_write={}), "bypass"),
        (Usage(uncached_input=9_000), "unreported"),
        (Usage(uncached_input=9_000, cache_read=0), "miss"),
        (Usage(uncached_input=9_000, cache_read=90), "miss"),
        (Usage(uncached_input=4, cache_read=5_000, cache_write={"5m": 3_000}), "partial"),
    ],
)
def test_a_turn_that_writes_what_is_new_is_a_hit(usage: Usage, said: str) -> None:
    """Partial is what left more than a tenth and 1,024 tokens unread."""
    assert verdict(outcome(usage=usage)) == said


def test_the_counter_says_the_same_whether_attribution_had_time_or_not() -> None:
    """It may know that the conversation grew; a rate must not depend on how busy the process is."""
    grown = outcome(usage=Usage(uncached_input=4, cache_read=5_000, cache_write={"5m": 3_000}))
    body = messages_body([{"type": "text", "text": "hello"}], model="claude-opus-4-8")
    sent = Sent(dialect_for("/v1/messages"), "host", "k", body)
    plan = Planner(Policy().protect, {}).read(sent)
    told = []
    for explained in (None, Explained(id="c", lineage="l", verdict="hit")):
        meter = Meter()
        tally(meter, Seen(sent, grown), plan, explained)
        told.append([labels[0] for labels in meter.numbers(CALLS)])
    assert told == [["partial"], ["partial"]]


def events(**told: Any) -> set[str]:  # noqa: ANN401  # members of an outcome
    """Return what became of a call's leases."""
    return {labels[0] for labels in counted(LEASES, outcome(**told))}


def test_only_a_leader_that_took_too_long_has_expired() -> None:
    """Who is promoted took the place of one that failed as well as of one that was late."""
    late = 1.8e9 + BOUND + 1
    assert events(roles=(Role.LEAD,)) == {"won"}
    assert events(roles=(Role.LEAD,), promoted=True) == {"won", "promoted"}
    assert events(roles=(Role.LEAD,), first_byte_at=late) == {"won", "expired"}
    assert events(roles=(Role.LEAD,), first_byte_at=None, status=None, ended_at=late) == {
        *("won", "expired", "released")
    }
    assert events(roles=(Role.READ,), first_byte_at=late) == {"lost"}


def test_waits_refusals_and_money_are_counted() -> None:
    """Each where its paragraph says."""
    usage = Usage(uncached_input=1_000_000, cache_read=0, cache_write={})
    assert counted(QUEUED_SECONDS, outcome(queued=1.5)) == {("anthropic",): 1.5}
    assert counted(QUEUED_SECONDS, outcome()) == {}
    assert counted(RETRY_AFTER, outcome(status=429, headers={"retry-after": "3"})) == {("anthropic",): 1.0}
    assert counted(RETRY_AFTER, outcome(headers={"retry-after": "3"})) == {}
    assert counted(COST, outcome(usage=usage))["anthropic", "claude-opus-4-8"] > 0


@pytest.mark.parametrize(("asked", "given", "count"), [("1h", "5m", 1), ("1h", "1h", 0), (None, "1h", 0)])
def test_a_shorter_lifetime_than_asked_for_is_a_downgrade(asked: str | None, given: str, count: int) -> None:
    """By the tier in which tokens were written; a longer one is none."""
    usage = Usage(uncached_input=4, cache_read=0, cache_write={given: 5_000})
    assert sum(counted(DOWNGRADES, outcome(usage=usage), asked).values()) == count


@pytest.mark.parametrize(
    ("host", "model"), [("api.deepseek.com", "deepseek-chat"), ("llm.internal", "anthropic/claude-opus-4-5")]
)
def test_a_call_costs_what_who_serves_it_asks(host: str, model: str) -> None:
    """Not what the maker of its dialect would, who does not sell that model."""
    body = msgspec.json.encode({"model": model, "messages": [{"role": "user", "content": "hello"}]})
    sent = Sent(dialect_for("/v1/chat/completions"), host, "k", body, path="/v1/chat/completions")
    meter = Meter()
    plan = Planner(Policy().protect, {}).read(sent)
    tally(meter, Seen(sent, outcome(usage=Usage(uncached_input=1_000_000, cache_read=0, output=1))), plan)
    assert meter.number(COST) > 0


WORKDAY = datetime(2026, 9, 22, 12, tzinfo=UTC).timestamp()
PEAK = WORKDAY - 5 * 3_600


def spent(host: str, model: str, began: float) -> float:
    """Return the USD that a chat call of a million tokens is counted as."""
    body = msgspec.json.encode({"model": model, "messages": [{"role": "user", "content": "hello"}]})
    sent = Sent(dialect_for("/v1/chat/completions"), host, "k", body, path="/v1/chat/completions")
    usage, meter = Usage(uncached_input=1_000_000), Meter()
    ended = outcome(usage=usage, started_at=began)
    tally(meter, Seen(sent, ended), Planner(Policy().protect, {}).read(sent))
    return sum(meter.numbers(COST).values())


def test_the_host_and_the_hour_of_a_call_are_in_its_cost() -> None:
    """A region's host costs more at OpenAI, some hours do at DeepSeek, whose dialect is OpenAI's."""
    usual = spent("api.openai.com", "gpt-5.4", WORKDAY)
    assert spent("eu.api.openai.com", "gpt-5.4", WORKDAY) == pytest.approx(1.1 * usual)
    there = ("api.deepseek.com", "deepseek-v4-pro")
    usual = spent(*there, WORKDAY)
    assert usual > 0
    assert spent(*there, PEAK) == pytest.approx(2 * usual)


def test_what_is_recorded_of_a_call_says_where_it_went() -> None:
    """So that whoever reads the record prices it alike; the body's place is in no plan's way."""
    sent = Sent(dialect_for("/v1/messages"), "us-east5-aiplatform.googleapis.com", "k", b"{}", path=VERTEX)
    kept: list[Seen] = []
    plan = Planner(Policy().protect, {}).read(sent)
    CallRecorder(kept.append, sent, plan)(outcome(usage=Usage()))
    assert observation(kept[0], plan, 1).endpoint == f"https://us-east5-aiplatform.googleapis.com{VERTEX}"


VERTEX = "/v1/projects/p/locations/us-east5/publishers/anthropic/models/claude-opus-5:rawPredict"
