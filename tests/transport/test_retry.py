"""Retries of our own: as the policy says, as the provider asks, and never for what waiting does not mend."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from samovar.policy import Policy, ProtectPolicy, RetryPolicy
from samovar.transport import Office, async_client, client
from samovar.transport.retry import attempts_of

if TYPE_CHECKING:
    from collections.abc import Callable

BODY: Any = {"model": "claude-opus-5", "max_tokens": 8, "messages": [{"role": "user", "content": "x"}]}
URL = "http://provider/v1/messages"


def office(**retry: Any) -> Office:  # noqa: ANN401  # members of the policy
    """Return an office that retries without long pauses."""
    chosen = RetryPolicy(**{"attempts": 3, "first": 0.01, "jitter": 0.0, **retry})
    return Office("protect", policy=Policy(protect=ProtectPolicy(retry=chosen)))


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
    with client(office=office(), transport=httpx2.MockTransport(answer)) as http:
        assert http.post(URL, json=BODY).json() == {"ok": 1}
    assert len(sent) == 3
    assert len(set(sent)) == 1


async def test_an_event_loop_retries_too() -> None:
    """The same."""
    answer, sent = answering(made(529), made(200, '{"ok":1}'))
    async with async_client(office=office(), transport=httpx2.MockTransport(answer)) as http:
        assert (await http.post(URL, json=BODY)).json() == {"ok": 1}
    assert len(sent) == 2


def test_the_last_refusal_is_given_to_the_caller_whole() -> None:
    """With its body, after as many attempts as the policy has."""
    answer, sent = answering(*(made(529, f"refusal {i}") for i in range(3)))
    with client(office=office(), transport=httpx2.MockTransport(answer)) as http:
        last = http.post(URL, json=BODY)
    assert (last.status_code, last.text) == (529, "refusal 2")
    assert len(sent) == 3


def test_the_pause_is_the_one_that_the_provider_asks_for() -> None:
    """Not the policy's."""
    answer, _ = answering(made(429, retry_after="0.3"), made(200))
    with client(office=office(first=5.0), transport=httpx2.MockTransport(answer)) as http:
        begun = time.monotonic()
        http.post(URL, json=BODY)
        assert 0.3 <= time.monotonic() - begun < 2


@pytest.mark.parametrize(
    "answer",
    [
        made(429, '{"error":{"message":"You have reached your specified monthly spend limit."}}'),
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
    with client(office=office(), transport=httpx2.MockTransport(reply)) as http:
        assert http.post(URL, json=BODY).status_code == answer.status_code
    assert len(sent) == 1


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
