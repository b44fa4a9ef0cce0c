"""What a run is said to cost: sums made by hand. A text of 4 n characters has n tokens here."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from samovar.bench.estimate import estimate
from samovar.bench.replay import Replayed, ReplayWorkload
from samovar.bench.settings import Settings
from samovar.bench.workload import Static, Unit, digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samovar.report.bench import Judgement

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MTOK = 1_000_000
INPUT, READ, SHORT, LONG, OUTPUT = 5.0, 0.5, 6.25, 10.0, 25.0
"""USD per million tokens of claude-opus-5."""


class Questions:
    """So many questions about 10,000 tokens of tools and system prompt, in as many prefixes as asked for.

    The first 6,000 tokens are marked for an hour, the next 4,000 for five minutes; each question has 1,000
    more and may be answered by 2,000.
    """

    name = "questions"
    endpoint = "/v1/messages"
    model = "claude-opus-5"
    sha256 = digest(b"")
    statics: Sequence[Static] = ()
    left_out = 0
    domains = 1

    def __init__(self, count: int, prefixes: int = 1) -> None:
        self.units: Sequence[Unit] = [Unit(f"{i}", f"{i % prefixes}") for i in range(count)]

    def prefix(self, unit: Unit) -> str:
        """Return the unit's group."""
        return unit.group

    def prefix_name(self, unit: Unit) -> str:
        """Return the unit's group."""
        return unit.group

    def body(self, unit: Unit, nonce: str | None, *, marked: bool = True) -> bytes:
        """Return the body; a nonce takes the place of its first characters."""
        begins = f"{unit.group} {nonce or ''}"
        system: list[dict[str, object]] = [
            {"type": "text", "text": begins.ljust(24_000, "x")},
            {"type": "text", "text": "z" * 16_000},
        ]
        if marked:
            system[0]["cache_control"] = {"type": "ephemeral", "ttl": "1h"}
            system[1]["cache_control"] = {"type": "ephemeral"}
        question = {"role": "user", "content": "y" * 4_000}
        return msgspec.json.encode(
            {"model": self.model, "max_tokens": 2_000, "system": system, "messages": [question]}
        )

    def scope_ends(self, unit: Unit) -> Mapping[str, int]:  # noqa: ARG002  # the protocol's signature
        """Return nothing."""
        return {}

    def judge(self, message: bytes) -> Judgement | None:  # noqa: ARG002  # as above
        """Return nothing."""
        return None


RUN = Settings(provider="anthropic", model="claude-opus-5", cold_calls=0, nonce=False, chars_4=True)


def log(*bodies: Mapping[str, object], endpoint: str = "/v1/messages", apart: float = 1.0) -> ReplayWorkload:
    """Return a log of one session."""
    calls = [
        Replayed(Unit(f"{i}", "s"), msgspec.json.encode(body), i * apart, "s")
        for i, body in enumerate(bodies)
    ]
    return ReplayWorkload("log", endpoint, str(bodies[0]["model"]), calls)


SEED = 6_000 * LONG + 4_000 * SHORT + 1_000 * INPUT
LATER = 10_000 * READ + 1_000 * INPUT
ANSWER = 2_000 * OUTPUT
PLAIN = 11_000 * INPUT


def told(settings: Settings, workload: Questions | ReplayWorkload) -> tuple[int, float, float]:
    """Return the number of calls and both ends in millionths of a dollar."""
    found = estimate(settings, workload, NOW)
    assert found.low is not None
    assert found.high is not None
    return found.calls, round(found.low * MTOK, 6), round(found.high * MTOK, 6)


def test_at_least_one_seed_writes_and_all_others_read() -> None:
    """Each tier is written at its own price; nothing is said. At most nobody reads, and all is said."""
    assert told(RUN, Questions(3)) == (3, SEED + 2 * LATER, 3 * (SEED + ANSWER))


def test_every_prefix_has_a_seed() -> None:
    """Two prefixes are written twice even if everything hits."""
    assert told(RUN, Questions(4, prefixes=2)) == (4, 2 * SEED + 2 * LATER, 4 * (SEED + ANSWER))


def test_controls_are_paid_in_full_and_each_of_them() -> None:
    """Five controls of two units are five calls without caching."""
    calls, low, high = told(replace(RUN, cold_calls=5), Questions(2))
    assert calls == 7
    assert low == SEED + LATER + 5 * PLAIN
    assert high == 2 * (SEED + ANSWER) + 5 * (PLAIN + ANSWER)


def test_without_caching_every_call_is_plain() -> None:
    """`--uncached` writes nothing, reads nothing, and has no controls."""
    assert told(replace(RUN, uncached=True, cold_calls=3), Questions(2)) == (
        2,
        2 * PLAIN,
        2 * (PLAIN + ANSWER),
    )


def test_a_probe_is_one_more_call_for_each_prefix() -> None:
    """When it is made, five minutes have passed and an hour has not: the second marker writes anew."""
    calls, low, high = told(replace(RUN, ttl_probe=True), Questions(2))
    probe = 6_000 * READ + 4_000 * SHORT + 1_000 * INPUT
    assert (calls, low, high) == (3, SEED + LATER + probe, 3 * (SEED + ANSWER))


def test_a_logs_calls_may_say_as_much_as_they_ask_for() -> None:
    """Ten calls of max_tokens 32,000 may cost eight dollars. A nonce is six tokens more."""
    body = {
        "model": "claude-opus-5",
        "max_tokens": 32_000,
        "messages": [{"role": "user", "content": "y" * 4_000}],
    }
    plain = 1_000 * INPUT
    assert told(RUN, log(*[body] * 10)) == (10, 10 * plain, 10 * (plain + 32_000 * OUTPUT))
    assert told(replace(RUN, nonce=True), log(body))[1] == plain + 6 * INPUT


def test_what_expires_between_two_calls_of_a_log_is_written_again() -> None:
    """A log keeps its own time: six minutes apart, both calls write."""
    system = [{"type": "text", "text": "x" * 40_000, "cache_control": {"type": "ephemeral"}}]
    question = [{"role": "user", "content": "y" * 4_000}]
    body = {"model": "claude-opus-5", "max_tokens": 1, "system": system, "messages": question}
    write, rest = 10_000 * SHORT, 1_000 * INPUT
    assert told(RUN, log(body, body, apart=360.0))[1] == 2 * (write + rest)
    assert told(RUN, log(body, body, apart=240.0))[1] == write + rest + 10_000 * READ + rest


def test_where_caching_is_automatic_all_but_the_last_step_may_be_read() -> None:
    """11,000 tokens of gpt-5.1, read in steps of 128: 85 steps at the second sight."""
    body = {
        "model": "gpt-5.1",
        "max_completion_tokens": 1_000,
        "messages": [{"role": "user", "content": "y" * 44_000}],
    }
    openai = replace(RUN, provider="openai", model="gpt-5.1", endpoint="/v1/chat/completions")
    first, second = 11_000 * 1.25, 10_880 * 0.125 + 120 * 1.25
    found = told(openai, log(body, body, endpoint="/v1/chat/completions"))
    assert found == (2, first + second, 2 * (first + 1_000 * 10.0))


def test_several_answers_and_a_fast_mode_cost_more() -> None:
    """What multiplies a price in the body multiplies it in the estimate."""
    body = {"max_tokens": 100, "messages": [{"role": "user", "content": "y" * 4_000}]}
    plain = {"model": "claude-opus-5", **body}
    fast = {**plain, "speed": "fast"}
    assert told(RUN, log(fast)) == (1, 2 * 1_000 * INPUT, 2 * (1_000 * INPUT + 100 * OUTPUT))
    openai = replace(RUN, provider="openai", model="gpt-5.1", endpoint="/v1/chat/completions")
    three = {"model": "gpt-5.1", "n": 3, **body}
    assert told(openai, log(three, endpoint=openai.endpoint))[2] == 1_000 * 1.25 + 3 * 100 * 10.0


def test_a_region_and_the_hours_of_a_day_are_in_the_estimate() -> None:
    """What a regional host adds is in both ends, what dear hours add in the upper one where some are near."""
    body = {"max_tokens": 100, "messages": [{"role": "user", "content": "y" * 4_000}]}
    chat = "/v1/chat/completions"
    openai = replace(RUN, provider="openai", model="gpt-5.4", endpoint=chat)
    calls = log({"model": "gpt-5.4", **body}, endpoint=chat)
    usual = told(openai, calls)
    regional = told(replace(openai, base_url="https://eu.api.openai.com"), calls)
    assert regional[1:] == pytest.approx((1.1 * usual[1], 1.1 * usual[2]))

    deepseek = replace(openai, model="deepseek-v4-flash", platform="deepseek")
    calls = log({"model": "deepseek-v4-flash", **body}, endpoint=chat)
    week, weekend = (estimate(deepseek, calls, NOW + timedelta(days=days)) for days in (-1, 1))
    assert (week.low, week.high) == (weekend.low, 2 * (weekend.high or 0.0))


def test_what_is_not_known_is_not_told() -> None:
    """No price: no amount. No limit of output: the calls without one are counted."""
    body = {"model": "gpt-5.1", "messages": [{"role": "user", "content": "y" * 4_000}]}
    openai = replace(RUN, provider="openai", model="gpt-5.1", endpoint="/v1/chat/completions")
    assert estimate(openai, log(body, body, endpoint=openai.endpoint), NOW).unlimited == 2
    unknown = replace(openai, model="gpt-nonesuch")
    found = estimate(unknown, log({**body, "model": "gpt-nonesuch"}, endpoint=openai.endpoint), NOW)
    assert (found.low, found.high) == (None, None)


@pytest.mark.parametrize("chars_4", [True, False])
def test_tokens_are_counted_as_the_run_counts_them(*, chars_4: bool) -> None:
    """`--tokens chars/4` is one number, Claude's own tokenizer a band."""
    body = {
        "model": "claude-opus-5",
        "max_tokens": 0,
        "messages": [{"role": "user", "content": "word " * 900}],
    }
    _, low, high = told(replace(RUN, chars_4=chars_4), log(body))
    assert (low == high) is chars_4
