"""How long a new entry takes until it can be read is learnt from verifiers, and from nobody else."""

from __future__ import annotations

from samovar.flow.outcome import Outcome
from samovar.flow.role import Role
from samovar.providers.usage import Usage
from samovar.transport.settle import LONGEST, Settling

HIT = Usage(uncached_input=1, cache_read=9_000, cache_write={})
MISS = Usage(uncached_input=1, cache_read=0, cache_write={"5m": 9_000})


def ended(usage: Usage | None, role: Role = Role.VERIFY) -> Outcome:
    """Return a call that ended."""
    return Outcome(started_at=0.0, ended_at=1.0, headers={}, status=200, usage=usage, roles=(role,))


def test_a_verifier_that_missed_makes_the_next_wait_longer() -> None:
    """Quickly up, to a bound; slowly down, to the policy's least."""
    settling = Settling(0.02)
    settling.learn(ended(MISS), "anthropic")
    once = settling.of("anthropic")
    assert once > 0.2
    for _ in range(10):
        settling.learn(ended(MISS), "anthropic")
    assert settling.of("anthropic") == LONGEST
    settling.learn(ended(HIT), "anthropic")
    assert LONGEST / 2 < settling.of("anthropic") < LONGEST
    for _ in range(200):
        settling.learn(ended(HIT), "anthropic")
    assert settling.of("anthropic") == 0.02


def test_each_provider_has_a_time_of_its_own() -> None:
    """One that is slow keeps nobody waiting at another."""
    settling = Settling(0.02)
    settling.learn(ended(MISS), "openai")
    assert settling.of("openai") > settling.of("anthropic") == 0.02


def test_only_verifiers_that_know_teach() -> None:
    """A leader always misses; a call without usage has shown nothing."""
    settling = Settling(0.02)
    for outcome in (ended(MISS, Role.LEAD), ended(None), ended(Usage(uncached_input=9))):
        settling.learn(outcome, "anthropic")
    assert settling.of("anthropic") == 0.02
