"""The verdict on one call: every bound, a step to either side."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from samovar.bench.verdict import ttl_violation, verdict
from samovar.cache import Expectation, Interval
from samovar.call import dialect_for
from samovar.errors import ProviderHung, ProviderUnreachable
from samovar.flow.attempt import Attempt
from samovar.flow.exchange import Answer
from samovar.flow.sightings import Mark, Sight
from samovar.providers.usage import Usage
from tests.attribution.logs import STEADY, body, explained, line, tokens, usage

NOTHING = Interval(0, 0)
POTENTIAL = Interval(10_000, 10_000)
MARKS = (Mark(b"m", POTENTIAL),)
AT_ONCE = Sight(POTENTIAL, MARKS, {}, in_flight=True)


def attempt(
    usage: Usage | None,
    *,
    potential: Interval = POTENTIAL,
    written: dict[str, Interval] | None = None,
    readable: int = 10_000,
    status: int = 200,
    failure: ProviderHung | ProviderUnreachable | None = None,
    sight: Sight | None = None,
) -> Attempt:
    """Return an attempt at a call with a marker after 10,000 tokens."""
    answer = None if failure else Answer(status, {}, b"", 0.0, 0.5, 1.0)
    return Attempt(
        call="c",
        phase="main",
        number=1,
        sent_at=0.0,
        debited=0,
        expected=Expectation(
            Interval(0, readable), {} if written is None else written, NOTHING, Interval(11_000, 11_000)
        ),
        sight=sight or Sight(potential, MARKS, {}),
        answer=answer,
        usage=usage,
        failure=failure,
    )


def used(read: int | None, **written: int) -> Usage:
    """Return a report."""
    return Usage(uncached_input=100, cache_read=read, cache_write=written, output=1)


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (attempt(used(9_900)), ("hit", None)),  # a hundredth may be missing
        (attempt(used(9_899)), ("partial", None)),
        (attempt(used(101)), ("partial", None)),
        (attempt(used(100, t=9_900)), ("miss", None)),
        (
            attempt(used(936), potential=Interval(1_000, 1_000)),
            ("hit", None),
        ),  # or 64 tokens
        (attempt(used(935), potential=Interval(1_000, 1_000)), ("partial", None)),
        (attempt(used(64), potential=Interval(1_000, 1_000)), ("miss", None)),
        (attempt(used(0, t=9), potential=NOTHING), ("miss", "cold-start")),
        (
            attempt(used(0, t=9), sight=AT_ONCE),
            ("miss", "concurrent-write"),
        ),
        (attempt(used(0), potential=Interval(0, 10_000)), ("miss", "perhaps-below-floor")),
        (attempt(used(0), readable=0), ("bypass", "below-floor")),
        (attempt(used(0), readable=0, sight=Sight(POTENTIAL, (), {})), ("bypass", "nothing-marked")),
        (attempt(used(0), readable=0, sight=Sight(POTENTIAL, (), {}, unasked=True)), ("miss", None)),
        (attempt(None), ("unreported", "no usage")),
        (attempt(Usage(uncached_input=1)), ("unreported", "no cache fields")),
        (attempt(used(None)), ("unreported", "no tokens read")),
        (attempt(None, status=429), ("rejected", "rate-limited")),
        (attempt(None, status=529), ("rejected", "overloaded")),
        (attempt(None, status=503), ("rejected", "overloaded")),
        (attempt(None, status=404), ("rejected", "status-404")),
        (attempt(None, failure=ProviderHung("silence")), ("rejected", "hung")),
        (attempt(None, failure=ProviderUnreachable("nobody")), ("rejected", "unreachable")),
    ],
)
def test_the_first_that_applies_is_the_verdict(found: Attempt, says: tuple[str, str | None]) -> None:
    """Rejected, unreported, bypass, miss, hit, partial, in this order."""
    assert verdict(found) == says


@pytest.mark.parametrize(
    ("asked", "due", "granted", "violates"),
    [
        ({"5m"}, {}, {"5m": 900}, False),
        ({"5m"}, {}, {}, False),
        ({"5m"}, {}, {"": 900}, False),
        ({"1h"}, {}, {"5m": 900}, True),
        ({"1h", "5m"}, {"1h": 900}, {"5m": 900}, True),
        ({"1h", "5m"}, {}, {"5m": 900}, False),
        # A lost entry is written again: that is no other lifetime.
        ({"1h", "5m"}, {}, {"1h": 900, "5m": 30}, False),
        # Server tools write short entries beside those of the call.
        ({"1h"}, {"1h": 900}, {"1h": 900, "5m": 30}, False),
        (set(), {}, {"30m": 900}, False),
    ],
)
def test_a_violation_is_another_lifetime_at_the_callers_markers(
    asked: set[str], due: dict[str, int], granted: dict[str, int], *, violates: bool
) -> None:
    """Whatever else was written, read or lost."""
    expected = Expectation(NOTHING, {t: Interval(n, n) for t, n in due.items()}, NOTHING, NOTHING)
    found = Attempt(
        call="c",
        phase="main",
        number=1,
        sent_at=0.0,
        debited=0,
        expected=expected,
        sight=Sight(NOTHING, (), {}, tiers=frozenset(asked)),
        usage=Usage(cache_read=0, cache_write=granted),
    )
    assert (ttl_violation(found) is not None) is violates


@pytest.mark.parametrize(("read", "violates"), [(2_800, False), (0, True)])
def test_a_server_tool_writes_behind_markers_that_were_read(read: int, *, violates: bool) -> None:
    """All that is marked was read, so the short entry is not the caller's; else it may be."""
    found = attempt(used(read, **{"5m": 900}), sight=Sight(POTENTIAL, MARKS, {}, tiers=frozenset({"1h"})))
    expected = Expectation(Interval(2_800, 2_800), {}, NOTHING, NOTHING)
    assert (ttl_violation(replace(found, expected=expected)) is not None) is violates


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({}, "unreported"),
        ({"cache_creation_input_tokens": 0}, "unreported"),
        ({"cache_creation_input_tokens": 5_492}, "miss"),
        ({"cache_read_input_tokens": 0}, "miss"),
        ({"cache_read_input_tokens": 0, "cache_creation_input_tokens": 0}, "miss"),
        ({"cache_read_input_tokens": 5_492}, "hit"),
    ],
)
def test_a_benchmark_and_an_explanation_judge_one_usage_alike(told: dict[str, int], says: str) -> None:
    """That nothing was written says nothing of what was read: absent is not zero."""
    request = body("Go on.", system=STEADY * 3)
    assert tokens(request) == 5_492
    used = {"input_tokens": tokens(request) - sum(told.values()), "output_tokens": 5, **told}
    log = [line("a", 0, request, usage(0, tokens(request))), line("b", 60, request, used)]
    first, second = explained(*log).calls
    reported = dialect_for("/v1/messages").usage(msgspec.json.encode({"usage": used}))
    should = Interval(tokens(request), tokens(request))
    assert verdict(attempt(reported, potential=should, readable=should.hi)).verdict == says
    assert (first.verdict, second.verdict) == ("miss", says)
