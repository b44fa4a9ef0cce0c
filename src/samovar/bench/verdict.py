"""What to think of one answered call, by the numbers alone (docs/bench.md, the verdicts).

In order: rejected, unreported, bypass, miss, hit, partial. The first that applies is the verdict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from samovar.errors import ProviderHung, ProviderUnreachable
from samovar.flow.attempt import OK
from samovar.flow.limits import REFUSED
from samovar.flow.sightings import NEGLIGIBLE

if TYPE_CHECKING:
    from samovar.flow.attempt import Attempt
    from samovar.report.bench import Verdict

OVERLOADED = frozenset({503, 529})


class Judged(NamedTuple):
    """A verdict and, where the verdict alone does not say it, in what way."""

    verdict: Verdict
    detail: str | None = None


def verdict(attempt: Attempt) -> Judged:
    """Return the verdict on one attempt."""
    if not attempt.answered or (attempt.broken and not (attempt.usage and attempt.usage.reports_cache)):
        return Judged("rejected", _refusal(attempt))
    usage = attempt.usage
    if usage is None or not usage.reports_cache:
        return Judged("unreported", "no usage" if usage is None else "no cache fields")
    if usage.cache_read is None and not usage.written:
        return Judged("unreported", "no tokens read")
    read, written = usage.cache_read or 0, usage.written or 0
    expected, sight = attempt.expected, attempt.sight
    should = sight.potential
    cacheable = expected.read.hi or expected.write_total.hi or (sight.unasked and sight.long_enough)
    if read == written == 0 and not cacheable:
        return Judged("bypass", "below-floor" if sight.marks or sight.unasked else "nothing-marked")
    if read <= max(NEGLIGIBLE, should.lo // 100):
        if should.hi == 0:
            return Judged("miss", "cold-start")
        if sight.in_flight:
            return Judged("miss", "concurrent-write")
        return Judged("miss", None if written or should.lo else "perhaps-below-floor")
    # A tail that was never written may be too short to matter.
    tail = max(NEGLIGIBLE, should.lo // 100)
    return Judged("hit") if read >= should.lo - tail else Judged("partial")


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
