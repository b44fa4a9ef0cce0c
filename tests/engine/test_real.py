"""The real-time driver runs the same flows with the same effects."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING

import httpx2
import pytest

from samovar.engine.real import RealDriver
from samovar.engine.virtual import VirtualDriver
from samovar.errors import ProviderUnreachable, YoursError
from samovar.flow.bench_effects import AskTime, CorrectBudget, ReceiveBytes, SendBytes, TakeBudget
from samovar.rates import Pacer
from tests.engine.provider import Scripted, virtual

if TYPE_CHECKING:
    from samovar.flow.bench_effects import Flow


def echo(request: httpx2.Request) -> httpx2.Response:
    """Answer at once, with virtual times for whoever wants them."""
    now = float(request.headers.get("samovar-now", "0"))
    return httpx2.Response(200, headers=virtual(now, 0, 0), content=request.content)


def call(name: str, trace: list[str], tokens: int = 1) -> Flow[str]:
    """Make one call and write down each step."""
    trace.append(f"{name} debit")
    ticket = yield from TakeBudget(tokens).ask()
    trace.append(f"{name} send")
    opening = yield from SendBytes("/x", name.encode()).ask()
    trace.append(f"{name} receive")
    answer = yield from ReceiveBytes(opening).ask()
    yield from CorrectBudget(ticket, tokens).ask()
    return answer.body.decode()


def test_both_drivers_give_the_same_trace() -> None:
    """Drivers differ in how they wait, in nothing else."""
    traces: list[list[str]] = [[], []]
    real = RealDriver(Scripted(echo), Pacer(), record=lambda _attempt: None)
    other = VirtualDriver(Scripted(echo), Pacer(), start=0.0, record=lambda _attempt: None)
    assert real.run((call(str(i), traces[0]) for i in range(5)), 1) == ["0", "1", "2", "3", "4"]
    other.run((call(str(i), traces[1]) for i in range(5)), 1)
    assert traces[0] == traces[1]


def test_flows_never_run_at_once() -> None:
    """What they share, a cache model first of all, knows no locks: one runs while others wait or talk."""
    before, inside = sys.getswitchinterval(), threading.Lock()

    def flow() -> Flow[None]:
        for _ in range(20):
            assert inside.acquire(blocking=False), "another flow is running"
            for _ in range(1_000):
                pass  # long enough to be interrupted
            inside.release()
            yield from AskTime().ask()

    driver = RealDriver(Scripted(echo), Pacer(), record=lambda _attempt: None)
    sys.setswitchinterval(1e-6)
    try:
        driver.run((flow() for _ in range(8)), 8)
    finally:
        sys.setswitchinterval(before)


def test_calls_run_at_the_same_time_up_to_the_bound() -> None:
    """Three places: three requests are at the provider together, never four."""
    barrier = threading.Barrier(3, timeout=10)
    inside: list[int] = []

    def meet(request: httpx2.Request) -> httpx2.Response:
        inside.append(1)
        barrier.wait()
        return httpx2.Response(200, content=request.content)

    real = RealDriver(Scripted(meet), Pacer(), record=lambda _attempt: None)
    assert len(real.run((call(str(i), []) for i in range(6)), 3)) == 6
    assert len(inside) == 6


def test_a_failure_of_one_flow_ends_the_run() -> None:
    """What no flow catches comes out, and the flows that were not begun stay unbegun."""
    begun: list[str] = []

    def broken(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused", request=request)

    real = RealDriver(Scripted(broken), Pacer(), record=lambda _attempt: None)
    with pytest.raises(ProviderUnreachable, match="could not be reached"):
        real.run((call(str(i), begun) for i in range(100)), 2)
    assert len(begun) < 20


def test_a_request_larger_than_any_minute_is_refused() -> None:
    """As in virtual time."""
    real = RealDriver(Scripted(echo), Pacer(input_tokens_per_minute=10), record=lambda _attempt: None)
    with pytest.raises(YoursError, match="more than a whole minute"):
        real.run([call("a", [], tokens=11)], 1)


def test_the_clock_runs_with_the_wall() -> None:
    """Times are epoch seconds."""
    real = RealDriver(Scripted(echo), Pacer(), record=lambda _attempt: None)
    assert abs(real.now - time.time()) < 1
