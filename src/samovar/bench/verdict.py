"""What to think of one answered call, by the numbers alone (docs/bench.md, the verdicts).

The rule is that of `record.verdict`; here stand what a benchmark knows of what should have been read, and in
what way a call fell short.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from samovar.errors import ProviderHung, ProviderUnreachable
from samovar.flow.attempt import OK
from samovar.record.refusal import REFUSED
from samovar.record.verdict import tail, verdict_on

if TYPE_CHECKING:
    from samovar.flow.attempt import Attempt
    from samovar.record.verdict import Verdict

OVERLOADED = frozenset({503, 529})


class Judged(NamedTuple):
    """A verdict and, where the verdict alone does not say it, in what way."""

    verdict: Verdict
    detail: str | None = None


def verdict(attempt: Attempt) -> Judged:
    """Return the verdict on one attempt."""
    usage = attempt.usage
    told = usage is not None and usage.reports_cache
    read, written = (usage and usage.cache_read) or 0, (usage and usage.written) or 0
    expected, sight = attempt.expected, attempt.sight
    should = sight.potential
    found = verdict_on(
        read,
        written,
        # An answer that broke off counts if it had told of the cache; else the run has lost it.
        answered=attempt.answered and (told or not attempt.broken),
        reported=told,
        cacheable=bool(expected.read.hi or expected.write_total.hi or (sight.unasked and sight.long_enough)),
        should=should.lo,
        allowed=tail(should.lo),
    )
    match found:
        case "rejected":
            return Judged(found, _refusal(attempt))
        case "unreported":
            if usage is None:
                return Judged(found, "no usage")
            return Judged(found, "no cache fields" if usage.cache_write is None else "no tokens read")
        case "bypass":
            return Judged(found, "below-floor" if sight.marks or sight.unasked else "nothing-marked")
        case "miss" if should.hi == 0:
            return Judged(found, "cold-start")
        case "miss" if sight.in_flight:
            return Judged(found, "concurrent-write")
        case "miss":
            return Judged(found, None if written or should.lo else "perhaps-below-floor")
        case _:
            return Judged(found)


def _refusal(attempt: Attempt) -> str:
    """Return in what way a call got no answer."""
    if isinstance(attempt.failure, ProviderHung):
        return "hung"
    if isinstance(attempt.failure, ProviderUnreachable) or attempt.answer is None:
        return "unreachable"
    status = attempt.answer.status
    if status in OK:
        return "unreadable"
    if status == REFUSED:
        return "rate-limited"
    return "overloaded" if status in OVERLOADED else f"status-{status}"


def ttl_violation(attempt: Attempt) -> str | None:
    """Return how the granted tiers differ from those that the markers asked for, None when they do not.

    Granted is what usage says. Where it names no tiers, or nothing was written, nothing can be said. Another
    tier beside all that were asked for is no violation, and none behind markers that were read and had
    nothing to write: server tools write entries of their own (fact `anthropic.server-tools`).
    """
    written = {tier: n for tier, n in ((attempt.usage and attempt.usage.cache_write) or {}).items() if n}
    if not written or "" in written:
        return None
    asked = attempt.sight.tiers
    expected = attempt.expected
    read = (attempt.usage and attempt.usage.cache_read) or 0
    all_read = 0 < expected.read.lo <= read and not expected.write_total.hi
    strange = bool(asked) and written.keys().isdisjoint(asked) and not all_read
    due = (tier for tier, tokens in expected.written.items() if tokens.lo > 0)
    if not strange and all(tier in written for tier in due):
        return None
    return f"asked for {', '.join(sorted(asked))}, granted {', '.join(sorted(written))}"
