"""Logs that lost the markers of their bodies are judged by what was written up to them."""

from __future__ import annotations

import pytest

from tests.attribution.logs import STEADY, Json, body, explained, line, tokens, usage

TURNS = ("What left the yard?", "Tram 7." * 40, "And then?" * 40, "Tram 9." * 40, "And at noon?" * 40)


def verdicts(*last: Json, at: float = 90) -> list[tuple[str, str | None]]:
    """Return verdicts and causes of two healthy calls without visible markers, and of those given."""
    first, second = body(*TURNS[:1], mark=False), body(*TURNS[:3], mark=False)
    lines = [
        line("c0", 0, first, usage(0, tokens(first))),
        line("c1", 40, second, usage(tokens(first), tokens(second) - tokens(first))),
        *(line(f"d{i}", at + i, each, usage(0, tokens(each))) for i, each in enumerate(last)),
    ]
    return [(call.verdict, call.cause) for call in explained(*lines).calls]


@pytest.mark.parametrize(
    ("last", "at", "cause"),
    [
        (body(*TURNS, mark=False), 40 + 900, "ttl-expired"),
        (body(*TURNS, mark=False), 90, "provider-side"),
        (body(*TURNS, mark=False, system="At 10:31. " + STEADY), 90, "system-changed"),
    ],
)
def test_what_was_written_tells_where_a_marker_stood(last: Json, at: float, cause: str) -> None:
    """No marker is called missing where the provider wrote; the loss has the cause that it would have."""
    assert verdicts(last, at=at) == [("miss", "cold-start"), ("hit", None), ("miss", cause)]


def test_one_shot_calls_that_only_read_have_markers_too() -> None:
    """On a way that was seen to write, a read is up to a marker: what changes after it is told."""
    requests = [body(f"Tram {i}?" * 40, mark=False) for i in range(2)]
    requests.append(body("Tram 2?" * 40, mark=False, system="It is 10:32. " + STEADY))
    cached = [tokens(each) - 80 for each in requests]
    used = [usage(0, cached[0], 80), usage(cached[1], 0, 80), usage(0, cached[2], 80)]
    lines = [
        line(f"c{i}", 20 * i, each, use, session=None)
        for i, (each, use) in enumerate(zip(requests, used, strict=True))
    ]
    assert [call.cause for call in explained(*lines).calls] == ["cold-start", None, "system-changed"]


def test_reads_alone_show_no_marker() -> None:
    """A provider that reads what it never wrote keeps a cache by itself."""
    request = body(*TURNS, mark=False)
    lines = [line(f"c{i}", 20 * i, request, usage(1500 if i else 0, 0, 500)) for i in range(2)]
    assert explained(*lines).calls[1].expected == (0, 0)
