"""Retries of our own: as the policy says, as the provider asks, and never for what waiting does not mend."""

from __future__ import annotations

import gzip
import time
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from samovar.policy import Policy, ProtectPolicy, RetryPolicy
from samovar.transport import Runtime, async_client, client
from samovar.transport.retry import Again, _pause, attempts_of, may_pass

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

BODY: Any = {"model": "claude-opus-5", "max_tokens": 8, "messages": [{"role": "user", "content": "x"}]}
URL = "http://provider/v1/messages"
SPENT = '{"error":{"code":"insufficient_quota"}}'


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


class Unread(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A body as a connection has it: to be read once, and not after it was closed."""

    def __init__(self, body: bytes) -> None:
        self._left = [body[:5], body[5:]]
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        while self._left:
            assert not self.closed
            yield self._left.pop(0)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self:
            yield chunk

    def close(self) -> None:
        """Let go of the connection."""
        self.closed = True

    async def aclose(self) -> None:
        """Let go of it too."""
        self.closed = True


def made(status: int, text: str = "{}", **headers: str) -> httpx2.Response:
    """Return an answer, unread."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.Response(status, stream=Unread(text.encode()), headers=named)


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


def packed() -> tuple[httpx2.Response, Unread]:
    """Return a refusal that waiting does not mend, compressed, and the connection's side of it."""
    stream = Unread(gzip.compress(SPENT.encode()))
    return httpx2.Response(429, headers={"content-encoding": "gzip"}, stream=stream), stream


@pytest.mark.parametrize("streamed", [False, True])
def test_a_refusal_that_is_not_retried_is_given_to_the_caller_as_it_came(*, streamed: bool) -> None:
    """Its body was read to decide so; it can be read again, byte for byte, and its connection is free."""
    refusal, stream = packed()
    answer, sent = answering(refusal)
    with client(runtime=quick_runtime(), transport=httpx2.MockTransport(answer)) as http:
        got = http.send(http.build_request("POST", URL, json=BODY), stream=streamed)
        text = gzip.decompress(b"".join(got.iter_raw())).decode() if streamed else got.text
    assert (got.status_code, got.headers["content-encoding"], text) == (429, "gzip", SPENT)
    assert (len(sent), stream.closed) == (1, True)


async def test_an_event_loop_gives_such_a_refusal_to_the_caller_too() -> None:
    """The same."""
    refusal, stream = packed()
    answer, sent = answering(refusal)
    async with async_client(runtime=quick_runtime(), transport=httpx2.MockTransport(answer)) as http:
        got = await http.post(URL, json=BODY)
    assert (got.status_code, got.text, len(sent), stream.closed) == (429, SPENT, 1, True)


def test_a_body_that_was_read_before_it_came_here_decides_too() -> None:
    """As an SDK has read its own, whose middleware samovar is."""
    answer, sent = answering(httpx2.Response(429, text=SPENT))
    with client(runtime=quick_runtime(), transport=httpx2.MockTransport(answer)) as http:
        assert http.post(URL, json=BODY).text == SPENT
    assert len(sent) == 1


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
        made(429, SPENT),
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
        got = http.post(URL, json=BODY)
    assert (got.status_code, len(sent)) == (answer.status_code, 1)
    assert got.text.startswith("{")


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
