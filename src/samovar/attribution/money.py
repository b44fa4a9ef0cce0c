"""What a call cost, and what of it could have been avoided.

Lost tokens times what was paid for them over the price of a read, less what the cheapest cure would have
cost. Each lost token is counted once; what no client could have avoided is `lost`, not avoidable.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import msgspec

from samovar.attribution.causes import BY_NAME
from samovar.attribution.lifetimes import lifetime
from samovar.providers.prices import MTOK, Price, paid, utc_day
from samovar.providers.prices import total as total_of

if TYPE_CHECKING:
    from samovar.attribution.finding import Finding
    from samovar.attribution.turn import Turn
    from samovar.providers.rules import CacheRules

PROVIDERS: Final = frozenset({"provider-side", "tokenizer-changed"})
"""Causes whose loss is the provider's doing."""
PING: Final = 0.9
"""Share of a lifetime after which a keep-alive is sent."""


class Bill(msgspec.Struct, frozen=True, gc=False):
    """USD of one call: its cost (None without a price or a known input), what was avoidable, what was lost
    to the provider.
    """

    cost: float | None
    avoidable: float = 0.0
    lost: float = 0.0


def bill(turn: Turn, should: int, finding: Finding | None, *, deploy: bool) -> Bill:
    """Return the money of a call; `deploy` is set for the first call of a new release of the application."""
    rates = _rates(turn)
    usage = turn.obs.usage
    if rates is None or usage.total_input is None:
        stated = usage.extra.get("cost")
        return Bill(None if stated is None else float(stated))
    total = total_of(usage, rates)
    if finding is None:
        return Bill(total)
    lost_tokens = max(0, should - turn.read)
    reading = rates.input if rates.read is None else rates.read
    written = dict(usage.cache_write or {})
    extra, paid_written = 0.0, 0
    for tier, tokens in written.items():
        take = min(tokens, lost_tokens - paid_written)
        extra += take * (rates.writing(tier) - reading)
        paid_written += take
    extra += min(lost_tokens - paid_written, usage.uncached_input or 0) * (rates.input - reading)
    unread = 0.0
    if finding.cause == "marker-misplaced":
        for tier, tokens in written.items():
            unread += max(0.0, rates.writing(tier) - rates.input) * max(0, tokens - paid_written)
    amount = max(0.0, extra + unread) / MTOK
    if finding.cause in PROVIDERS:
        return Bill(total, 0.0, min(amount, total))
    if BY_NAME[finding.cause].free or (deploy and finding.cause in {"tools-changed", "system-changed"}):
        return Bill(total)
    if finding.idle and turn.rules is not None:
        amount -= _cure(turn.rules, finding, should, rates) / MTOK
    return Bill(total, min(max(0.0, amount), total))


def saved(turn: Turn, tokens: int) -> float:
    """Return the USD that tokens of a call would have cost less, had they been read; 0 without a price."""
    rates = _rates(turn)
    if rates is None:
        return 0.0
    reading = rates.input if rates.read is None else rates.read
    paid, left = 0.0, tokens
    for tier, written in (turn.obs.usage.cache_write or {}).items():
        take = min(written, left)
        paid += take * rates.writing(tier)
        left -= take
    paid += left * rates.input
    return max(0.0, paid - tokens * reading) / MTOK


def _cure(rules: CacheRules, finding: Finding, tokens: int, rates: Price) -> float:
    """Return the price (times a million) of the cheaper cure of an expiry: pings, or the longer tier."""
    held = lifetime(rules, finding.tier)
    reading = rates.input if rates.read is None else rates.read
    cures = []
    if held.must > 0:
        # A ping keeps the entry for another lifetime: the last one may be that long before the call.
        pings = max(1, math.ceil((finding.idle - held.must) / (held.must * PING)))
        cures.append(pings * tokens * reading)
    cures += [
        tokens * max(0.0, rates.writing(tier.name) - rates.writing(held.name))
        for tier in rules.lifetimes
        if tier.must > finding.idle and tier.name in rates.write
    ]
    return min(cures, default=0.0)


def _rates(turn: Turn) -> Price | None:
    obs = turn.obs
    at = turn.start if turn.timed else utc_day(turn.start)
    for model in dict.fromkeys((obs.served_model, obs.model)):
        if model:
            found = paid(obs.usage, obs.provider, model, at, total_input=turn.total, endpoint=obs.endpoint)
            if found is not None:
                return found
    return None
