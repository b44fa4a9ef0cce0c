"""One attempt becomes one row of the artefact: the last place that sees text, and it keeps none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec

from samovar.bench.verdict import ttl_violation, verdict
from samovar.bench.workload import digest
from samovar.flow.bench import message
from samovar.providers.prices import Price, cost, paid
from samovar.providers.usage import Usage
from samovar.record.refusal import codes_of
from samovar.report.bench import Boundary, Expected, Judgement, Range, Request, Tokens

if TYPE_CHECKING:
    from datetime import date

    from samovar.bench.workload import Unit, Workload
    from samovar.cache.expectation import Interval
    from samovar.call import Dialect
    from samovar.flow.attempt import Attempt


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent of a unit: its body, and what it is about."""

    unit: Unit
    call: str
    body: bytes
    prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowMaker:
    """Makes rows.

    `origin` is the time that rows count from. `day` is the date of the prices, None where calls are sent by
    the wall clock and each has a time of its own. `url` is where they go.
    """

    workload: Workload
    dialect: Dialect
    provider: str
    origin: float
    day: date | None
    url: str = ""
    platform: str | None = None
    redacted: bool = True

    def row(self, attempt: Attempt, sent: Sent) -> Request:
        """Return the row of an attempt."""
        usage = attempt.usage or Usage()
        judged = verdict(attempt)
        final = self._final(attempt)
        reply = None if final is None else _reply(final)
        read = usage.cache_read
        expected = attempt.expected
        rates = self._price(usage, attempt, None if reply is None else reply.model)
        unknown = not attempt.answered or (attempt.broken and usage.total_input is None)
        answer = attempt.answer
        return Request(
            id=sent.call,
            attempt=attempt.number,
            phase=attempt.phase,
            prefix=sent.prefix,
            verdict=judged.verdict,
            detail=judged.detail or (self._error(attempt) if judged.verdict == "rejected" else None),
            sent=self._time(attempt.sent_at),
            first_byte=None if answer is None else self._time(answer.first_byte_at),
            ended=None if answer is None else self._time(answer.ended_at),
            status=None if answer is None else answer.status,
            error=self._error(attempt),
            retry_after=attempt.retry_after,
            reported=Tokens(
                read=read,
                written=None if usage.cache_write is None else dict(usage.cache_write),
                uncached=usage.uncached_input,
                output=usage.output,
            ),
            expected=Expected(
                read=_range(expected.read),
                written=_range(expected.write_total),
                uncached=_range(expected.uncached),
                facts=expected.reasons,
            ),
            potential=_range(attempt.sight.potential),
            agrees=None if read is None or not attempt.answered else read in expected.read,
            scopes=self._scopes(attempt, read),
            boundaries=tuple(
                Boundary(name=name_of(mark.digest), tokens=_range(mark.tokens))
                for mark in attempt.sight.marks
            ),
            ttl_violation=ttl_violation(attempt),
            cost_usd=None if rates is None or unknown else cost(usage, rates).total,
            uncached_cost_usd=None if unknown else self._without_cache(usage, rates),
            prompt_sha256=digest(sent.body),
            labels=dict(sent.unit.labels),
            judgement=self._judgement(attempt, final),
            served_model=None if reply is None else reply.model,
            usage=None if reply is None else reply.usage,
            prompt=None if self.redacted else sent.body.decode("utf-8", "replace"),
            answer=None if self.redacted or answer is None else answer.body.decode("utf-8", "replace"),
        )

    def _time(self, at: float) -> float:
        return round(at - self.origin, 6)

    def _final(self, attempt: Attempt) -> bytes | None:
        """Return the answer's JSON; None when there is none that can be read."""
        if attempt.answer is None or not attempt.answered or (attempt.failure and not attempt.broken):
            return None
        return message(attempt.answer, self.dialect)

    def _judgement(self, attempt: Attempt, final: bytes | None) -> Judgement | None:
        """Return the judgement of an answer that came whole."""
        return None if final is None or attempt.broken else self.workload.judge(final)

    @staticmethod
    def _scopes(attempt: Attempt, read: int | None) -> dict[str, bool]:
        """Return by scope whether the read reached its end."""
        if read is None or not attempt.answered:
            return {}
        return {scope: read >= max(1, size.lo) for scope, size in attempt.sight.scopes.items()}

    def _price(self, usage: Usage, attempt: Attempt, served: str | None) -> Price | None:
        """Return the rates of the model that answered, of the one asked where no price of that is known."""
        for model in dict.fromkeys((served or self.workload.model, self.workload.model)):
            found = paid(
                usage,
                self.provider,
                model,
                attempt.sent_at if self.day is None else self.day,
                platform=self.platform,
                endpoint=self.url,
            )
            if found is not None:
                return found
        return None

    @staticmethod
    def _without_cache(usage: Usage, rates: Price | None) -> float | None:
        """Return what the same call costs when every token of input is ordinary input."""
        if rates is None:
            return None
        plain = Usage(uncached_input=usage.total_input, output=usage.output, extra=usage.extra)
        return cost(plain, rates).total

    def _error(self, attempt: Attempt) -> str | None:
        """Return the kind of a failure, and its text only where texts may be shown."""
        if attempt.failure is not None:
            return attempt.failure.what
        if attempt.answered or attempt.answer is None:
            return None
        return error_text(attempt.answer.body, redacted=self.redacted)


def name_of(running: bytes) -> str:
    """Return the name of a prefix by its running digest: the same for the same text, in any run."""
    return blake2b(running, digest_size=8).hexdigest()


class _Error(msgspec.Struct):
    type: str | None = None
    message: str = ""
    code: str | int | None = None


class _Refused(msgspec.Struct):
    error: _Error | None = None


ERROR_SHOWN = 300
"""Characters of a provider's message that are kept: enough to act on."""
KIND = re.compile(r"[\w.:-]{1,64}")
"""What a provider calls a kind of error: a word, never a sentence that may quote the request."""


def error_text(body: bytes, *, redacted: bool) -> str:
    """Return what a provider says about a refusal, in one line; redacted, the kind of error alone.

    Providers quote the request in their messages.
    """
    try:
        said = msgspec.json.decode(body, type=_Refused).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        said = None
    if said is None:
        return "an error body that is not the provider's usual form"
    words = (*codes_of(body), None if said.code is None else str(said.code))
    kinds = ", ".join(word for word in dict.fromkeys(words) if word and KIND.fullmatch(word))
    if redacted:
        return kinds or "error"
    return f"{kinds or said.type or 'error'}: {said.message}"[:ERROR_SHOWN]


class _Reply(msgspec.Struct):
    model: str | None = None
    usage: dict[str, object] | None = None


def _reply(final: bytes) -> _Reply | None:
    """Return who answered, and the provider's usage object as it came."""
    try:
        return msgspec.json.decode(final, type=_Reply)
    except msgspec.DecodeError:
        return None


def _range(interval: Interval) -> Range:
    return Range(lo=interval.lo, hi=interval.hi)
