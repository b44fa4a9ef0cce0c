"""Calls without bodies are judged by what their conversation had sent before."""

from __future__ import annotations

from tests.attribution.logs import Json, explained, line


def told(*counts: tuple[int, int], session: str | None = "s") -> list[tuple[str, str | None, float]]:
    """Return verdict, cause and avoidable money of OpenAI calls, given as prompt tokens and cached ones."""
    lines: list[Json] = []
    for i, (prompt, cached) in enumerate(counts):
        used = {"input_tokens": prompt, "input_tokens_details": {"cached_tokens": cached}, "output_tokens": 9}
        said: Json = {"id": f"resp_{i}", "model": "gpt-5", "usage": used}
        lines.append(
            line(f"c{i}", 30 * i, None, None, session=session)
            | {"provider": "openai", "endpoint": "/v1/responses", "response": said}
        )
    return [(call.verdict, call.cause, call.avoidable_usd) for call in explained(*lines).calls]


def test_a_cache_that_tells_no_writes_keeps_what_was_sent() -> None:
    """A conversation's first call is a first sight; one that later reads nothing missed, not bypassed."""
    found = told((10_000, 0), (11_000, 9_984), (12_000, 0), (13_000, 0))
    assert [each[:2] for each in found] == [
        ("miss", "cold-start"),
        ("hit", None),
        ("miss", "unknown"),
        ("miss", "unknown"),
    ]
    assert sum(each[2] for each in found) == 0


def test_a_short_prompt_without_a_body_bypasses() -> None:
    """Below the minimum nothing is kept, and nothing is missed."""
    assert [each[:2] for each in told((600, 0), (900, 0))] == [("bypass", None)] * 2
