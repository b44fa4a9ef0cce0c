"""Shared budgets in virtual time: never a 429 while tokens are known, and hardly anything left unused."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest

from samovar.coordination import Limit, Limits, MemoryStore
from samovar.engine.rehearsal import Played, Rehearsal
from samovar.flow.protect import Protected, protected_call
from samovar.providers.usage import Usage
from samovar.rates import Budgets, Demand

MINUTES = 10
REQUESTS, INPUT, OUTPUT = 600, 450_000, 90_000
ACCOUNTS = {"acme": Limits(Limit.per_minute(REQUESTS), Limit.per_minute(INPUT), Limit.per_minute(OUTPUT))}


@dataclass(slots=True)
class Limited:
    """A provider that counts requests, input and output as its documentation says.

    Buckets of a minute each.
    """

    budgets: Budgets = field(
        default_factory=lambda: Budgets.per_minute(requests=REQUESTS, input=INPUT, output=OUTPUT)
    )
    served: list[tuple[float, int]] = field(default_factory=list)
    refused: int = 0

    def begin(self, call: object, now: float) -> Played:
        """Answer, or refuse what does not fit."""
        assert isinstance(call, int)
        if not self.budgets.debit(now, Demand(1, call, 20)):
            self.refused += 1
            return Played(429, {"retry-after": "1"}, None, 0.05, 0.05, None)
        self.served.append((now, call))
        usage = Usage(uncached_input=call, cache_read=0, cache_write={}, output=20)
        return Played(200, {}, usage, 0.5, 1.0, 0.5)

    def first_byte(self, call: object, now: float) -> None:
        """Nothing to note."""

    def used(self) -> float:
        """Return the input used within the first ten minutes, as a share of the budget."""
        return sum(tokens for at, tokens in self.served if at < MINUTES * 60) / (INPUT * MINUTES)


def overload(error: float, seed: int = 4) -> Limited:
    """Run three times as much as fits for ten minutes; estimates are off by up to `error`."""
    rng = random.Random(seed)
    provider = Limited()
    rehearsal = Rehearsal(provider)
    rehearsal.store = MemoryStore(limits_of=ACCOUNTS, clock=rehearsal.clock)
    calls = []
    at = 0.0
    while at < MINUTES * 60:
        tokens = rng.randint(500, 2_500)
        at += tokens / (3 * INPUT / 60)
        estimate = round(tokens * (1 + rng.uniform(-error, error)))
        flow = protected_call(Protected(total=estimate, output=20, account="acme", longest=1e9))
        calls.append((at, tokens, flow))
    rehearsal.run(calls)
    return provider


def test_known_tokens_never_meet_a_limit_and_leave_little_unused() -> None:
    """Three times overloaded for ten minutes: 0 refusals, at least 95 % of the budget used."""
    provider = overload(0.0)
    assert provider.refused == 0
    assert provider.used() >= 0.95


@pytest.mark.parametrize("seed", range(3))
def test_estimates_that_are_off_by_a_tenth_still_use_the_budget(seed: int) -> None:
    """At least 85 %; what was estimated too high comes back when usage is known."""
    provider = overload(0.1, seed)
    assert provider.used() >= 0.85
    assert provider.refused == 0


def test_what_is_sent_is_spread_over_the_minute() -> None:
    """No second sees more than twice its share."""
    provider = overload(0.0)
    seconds: dict[int, int] = {}
    for at, tokens in provider.served:
        seconds[int(at)] = seconds.get(int(at), 0) + tokens
    after_the_first = [used for second, used in seconds.items() if 2 < second < MINUTES * 60]
    assert max(after_the_first) <= 2 * INPUT / 60
