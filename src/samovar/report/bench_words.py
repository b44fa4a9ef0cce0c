"""The sentences that the renderings of a benchmark share."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from samovar.record.refusal import spend_capped

if TYPE_CHECKING:
    from samovar.report.bench import Request, Run, Share


def amount(usd: float) -> str:
    """Return an amount of money with as many digits as say something."""
    sign = "-" if usd < 0 else ""
    value = abs(usd)
    return f"{sign}${value:,.4f}" if value < 1 else f"{sign}${value:,.2f}"


def costs(run: Run) -> str:
    """Return what the workload cost, and what it would have cost."""
    money = run.summary.money
    if not money.calls:
        return "unknown: no usage or no price" if money.unpriced_calls else "nothing was paid for"
    count = money.unpriced_calls
    unpriced = f"; {count} call{'s' * (count != 1)} without usage or price" if count else ""
    return f"{amount(money.paid_usd)}, without caching {amount(money.uncached_usd)}{unpriced}"


def whole_cost(run: Run) -> str | None:
    """Return what all calls cost together, None where there is nothing beside the workload's."""
    money = run.summary.money
    if not money.control_usd:
        return None
    least = "at least " if money.unpriced_calls else ""
    return f"{least}{amount(money.whole_usd)}, controls and probes included"


def refused(run: Run) -> str | None:
    """Return how many attempts got no answer and in what way, None where all did."""
    kinds = refusals(run)
    return f"{run.summary.unanswered} of {len(run.requests)} ({kinds})" if kinds else None


def refusals(run: Run) -> str:
    """Return the kinds of attempts that got no answer, each with its number."""
    kinds = Counter(row.detail or "refused" for row in run.requests if row.verdict == "rejected")
    return ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))


def busiest_minute(run: Run, requests: str, tokens: str) -> str:
    """Return what the fullest minute had beside the budgets, `requests` and `tokens` being its figures.

    Usage that does not tell reads apart counts them, too, where the provider may not: then it is a bound.
    """
    rpm, tpm = run.settings.rpm, run.settings.tpm
    if run.summary.input_is_bound:
        tokens = f"at most {tokens}"
    elif tpm:
        tokens = f"{tokens} of {tpm:,}"
    of_requests = f"{requests} of {rpm:,}" if rpm else requests
    unpaced = "" if rpm or tpm else ", not paced"
    return f"{of_requests} requests, {tokens} input tokens{unpaced}"


def share_text(share: Share) -> str:
    """Return a share as "15 of 15 (100.0 %)", with its interval where there is one."""
    if share.rate is None:
        return "none"
    interval = (
        ""
        if share.low is None or share.high is None
        else f", 95 % interval {share.low:.1%} to {share.high:.1%}"
    )
    return f"{share.part:,} of {share.whole:,} ({share.rate:.1%}{interval})"


def seconds(value: float | None) -> str:
    """Return a duration."""
    return "unknown" if value is None else f"{value:.2f} s"


def counts(run: Run) -> str:
    """Return the token counts by class."""
    tokens = run.summary.tokens
    wrote = sum(tokens.written.values())
    tiers = ", ".join(f"{n:,} for {tier or 'an unnamed tier'}" for tier, n in tokens.written.items() if n)
    return (
        f"{tokens.read:,} read, {wrote:,} written{f' ({tiers})' if tiers else ''}, "
        f"{tokens.uncached:,} neither"
    )


def verdict_line(run: Run) -> str:
    """Return the first thing to know."""
    match run.verdict:
        case "ok":
            word = "PASS"
        case "warn":
            word = "WARN"
        case _:
            word = "FAIL"
    if run.status == "incomplete":
        return f"{word} · incomplete: {run.stopped}"
    passed = sum(1 for threshold in run.thresholds if threshold.level == "ok")
    return f"{word} · {passed} of {len(run.thresholds)} checks passed"


def probed(run: Run) -> list[str]:
    """Return what the TTL probe found, in words."""
    return [threshold.says for threshold in run.thresholds if threshold.name.startswith("ttl-probe:")]


def cause(run: Run) -> list[str]:
    """Return what was saved, what was not, and why, in plain words."""
    return [*_cause(run), *_cut(run), *_too_short(run), *_left_out(run), *_domains(run)]


def _cut(run: Run) -> list[str]:
    """Say that an answer was lost before it told what it used: it is paid for, and nobody knows how much."""
    count = sum(1 for row in run.requests if row.verdict == "rejected" and row.status in OK)
    if not count:
        return []
    lost = "1 answer" if count == 1 else f"{count} answers"
    return [f"{lost} broke off before telling the usage: what that cost is not known, and in no sum."]


def _too_short(run: Run) -> list[str]:
    """Say how long a prefix is that the model does not cache, and how long it would have to be."""
    short = [row for row in run.requests if row.detail == "below-floor" and row.boundaries]
    if not short or run.floor is None:
        return []
    longest = max((row.boundaries[-1].tokens for row in short), key=lambda tokens: tokens.hi)
    about = f"{longest.lo:,}" if longest.lo == longest.hi else f"{longest.lo:,} to {longest.hi:,}"
    return [
        f"The prefix is too short: about {about} tokens, and {run.model} caches from {run.floor.lo:,} on."
    ]


def _left_out(run: Run) -> list[str]:
    """Say that the run is not the whole log."""
    if not run.left_out:
        return []
    calls = "1 call of the log was" if run.left_out == 1 else f"{run.left_out} calls of the log were"
    return [f"{calls} left out: refused then, or for another model or endpoint."]


def _domains(run: Run) -> list[str]:
    """Say what became of calls that had caches of their own."""
    if run.domains == 1:
        return []
    came = f"The log's calls came from {run.domains} workspaces or credentials"
    if run.nonce is None:
        return [f"{came}, and all were sent with one: they may share here what they could not share then."]
    return [f"{came}: each has a nonce of its own, so that none reads what another one wrote."]


def _cause(run: Run) -> list[str]:
    summary = run.summary
    if run.settings.uncached:
        return [f"Caching was left out on purpose: the workload cost {costs(run).partition(',')[0]}."]
    if not summary.measured:
        says = next((t.says for t in run.thresholds if t.name == "not-measured"), "nothing was measured")
        return [f"Not measured: {says}."]
    if any(threshold.name == "pre-warmed" for threshold in run.thresholds):
        return ["Nothing was shown: what the seed read was in the cache before the run began."]
    said = [_money(run)]
    seeds = sum(summary.verdicts.get("seed", {}).values())
    if summary.tokens.written:
        said.append(f"{seeds} seeding call{'s' if seeds != 1 else ''} paid for the writing.")
    wasted = summary.tokens.written_never_read
    if wasted:
        said.append(f"{wasted:,} tokens were written and never read during the run.")
    missed = summary.hit_rate.whole - summary.hit_rate.part
    if not summary.hit_rate.whole:
        said.append("No call came after seeding.")
    elif missed:
        said.append(f"{missed} call{'s' if missed != 1 else ''} after seeding did not hit.")
    else:
        said.append("No call after seeding missed.")
    if run.model_known == "guess":
        said.append(f"Nothing is known of {run.model}: the rules of its cache are assumed, and wide.")
    varying = summary.tokens.uncached
    if varying:
        said.append(f"What every call pays in full is its own text: {varying:,} tokens in all.")
    cold, warm = summary.latency_cold.first_byte_p50, summary.latency_warm.first_byte_p50
    if cold and warm:
        said.append(f"The first byte came after {warm:.2f} s instead of {cold:.2f} s.")
    return said


def _money(run: Run) -> str:
    """Return what caching did to the bill, and why."""
    money = run.summary.money
    if not money.calls:
        return "No price is known for this model, so nothing is said about money."
    if money.saved_usd < 0:
        return (
            f"Caching lost {amount(-money.saved_usd)}: what was written at a premium was not read often "
            "enough to pay for itself."
        )
    if not run.summary.tokens.read:
        return "Caching changed nothing: no call read anything."
    what = "the static blocks" if run.blocks else "what calls have in common"
    return (
        f"Caching saved {amount(money.saved_usd)} of {amount(money.uncached_usd)} "
        f"({money.saved_rate or 0:.0%}): {what} stood in the cache for {run.summary.hit_rate.part} calls, "
        "and a read costs a fraction of ordinary input."
    )


OK: Final = range(200, 300)
SPENT: Final = (
    "The account's spend limit or credit is used up, and no waiting and no slower pace brings it back: raise "
    "it in the provider's console, or wait for the next period."
)
NOTHING_ANSWERED = "no call was answered"
ADVICE = {
    "not-measured": (
        "Check that markers reach the wire, that the prefix is longer than the model's floor, and that "
        "nothing between here and the provider drops the cache fields of usage."
    ),
    "served-model": (
        "Find out who answers instead: a router, a fallback or an alias. What was measured and priced is "
        "that model's, and no baseline for the one asked for."
    ),
    "rewriting": (
        "Move the last marker above whatever varies from call to call: what stands above a marker must be "
        "the same bytes every time."
    ),
    "written-never-read": (
        "Move the last marker above what no later call repeats: each write costs more than ordinary input, "
        "and pays only when it is read."
    ),
    "unreported": (
        "Find out what drops the cache fields of usage: those calls are in no sum, absent is not zero."
    ),
    "rate-limit": "Lower --rpm or --tpm below the account's limits, or --concurrency.",
    "retry-after": (
        "The account's limits are lower than --rpm and --tpm say: take them from the response headers."
    ),
    "busiest-minute": (
        "The run itself went beyond --rpm or --tpm, by what the provider counted: give it what the account "
        "really has, or send shorter requests."
    ),
    "ttl-violation": "Put the longer TTL first, such as service=1h,assignment=5m.",
    "ttl-granted": (
        "Compare the tier asked for with the one that usage names, call by call (ttl_violation in the JSON "
        "artefact): either the provider granted another one, or something between here and it drops the ttl."
    ),
    "ttl-probe": (
        "Compare the tier asked for with what usage granted: an entry that is gone early was written again "
        "and paid for again by the next call."
    ),
    "hit-rate": (
        "Look at the calls that did not hit in the JSON artefact: boundaries, expected and reported show how "
        "far each read got."
    ),
    "pre-warmed": "Run it again without --no-nonce, or when the earlier run's entries have expired.",
    "prefix-miss": "See which calls of that prefix missed, and what was sent between them and the seed.",
}


def _spent(row: Request) -> bool:
    """Whether a call was refused because money ran out: its codes stand before the provider's words."""
    codes = (row.error or "").partition(":")[0].split(", ")
    return spend_capped(row.status, codes)


def advice(run: Run) -> list[str]:
    """Return what to do next, most pressing first."""
    if any(threshold.name == "pre-warmed" for threshold in run.thresholds):
        return [ADVICE["pre-warmed"]]
    steps = []
    spent = any(_spent(row) for row in run.requests)
    if spent:
        steps.append(SPENT)
    if run.status == "incomplete":
        steps.append(
            "The run broke off; what was measured until then is kept. Mend what stopped it and run again."
        )
    for threshold in run.thresholds:
        if threshold.level != "ok" and threshold.says != NOTHING_ANSWERED:
            name = threshold.name.split(":")[0]
            # A run whose markers stand in the wrong order is stopped before anything could be granted.
            granted = name == "ttl-violation" and run.summary.ttl_violations
            step = ADVICE.get("ttl-granted" if granted else name)
            if spent and name == "rate-limit":
                continue
            if step and step not in steps:
                steps.append(step)
    if run.summary.invalid_judgements:
        steps.append(
            f"{run.summary.invalid_judgements} answers were paid for and could not be used: see "
            "validation_error."
        )
    if run.summary.disagreements:
        steps.append(
            "The provider read other amounts than its documented rules give: see agrees in the JSON artefact."
        )
    if not steps and run.settings.uncached:
        steps.append("Run it again with caching, and hold both together: samovar bench compare OLD NEW.")
    if not steps and run.provider == "emulator" and run.blocks:
        steps.append("Measure texts of your own with --fixture-path FILE (docs/bench.md shows the format).")
    return steps or ["Nothing: keep this artefact as the baseline for the next run."]
