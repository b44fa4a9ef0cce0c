"""From one call to the counters."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from samovar.flow.attempt import OK
from samovar.flow.limits import retry_after
from samovar.flow.role import Role
from samovar.metrics import catalogue
from samovar.providers.prices import price, total

if TYPE_CHECKING:
    from samovar.attribution import Explained
    from samovar.flow.outcome import Outcome
    from samovar.metrics import Meter
    from samovar.providers.prices import Price
    from samovar.providers.usage import Usage
    from samovar.transport.plan import Plan
    from samovar.transport.seen import Seen

BAND: Final = 1_000
"""Tokens: prices depend on the length of a prompt in steps that are multiples of it."""
MTOK: Final = 1_000_000


def verdict(outcome: Outcome) -> str:
    """Return what became of the cache, by the report of this call alone."""
    usage = outcome.usage
    if outcome.status is None:
        return "failed"
    if outcome.status not in OK:
        return "rejected"
    if usage is None or not usage.reports_cache:
        return "unreported"
    if usage.cache_read:
        return "partial" if usage.written else "hit"
    return "miss" if usage.written or usage.cache_write is None else "bypass"


def tally(meter: Meter, seen: Seen, plan: Plan, explained: Explained | None = None, cause: str = "") -> None:
    """Enter one call, with what attribution says of it where it has looked."""
    outcome, call = seen.outcome, plan.call
    provider, model = call.provider, call.model
    usage = outcome.usage
    meter.add(catalogue.CALLS, verdict(outcome), cause, provider, model, seen.sent.host)
    if usage is not None:
        _tokens(meter, usage, provider, model)
        _money(meter, outcome, usage, provider, model, explained)
        if _downgraded(usage, plan):
            meter.add(catalogue.DOWNGRADES, provider, model)
    if outcome.held > 0:
        meter.add(catalogue.HELD, provider)
        meter.observe(catalogue.HELD_SECONDS, provider, amount=outcome.held)
    if outcome.queued > 0:
        meter.observe(catalogue.QUEUED_SECONDS, provider, amount=outcome.queued)
    if outcome.status is not None and outcome.status not in OK and retry_after(outcome.headers) is not None:
        meter.add(catalogue.RETRY_AFTER, provider)
    if outcome.roles:
        _leases(meter, outcome)


def _tokens(meter: Meter, usage: Usage, provider: str, model: str) -> None:
    for name, amount in (
        ("uncached", usage.uncached_input),
        ("read", usage.cache_read),
        ("written", usage.written),
        ("output", usage.output),
    ):
        if amount:
            meter.add(catalogue.TOKENS, name, provider, model, amount=amount)


def _money(
    meter: Meter, outcome: Outcome, usage: Usage, provider: str, model: str, explained: Explained | None
) -> None:
    rates = _price(
        provider,
        model,
        int(outcome.started_at // 86_400),
        usage.extra.get("inference_geo"),
        usage.extra.get("service_tier"),
        usage.extra.get("speed"),
        -(-(usage.total_input or 0) // BAND) * BAND,
    )
    if rates is None:
        return
    meter.add(catalogue.COST, provider, model, amount=total(usage, rates))
    if explained is not None:
        meter.add(catalogue.AVOIDABLE, provider, model, amount=explained.avoidable_usd)
        meter.add(catalogue.LOST, provider, model, amount=explained.lost_usd)
        return
    warm = Role.READ in outcome.roles and Role.LEAD not in outcome.roles
    if warm and usage.cache_write and rates.read is not None:
        lost = sum(
            tokens * max(0.0, (rates.writing(tier) or 0.0) - rates.read)
            for tier, tokens in usage.cache_write.items()
        )
        meter.add(catalogue.LOST, provider, model, amount=lost / MTOK)


@lru_cache(512)
def _price(
    provider: str, model: str, day: int, geo: str | None, tier: str | None, speed: str | None, total: int
) -> Price | None:
    at = dt.date.fromordinal(dt.date(1970, 1, 1).toordinal() + day)
    return price(provider, model, at, geo=geo, tier=tier, speed=speed, total_input=total)


def _downgraded(usage: Usage, plan: Plan) -> bool:
    """Whether tokens were written in a shorter tier than any marker of the call asked for."""
    if not usage.cache_write:
        return False
    written = {tier for tier, tokens in usage.cache_write.items() if tier and tokens}
    asked = {marker.ttl for marker in plan.prompt.markers}
    if not written or not asked:
        return False
    names = [tier.name for tier in plan.prompt.rules.lifetimes]
    known = [names.index(tier) for tier in asked if tier in names]
    given = [names.index(tier) for tier in written if tier in names]
    return bool(known and given and max(given) > max(known))


def _leases(meter: Meter, outcome: Outcome) -> None:
    led = Role.LEAD in outcome.roles
    meter.add(catalogue.LEASES, "won" if led else "lost")
    if outcome.promoted:
        # Whoever was promoted took the place of one whose bound had passed, or that had failed.
        meter.add(catalogue.LEASES, "promoted")
        meter.add(catalogue.LEASES, "expired")
    if led and outcome.status not in OK:
        meter.add(catalogue.LEASES, "released")
