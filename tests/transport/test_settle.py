"""How long a new entry takes until it can be read is learnt from what was read in the end."""

from __future__ import annotations

from samovar.flow.outcome import Outcome
from samovar.transport.settle import LONGEST, Settling


def read(missed: int | None, settle: float = 0.02) -> Outcome:
    """Return a call that read a prefix which so many verifiers had missed."""
    return Outcome(started_at=0.0, ended_at=1.0, headers={}, status=200, missed=missed, settle=settle)


def test_an_entry_that_was_read_after_misses_makes_the_next_wait_longer() -> None:
    """Quickly up, to a bound; slowly down, to the policy's least."""
    settling = Settling(0.02)
    settling.learn(read(1), "anthropic")
    once = settling.of("anthropic")
    assert once > 0.2
    for _ in range(10):
        settling.learn(read(2, settling.of("anthropic")), "anthropic")
    assert settling.of("anthropic") == LONGEST
    settling.learn(read(0), "anthropic")
    assert LONGEST / 2 < settling.of("anthropic") < LONGEST
    for _ in range(200):
        settling.learn(read(0), "anthropic")
    assert settling.of("anthropic") == 0.02


def test_a_crowd_that_reads_after_the_same_misses_teaches_once() -> None:
    """All of them were given the same time."""
    settling = Settling(0.02)
    settling.learn(read(2), "anthropic")
    once = settling.of("anthropic")
    for _ in range(100):
        settling.learn(read(2), "anthropic")
    assert settling.of("anthropic") == once < 1.0


def test_each_provider_has_a_time_of_its_own() -> None:
    """One that is slow keeps nobody waiting at another."""
    settling = Settling(0.02)
    settling.learn(read(1), "openai")
    assert settling.of("openai") > settling.of("anthropic") == 0.02


def test_an_entry_that_nobody_reads_teaches_nothing() -> None:
    """A verifier that missed may have missed what is never kept."""
    settling = Settling(0.02)
    settling.learn(read(None), "anthropic")
    assert settling.of("anthropic") == 0.02
