"""What comes out: a line per call, patterns over the log, sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003  # msgspec reads the annotations at run time
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from samovar.cache import Interval  # noqa: TC001  # as above

SCHEMA = "samovar.explanation/1"
SHOWN = 20
"""Calls that a pattern names."""

PatternName = Literal[
    "accounting",
    "cache-key-per-request",
    "change-point",
    "clock-in-prefix",
    "cold-turns",
    "falling-hit-rate",
    "live-state-in-prefix",
    "per-user-before-shared",
    "random-id-in-prefix",
    "salt-misuse",
    "served-model-changed",
    "stale-tool-result",
    "stampede",
    "tenant-data-in-shared-prefix",
    "tokenizer-changed",
    "unsorted-tools",
    "written-never-read",
]
"""Every pattern; docs/explain.md has a line on each. What the linter finds too has its rule's name."""


class Shift(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A change of content that nothing is said to have been lost to; members as in `Explained`.

    `tokens` of the call called `partner` stood behind it.
    """

    cause: str
    level: str
    path: str
    offset: int | None
    detail: str
    partner: str
    tokens: int
    values: tuple[str, str] | None = None


class Explained(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One call: what became of its prefix, and why.

    `verdict` is hit, partial, miss, bypass, rejected or unreported; `cause` a name of the catalogue, None for
    a healthy call; `also` further causes that would have cost something by themselves. `path` points into
    this call's body, `offset` counts characters in the text there. `expected` are the tokens that the model
    of the provider's cache expects to be read as sent (None where it has no opinion), `reported` those that
    were, `potential` those that an earlier call had in common, `should` those that ought to have been
    readable. `partner` is the id of the call compared with. `values` are what stood at the place before and
    now, masked unless asked for. Money is USD, None where no price is known; `lost_usd` is a loss that no
    client could avoid.
    """

    id: str
    lineage: str
    verdict: str
    cause: str | None = None
    also: tuple[str, ...] = ()
    level: str | None = None
    path: str | None = None
    offset: int | None = None
    detail: str | None = None
    confidence: str = "certain"
    expected: Interval | None = None
    reported: int | None = None
    potential: int = 0
    should: int = 0
    ruled_out: tuple[str, ...] = ()
    witnesses: tuple[str, ...] = ()
    partner: str | None = None
    values: tuple[str, str] | None = None
    session: str | None = None
    tokens: Mapping[str, int] = {}
    cost_usd: float | None = None
    avoidable_usd: float = 0.0
    lost_usd: float = 0.0
    turn: int = 0
    """Which call of its lineage it is, counted from 0."""
    prefix: str = ""
    """Name of the first blocks that it shares with others, in hexadecimal."""
    started_at: float | None = None
    warm_until: float | None = None
    """Until when what it wrote or read must be readable if nobody uses it again; None if unknown."""
    aside: bool = False
    """Whether it keeps a prefix warm or is a side call: those are in no rate of traffic."""
    shift: Shift | None = None
    """What changed against the call before though the call hit, or without usage that tells what it cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Something that shows over several calls only.

    `name` says what, `calls` where it was seen (at most `SHOWN` ids), `count` how often, `detail` the
    evidence in words, `path` the place in the bodies where there is one, `label` the label that explains it
    best.
    """

    name: PatternName
    calls: tuple[str, ...]
    count: int
    detail: str
    level: str | None = None
    path: str | None = None
    label: str | None = None
    usd: float = 0.0
    tokens: int = 0


@dataclass(slots=True)
class Tally:
    """Sums over calls: how many, tokens by class, USD."""

    calls: int = 0
    read: int = 0
    written: int = 0
    uncached: int = 0
    output: int = 0
    lost: int = 0
    cost_usd: float = 0.0
    avoidable_usd: float = 0.0
    lost_usd: float = 0.0

    def add(self, call: Explained) -> None:
        """Take a call in."""
        add_to((self,), call)


def add_to(tallies: Sequence[Tally], call: Explained) -> None:
    """Take a call into several sums."""
    get = call.tokens.get
    read, written, uncached, output = get("read", 0), get("written", 0), get("uncached", 0), get("output", 0)
    cost = call.cost_usd or 0.0
    for tally in tallies:
        tally.calls += 1
        tally.read += read
        tally.written += written
        tally.uncached += uncached
        tally.output += output
        tally.cost_usd += cost
    if call.cause is not None:
        lost = max(0, call.should - (call.reported or 0))
        for tally in tallies:
            tally.lost += lost
            tally.avoidable_usd += call.avoidable_usd
            tally.lost_usd += call.lost_usd


@dataclass(slots=True)
class Summary:
    """Sums over a log. Bounded: only the `MOST` largest sessions and prefixes are named."""

    by_cause: dict[str, Tally] = field(default_factory=dict)
    by_verdict: dict[str, int] = field(default_factory=dict)
    by_shift: dict[str, int] = field(default_factory=dict)
    """Calls without usage whose content changed, by what would be the cause."""
    by_session: dict[str, Tally] = field(default_factory=dict)
    by_prefix: dict[str, Tally] = field(default_factory=dict)
    total: Tally = field(default_factory=Tally)
    skipped: int = 0
    """Entries of the log that could not be read as calls."""
    hits: int = 0
    rated: int = 0
    """Calls of traffic that hit, of those that could have: after the first sight of their prefix."""
    unpriced: int = 0
    """Answered calls without a known price, which no sum of money has."""
    since: float | None = None
    until: float | None = None
    """The first and the last start, in seconds since the epoch."""

    def add(self, call: Explained) -> None:
        """Take a call in."""
        self._rate(call)
        self.unpriced += call.cost_usd is None and call.verdict != "rejected"
        started = call.started_at
        if started is not None:
            if self.since is None or started < self.since:
                self.since = started
            if self.until is None or started > self.until:
                self.until = started
        self.by_verdict[call.verdict] = self.by_verdict.get(call.verdict, 0) + 1
        name = call.session or call.lineage
        tallies = [self.total, self.by_session.get(name) or _bounded(self.by_session, name)]
        if call.prefix:
            tallies.append(self.by_prefix.get(call.prefix) or _bounded(self.by_prefix, call.prefix))
        if call.cause is not None:
            tallies.append(_tally(self.by_cause, call.cause))
        if call.shift is not None and call.verdict == "unreported":
            self.by_shift[call.shift.cause] = self.by_shift.get(call.shift.cause, 0) + 1
        add_to(tallies, call)

    def _rate(self, call: Explained) -> None:
        """Count a call of traffic that could have read something; keep-alives and side calls are none."""
        verdict, cause = call.verdict, call.cause
        if cause == "cold-start" or not (verdict in RATED or (verdict == "bypass" and cause is not None)):
            return
        if not call.aside:
            self.rated += 1
            self.hits += verdict == "hit"


RATED = frozenset({"hit", "partial", "miss"})
MOST = 10_000
OTHERS = "(others)"


def _tally(tallies: dict[str, Tally], name: str) -> Tally:
    found = tallies.get(name)
    if found is None:
        found = tallies[name] = Tally()
    return found


def _bounded(tallies: dict[str, Tally], name: str) -> Tally:
    return _tally(tallies, name if name in tallies or len(tallies) < MOST else OTHERS)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A whole log."""

    calls: Sequence[Explained]
    patterns: Sequence[Pattern]
    summary: Summary
