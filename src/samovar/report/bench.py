"""The artefact of a benchmark: the one value from which every rendering is made. Schema `samovar.bench/1`.

Times are seconds since the run's first request unless a name ends in `_at`; money is USD; shares are
given as numerator and denominator, and `rate` is None where the denominator is 0. Nothing here holds a
text of the workload unless the run was asked not to redact.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from samovar.record.verdict import Verdict  # noqa: TC001  # msgspec reads the annotations at run time

SCHEMA = "samovar.bench/1"
BROKE_OFF = 3
"""The exit code of a run that its provider, the network or whoever interrupted it has ended."""

Status = Literal["complete", "incomplete"]
Level = Literal["ok", "warn", "fail"]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Any part of the artefact: unknown members are ignored, so that a newer one can be read."""


class Share(Part, frozen=True, kw_only=True):
    """`part` of `whole`; `low` and `high` are the 95 % bootstrap interval where there is one."""

    part: int
    whole: int
    rate: float | None
    low: float | None = None
    high: float | None = None


def share(part: int, whole: int) -> Share:
    """Return a share with its rate."""
    return Share(part=part, whole=whole, rate=part / whole if whole else None)


class Range(Part, frozen=True, kw_only=True):
    """At least and at most so many tokens."""

    lo: int
    hi: int


class Tokens(Part, frozen=True, kw_only=True):
    """What a provider reported of one call, in disjoint classes; None is "did not say", which is not 0."""

    read: int | None = None
    written: dict[str, int] | None = None
    uncached: int | None = None
    output: int | None = None


class Expected(Part, frozen=True, kw_only=True):
    """What the model of the provider's cache said at the moment of sending."""

    read: Range
    written: Range
    uncached: Range
    facts: tuple[str, ...] = ()


class Boundary(Part, frozen=True, kw_only=True):
    """Where a prefix ends that is or was written. Equal names are equal prefixes: digests of all in them."""

    name: str
    tokens: Range


class Judgement(Part, frozen=True, kw_only=True):
    """A paid answer's content, as far as it is numbers; `validation_error` says why it cannot be used."""

    winner: str | None = None
    confidence: float | None = None
    validation_error: str | None = None


class Request(Part, frozen=True, kw_only=True):
    """One attempt. `id` is unique with `attempt`; `labels` are the caller's own and were never sent."""

    id: str
    attempt: int
    phase: str
    prefix: str
    verdict: Verdict
    detail: str | None
    sent: float
    first_byte: float | None
    ended: float | None
    status: int | None
    error: str | None
    retry_after: float | None
    reported: Tokens
    expected: Expected
    potential: Range
    """Tokens that this prompt has in common with one that was sent before."""
    agrees: bool | None
    """Whether the reported read lies in what was expected; None when one of them is missing."""
    scopes: dict[str, bool]
    """By scope, whether its part of the prefix was read."""
    boundaries: tuple[Boundary, ...]
    ttl_violation: str | None
    cost_usd: float | None
    uncached_cost_usd: float | None
    prompt_sha256: str
    labels: dict[str, str]
    judgement: Judgement | None = None
    served_model: str | None = None
    usage: dict[str, object] | None = None
    """The provider's usage object, as it came."""
    prompt: str | None = None
    answer: str | None = None


class StaticBlock(Part, frozen=True, kw_only=True):
    """A text that does not vary within its scope. `tokens` is the estimate before anything was sent."""

    name: str
    scope: str
    sha256: str
    bytes: int
    tokens: Range


class Latency(Part, frozen=True, kw_only=True):
    """Seconds at the 50th and 95th percentile, over `calls` calls."""

    calls: int
    first_byte_p50: float | None = None
    first_byte_p95: float | None = None
    total_p50: float | None = None
    total_p95: float | None = None


class Money(Part, frozen=True, kw_only=True):
    """What was paid, what the same calls cost without any caching, and the difference, a loss if below 0.

    `control_usd` was paid for the cold control and for TTL probes, which are no part of the workload;
    `whole_usd` is both together. The `unpriced_calls` are in none of them.
    """

    paid_usd: float
    uncached_usd: float
    saved_usd: float
    saved_rate: float | None
    calls: int
    unpriced_calls: int
    control_usd: float = 0.0
    whole_usd: float = 0.0


class PrefixRow(Part, frozen=True, kw_only=True):
    """One prefix. `converged_after` counts the calls after the seed until the first hit."""

    prefix: str
    name: str
    calls: int
    hits: Share
    misses: Share
    token_hits: Share
    tokens: Range
    converged_after: int | None
    written: int
    read: int


class Counts(Part, frozen=True, kw_only=True):
    """Tokens over all answered calls."""

    read: int
    written: dict[str, int]
    written_never_read: int
    uncached: int
    output: int


class Probe(Part, frozen=True, kw_only=True):
    """One call after everything else, `idle` seconds after its prefix was last used.

    `alive` says by scope whether its blocks could still be read.
    """

    prefix: str
    name: str
    idle: float
    expected: Range
    read: int | None
    alive: dict[str, bool]


class Summary(Part, frozen=True, kw_only=True):
    """The numbers of a run. Rates are over the main phase: after seeding, controls left out."""

    hit_rate: Share
    token_hit_rate: Share
    overall_hit_rate: Share
    """The same over seed and main together: what the workload as a whole got."""
    verdicts: dict[str, dict[str, int]]
    """By phase, by verdict."""
    by_prefix: tuple[PrefixRow, ...]
    by_scope: dict[str, Share]
    by_phase: dict[str, Share]
    tokens: Counts
    rewriting_calls: Share
    """Calls of the main phase that wrote something, over those that were answered."""
    rate_limit_errors: int
    retry_after_answers: int
    ttl_violations: int
    disagreements: int
    """Calls whose reported read lies outside what the model expected."""
    invalid_judgements: int
    latency_cold: Latency
    latency_warm: Latency
    money: Money
    measured: bool
    """Whether anything about the cache was measured at all."""
    seconds: float
    requests_per_minute_max: int
    input_tokens_per_minute_max: int
    """At most, where usage does not say what of the input was read and reads do not count."""
    ttl_probes: tuple[Probe, ...] = ()
    unanswered: int = 0
    """Attempts that got no answer, or lost it: refused, unreachable, timed out, cut off."""
    input_tokens_per_minute_least: int | None = None
    """What some minute had at least: less than the most where that is a bound only. None: it was not kept."""

    @property
    def input_is_bound(self) -> bool:
        """Whether the input tokens of the fullest minute are known as bounds only."""
        least = self.input_tokens_per_minute_least
        return least is not None and least < self.input_tokens_per_minute_max


class Threshold(Part, frozen=True, kw_only=True):
    """One check: what was found, where it warns and fails, and what came of it, in words."""

    name: str
    level: Level
    value: float | None
    warn: float | None
    fail: float | None
    says: str


class Settings(Part, frozen=True, kw_only=True):
    """How the run was driven."""

    rpm: int
    tpm: int
    concurrency: int
    jitter_ms: tuple[int, int]
    ttl: dict[str, str]
    clock: Literal["virtual", "real"]
    cold_calls: int
    redacted: bool
    ttl_probe: bool = False
    uncached: bool = False
    """Whether caching was left out on purpose."""
    engine: str | None = None
    """The inference server that was found at the address given, and its slots."""
    platform: str | None = None
    """Who serves the model, where it is not its maker."""


class Priced(Part, frozen=True, kw_only=True):
    """USD per million tokens that the costs were computed with, and the price fact they come from."""

    fact: str
    source: str
    day: str
    input: float
    output: float | None
    read: float | None
    write: dict[str, float]


class Run(Part, frozen=True, kw_only=True):
    """One run of a benchmark, whole or broken off."""

    schema: str
    status: Status
    stopped: str | None
    """Why the run broke off."""
    id: str
    started_at: str
    seed: int
    nonce: str | None
    provider: str
    endpoint: str
    model: str
    model_known: str
    served_models: tuple[str, ...]
    workload: str
    workload_sha256: str
    settings: Settings
    versions: dict[str, str]
    git_sha: str | None
    price_book: Priced | None
    blocks: tuple[StaticBlock, ...]
    planned: int
    summary: Summary
    thresholds: tuple[Threshold, ...]
    requests: tuple[Request, ...]
    finding: str | None = None
    """The check that ended the run before its end, where that was no failure."""
    left_out: int = 0
    """Calls of a log that are no part of the run: refused then, or for another model or endpoint."""
    domains: int = 1
    """Workspaces or credentials that the calls of a log were made with; each had a cache of its own."""
    floor: Range | None = None
    """Tokens that a prefix needs before the model caches it."""

    @property
    def exit_code(self) -> int:
        """0 fine, 1 a finding or a failed check, 3 a run that broke off."""
        if self.status == "incomplete" and self.finding is None:
            return BROKE_OFF
        return 1 if self.verdict == "fail" else 0

    @property
    def verdict(self) -> Level:
        """The worst level of all thresholds; a run that broke off is never fine."""
        levels = {threshold.level for threshold in self.thresholds}
        if "fail" in levels:
            return "fail"
        return "warn" if "warn" in levels or self.status == "incomplete" else "ok"
