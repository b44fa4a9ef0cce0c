"""Every number that samovar counts, with its words. Help texts, dashboards, alerts and docs are made from
here.

Labels are bounded by construction: each has a closed set of values, or is a name of which only the first
`NAMES` are told apart. A prefix, a key or a session is never a label.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

NAMES: Final = 50
"""Values of an open label (models, routes, budgets) that are told apart; all others are "other"."""
OTHER: Final = "other"

Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True, slots=True, eq=False)
class Label:
    """One label: its closed set of `values`; an empty one is a name, of which the first `NAMES` count."""

    name: str
    values: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    """One number, or one for each combination of its labels. `buckets` are a histogram's upper bounds.

    A gauge that several tell is the highest that any of them tells, or the `lowest`.
    """

    name: str
    kind: Kind
    line: str
    paragraph: str
    labels: tuple[Label, ...] = ()
    buckets: tuple[float, ...] = ()
    lowest: bool = False


def _of(name: str, *values: str) -> Label:
    return Label(name, frozenset(values))


PROVIDER: Final = _of("provider", "anthropic", "openai", "gemini", "bedrock", OTHER)
MODEL: Final = Label("model")
ROUTE: Final = Label("route")
BUDGET: Final = Label("budget")
CAUSE: Final = _of(
    "cause",
    # Most calls have none.
    "",
    *("rejected", "cold-start", "model-changed", "credential-changed", "route-changed", "cache-key-changed"),
    *(
        "parameter-changed",
        "tools-changed",
        "system-changed",
        "history-rewritten",
        "reserialized",
        "compacted",
    ),
    *("marker-missing", "marker-misplaced", "lookback-exceeded", "below-floor", "ttl-tier-changed"),
    *(
        "ttl-expired",
        "concurrent-write",
        "tokenizer-changed",
        "provider-side",
        "accounting",
        "unknown",
        OTHER,
    ),
)
"""Attribution's, written out: to load it takes longer than whoever only counts should wait."""
VERDICT: Final = _of("verdict", "hit", "partial", "miss", "bypass", "unreported", "rejected", "failed")
CLASS: Final = _of("class", "uncached", "read", "written", "output")
LEASE: Final = _of("event", "won", "lost", "expired", "promoted", "released")
RESOURCE: Final = _of("resource", "requests", "input", "output")
PART: Final = _of("part", "coordination", "analysis", "attribution", "ledger", "transport")

SECONDS: Final = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0)
MICROSECONDS: Final = (0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.02, 0.1)

CALLS: Final = Metric(
    "samovar_calls_total",
    "counter",
    "Calls that ended, by what became of the cache.",
    "The verdict follows from the usage that the provider reported of this call, and from nothing else: "
    "`hit` left at most 1,024 tokens or a tenth of its prompt unread, `partial` more, `miss` read at most "
    "64 or a hundredth, `bypass` read and wrote nothing where writes are reported, `unreported` means no "
    "usage of a cache, `failed` no answer. A conversation that grew by more than a tenth is `partial` too;"
    " `samovar explain` looks at the calls before it and knows better. The cause is told of refused calls "
    "and of those that left more than a tenth of their prompt unread; attribution may take a hundredth of "
    "one core, and what exceeds that has none.",
    (VERDICT, CAUSE, PROVIDER, MODEL, ROUTE),
)
TOKENS: Final = Metric(
    "samovar_tokens_total",
    "counter",
    "Tokens that were billed, by class.",
    "Classes are disjoint: no token is counted twice, whatever the provider's own totals include.",
    (CLASS, PROVIDER, MODEL),
)
COST: Final = Metric(
    "samovar_cost_usd_total",
    "counter",
    "US dollars that the calls cost, at the price of their day.",
    "Calls of models whose price is not known add nothing.",
    (PROVIDER, MODEL),
)
AVOIDABLE: Final = Metric(
    "samovar_avoidable_cost_usd_total",
    "counter",
    "US dollars that could have been saved, by the causes that attribution names.",
    "What was not read and should have been, at the difference between the price paid and the read price, "
    "less what the cheapest cure costs. Only calls with a cause count.",
    (PROVIDER, MODEL),
)
LOST: Final = Metric(
    "samovar_lost_cost_usd_total",
    "counter",
    "US dollars lost that no client could have saved.",
    "Where the provider did not serve what it had, and where a prefix that was believed warm was written "
    "again and attribution had no time to look.",
    (PROVIDER, MODEL),
)
HELD: Final = Metric(
    "samovar_held_calls_total",
    "counter",
    "Calls that waited for another call's prefix.",
    "Each of them would otherwise have written the prefix itself.",
    (PROVIDER,),
)
HELD_SECONDS: Final = Metric(
    "samovar_held_seconds",
    "histogram",
    "Seconds that calls waited for another call's prefix.",
    "Bounded by twice the policy's bound for each prefix.",
    (PROVIDER,),
    SECONDS,
)
LEASES: Final = Metric(
    "samovar_leases_total",
    "counter",
    "Leases on prefixes, by what became of them.",
    "won: it led; lost: it waited or read; promoted: it led in place of another; expired: its own bound "
    "passed before its first byte; released: it failed and handed the lead on.",
    (LEASE,),
)
BUDGET_LEVEL: Final = Metric(
    "samovar_budget_left_ratio",
    "gauge",
    "The lowest level of any budget, as a share of its burst; below zero, calls stand in line.",
    "Told where the budgets are this process's own; those in Redis are Redis' to tell.",
    (RESOURCE,),
    lowest=True,
)
BUDGETED: Final = Metric(
    "samovar_budgeted_calls_total",
    "counter",
    "Protected calls, by the entry of `[budgets]` that they draw on.",
    "Every entry is told from zero: one that stays there holds back nothing, and may be misspelt. `none` are "
    "the calls that no entry covers, told where there is any entry.",
    (BUDGET,),
)
QUEUED_SECONDS: Final = Metric(
    "samovar_queued_seconds",
    "histogram",
    "Seconds that calls stood in line for a budget.",
    "Calls that found room at once are not among them.",
    (PROVIDER,),
    SECONDS,
)
RETRY_AFTER: Final = Metric(
    "samovar_retry_after_total",
    "counter",
    "Answers in which the provider asked to wait.",
    "A refusal for too many requests pauses every process that shares the budget, where there is one.",
    (PROVIDER,),
)
KEYS: Final = Metric(
    "samovar_cache_keys",
    "gauge",
    "Distinct cache keys of the last hour.",
    "More than about fifty is an explosion: each key is a cache of its own.",
)
KEY_RATE: Final = Metric(
    "samovar_cache_key_rate_max",
    "gauge",
    "The highest rate of one cache key in the last minutes, in requests a minute.",
    "Above about fifteen a minute some providers send the overflow to other machines.",
)
DOWNGRADES: Final = Metric(
    "samovar_tier_downgrades_total",
    "counter",
    "Calls that asked for one lifetime and were given a shorter one.",
    "Seen by the tiers in which the usage says tokens were written.",
    (PROVIDER, MODEL),
)
OVERHEAD: Final = Metric(
    "samovar_overhead_seconds",
    "histogram",
    "Seconds that samovar itself took, waiting on purpose left out.",
    "By part: transport is reading the call before it is sent, analysis and ledger come after its end.",
    (PART,),
    MICROSECONDS,
)
DROPPED: Final = Metric(
    "samovar_records_dropped_total",
    "counter",
    "Calls that were not recorded.",
    "The queue or the disk was full, or the call could not be read. The calls themselves went on.",
)
FAILURES: Final = Metric(
    "samovar_failures_total",
    "counter",
    "Failures of samovar's own parts that a caller never saw.",
    "Coordination: Redis did not answer; analysis: a body could not be read or a defect of ours; "
    "attribution: a defect of ours; ledger: the disk; transport: a defect of ours. The log says of each, "
    "once a minute, the type of the exception and where it was raised.",
    (PART,),
)

CATALOGUE: Final[tuple[Metric, ...]] = (
    CALLS,
    TOKENS,
    COST,
    AVOIDABLE,
    LOST,
    HELD,
    HELD_SECONDS,
    LEASES,
    BUDGET_LEVEL,
    BUDGETED,
    QUEUED_SECONDS,
    RETRY_AFTER,
    KEYS,
    KEY_RATE,
    DOWNGRADES,
    OVERHEAD,
    DROPPED,
    FAILURES,
)
