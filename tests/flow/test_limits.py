"""What response headers say is left, and for how long they ask everyone to wait."""

from __future__ import annotations

import pytest

from samovar.flow.limits import LONGEST_PAUSE, left_of, retry_after
from samovar.flow.steps import Left

NOW = 784_111_770.0
"""Sun, 06 Nov 1994 08:49:30 GMT."""


@pytest.mark.parametrize(
    ("headers", "left"),
    [
        (
            {
                "anthropic-ratelimit-requests-remaining": "999",
                "anthropic-ratelimit-input-tokens-remaining": "440000",
                "anthropic-ratelimit-output-tokens-remaining": "89000",
            },
            # The page has them rounded to thousands; OpenAI's are exact, also where they end in zeros.
            Left(requests=999.0, input=440_000.0, output=89_000.0, doubt=500.0),
        ),
        (
            {"x-ratelimit-remaining-requests": "59", "x-ratelimit-remaining-tokens": "149984"},
            Left(requests=59.0, input=149_984.0),
        ),
        ({"x-ratelimit-remaining-tokens": "149000"}, Left(input=149_000.0)),
        ({}, Left()),
        ({"x-ratelimit-remaining-requests": "many", "x-ratelimit-remaining-tokens": "nan"}, Left()),
        ({"anthropic-ratelimit-requests-remaining": "inf"}, Left()),
    ],
)
def test_what_is_left(headers: dict[str, str], left: Left) -> None:
    """Of requests, input and output, as each provider names them; what is no number says nothing."""
    assert left_of(headers, 200, NOW) == left


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
    assert left_of({"retry-after": value}, 429, NOW).pause == pause
    assert left_of({"retry-after": value}, 529, NOW).pause == 0.0


def test_milliseconds_go_before_seconds() -> None:
    """OpenAI sends both."""
    assert retry_after({"retry-after-ms": "1500", "retry-after": "2"}, NOW) == 1.5
    assert retry_after({"retry-after": "2"}, NOW) == 2.0
    assert retry_after({}, NOW) is None


@pytest.mark.parametrize(
    "date", ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
)
def test_a_date_asks_for_the_time_until_it(date: str) -> None:
    """In the three forms of RFC 9110, and by the clock of the provider where it tells it."""
    asked = {"retry-after": date}
    assert left_of(asked, 429, NOW).pause == 7.0
    assert retry_after(asked | {"date": "Sun, 06 Nov 1994 08:49:34 GMT"}, 0.0) == 3.0
    assert retry_after(asked, NOW + 7) == 0.0
    assert retry_after(asked, NOW + 8) is None
    assert retry_after({"retry-after": "Sun, 99 Nov 1994 08:49:37 GMT"}, NOW) is None
