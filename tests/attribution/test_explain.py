"""Logs of every kind are explained: odd ones, empty ones, those without bodies or times."""

from __future__ import annotations

import pytest

from samovar.attribution.causes import BY_NAME
from samovar.cache import Interval
from tests.attribution.logs import Json, body, explained, line, tokens, usage
from tests.attribution.pages import PAGE, page


def conversation(count: int = 3) -> list[Json]:
    """Return a healthy conversation, each turn reading the one before."""
    lines, turns, before = [], ["What left the yard?"], 0
    for i in range(count):
        request = body(*turns)
        total = tokens(request)
        lines.append(line(f"c{i}", i * 30, request, usage(before, total - before)))
        before = total
        turns += [f"Tram {i} left." * 9, f"And after tram {i}?" * 9]
    return lines


def test_a_healthy_conversation_is_silent() -> None:
    """The first call is cold, the others are hits and were expected to be."""
    found = explained(*conversation())
    assert [(call.verdict, call.cause) for call in found.calls] == [
        ("miss", "cold-start"),
        ("hit", None),
        ("hit", None),
    ]
    assert found.calls[1].expected == Interval(found.calls[1].should, found.calls[1].should)
    assert found.summary.total.avoidable_usd == 0


def test_an_empty_log_is_no_error() -> None:
    """Nothing in, nothing out."""
    found = explained()
    assert found.calls == []
    assert found.patterns == []


def test_bad_lines_are_counted() -> None:
    """A line that is no call is skipped and counted; no call is lost."""
    found = explained(b"\x00\xff", b"[]", *conversation(2), b'{"id": "torn')
    assert len(found.calls) == 2
    assert found.summary.skipped == 3


def test_order_of_lines_does_not_matter() -> None:
    """Logs are written when calls end: a later line may have started earlier."""
    lines = conversation(4)
    assert [call.cause for call in explained(*reversed(lines)).calls] == ["cold-start", None, None, None]


def test_duplicate_ids_are_two_calls() -> None:
    """An id that comes twice does not swallow a call."""
    lines = [each | {"id": "same"} for each in conversation(3)]
    assert len(explained(*lines).calls) == 3


def test_calls_without_times_are_not_blamed_on_time() -> None:
    """Without times, neither expiry nor concurrency is ever a cause."""
    lines = conversation(2)
    for each in lines:
        for member in ("started_at", "first_event_at", "ended_at"):
            del each[member]
    lines[1]["response"]["usage"] = usage(0, tokens(lines[1]["request"]))
    causes = {call.cause for call in explained(*lines).calls}
    assert not causes & {"ttl-expired", "concurrent-write"}


def test_rows_without_bodies_show_a_marker_on_varying_text() -> None:
    """One cold start, then a steady read and a write each time: the writes are never read again."""
    rows = [line("r0", None, None, usage(0, 2910), session=None, lineage=None)]
    rows += [line(f"r{i}", None, None, usage(1595, 1150), session=None, lineage=None) for i in range(1, 16)]
    found = explained(*rows)
    assert [call.cause for call in found.calls] == ["cold-start", *["marker-misplaced"] * 15]
    assert sum(call.tokens["written"] for call in found.calls[1:]) == 15 * 1150


def test_without_a_body_the_provider_is_asked() -> None:
    """The provider's own diagnosis is a witness where there is nothing else; else the cause is unknown."""
    lines = [line("a", 0, None, usage(0, 9000)), line("b", 60, None, usage(0, 9100))]
    assert explained(*lines).calls[1].cause == "unknown"
    lines[1]["response"]["diagnostics"] = {"cache_miss_reason": {"type": "system_changed"}}
    told = explained(*lines).calls[1]
    assert (told.cause, told.confidence) == ("system-changed", "likely")
    assert told.witnesses == ("diagnostics: system_changed",)


def test_values_are_masked() -> None:
    """What parted two prompts is told by kind and form, never by its text."""
    requests = [
        body("Go on?", system=f"Today is 2026-08-{day}. " + "The yard is open. " * 500) for day in (11, 12)
    ]
    found = explained(
        *(line(f"c{i}", 30 * i, each, usage(0, tokens(each))) for i, each in enumerate(requests))
    )
    call = found.calls[1]
    assert (call.cause, call.path, call.detail) == ("system-changed", "system[0].text", "clock")
    assert call.values == ("<clock 9999-99-99>", "<clock 9999-99-99>")


def test_expiry_is_charged_less_than_its_cure() -> None:
    """What an expiry cost is avoidable only as far as keeping alive would have been cheaper."""
    short, long = conversation(2), conversation(2)
    for lines, pause in ((short, 400), (long, 3 * 3600)):
        lines[1] |= {"started_at": lines[0]["started_at"] + pause, "first_event_at": None, "ended_at": None}
        lines[1]["response"]["usage"] = usage(0, tokens(lines[1]["request"]))
    first, second = explained(*short).calls[1], explained(*long).calls[1]
    assert first.cause == second.cause == "ttl-expired"
    assert first.avoidable_usd > second.avoidable_usd == 0
    assert first.cost_usd is not None
    assert first.avoidable_usd < first.cost_usd


def test_the_page_of_causes_is_made_from_the_catalogue() -> None:
    """docs/causes.md says what the code says."""
    assert PAGE.read_text("utf-8") == page()
    assert all(cause.fix and cause.confirm for cause in BY_NAME.values())


def test_each_call_has_the_price_of_its_own_day_and_hour() -> None:
    """A log may span the day on which a price changed, and the hours in which one is doubled."""
    costs = []
    for day in ("2026-10-06", "2026-10-07"):
        one = line(day, None, body("Hi."), usage(100_000, 0)) | {"started_at": f"{day}T12:00:00Z"}
        one["request"]["model"] = one["response"]["model"] = "claude-sonnet-5-5"
        costs.append(one)
    before, after = (call.cost_usd or 0 for call in explained(*costs).calls)
    assert before - after == pytest.approx(100_000 * 0.1 / 1e6)
    used = {"prompt_tokens": 9_000, "completion_tokens": 0, "prompt_cache_hit_tokens": 0}
    asked = {"model": "deepseek-v4-pro", "messages": [{"role": "user", "content": "x" * 36_000}]}
    about = {"provider": "deepseek", "endpoint": "/chat/completions"}
    lines = [
        line(f"c{hour}", None, asked, used, **about)
        | {"started_at": f"2026-09-22T{hour}:30:00Z", "response": {"model": "deepseek-v4-pro", "usage": used}}
        for hour in ("00", "02")
    ]
    usual, peak = (call.cost_usd or 0 for call in explained(*lines).calls)
    assert usual > 0
    assert peak == pytest.approx(2 * usual)
