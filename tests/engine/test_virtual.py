"""The discrete-event loop: order, concurrency, budgets, failures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
import pytest

from samovar.engine.virtual import VirtualDriver
from samovar.errors import ProviderHung, YoursError
from samovar.flow.bench_effects import AskTime, CorrectBudget, Pause, ReceiveBytes, SendBytes, TakeBudget
from samovar.rates import Pacer
from tests.engine.provider import Scripted, virtual

if TYPE_CHECKING:
    from samovar.flow.bench_effects import Flow


def driver(sender: Scripted, **limits: float) -> VirtualDriver:
    """Return a driver that starts at 1,000 and records nothing."""
    return VirtualDriver(sender, Pacer(**limits), start=1_000.0, record=lambda _attempt: None)


def answering(arrivals: list[float], first: float = 1.0, ended: float = 4.0) -> Scripted:
    """Return a provider that notes when requests arrive."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        now = float(request.headers["samovar-now"])
        arrivals.append(now)
        return httpx2.Response(200, headers=virtual(now, first, ended), content=request.content)

    return Scripted(answer)


def call(name: str, tokens: int = 1) -> Flow[tuple[str, float, float]]:
    """Make one call; return its name and when its first byte and its end were seen."""
    ticket = yield from TakeBudget(tokens).ask()
    opening = yield from SendBytes("/x", name.encode()).ask()
    first = yield from AskTime().ask()
    answer = yield from ReceiveBytes(opening).ask()
    ended = yield from AskTime().ask()
    yield from CorrectBudget(ticket, tokens).ask()
    assert answer.body == name.encode()
    return name, first, ended


def test_answers_are_held_until_their_time_has_come() -> None:
    """A flow sees the first byte and the end when the provider says that they came."""
    found = driver(answering([])).run([call("a")], 1)
    assert found == [("a", 1_001.0, 1_004.0)]


def test_no_more_than_the_bound_are_in_flight() -> None:
    """With two places, the third request leaves when the first has ended."""
    arrivals: list[float] = []
    driver(answering(arrivals)).run((call(str(i)) for i in range(5)), 2)
    assert arrivals == [1_000.0, 1_000.0, 1_004.0, 1_004.0, 1_008.0]


def test_no_more_calls_are_on_their_way_than_there_are_connections() -> None:
    """However many flows there are: one that waits for its own time takes no connection from others."""
    arrivals: list[float] = []
    limited = VirtualDriver(
        answering(arrivals),
        Pacer(),
        start=1_000.0,
        record=lambda _attempt: None,
        connections=2,
    )

    def at(start: float) -> Flow[tuple[str, float, float]]:
        yield from Pause(start).ask()
        return (yield from call(f"{start}"))

    limited.run((at(start) for start in (0.0, 1.0, 2.0, 3.0, 100.0)), 5)
    assert arrivals == [1_000.0, 1_001.0, 1_004.0, 1_005.0, 1_100.0]


def test_requests_leave_in_order_and_equal_runs_are_equal() -> None:
    """Virtual time never goes back, and nothing depends on the machine."""

    def once() -> tuple[list[float], list[tuple[str, float, float]]]:
        arrivals: list[float] = []

        def staggered(i: int) -> Flow[tuple[str, float, float]]:
            yield from Pause((i * 37) % 11 / 10).ask()
            return (yield from call(str(i)))

        return arrivals, driver(answering(arrivals)).run((staggered(i) for i in range(50)), 7)

    arrivals, results = once()
    assert arrivals == sorted(arrivals)
    assert (arrivals, results) == once()


def test_budgets_are_handed_out_in_line_and_spent() -> None:
    """While requests wait, no minute exceeds the limit and at least nine tenths of it are used."""
    arrivals: list[float] = []
    driver(answering(arrivals), requests_per_minute=50).run((call(str(i)) for i in range(400)), 16)
    busiest = max(sum(1 for b in arrivals if a <= b < a + 60) for a in arrivals)
    assert busiest <= 50
    assert len(arrivals) / ((arrivals[-1] - arrivals[0]) / 60) >= 45


def test_a_request_larger_than_any_minute_is_refused_not_awaited() -> None:
    """The failure is thrown into the flow that asked."""
    with pytest.raises(YoursError, match="more than a whole minute"):
        driver(answering([]), input_tokens_per_minute=10).run([call("a", tokens=11)], 1)


def test_a_failure_reaches_the_flow_that_asked_and_no_other() -> None:
    """The flow may catch it, and goes on in the same virtual moment."""

    def broken(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ReadTimeout("silence", request=request)

    def caught() -> Flow[str]:
        try:
            yield from SendBytes("/x", b"").ask()
        except ProviderHung as error:
            return error.what
        return "answered"

    found = driver(Scripted(broken)).run([caught()], 1)
    assert found == ["http://provider.test sent nothing for the whole time limit of 5 s."]


def test_a_silence_in_virtual_time_is_as_long_as_any() -> None:
    """Nobody waits for the first byte beyond the bound, on the clock of the run."""

    def patient() -> Flow[tuple[str, float]]:
        said = ""
        try:
            yield from SendBytes("/x", b"").ask()
        except ProviderHung as error:
            said = error.what
        return said, (yield from AskTime().ask())

    sender = answering([], 30.0, 30.0)
    run = VirtualDriver(sender, Pacer(), start=1_000.0, record=lambda _attempt: None, silence_seconds=5.0)
    [(said, given_up)] = run.run([patient()], 1)
    assert "whole time limit of 5 s" in said
    assert given_up == 1_005.0


def test_a_provider_without_virtual_time_is_told_apart() -> None:
    """An ordinary answer has no virtual times; the message names the way out."""
    sender = Scripted(lambda _request: httpx2.Response(200, content=b"{}"))
    with pytest.raises(YoursError, match="--real-time"):
        driver(sender).run([call("a")], 1)


def test_waiting_costs_the_same_for_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line before the budgets is looked at a few times for each call, however long the run has gone on."""
    looks = 0
    plain = Pacer.earliest

    def counted(self: Pacer, now: float, tokens: float) -> float:
        nonlocal looks
        looks += 1
        return plain(self, now, tokens)

    def reserving(i: int) -> Flow[None]:
        ticket = yield from TakeBudget(900 + i % 7).ask()
        opening = yield from SendBytes("/x", b"").ask()
        yield from ReceiveBytes(opening).ask()
        yield from CorrectBudget(ticket, 100 + i % 50).ask()

    monkeypatch.setattr(Pacer, "earliest", counted)
    paced = driver(answering([]), requests_per_minute=50, input_tokens_per_minute=6_000)
    paced.run((reserving(i) for i in range(600)), 8)
    assert looks < 10 * 600
