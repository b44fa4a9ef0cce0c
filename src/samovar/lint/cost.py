"""What a mistake costs: tokens that no other call reads, at what is paid for them above the price of a read.

It holds while the prefix is warm, so it is what the mistake takes from each call but the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from samovar.lint.locate import resolve
from samovar.lint.size import estimate
from samovar.providers.prices import MTOK, price
from samovar.providers.rules import BreakpointRules, Level

if TYPE_CHECKING:
    import datetime as dt

    from samovar.lint.finding import Found
    from samovar.lint.request import Request

CALLS = 1_000
"""Calls that a cost is told for."""


class Loss(NamedTuple):
    """Tokens of one call, USD for `CALLS` of them, and the sentence that says so."""

    tokens: int
    usd: float
    said: str


def loss(request: Request, found: Found, today: dt.date | None, *, breaks: bool) -> Loss | None:
    """Return what a finding costs, None where nothing is lost or no price is known.

    `breaks` says that what stands behind the finding is not read by other calls; a finding that knows its
    own tokens needs none of that. Prices are those of the day of the request, else of `today`.
    """
    tokens = found.lost if found.lost is not None else (_behind(request, found) if breaks else 0)
    day = request.at or today
    if tokens <= 0 or day is None:
        return None
    provider, platform = request.maker
    whole = estimate(request, len(request.blocks) - 1)
    rates = price(provider, request.model, day, total_input=whole, platform=platform)
    if rates is None or rates.read is None:
        return None
    marker = next((request.blocks[at].marker for at in request.markers if request.blocks[at].marker), "")
    writes = bool(request.markers) or isinstance(request.rules, BreakpointRules)
    paid = rates.writing(marker or request.rules.default_ttl) if writes else rates.input
    usd = tokens * (paid - rates.read) / MTOK * CALLS
    if usd <= 0:
        return None
    how = "written" if writes else "computed"
    return Loss(
        tokens,
        usd,
        f"about ${usd:,.2f} per {CALLS:,} calls: {tokens:,} tokens {how} each time at ${_rate(paid)} a "
        f"million, which would be read at ${_rate(rates.read)}",
    )


def _rate(usd: float) -> str:
    """Return USD with as many digits as it has, at least two."""
    whole, _, cents = f"{usd:.4f}".partition(".")
    return f"{whole}.{cents.rstrip('0').ljust(2, '0')}"


def _behind(request: Request, found: Found) -> int:
    """Return the tokens from a finding to the end of what later calls could read."""
    end = max(
        (
            i + 1
            for i, block in enumerate(request.blocks[: request.end])
            if i < request.newest or block.level is not Level.MESSAGES
        ),
        default=0,
    )
    at = position_of(request, found.path)
    if at is None or at >= end or estimate(request, end - 1) < request.rules.floor.lo:
        return 0
    before = estimate(request, at - 1) if at else 0
    block = estimate(request, at) - before
    text = resolve(request.body, found.path)
    if found.offset and isinstance(text, str) and text:
        before += round(block * found.offset / len(text))
    return estimate(request, end - 1) - before


def position_of(request: Request, path: str) -> int | None:
    """Return the position of the block that holds what a path names; of several blocks, the first."""
    for position in range(len(request.blocks)):
        here = request.path(position)
        if path == here or path.startswith((f"{here}.", f"{here}[")):
            return position
    for position in range(len(request.blocks)):
        if request.path(position).startswith((f"{path}.", f"{path}[")):
            return position
    return None
