"""One call of a benchmark: debit both budgets, say what the cache should do, send, settle, record.

The expectation is taken at the moment of sending and the cache is told at the first response byte, so
that what siblings may read is decided by the same two instants as at the provider.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from samovar.call.stream import EVENT_STREAM
from samovar.errors import SamovarError
from samovar.flow.attempt import OK, Attempt
from samovar.flow.bench_effects import (
    AskTime,
    CorrectBudget,
    KeepAttempt,
    Pause,
    ReceiveBytes,
    SendBytes,
    TakeBudget,
)
from samovar.flow.limits import left_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from samovar.cache.expectation import Expectation
    from samovar.cache.model import CacheModel
    from samovar.call import Dialect
    from samovar.flow.bench_effects import Flow
    from samovar.flow.exchange import Answer, Opening
    from samovar.flow.reserve import Reserve
    from samovar.flow.sightings import Sightings
    from samovar.prefix.prompt import Prompt
    from samovar.providers.usage import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A call that is ready to go: `body` for the wire, and `prompt`, what the cache model sees of it."""

    call: str
    phase: str
    body: bytes
    prompt: Prompt
    ends: Mapping[str, int] = field(default_factory=dict)
    """By scope, the position of its last block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the calls of one run share.

    `likely` returns the tokens that a body most likely has behind its first so many positions. A refusal that
    may pass is tried `tries` times in all, after `backoff` seconds (doubling) or what `retry-after` asks for.
    """

    path: str
    dialect: Dialect
    model: CacheModel
    sightings: Sightings
    reserve: Reserve
    likely: Callable[[bytes, int], int]
    tries: int = 3
    backoff: float = 1.0


def bench_call(planned: Planned, desk: Desk) -> Flow[Attempt]:
    """Make one call, again where the provider says that it may be; return the last attempt.

    Every attempt is recorded. Failures of the network end the call; they are in the attempt. So does a pause
    that is too long to be waited out.
    """
    number = 1
    while True:
        attempt = yield from _once(planned, desk, number)
        yield from KeepAttempt(attempt).ask()
        if number >= desk.tries or not attempt.retryable:
            return attempt
        pause = attempt.retry_after
        yield from Pause(desk.backoff * 2 ** (number - 1) if pause is None else pause).ask()
        number += 1


def _once(planned: Planned, desk: Desk, number: int) -> Flow[Attempt]:
    """Make one attempt."""
    now = yield from AskTime().ask()
    estimate = desk.reserve.of(desk.model.look_up(planned.prompt, now), partial(desk.likely, planned.body))
    ticket = yield from TakeBudget(estimate).ask()
    sent_at = yield from AskTime().ask()
    # Looked up again: the wait for the budgets may have been long.
    found = desk.model.look_up(planned.prompt, sent_at)
    desk.model.refresh(planned.prompt, found, started_at=sent_at)
    expected = desk.sightings.sharpen(planned.prompt, found)
    sight = desk.sightings.look(planned.prompt, planned.ends)
    answer: Answer | None = None
    usage: Usage | None = None
    failure: SamovarError | None = None
    desk.model.begin(planned.prompt, sent_at)
    new = desk.sightings.sent(planned.prompt)
    try:
        opening = yield from SendBytes(desk.path, planned.body).ask()
        _admit(planned, desk, found, opening)
        answer = yield from ReceiveBytes(opening).ask()
        failure = answer.broken
        if answer.status in OK:
            usage = desk.dialect.usage(message(answer, desk.dialect))
            desk.sightings.learn(planned.prompt, usage)
    except SamovarError as error:
        # That an answer broke off is why it cannot be read.
        failure = failure or error
    if answer is None or answer.status not in OK:
        desk.sightings.withdrawn(new)
    expected = desk.model.revised(planned.prompt, expected)
    ended_at = sent_at if answer is None else answer.ended_at
    desk.model.end(planned.prompt, None if usage is None else usage.output, ended_at)
    left = None if answer is None else left_of(answer.headers, answer.status, answer.first_byte_at)
    spent = counted(usage, answer, reads_count=desk.reserve.reads_count)
    if usage is not None and spent is not None:
        desk.reserve.learn(found, spent)
    yield from CorrectBudget(ticket, estimate if spent is None else spent, left).ask()
    return Attempt(
        call=planned.call,
        phase=planned.phase,
        number=number,
        sent_at=sent_at,
        debited=estimate,
        expected=expected,
        sight=sight,
        answer=answer,
        usage=usage,
        failure=failure,
    )


def _admit(planned: Planned, desk: Desk, found: Expectation, opening: Opening) -> None:
    """Tell the model that the provider has begun to answer, unless it refused."""
    if opening.status in OK:
        desk.model.admit(
            planned.prompt, found, started_at=opening.started_at, first_byte_at=opening.first_byte_at
        )
        desk.sightings.answered(planned.prompt)


def message(answer: Answer, dialect: Dialect) -> bytes:
    """Return the final message's JSON, whether it came whole or as a stream. Raise `MalformedBody`."""
    if answer.headers.get("content-type", "").startswith(EVENT_STREAM):
        return dialect.assemble(answer.body)
    return answer.body


def counted(usage: Usage | None, answer: Answer | None, *, reads_count: bool) -> int | None:
    """Return the tokens that the provider counts against the input budget, None where nobody knows.

    A refused call counts none.
    """
    if answer is not None and answer.status not in OK:
        return 0
    if usage is None or usage.total_input is None:
        return None
    return usage.total_input if reads_count else usage.total_input - (usage.cache_read or 0)
