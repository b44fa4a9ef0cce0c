"""A provider that keeps its rules is blamed for nothing, whatever its callers do.

Random traffic on a few prefixes: markers anywhere and more of them than are written, implicit boundaries and
none, other lifetimes, pauses, changes. Usage is what exact rules give.
"""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Final

import pytest

from samovar.attribution import explain
from samovar.call import SegmentMemo
from samovar.record.exchange_log import read
from tests.bodies import Json, text, words
from tests.cache.drive import Drive
from tests.cache.test_breakpoints import body as responses_body
from tests.cache.test_breakpoints import message

if TYPE_CHECKING:
    from samovar.attribution import Explanation
    from samovar.cache import Expectation

START: Final = 1_786_000_000.0
PAUSES: Final = (3.0, 40.0, 290.0, 1_700.0, 4_000.0)
ENDPOINTS: Final = {"openai": "/v1/responses", "anthropic": "/v1/messages"}


def responses(rng: random.Random, parts: list[tuple[str, int]]) -> bytes:
    """Return a body of user messages with breakpoints at random ones."""
    items = [
        message("user", seed, size, mark=rng.choice(("", "12h")) if rng.random() < 0.6 else None)
        for seed, size in parts
    ]
    return responses_body(*items, mode=rng.choice((None, None, "explicit")), prompt_cache_key="k")


def messages(rng: random.Random, parts: list[tuple[str, int]]) -> bytes:
    """Return a body of system blocks and a question, with up to four markers at random places."""
    marked = set(rng.sample(range(len(parts)), min(len(parts), rng.randrange(5))))
    tier = rng.choice(("", "5m", "1h"))
    blocks = [text(seed, size, tier if i in marked else None) for i, (seed, size) in enumerate(parts)]
    asked = [{"role": "user", "content": blocks[-1:]}]
    return json.dumps(
        {"model": "claude-sonnet-4-5", "max_tokens": 8, "system": blocks[:-1], "messages": asked}
    ).encode()


def responses_usage(found: Expectation) -> Json:
    """Return what the Responses API reports."""
    written = sum(tokens.lo for tokens in found.written.values())
    details = {"cached_tokens": found.read.lo, "cache_write_tokens": written}
    whole = found.read.lo + written + found.uncached.lo
    return {"input_tokens": whole, "output_tokens": 5, "input_tokens_details": details}


def messages_usage(found: Expectation) -> Json:
    """Return what the Messages API reports."""
    split = {tier: tokens.lo for tier, tokens in found.written.items()}
    return {
        "input_tokens": found.uncached.lo,
        "cache_read_input_tokens": found.read.lo,
        "cache_creation_input_tokens": sum(split.values()),
        "cache_creation": {f"ephemeral_{tier}_input_tokens": split.get(tier, 0) for tier in ("5m", "1h")},
        "output_tokens": 5,
    }


def line(name: str, provider: str, at: float, request: bytes, usage: Json) -> bytes:
    """Return a line of an exchange log."""
    body = json.loads(request)
    return json.dumps(
        {
            "id": name,
            "provider": provider,
            "endpoint": ENDPOINTS[provider],
            "started_at": START + at,
            "first_event_at": START + at + 1,
            "ended_at": START + at + 2,
            "credential": "ws",
            "session": "s",
            "status": 200,
            "labels": {"call_site": "chat"},
            "request": body,
            "response": {"id": name, "model": body["model"], "usage": usage},
        }
    ).encode()


def traffic(provider: str, seed: int) -> Explanation:
    """Explain thirty calls on a few prefixes."""
    rng = random.Random(seed)
    run = Drive(ENDPOINTS[provider])
    make, usage = (responses, responses_usage) if provider == "openai" else (messages, messages_usage)
    now, lines = 0.0, []
    for i in range(30):
        deep = rng.randrange(1, 7)
        parts = [(f"part {k} {rng.randrange(6) == 0}", 1_200) for k in range(deep)]
        request = make(rng, [*parts, (f"question {i}", 300)])
        found = run.run(request, now)
        lines.append(line(f"c{i}", provider, now, request, usage(found)))
        now += rng.choice(PAUSES)
    memo = SegmentMemo()
    return explain(read(lines, memo), memo)


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_provider_that_keeps_its_rules_is_not_blamed(provider: str) -> None:
    """Nor is money said to be lost to it."""
    for seed in range(12):
        for call in traffic(provider, seed).calls:
            assert call.cause != "provider-side", (seed, call)
            assert call.lost_usd == 0.0


def test_a_breakpoint_too_many_is_written_by_nobody() -> None:
    """Five places to write at, of which the first is dropped: whoever shares that one only reads nothing."""
    run = Drive("/v1/responses")
    first = responses_body(
        *[message("user", f"part {k}", 1_200, mark="") for k in range(4)], message("user", "q", 50)
    )
    second = responses_body(
        message("user", "part 0", 1_200, mark=""), message("user", words("other", 300), 900)
    )
    found = [run.run(first, 0), run.run(second, 10)]
    lines = [
        line(f"c{i}", "openai", 10.0 * i, request, responses_usage(each))
        for i, (request, each) in enumerate(zip((first, second), found, strict=True))
    ]
    memo = SegmentMemo()
    lost = explain(read(lines, memo), memo).calls[1]
    assert lost.reported == 0
    assert lost.expected == (0, 0)
    assert lost.cause != "provider-side"
    assert lost.lost_usd == 0.0
