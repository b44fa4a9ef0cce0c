"""The verdict of a call: what became of its prefix, before anyone asks why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.attribution.turn import LEAST

if TYPE_CHECKING:
    from samovar.attribution.turn import Turn


def counts_as_none(read: int, should: int) -> bool:
    """Whether a read is so small that it counts as 0."""
    return read <= max(LEAST, should // 100)


def tolerance(potential: int, slack: int, granule: int) -> int:
    """Return the tokens by which a read may fall short: a step, the error of the estimate, an unwritten tail."""
    return max(granule if granule > 1 else 0, slack, LEAST, potential // 100)


def verdict_of(turn: Turn, should: int, allowed: int, *, cacheable: bool) -> str:
    """Return rejected, unreported, bypass, miss, hit or partial, decided in this order."""
    obs = turn.obs
    if not obs.answered:
        return "rejected"
    if not obs.usage.reports_cache:
        return "unreported"
    if not cacheable and turn.read == 0 and turn.written == 0:
        return "bypass"
    if counts_as_none(turn.read, should):
        return "miss"
    return "hit" if turn.read >= should - allowed else "partial"
