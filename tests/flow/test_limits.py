"""What response headers say is left, and for how long they ask everyone to wait."""

from __future__ import annotations

import pytest

from samovar.flow.limits import LONGEST_PAUSE, left_of, retry_after
from samovar.flow.steps import Left


@pytest.mark.parametrize(
    ("headers", "left"),
    [
        (
            {
                "anthropic-ratelimit-requests-remaining": "999",
                "anthropic-ratelimit-input-tokens-remaining": "440000",
                "anthropic-ratelimit-output-tokens-remaining": "89000",
            },
            Left(requests=999.0, input=440_000.0, output=89_000.0),
        ),
        (
            {"x-ratelimit-remaining-requests": "59", "x-ratelimit-remaining-tokens": "149984"},
            Left(requests=59.0, input=149_984.0),
        ),
        ({}, Left()),
        ({"x-ratelimit-remaining-requests": "many", "x-ratelimit-remaining-tokens": "nan"}, Left()),
        ({"anthropic-ratelimit-requests-remaining": "inf"}, Left()),
    ],
)
def test_what_is_left(headers: dict[str, str], left: Left) -> None:
    """Of requests, input and output, as each provider names them; what is no number says nothing."""
    assert left_of(headers, 200) == left


@pytest.mark.parametrize(
    ("value", "pause"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        (f"{LONGEST_PAUSE}", 300.0),
        ("301", 0.0),
        ("86400", 0.0),
        ("-1", 0.0),
        ("soon", 0.0),
    ],
)
def test_a_refusal_asks_for_a_pause(value: str, pause: float) -> None:
    """A day is a spend cap, and holds nobody; only a 429 asks."""
    assert left_of({"retry-after": value}, 429).pause == pause
    assert left_of({"retry-after": value}, 529).pause == 0.0


def test_milliseconds_go_before_seconds() -> None:
    """OpenAI sends both."""
    assert retry_after({"retry-after-ms": "1500", "retry-after": "2"}) == 1.5
    assert retry_after({"retry-after": "2"}) == 2.0
    assert retry_after({}) is None
