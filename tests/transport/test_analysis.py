"""What is made of calls after their end: gauges that follow the time, not the number of calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
import pytest

from samovar.metrics.catalogue import BUDGET_LEVEL, KEY_RATE
from samovar.policy import Budget, Policy
from samovar.transport import Runtime, async_client, client
from samovar.transport.analysis import Peak

if TYPE_CHECKING:
    from samovar.flow.protect import Protected
    from samovar.transport.plan import Plan

URL = "http://provider/v1"


def test_a_peak_lasts_a_minute_or_two_however_many_calls_come() -> None:
    """And is gone after that."""
    peak = Peak()
    assert peak.after(30.0, 600.0) == 30.0
    assert all(peak.after(1.0, 600.0 + i / 100) == 30.0 for i in range(5_000))
    assert peak.after(2.0, 719.0) == 30.0
    assert peak.after(2.0, 721.0) == 2.0
    assert peak.after(1.0, 10_000.0) == 1.0


def test_the_lowest_budget_and_the_highest_key_rate_are_told() -> None:
    """Where the budgets are the process's own; a call whose tokens are out of proportion lowers them."""
    runtime = Runtime("protect", policy=Policy(budgets={"*": Budget(requests_per_minute=120)}))
    inner = httpx2.MockTransport(lambda _: httpx2.Response(200, json={"usage": {"prompt_tokens": 9}}))
    with client(runtime=runtime, transport=inner) as http:
        for _ in range(4):
            body = {"model": "gpt-5.6", "messages": [], "prompt_cache_key": "session"}
            assert http.post(f"{URL}/chat/completions", json=body).status_code == 200
        assert runtime.drain()
    assert 0.0 < runtime.meter.number(BUDGET_LEVEL, "requests") < 1.0
    assert runtime.meter.number(KEY_RATE) == pytest.approx(4.0, abs=1.0)


def test_the_deployments_key_is_asked_for_again_after_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Redis that was away when the first call came is found when it is back."""
    runtime = Runtime("observe")
    asked: list[None] = []
    monkeypatch.setattr(runtime.deployment_key, "learn", lambda: asked.append(None))
    inner = httpx2.MockTransport(lambda _: httpx2.Response(200, json={}))
    with client(runtime=runtime, transport=inner) as http:
        for _ in range(3):
            http.post(f"{URL}/messages", json={"model": "m", "messages": []})
        assert runtime.drain()
    assert len(asked) == 3


async def test_what_was_learnt_of_a_providers_entries_is_used_for_the_next_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On threads and on event loops."""
    runtime = Runtime("protect")
    given: list[float] = []
    plan = runtime.planner.protect

    def planned(known: Plan, key: bytes, settle: float, patience: float | None = None) -> Protected:
        given.append(settle)
        return plan(known, key, settle, patience)

    monkeypatch.setattr(runtime.planner, "protect", planned)
    monkeypatch.setattr(runtime.settling, "of", {"anthropic": 1.5}.__getitem__)
    inner = httpx2.MockTransport(lambda _: httpx2.Response(200, json={}))
    body = {"model": "m", "messages": []}
    with client(runtime=runtime, transport=inner) as http:
        http.post(f"{URL}/messages", json=body)
    async with async_client(runtime=runtime, transport=inner) as loop:
        await loop.post(f"{URL}/messages", json=body)
    assert given == [1.5, 1.5]
