"""Whether the granted lifetimes are those that were asked for."""

from __future__ import annotations

import pytest

from samovar.bench.verdict import ttl_violation
from samovar.cache.expectation import ZERO, Expectation, Interval
from samovar.flow.attempt import Attempt
from samovar.flow.sightings import Sight
from samovar.providers.usage import Usage


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
    expected = Expectation(ZERO, {t: Interval(n, n) for t, n in due.items()}, ZERO, ZERO, (), ZERO)
    attempt = Attempt(
        call="c",
        phase="main",
        number=1,
        sent_at=0.0,
        debited=0,
        expected=expected,
        sight=Sight(ZERO, (), {}, tiers=frozenset(asked)),
        usage=Usage(cache_read=0, cache_write=granted),
    )
    assert (ttl_violation(attempt) is not None) is violates
