"""Causes of live calls: what lost something is explained, what did not costs next to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from samovar.call import dialect_for
from samovar.emulator.host import running
from samovar.flow.outcome import Outcome
from samovar.metrics.catalogue import AVOIDABLE, CALLS, FAILURES
from samovar.policy import Policy
from samovar.providers.usage import Usage
from samovar.transport import causes as module
from samovar.transport import client
from samovar.transport.causes import BURST, SHARE, Causes, lost
from samovar.transport.evidence import CALLS as EVIDENCE
from samovar.transport.keeping import observation
from samovar.transport.plan import Planner, Sent
from samovar.transport.seen import Seen
from tests.bodies import capture_body, words
from tests.transport.boxes import CLAUDE, SYSTEM, box, quick_runtime

if TYPE_CHECKING:
    from samovar.attribution import Explained
    from samovar.transport import Runtime

HEADERS = {"x-api-key": "k", "anthropic-version": "2023-06-01"}
MARK: dict[str, Any] = {"cache_control": {"type": "ephemeral"}}
HIT = Usage(uncached_input=4, cache_read=19_000, cache_write={"5m": 0}, output=3)
MISS = Usage(uncached_input=4, cache_read=0, cache_write={"5m": 19_000}, output=3)


def causes_of(runtime: Runtime) -> dict[str, float]:
    """Return how many calls had each cause."""
    assert runtime.drain()
    found: dict[str, float] = {}
    for labels, count in runtime.meter.numbers(CALLS).items():
        found[labels[1]] = found.get(labels[1], 0.0) + count
    return found


def ask(runtime: Runtime, base_url: str, *systems: list[dict[str, Any]]) -> None:
    """Make one call for each system prompt, one after the other."""
    with client(runtime=runtime) as http:
        for system in systems:
            messages = [{"role": "user", "content": "And now?"}]
            body = {"model": CLAUDE, "max_tokens": 8, "system": system, "messages": messages}
            assert http.post(f"{base_url}/v1/messages", json=body, headers=HEADERS).status_code == 200


@pytest.mark.parametrize("mode", ["observe", "protect"])
def test_a_prompt_that_no_marker_covers_is_named_and_priced(mode: str) -> None:
    """The first call is a first sight; what the others lost was avoidable. Healthy calls have no cause."""
    bare = [{"type": "text", "text": words("bare", 9_000)}]
    with running(box()) as provider:
        runtime = quick_runtime(mode)
        ask(runtime, provider.base_url, SYSTEM, SYSTEM, SYSTEM, bare, bare, bare)
        found = causes_of(runtime)
        assert found.pop("marker-missing") >= 2
        assert found.pop("") == 2
        assert found.keys() <= {"cold-start"}
        assert runtime.meter.number(AVOIDABLE) > 0


def test_what_the_provider_did_not_serve_is_lost_and_not_avoidable() -> None:
    """The same prompt, read a minute ago, within its lifetime: nobody but the provider could help it."""
    bench = Bench()
    bench.see(MISS, 0.0)
    bench.see(HIT, 60.0)
    evicted = bench.see(MISS, 120.0)
    assert evicted is not None
    assert evicted.cause == "provider-side"
    assert evicted.avoidable_usd == 0.0
    assert evicted.lost_usd > 0.0


def test_ever_new_prompts_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is held is bounded by its size; a first sight is none for certain once something was forgotten."""
    monkeypatch.setattr(module, "HELD", 100_000)
    bench = Bench()
    assert bench.see(MISS, 0.0) is not None
    held = []
    for number in range(1, 40):
        bench.now += 0.2 / SHARE
        bench.see(MISS, float(number))
        held.append(bench.causes._held)  # noqa: SLF001  # what the bound is about
    assert max(held) < 400_000
    assert bench.causes.skipped


def test_attribution_that_raises_costs_the_cause_and_not_the_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """The call is counted, the failure too, and the caller has long had its answer."""

    def boom(*_: object) -> Explained | None:
        raise RuntimeError("a defect")

    with running(box()) as provider:
        runtime = quick_runtime("observe")
        monkeypatch.setattr(Causes, "see", boom)
        ask(runtime, provider.base_url, SYSTEM, SYSTEM)
        assert causes_of(runtime) == {"": 2}
        assert runtime.meter.number(FAILURES, "attribution") == 2


def outcome(usage: Usage | None, status: int | None = 200, at: float = 0.0) -> Outcome:
    """Return what became of a call."""
    return Outcome(
        started_at=1e9 + at,
        first_byte_at=1e9 + at + 1,
        ended_at=1e9 + at + 2,
        status=status,
        headers={},
        usage=usage,
    )


@pytest.mark.parametrize(
    ("usage", "status", "is_lost"),
    [
        (HIT, 200, False),
        (MISS, 200, True),
        (None, 200, False),
        (None, None, False),
        (None, 429, True),
        (Usage(uncached_input=9_000), 200, False),
        (Usage(uncached_input=900, cache_read=0, cache_write={"5m": 0}), 200, False),
        (Usage(uncached_input=10, cache_read=100_000, cache_write={"5m": 2_000}), 200, False),
        (Usage(uncached_input=10, cache_read=10_000, cache_write={"5m": 2_000}), 200, True),
    ],
)
def test_what_is_looked_into(usage: Usage | None, status: int | None, is_lost: bool) -> None:
    """Refusals, and prompts of which more than a tenth and 1,024 tokens was not read."""
    assert lost(outcome(usage, status)) is is_lost


class Bench:
    """Calls of one recorded body, fed to the attribution with times that the test states."""

    def __init__(self) -> None:
        self.now = self.cpu = 0.0
        planner = Planner(Policy().protect, {})
        self.sent = Sent(
            dialect_for("/v1/messages"), "api.anthropic.com", "k", capture_body("claude-code/002")
        )
        self.plan = planner.read(self.sent)
        self.causes = Causes(planner.memo, spent=self.spend, clock=lambda: self.now)
        self.count = 0

    def spend(self) -> float:
        """Every look at the CPU's clock finds a tenth of a second more."""
        self.cpu += 0.1
        return self.cpu

    def see(self, usage: Usage, at: float) -> Explained | None:
        """Let a call end."""
        self.count += 1
        ended = outcome(usage, at=at)
        return self.causes.see(observation(Seen(self.sent, ended, self.plan), self.plan, self.count), ended)


def test_calls_that_read_all_are_evidence_and_wait() -> None:
    """The last touch before a gap decides whether it was too long; nothing is looked at before that."""
    bench = Bench()
    first = bench.see(MISS, 0.0)
    assert first is not None
    assert first.cause == "cold-start"
    assert all(bench.see(HIT, 200.0 * i) is None for i in range(1, 10))
    late = bench.see(MISS, 1_800.0 + 400.0)
    assert late is not None
    assert late.cause == "ttl-expired"
    assert "7 min since the last request" in (late.detail or "")


def test_attribution_takes_no_more_than_its_share() -> None:
    """A burst, then a hundredth of one core: what exceeds it has no cause, and is evidence later."""
    bench = Bench()
    told = sum(bench.see(MISS, i) is not None for i in range(40))
    assert told == pytest.approx(BURST / 0.1, abs=1)
    bench.now += 0.2 / SHARE
    assert bench.see(MISS, 50.0) is not None


def test_a_first_sight_after_evidence_was_left_out_is_unknown() -> None:
    """More calls than are kept: what they showed is lost, and nothing certain is said of a first sight."""
    bench = Bench()
    for i in range(EVIDENCE + 5):
        bench.see(HIT, i)
    assert bench.causes.skipped == 5
    fresh = Bench()
    first = fresh.see(MISS, 0.0)
    assert first is not None
    assert fresh.causes.cause(first) == "cold-start"
    assert bench.causes.cause(first) == "unknown"
