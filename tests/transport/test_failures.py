"""Failures that no caller sees: counted, and said in a line that has places and no values."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import httpx2

from samovar.metrics import Meter
from samovar.metrics.catalogue import FAILURES
from samovar.policy import Policy, ProtectPolicy
from samovar.transport import Runtime, client
from samovar.transport.failures import PLACES, QUIET_SECONDS, Failures
from tests.transport.boxes import CLAUDE

if TYPE_CHECKING:
    import pytest

CANARY = "canary-4720"
NOWHERE = "redis://127.0.0.1:9/0"


def raised(kind: type[Exception], cause: Exception | None = None) -> Exception:
    """Return an exception that has been raised, with a value in its words."""
    try:
        raise kind(CANARY) from cause  # noqa: TRY301  # only what was raised has a place
    except kind as error:
        return error


def test_a_place_is_spoken_of_once_in_a_while(caplog: pytest.LogCaptureFixture) -> None:
    """However often it fails; the next line says how often that was."""
    meter, now = Meter(), [100.0]
    failed = Failures(meter, lambda: now[0])
    error = raised(ValueError, raised(KeyError))
    for _ in range(5):
        failed("analysis", error)
    failed("ledger", error)
    assert meter.numbers(FAILURES) == {("analysis",): 5.0, ("ledger",): 1.0}
    now[0] += QUIET_SECONDS
    failed("analysis", error)
    first, other, again = caplog.messages
    assert f"builtins.ValueError at {__name__}:" in first
    assert f"in raised, from builtins.KeyError at {__name__}:" in first
    assert ("samovar's analysis" in first, "samovar's ledger" in other) == (True, True)
    assert again == f"{first} (4 more since this was last said)"
    assert CANARY not in caplog.text


def test_the_places_that_are_remembered_are_bounded(caplog: pytest.LogCaptureFixture) -> None:
    """After as many others, one is spoken of again."""
    failed = Failures(Meter(), lambda: 100.0)
    kinds = [type(f"Kind{number}", (Exception,), {}) for number in range(PLACES)]
    for kind in (*kinds, kinds[0]):
        failed("transport", kind())
    assert len(caplog.messages) == PLACES
    failed("transport", Exception())
    failed("transport", kinds[0]())
    assert len(caplog.messages) == PLACES + 2


def test_a_log_that_fails_costs_nothing() -> None:
    """A program's own handler may raise."""

    class Broken(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise OSError(record.name)

    ours, handler, meter = logging.getLogger("samovar"), Broken(), Meter()
    ours.addHandler(handler)
    Failures(meter)("ledger", ValueError())
    ours.removeHandler(handler)
    assert meter.number(FAILURES) == 1


def test_what_failed_is_said_and_what_it_was_about_is_not(caplog: pytest.LogCaptureFixture) -> None:
    """A Redis that is away with what its client raised, and a recorder with a defect."""

    def recorder(*_: Any) -> None:  # noqa: ANN401  # not looked at
        raise LookupError(CANARY)

    runtime = Runtime(
        "protect", redis=NOWHERE, policy=Policy(protect=ProtectPolicy(min_tokens=0)), recorder=recorder
    )
    inner = httpx2.MockTransport(lambda _: httpx2.Response(200, json={}))
    with client(runtime=runtime, transport=inner) as http:
        for _ in range(3):
            http.post(
                "https://api.anthropic.com/v1/messages",
                json={
                    "model": CLAUDE,
                    "system": [
                        {"type": "text", "text": CANARY * 2_000, "cache_control": {"type": "ephemeral"}}
                    ],
                    "messages": [{"role": "user", "content": CANARY}],
                },
            )
    assert runtime.drain()
    runtime.close()
    ledger = [said for said in caplog.messages if "samovar's ledger" in said]
    coordination = [said for said in caplog.messages if "samovar's coordination" in said]
    assert len(ledger) == 1
    assert "builtins.LookupError at samovar.transport.analysis:" in ledger[0]
    assert coordination
    assert all(
        "StoreFailed at" in said and "redis.exceptions.ConnectionError at" in said for said in coordination
    )
    assert CANARY not in caplog.text
