"""What `samovar explain` says, as one JSON document that is written as it is found.

`Document` is its schema, `samovar.explanation/1`. Only sums are held: calls leave as they come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003  # msgspec reads the annotations at run time
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from samovar.attribution.explanation import SCHEMA, Explained, Pattern, Summary, Tally
from samovar.attribution.prefix_tree import Prefix  # noqa: TC001  # msgspec reads the annotations at run time

if TYPE_CHECKING:
    from samovar.record.intake import Intake


class Report(Protocol):
    """A form in which an explanation is written."""

    def begin(self) -> str:
        """Return what stands before the calls."""

    def call(self, call: Explained) -> str:
        """Take a call in, and return what is to be written now."""

    def end(self, whole: Whole) -> str:
        """Return what stands behind the calls."""


class Whole(NamedTuple):
    """What is known once all calls have been explained."""

    patterns: Sequence[Pattern]
    prefixes: Sequence[Prefix]
    summary: Summary
    intake: Intake


class Part(msgspec.Struct, frozen=True):
    """So many of so many."""

    part: int
    whole: int

    @property
    def rate(self) -> float | None:
        """The share, None of nothing."""
        return self.part / self.whole if self.whole else None


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens by class; `lost` are those that should have been readable and were not read."""

    read: int
    written: int
    uncached: int
    output: int
    lost: int


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """USD of all priced calls, what of it was avoidable, and what the provider lost.

    `unpriced_calls` were answered and are in no sum, since no price is known for their model.
    """

    cost_usd: float
    avoidable_usd: float
    lost_usd: float
    unpriced_calls: int


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """Sums over the calls that are told of.

    `by_shift` counts calls without usage whose content changed, by what would be the cause.
    `by_session` and `by_prefix` name at most 10,000 each; what is beyond is under "(others)". `hit_rate` is
    of calls that could have hit, `token_hit_rate` of tokens that a cache could have served.
    """

    calls: int
    by_verdict: Mapping[str, int]
    by_cause: Mapping[str, Tally]
    by_shift: Mapping[str, int]
    by_session: Mapping[str, Tally]
    by_prefix: Mapping[str, Tally]
    tokens: Tokens
    cost: Cost
    hit_rate: Part
    token_hit_rate: Part
    since: float | None
    until: float | None


class Skipped(msgspec.Struct, frozen=True):
    """An entry that is no call: its place in its file, counted from 1 (0 for a whole file), and why."""

    place: int
    reason: str


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What came in: calls read, entries skipped (the first 20 named), and notes on odd calls, counted."""

    calls: int
    skipped: int
    reasons: Sequence[Skipped]
    notes: Mapping[str, int]
    providers: Mapping[str, int]
    models: Mapping[str, int]
    without_body: int
    without_time: int


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """An explained log. `calls` are ordered by their start; `prefixes` is a tree of the first
    20,000 calls, dearest stretches first.
    """

    schema: str
    calls: Sequence[Explained]
    patterns: Sequence[Pattern]
    prefixes: Sequence[Prefix]
    summary: Sums
    reading: Reading


def sums(summary: Summary) -> Sums:
    """Return the sums as they are published."""
    total = summary.total
    return Sums(
        calls=total.calls,
        by_verdict=summary.by_verdict,
        by_cause=summary.by_cause,
        by_shift=summary.by_shift,
        by_session=summary.by_session,
        by_prefix=summary.by_prefix,
        tokens=Tokens(
            read=total.read,
            written=total.written,
            uncached=total.uncached,
            output=total.output,
            lost=total.lost,
        ),
        cost=Cost(
            cost_usd=total.cost_usd,
            avoidable_usd=total.avoidable_usd,
            lost_usd=total.lost_usd,
            unpriced_calls=summary.unpriced,
        ),
        hit_rate=Part(summary.hits, summary.rated),
        token_hit_rate=Part(total.read, total.read + total.written + total.uncached),
        since=summary.since,
        until=summary.until,
    )


def reading(intake: Intake) -> Reading:
    """Return what came in as it is published."""
    return Reading(
        calls=intake.calls,
        skipped=intake.skipped,
        reasons=[Skipped(bad.place, bad.reason) for bad in intake.named],
        notes=intake.notes,
        providers=intake.providers,
        models=intake.models,
        without_body=intake.bodiless,
        without_time=intake.untimed,
    )


class JsonReport:
    """Writes the document: a call a line."""

    def __init__(self) -> None:
        """Begin before the first call."""
        self._encode = msgspec.json.Encoder().encode
        self._before = "\n"

    def begin(self) -> str:
        """Return what stands before the calls."""
        return f'{{"schema": "{SCHEMA}", "calls": ['

    def call(self, call: Explained) -> str:
        """Return the call as JSON."""
        before, self._before = self._before, ",\n"
        return before + self._encode(call).decode()

    def end(self, whole: Whole) -> str:
        """Return what stands behind the calls."""
        rest = {
            "patterns": whole.patterns,
            "prefixes": whole.prefixes,
            "summary": sums(whole.summary),
            "reading": reading(whole.intake),
        }
        parts = "".join(f',\n"{name}": {self._encode(value).decode()}' for name, value in rest.items())
        return f"\n]{parts}}}\n"
