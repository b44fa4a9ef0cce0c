"""The SDK's own seam gives the SDK's answer, once there is one."""

from __future__ import annotations

import asyncio
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import anthropic
import httpx2
import pytest

from samovar.errors import MissingExtra, ProviderHung, ProviderUnreachable
from samovar.flow.steps import CallerLeft, NotConnected
from samovar.metrics.catalogue import FAILURES
from samovar.policy import Budget, Policy, RetryPolicy
from samovar.transport import Runtime, middleware
from samovar.transport.middleware import SamovarMiddleware
from samovar.transport.retry import _pause, attempts_of
from tests.transport.boxes import quick_runtime

if TYPE_CHECKING:
    from samovar.transport.seen import Seen


def request(url: str = "https://api.anthropic.com/v1/messages") -> Any:  # noqa: ANN401  # the SDK's own type
    """Return what the SDK gives."""
    body = {"model": "m", "messages": []}
    return SimpleNamespace(url=url, method="post", json=body, options=SimpleNamespace(extra_json=None))


def test_an_answer_that_is_not_understood_is_still_the_sdks() -> None:
    """It has been paid for; the failure is counted. On threads and on event loops."""
    paid = SimpleNamespace(answer="paid for")
    ours = SamovarMiddleware(quick_runtime())

    async def answered(_: object) -> object:
        return paid

    assert ours.handle(request(), lambda _: paid) is paid
    assert asyncio.run(ours.handle_async(request(), answered)) is paid
    assert ours.runtime.meter.number(FAILURES, "transport") >= 2


def test_the_sdks_own_failure_is_the_sdks() -> None:
    """What it raises, it gets."""
    ours = SamovarMiddleware(quick_runtime())

    def refuse(_: object) -> None:
        raise httpx2.ConnectError("refused")

    with pytest.raises(httpx2.ConnectError):
        ours.handle(request(), refuse)


REFUSED = httpx2.ConnectError("refused")


@pytest.mark.parametrize(
    ("fails", "failure", "given_back"),
    [
        (REFUSED, NotConnected, True),
        (httpx2.ReadTimeout("silence"), ProviderHung, False),
        (httpx2.RemoteProtocolError("cut"), ProviderUnreachable, False),
        (ValueError("a hook of the caller's"), CallerLeft, False),
    ],
)
@pytest.mark.parametrize("loops", [False, True], ids=["threads", "loop"])
def test_what_the_network_did_is_told_from_what_the_caller_did(
    fails: Exception,
    failure: type,
    given_back: bool,
    loops: bool,
) -> None:
    """The SDK wraps the network's failures in its own; who was not let in has spent nothing."""
    seen: list[Seen] = []
    policy = Policy(budgets={"*": Budget(requests_per_minute=60)})
    runtime = Runtime("protect", policy=policy, recorder=lambda call, _: seen.append(call))

    def broken(_: httpx2.Request) -> httpx2.Response:
        raise fails

    inner = httpx2.MockTransport(broken)
    given: Any = {"api_key": "k", "middleware": middleware(runtime=runtime), "max_retries": 0}
    asked: Any = {"model": "claude-opus-5", "max_tokens": 4, "messages": [{"role": "user", "content": "x"}]}

    async def on_a_loop() -> None:
        async with httpx2.AsyncClient(transport=inner) as http:
            await anthropic.AsyncAnthropic(http_client=http, **given).messages.create(**asked)

    def on_a_thread() -> None:
        with httpx2.Client(transport=inner) as http:
            anthropic.Anthropic(http_client=http, **given).messages.create(**asked)

    with pytest.raises(anthropic.APIConnectionError):
        asyncio.run(on_a_loop()) if loops else on_a_thread()
    assert runtime.drain()
    assert [type(call.outcome.failure) for call in seen] == [failure]
    (account,) = runtime.planner.accounts.limits
    left = runtime.memory.levels(account)[0]
    assert left is not None
    full = runtime.planner.accounts.limits[account].requests
    assert full is not None
    assert (left > full.capacity - 0.5) == given_back


def test_a_refused_connection_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the policy asks for it, behind the SDK's exception too."""
    monkeypatch.setattr("samovar.transport.retry.random.random", lambda: 0.0)
    pause = _pause(attempts_of(RetryPolicy(attempts=3, growth="fixed", first=0.4)), [1])
    wrapped = anthropic.APIConnectionError(request=httpx2.Request("POST", "http://x"))
    wrapped.__cause__ = REFUSED
    assert pause(wrapped) == pytest.approx(0.4)


def test_a_url_that_cannot_be_read_is_the_sdks_to_judge() -> None:
    """The request goes on as it is."""
    ours = SamovarMiddleware(quick_runtime())
    assert ours.handle(request("http://[::1/v1/messages"), lambda _: "sent") == "sent"
    assert ours.runtime.meter.number(FAILURES, "analysis") == 1


def test_an_sdk_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what installs it; so is one that is too old."""
    monkeypatch.setitem(sys.modules, "anthropic", None)
    with pytest.raises(MissingExtra, match="pip install --upgrade anthropic"):
        middleware("protect")
