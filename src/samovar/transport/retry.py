"""Retries of our own, where the policy asks for them: stamina's loop, the provider's `retry-after` first.

A cache miss is no failure and is never retried; nor is a spend cap, which no waiting lifts.
"""

from __future__ import annotations

import contextlib
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import httpx2
import stamina

from samovar.flow.attempt import RETRIED
from samovar.flow.limits import PATIENCE, retry_after
from samovar.record.refusal import codes_of, spend_capped
from samovar.transport.requests import plain
from samovar.transport.streams import network_failure

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from samovar.policy import RetryPolicy


class Again(Exception):  # no failure: a refusal that may pass
    """An answer after which the same request may be sent again."""

    def __init__(self, response: httpx2.Response) -> None:
        super().__init__(response.status_code)
        self.response = response


@dataclass(frozen=True, slots=True)
class Attempts:
    """A policy as stamina takes it. Any: its options are of several types."""

    count: int
    jitter: float
    options: dict[str, Any]
    seconds_of: Callable[[int], float]


def attempts_of(policy: RetryPolicy) -> Attempts:
    """Return the attempts that a policy allows."""

    def seconds(number: int) -> float:
        match policy.growth:
            case "exponential":
                wait = policy.first * 2.0 ** (number - 1)
            case "linear":
                wait = policy.first * number
            case "fixed":
                wait = policy.first
        return min(policy.longest, wait)

    options = {"attempts": policy.attempts, "timeout": None}
    return Attempts(policy.attempts, policy.jitter, options, seconds)


def may_pass(response: httpx2.Response, said: bytes) -> bool:
    """Whether the same request may succeed later, within the caller's patience.

    `said` is the body, its coding undone.
    """
    if response.status_code not in RETRIED:
        return False
    if spend_capped(response.status_code, codes_of(said)):
        return False
    return (retry_after(plain(response.headers), time.time()) or 0.0) <= PATIENCE


def _kept(response: httpx2.Response, raw: bytes) -> bytes:
    """Give a response its body back, whose stream has been read and closed; return it with its coding undone.

    The response itself stays open, so that whoever has it may read it: an SDK may have it already.
    """
    response.stream = httpx2.ByteStream(raw)
    # Built anew, because reading the caller's own response would consume it.
    try:
        return httpx2.Response(response.status_code, headers=response.headers, content=raw).content
    except httpx2.DecodingError:
        return raw


def _raise_again(response: httpx2.Response, raw: bytes | None) -> None:
    """Raise `Again` for an answer after which another may be better; `raw` is its body as it was read here.

    None where it had been read before it came here: the connection has nothing left to say then.
    """
    if may_pass(response, response.content if raw is None else _kept(response, raw)):
        raise Again(response)


def _pause(attempts: Attempts, numbers: list[int]) -> Callable[[Exception], bool | float]:
    def pause(error: Exception) -> bool | float:
        asked = None
        if isinstance(error, Again):
            asked = retry_after(plain(error.response.headers), time.time())
        elif not isinstance(network_failure(error), httpx2.ConnectError):
            return False
        wait = attempts.seconds_of(numbers[-1]) if asked is None else asked
        return wait + attempts.jitter * random.random()  # noqa: S311  # spreads retries; nothing is secret

    return pause


def retried(attempts: Attempts, send: Callable[[], httpx2.Response]) -> httpx2.Response:
    """Send until an answer is final, or attempts are used up.

    Return the last answer, or raise its failure.
    """
    numbers: list[int] = []
    try:
        for attempt in stamina.retry_context(on=_pause(attempts, numbers), **attempts.options):
            numbers.append(attempt.num)
            with attempt:
                response = send()
                if response.status_code in RETRIED and attempt.num < attempts.count:
                    raw = None
                    if not response.is_closed:
                        stream = cast("httpx2.SyncByteStream", response.stream)
                        with contextlib.closing(stream):
                            raw = b"".join(stream)
                    _raise_again(response, raw)
                return response
    except Again as last:
        return last.response
    raise AssertionError("stamina ended without an attempt")  # pragma: no cover


async def retried_async(
    attempts: Attempts, send: Callable[[], Awaitable[httpx2.Response]]
) -> httpx2.Response:
    """As `retried`, on an event loop."""
    numbers: list[int] = []
    try:
        async for attempt in stamina.retry_context(on=_pause(attempts, numbers), **attempts.options):
            numbers.append(attempt.num)
            with attempt:
                response = await send()
                if response.status_code in RETRIED and attempt.num < attempts.count:
                    raw = None
                    if not response.is_closed:
                        stream = cast("httpx2.AsyncByteStream", response.stream)
                        async with contextlib.aclosing(stream):
                            raw = b"".join([chunk async for chunk in stream])
                    _raise_again(response, raw)
                return response
    except Again as last:
        return last.response
    raise AssertionError("stamina ended without an attempt")  # pragma: no cover
