"""What earlier calls count for: those that ran, told what they wrote, and may still be cached."""

from __future__ import annotations

import pytest

from tests.attribution.logs import STEADY, Json, body, explained, line, tokens, usage

FIRST = body("What left the yard?")
DAY = 86_400.0


def told(*lines: Json) -> list[tuple[str, str | None, float]]:
    """Return verdict, cause and avoidable money of every call."""
    return [(call.verdict, call.cause, call.avoidable_usd) for call in explained(*lines).calls]


def test_a_count_of_tokens_caches_nothing() -> None:
    """Clients count a prompt before they send it: the first call is still a first sight."""
    counted = line("c0", 0, FIRST, None) | {
        "endpoint": "/v1/messages/count_tokens",
        "response": {"input_tokens": tokens(FIRST)},
    }
    sent = line("c1", 5, FIRST, usage(0, tokens(FIRST)))
    assert told(counted, sent) == [("unreported", None, 0.0), ("miss", "cold-start", 0.0)]


def test_a_writer_without_usage_may_have_written() -> None:
    """Its markers were there: none is missing, and whether they wrote is not known."""
    cut = line("c0", 0, FIRST, None) | {"response": None, "status": None}
    sent = line("c1", 70, FIRST, usage(0, tokens(FIRST)))
    assert told(cut, sent) == [("unreported", None, 0.0), ("miss", "unknown", 0.0)]


def one_shot(name: str, at: float, system: str, used: Json) -> Json:
    """Return a call without a conversation, marked at the end of its system prompt."""
    request = body(f"What of {name}? " * 20, system=system, mark=False)
    request["system"][0]["cache_control"] = {"type": "ephemeral"}
    return line(name, at, request, used, session=None)


def test_yesterdays_calls_owe_nothing() -> None:
    """Without a conversation, what no lifetime covers is a first sight again, changed or not."""
    size = tokens(body("", system=STEADY)) - 1
    lines = [
        one_shot("c0", 0, STEADY, usage(0, size, 80)),
        one_shot("c1", DAY, STEADY, usage(0, size, 80)),
        one_shot("c2", 2 * DAY, f"It is 10:31. {STEADY}", usage(0, size + 3, 80)),
    ]
    assert told(*lines) == [("miss", "cold-start", 0.0)] * 3


def test_another_version_served_under_one_name_reads_nothing() -> None:
    """The alias is the same, the day in the served model's id is not: that explains the loss."""
    lines, before = [], 0
    for i, version in enumerate(("20260501", "20260501", "20260701")):
        request = body(*["What left?", "Tram 7." * 40, "And then?", "Tram 9." * 40, "Go on."][: 2 * i + 1])
        total = tokens(request)
        used = usage(before, total - before) if i < 2 else usage(0, total)
        said: Json = {"id": f"msg_{i}", "model": f"claude-opus-4-8-{version}", "usage": used}
        lines.append(line(f"c{i}", 30 * i, request, used, response=said))
        before = total
    assert [cause for _, cause, _ in told(*lines)] == ["cold-start", None, "model-changed"]


@pytest.mark.parametrize(("idle", "pings"), [(330, 1), (560, 1), (600, 2)])
def test_a_ping_keeps_an_entry_for_another_lifetime(idle: float, pings: int) -> None:
    """The cure of an expiry is as many pings as bridge the pause, the last one a lifetime before the call."""
    request = body("Which tram left?")
    total = tokens(request)
    lines = [line("a", 0, request, usage(0, total)), line("b", idle, request, usage(0, total))]
    found = explained(*lines).calls[1]
    assert found.cause == "ttl-expired"
    assert found.avoidable_usd == pytest.approx(total * (6.25 - 0.5 - pings * 0.5) / 1e6)
