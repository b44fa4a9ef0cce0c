"""What warns and what fails: a call to either side of each bound."""

from __future__ import annotations

import msgspec
import pytest

from samovar.bench.summary import summarise
from samovar.bench.thresholds import REWRITING_FAIL, REWRITING_WARN, answered_by, judge, kept_to
from samovar.policy import Thresholds
from samovar.report.bench import Expected, Range, Request, Settings, Tokens
from tests.bench.rows import NOTHING, row, tokens

CALLS = 100


def levels(**changed: tuple[int, dict[str, object]]) -> dict[str, str]:
    """Return the level of each check of a hundred warm calls; `changed` gives how many are otherwise."""
    rows = [row(number, scopes={"service": True}) for number in range(CALLS)]
    for count, given in changed.values():
        rows[:count] = [row(number, **{"scopes": {"service": True}, **given}) for number in range(count)]
    found = judge(summarise(rows, {"p": "p"}, reads_count=False), Thresholds())
    return {check.name: check.level for check in found}


PARTIAL = {"verdict": "partial", "reported": tokens(5_000)}
MISS = {"verdict": "miss", "reported": tokens(0)}


@pytest.mark.parametrize(("others", "level"), [(15, "ok"), (16, "warn"), (20, "warn"), (21, "fail")])
def test_the_hit_rate_warns_below_85_and_fails_below_80_percent(others: int, level: str) -> None:
    """At the bound itself it is still as before."""
    assert levels(others=(others, PARTIAL))["hit-rate"] == level
    unread: dict[str, object] = {"scopes": {"service": False}}
    assert levels(others=(others, unread))["hit-rate:service"] == level


@pytest.mark.parametrize(("missed", "level"), [(20, "ok"), (21, "warn"), (30, "warn"), (31, "fail")])
def test_misses_of_a_prefix_warn_above_20_and_fail_above_30_percent(missed: int, level: str) -> None:
    """A partial hit is no miss."""
    assert levels(missed=(missed, MISS))["prefix-miss:p"] == level
    assert levels(missed=(missed, PARTIAL))["prefix-miss:p"] == "ok"


@pytest.mark.parametrize(("again", "level"), [(5, "ok"), (6, "warn"), (20, "warn"), (21, "fail")])
def test_rewriting_warns_above_5_and_fails_above_20_percent(again: int, level: str) -> None:
    """Of the calls that were answered, those that wrote."""
    assert (REWRITING_WARN, REWRITING_FAIL) == (0.05, 0.20)
    assert levels(again=(again, {"reported": tokens(10_000, written=500)}))["rewriting"] == level


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"status": 429, "verdict": "rejected", "cost_usd": None}, "rate-limit"),
        ({"retry_after": 1.0}, "retry-after"),
        ({"ttl_violation": "asked for 1h, granted 5m"}, "ttl-violation"),
    ],
)
def test_one_of_these_is_one_too_many(given: dict[str, object], name: str) -> None:
    """None is the bound."""
    assert levels()[name] == "ok"
    assert levels(one=(1, given))[name] == "fail"


@pytest.mark.parametrize(
    ("verdict", "why"),
    [
        ("bypass", "every call bypassed the cache"),
        ("unreported", "the provider reported no cache fields: absent is not zero"),
        ("rejected", "answer"),
    ],
)
def test_what_was_not_measured_says_why(verdict: str, why: str) -> None:
    """There is no rate of nothing; each reason has its words."""
    rows = [row(number, verdict=verdict, reported=tokens(0)) for number in range(3)]
    first, *others = judge(summarise(rows, {}, reads_count=False), Thresholds())
    assert (first.name, first.level) == ("not-measured", "fail")
    assert why in first.says
    assert "hit-rate" not in {check.name for check in others}


def test_many_prefixes_are_checked_by_those_that_tell() -> None:
    """Of nine prefixes, only the one with five calls after seeding is looked at by itself."""
    rows = [row(number, prefix=f"p{number}") for number in range(8)]
    rows += [row(10 + number, prefix="often") for number in range(5)]
    found = judge(summarise(rows, {}, reads_count=False), Thresholds())
    assert [c.name for c in found if c.name.startswith("prefix-miss")] == ["prefix-miss:often"]
    few = judge(summarise(rows[5:], {}, reads_count=False), Thresholds())
    assert len([c.name for c in few if c.name.startswith("prefix-miss")]) == 4


TOLD = Settings(
    rpm=CALLS,
    tpm=CALLS * 1_000,
    concurrency=1,
    jitter_ms=(0, 0),
    ttl={},
    clock="virtual",
    cold_calls=0,
    redacted=True,
)


@pytest.mark.parametrize(
    ("rpm", "uncached", "expected"),
    [
        (CALLS, 1_000, {"requests": "ok", "input-tokens": "ok"}),
        (CALLS - 1, 1_001, {"requests": "fail", "input-tokens": "warn"}),
        (0, 1_050, {"input-tokens": "warn"}),
        (0, 1_051, {"input-tokens": "fail"}),
    ],
)
def test_a_run_that_goes_beyond_its_own_limits_does_not_pass(
    rpm: int, uncached: int, expected: dict[str, str]
) -> None:
    """Whatever the account had: requests are counted, tokens estimated before they are."""
    rows = [row(n, sent=n / CALLS, reported=tokens(9_000, uncached=uncached)) for n in range(CALLS)]
    found = kept_to(summarise(rows, {"p": "p"}, reads_count=False), msgspec.structs.replace(TOLD, rpm=rpm))
    assert {check.name: check.level for check in found} == {
        f"busiest-minute:{name}": level for name, level in expected.items()
    }


SILENT = row(CALLS - 1, sent=0.99, verdict="unreported", reported=tokens(0, uncached=9_000))
LOST = row(CALLS - 1, sent=0.99, verdict="unreported", reported=Tokens())
CUT = row(CALLS - 1, sent=0.99, verdict="rejected", reported=Tokens())


@pytest.mark.parametrize("last", [SILENT, LOST, CUT], ids=["silent", "lost", "cut"])
def test_one_call_that_tells_little_excuses_no_minute(last: Request) -> None:
    """What the other calls had is known: beyond the limit without it, it is no less with it."""
    rows = [row(n, sent=n / CALLS, reported=tokens(9_000, uncached=50_000)) for n in range(CALLS - 1)]
    [_, check] = kept_to(summarise([*rows, last], {"p": "p"}, reads_count=False), TOLD)
    assert (check.name, check.level) == ("busiest-minute:input-tokens", "fail")
    assert check.says.endswith(f"4,950,000 of {TOLD.tpm:,} input tokens in the busiest minute")


@pytest.mark.parametrize(
    ("uncached", "reads_count", "level"),
    [
        # It may be all reads, which do not count, or none.
        (1_001, False, None),
        (1_000, False, "ok"),
        # Where reads count it is all the same what was read.
        (1_000, True, "ok"),
        (1_051, True, "fail"),
    ],
)
def test_usage_that_tells_no_reads_is_held_against_the_limit_as_far_as_it_tells(
    uncached: int, *, reads_count: bool, level: str | None
) -> None:
    """A bound that lies within the limit is in order; one beyond it says nothing."""
    reported = tokens(0, uncached=uncached)
    rows = [row(n, sent=n / CALLS, verdict="unreported", reported=reported) for n in range(CALLS)]
    found = kept_to(summarise(rows, {"p": "p"}, reads_count=reads_count), TOLD)
    assert {check.name: check.level for check in found}.get("busiest-minute:input-tokens") == level


def test_of_an_answer_without_usage_no_more_is_known_than_was_expected() -> None:
    """It is no reason to say that a minute had room."""
    expected = Expected(read=NOTHING, written=NOTHING, uncached=Range(lo=10, hi=TOLD.tpm + 1))
    lost = msgspec.structs.replace(LOST, expected=expected)
    summary = summarise([lost], {"p": "p"}, reads_count=False)
    assert summary.input_is_bound
    assert [check.name for check in kept_to(summary, TOLD)] == ["busiest-minute:requests"]
    fits = msgspec.structs.replace(TOLD, tpm=TOLD.tpm + 1)
    assert [check.says for check in kept_to(summary, fits)][1].startswith("at most 100,001 of 100,001")


@pytest.mark.parametrize(
    ("vendor", "asked", "served", "says"),
    [
        ("anthropic", "claude-sonnet-5", "claude-opus-4-8", "1 of 2 answers came from another model"),
        ("openai", "gpt-5", "gpt-5-mini-2025-08-07", "1 of 2 answers came from another model"),
        ("anthropic", "claude-sonnet-5", "claude-next", "1 of 2 answers came from another model"),
        ("anthropic", "claude-3-5-haiku-latest", "claude-3-5-haiku-20241022", None),
        ("openai", "gpt-5.6", "gpt-5.6-sol", None),
        ("anthropic", "claude-sonnet-5", "claude-sonnet-5-eap", None),
        # Whatever an engine calls what it has loaded.
        ("openai", "my-model", "/models/my-model.gguf", None),
    ],
)
def test_answers_of_another_model_fail(vendor: str, asked: str, served: str, says: str | None) -> None:
    """What an alias stands for is no other; of a name that nobody knows nothing is said."""
    found = answered_by([row(0, served_model=asked), row(1, served_model=served)], vendor, asked)
    assert [check.level for check in found] == ([] if says is None else ["fail"])
    assert says is None or found[0].says.startswith(says)
