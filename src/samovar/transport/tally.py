"""From one call to the counters."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from samovar.flow.attempt import OK
from samovar.flow.limits import retry_after
from samovar.flow.role import Role
from samovar.metrics import catalogue
from samovar.providers.prices import MTOK, paid, total
from samovar.record.verdict import verdict_by_report

if TYPE_CHECKING:
    from samovar.attribution import Explained
    from samovar.flow.outcome import Outcome
    from samovar.metrics import Meter
    from samovar.metrics.meter import Entry
    from samovar.prefix.prompt import Prompt
    from samovar.providers.usage import Usage
    from samovar.transport.plan import Parsed
    from samovar.transport.seen import Seen


def verdict(outcome: Outcome) -> str:
    """Return what became of the cache, by the report of this call alone.

    Attribution, which has time for some calls only, may know better; a counter says the same of each.
    """
    if outcome.status is None:
        return "failed"
    if outcome.status not in OK:
        return "rejected"
    return verdict_by_report(outcome.usage)


def tally(
    meter: Meter,
    seen: Seen,
    parsed: Parsed,
    explained: Explained | None = None,
    cause: str = "",
    bound: float = math.inf,
    prompt: Prompt | None = None,
) -> None:
    """Enter one call, with what attribution says of it where it has looked.

    `bound` is how many seconds the first byte of a leader may take. `prompt` is needed where something was
    written: it tells what lifetime was asked for.
    """
    outcome = seen.outcome
    provider, model = parsed.call.provider, parsed.call.model
    usage = outcome.usage
    entries: list[Entry] = [
        (catalogue.CALLS, (verdict(outcome), cause, provider, model, seen.sent.host), 1.0)
    ]
    if usage is not None:
        for name, amount in usage.classes().items():
            if amount:
                entries.append((catalogue.TOKENS, (name, provider, model), amount))
        if prompt is not None and _downgraded(usage, prompt):
            entries.append((catalogue.DOWNGRADES, (provider, model), 1.0))
        entries += _money(seen, usage, parsed, explained)
    if outcome.held > 0:
        entries.append((catalogue.HELD, (provider,), 1.0))
        meter.observe(catalogue.HELD_SECONDS, provider, amount=outcome.held)
    if outcome.queued > 0:
        meter.observe(catalogue.QUEUED_SECONDS, provider, amount=outcome.queued)
    refused = outcome.status is not None and outcome.status not in OK
    if refused and retry_after(outcome.headers, outcome.ended_at) is not None:
        entries.append((catalogue.RETRY_AFTER, (provider,), 1.0))
    if outcome.roles:
        entries += [(catalogue.LEASES, (event,), 1.0) for event in _leases(outcome, bound)]
    meter.enter(entries)


def _money(seen: Seen, usage: Usage, parsed: Parsed, explained: Explained | None) -> list[Entry]:
    outcome = seen.outcome
    labels = parsed.call.provider, parsed.call.model
    rates = paid(usage, parsed.seller, parsed.call.model, outcome.started_at, endpoint=seen.sent.url)
    if rates is None:
        return []
    spent: Entry = (catalogue.COST, labels, total(usage, rates))
    if explained is not None:
        return [
            spent,
            (catalogue.AVOIDABLE, labels, explained.avoidable_usd),
            (catalogue.LOST, labels, explained.lost_usd),
        ]
    if not usage.cache_write or rates.read is None:
        return [spent]
    if Role.READ not in outcome.roles or Role.LEAD in outcome.roles:
        return [spent]
    again = sum(
        tokens * max(0.0, (rates.writing(tier) or 0.0) - rates.read)
        for tier, tokens in usage.cache_write.items()
    )
    return [spent, (catalogue.LOST, labels, again / MTOK)]


def _downgraded(usage: Usage, prompt: Prompt) -> bool:
    """Whether tokens were written in a shorter tier than any marker of the call asked for."""
    written = {tier for tier, tokens in (usage.cache_write or {}).items() if tier and tokens}
    asked = {marker.ttl for marker in prompt.writing}
    if not written or not asked:
        return False
    names = [tier.name for tier in prompt.rules.lifetimes]
    known = [names.index(tier) for tier in asked if tier in names]
    given = [names.index(tier) for tier in written if tier in names]
    return bool(known and given and max(given) > max(known))


def _leases(outcome: Outcome, bound: float) -> list[str]:
    """Return what became of a call's leases."""
    led = Role.LEAD in outcome.roles
    events = ["won" if led else "lost"]
    if outcome.promoted:
        events.append("promoted")
    heard = outcome.ended_at if outcome.first_byte_at is None else outcome.first_byte_at
    if led and heard - outcome.started_at > bound:
        events.append("expired")
    if led and outcome.status not in OK:
        events.append("released")
    return events
