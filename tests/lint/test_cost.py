"""What a mistake costs, by the price book, worked out by hand."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from samovar.lint.cost import loss, position_of
from samovar.lint.finding import Found
from samovar.lint.request import Request, read_request

DAY = dt.date(2026, 11, 27)
LONG = "Use the ledger for sums, and never the memory of a sum. " * 400
SHORT = {"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}


def request(ttl: str = "5m", model: str = "claude-sonnet-4-5", **more: object) -> Request:
    """Return a request with two marked system blocks."""
    mark = {"cache_control": {"type": "ephemeral", "ttl": ttl}}
    blocks = [{"type": "text", "text": LONG, **mark} for _ in range(2)]
    body: dict[str, Any] = {
        "model": model,
        "system": blocks,
        "messages": [{"role": "user", "content": "Hi."}],
        **more,
    }
    return read_request(json.dumps(body).encode(), provider="anthropic")


@pytest.mark.parametrize(
    ("ttl", "usd"),
    [
        ("5m", 3.75 - 0.30),
        ("1h", 6.00 - 0.30),
    ],
)
def test_lost_tokens_cost_a_write_instead_of_a_read(ttl: str, usd: float) -> None:
    """A thousand tokens in a thousand calls are a million: a difference of prices, in the marker's tier."""
    told = loss(request(ttl), Found(message="", lost=1_000), DAY, breaks=False)
    assert told is not None
    assert told.usd == pytest.approx(usd)
    assert f"${3.75 if ttl == '5m' else 6:.2f} a million" in told.said
    assert "$0.30" in told.said


def test_without_markers_they_cost_plain_input() -> None:
    """OpenAI's older models cache by themselves: what is not read is computed."""
    body = {"model": "gpt-4.1", "messages": [{"role": "system", "content": LONG}]}
    plain = read_request(json.dumps(body).encode(), provider="openai")
    told = loss(plain, Found(message="", lost=1_000), DAY, breaks=False)
    assert told is not None
    assert told.usd == pytest.approx(2.00 - 0.50)
    assert "computed each time" in told.said


def test_what_stands_behind_the_finding_is_lost() -> None:
    """At the head all of it, in the second block half of it, in the middle of that a quarter."""
    one = request()
    whole, half, quarter = (
        loss(one, Found(message="", path=path, offset=at), DAY, breaks=True)
        for path, at in (
            ("system[0].text", None),
            ("system[1].text", None),
            ("system[1].text", len(LONG) // 2),
        )
    )
    assert whole is not None
    assert half is not None
    assert quarter is not None
    assert half.tokens == pytest.approx(whole.tokens / 2, rel=0.02)
    assert quarter.tokens == pytest.approx(whole.tokens / 4, rel=0.02)


@pytest.mark.parametrize(
    ("given", "found", "day", "breaks"),
    [
        (request(), Found(message="", path="system[0].text"), DAY, False),
        (request(), Found(message="", lost=1_000), None, False),
        (request(model="some-model-of-ours"), Found(message="", lost=1_000), DAY, False),
        (request(), Found(message="", path="messages[0].content"), DAY, True),
        (request(), Found(message="", path="nowhere"), DAY, True),
        (request(system="Be brief."), Found(message="", path="system"), DAY, True),
        (request(system=[SHORT]), Found(message="", path="system[0].text"), DAY, True),
    ],
)
def test_nothing_is_made_up(given: Request, found: Found, day: dt.date | None, breaks: bool) -> None:
    """No loss, no day, no price, nothing cached, no such place, or below the floor: nothing is said."""
    assert loss(given, found, day, breaks=breaks) is None


def test_a_path_is_in_a_block_or_holds_some() -> None:
    """The position of the block that holds it, or of the first block that it holds."""
    one = request()
    assert position_of(one, "system[1].text") == 1
    assert position_of(one, "system") == 0
    assert position_of(one, "messages[0].content") == 2
    assert position_of(one, "metadata") is None
