"""Retries of our own: as the policy says, as the provider asks, and never for what waiting does not mend."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from samovar.policy import Policy, ProtectPolicy, RetryPolicy
from samovar.transport import Runtime, async_client, client
from samovar.transport.retry import Again, _pause, attempts_of, may_pass

if TYPE_CHECKING:
    from collections.abc import Callable

BODY: Any = {"model": "claude-opus-5", "max_tokens": 8, "messages": [{"role": "user", "content": "x"}]}
URL = "http://provider/v1/messages"


def quick_runtime(**retry: Any) -> Runtime:  # noqa: ANN401  # members of the policy
    """Return a runtime that retries without long pauses."""
    chosen = RetryPolicy(**{"attempts": 3, "first": 0.01, "jitter": 0.0, **retry})
    return Runtime("protect", policy=Policy(protect=ProtectPolicy(retry=chosen)))


def answering(*answers: httpx2.Response) -> tuple[Callable[[httpx2.Request], httpx2.Response], list[bytes]]:
    """Return a provider that gives these answers in turn, and what it was sent."""
    sent: list[bytes] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        sent.append(request.content)
        return answers[len(sent) - 1]

    return answer, sent


def made(status: int, text: str = "{}", **headers: str) -> httpx2.Response:
    """Return an answer."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.Response(status, text=text, headers=named)


def test_a_refusal_that_may_pass_is_sent_again_byte_for_byte() -> None:
    """Until it is answered."""
    answer, sent = answering(made(529), made(500), made(200, '{"ok":1}'))
    with client(runtime=quick_runtime(), transport=httpx2.MockTransport(answer)) as http:
        assert http.post(URL, json=BODY).json() == {"ok": 1}
    assert len(sent) == 3
    assert len(set(sent)) == 1


async def test_an_event_loop_retries_too() -> None:
    """The same."""
    answer, sent = answering(made(529), made(200, '{"ok":1}'))
    async with async_client(runtime=quick_runtime(), transport=httpx2.MockTransport(answer)) as http:
        assert (await http.post(URL, json=BODY)).json() == {"ok": 1}
    assert len(sent) == 2


def test_the_last_refusal_is_given_to_the_caller_whole() -> None:
    """With its body, after as many attempts as the policy has."""
    answer, sent = answering(*(made(529, f"refusal {i}") for i in range(3)))
    with client(runtime=quick_runtime(), transport=httpx2.MockTransport(answer)) as http:
        last = http.post(URL, json=BODY)
    assert (last.status_code, last.text) == (529, "refusal 2")
    assert len(sent) == 3


def test_the_pause_is_the_one_that_the_provider_asks_for() -> None:
    """Not the policy's."""
    answer, _ = answering(made(429, retry_after="0.3"), made(200))
    with client(runtime=quick_runtime(first=10.0), transport=httpx2.MockTransport(answer)) as http:
        begun = time.monotonic()
        http.post(URL, json=BODY)
        assert 0.3 <= time.monotonic() - begun < 5


@pytest.mark.parametrize(
    "answer",
    [
        made(
            429,
            '{"error":{"type":"rate_limit_error","details":{"error_code":"enforced_spend_limit_reached"}}}',
        ),
        made(429, '{"error":{"code":"insufficient_quota"}}'),
        made(429, retry_after="3600"),
        made(400),
        made(401),
        made(
            200, '{"usage":{"input_tokens":9,"cache_read_input_tokens":0,"cache_creation_input_tokens":9000}}'
        ),
    ],
    ids=["spend cap", "quota", "an hour", "malformed", "unauthorized", "a miss"],
)
def test_what_waiting_does_not_mend_is_not_retried(answer: httpx2.Response) -> None:
    """One call, one answer."""
    reply, sent = answering(answer, made(200))
    with client(runtime=quick_runtime(), transport=httpx2.MockTransport(reply)) as http:
        assert http.post(URL, json=BODY).status_code == answer.status_code
    assert len(sent) == 1


def test_a_refusal_that_links_to_a_billing_page_is_an_ordinary_one() -> None:
    """OpenAI's does; only its codes say what it is about."""
    said = (
        '{"error":{"message":"Rate limit reached for requests. Please try again in 20ms. Increase it by '
        "adding a payment method at https://platform.openai.com/account/billing, and see your spend "
        'there.","type":"requests","code":"rate_limit_exceeded"}}'
    )
    answer, sent = answering(made(429, said), made(200))
    with client(runtime=quick_runtime(), transport=httpx2.MockTransport(answer)) as http:
        assert http.post(URL, json=BODY).status_code == 200
    assert len(sent) == 2


def test_a_connection_that_is_refused_is_tried_again() -> None:
    """As often as the policy says; then the caller has the failure."""
    tries: list[int] = []

    def refuse(_: httpx2.Request) -> httpx2.Response:
        tries.append(1)
        raise httpx2.ConnectError("refused")

    inner = httpx2.MockTransport(refuse)
    with client(runtime=quick_runtime(), transport=inner) as http, pytest.raises(httpx2.ConnectError):
        http.post(URL, json=BODY)
    assert len(tries) == 3


def test_every_pause_is_the_policys_with_its_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a refused connection too, whatever the growth; what may not pass has none."""
    monkeypatch.setattr("random.random", lambda: 0.5)
    pause = _pause(attempts_of(RetryPolicy(attempts=6, growth="fixed", first=0.2, jitter=0.4)), [4])
    assert pause(httpx2.ConnectError("refused")) == pytest.approx(0.4)
    assert pause(Again(made(529))) == pytest.approx(0.4)
    assert pause(Again(made(429, retry_after="3"))) == pytest.approx(3.2)
    assert pause(httpx2.ReadTimeout("silent")) is False


def test_a_provider_may_ask_for_a_minute_and_no_more() -> None:
    """Beyond that the caller decides."""
    assert may_pass(made(429, retry_after="60"), b"")
    assert not may_pass(made(429, retry_after="61"), b"")


@pytest.mark.parametrize(
    ("growth", "waits"),
    [
        ("exponential", [0.5, 1.0, 2.0, 4.0, 5.0]),
        ("linear", [0.5, 1.0, 1.5, 2.0, 2.5]),
        ("fixed", [0.5] * 5),
    ],
)
def test_pauses_grow_as_the_policy_says(growth: Any, waits: list[float]) -> None:  # noqa: ANN401  # one of three words
    """Up to the longest."""
    attempts = attempts_of(RetryPolicy(attempts=6, growth=growth, first=0.5, longest=5.0))
    assert [attempts.seconds_of(number) for number in range(1, 6)] == waits
