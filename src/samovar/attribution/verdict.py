"""The verdict of a call: what became of its prefix, before anyone asks why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samovar.attribution.turn import LEAST
from samovar.providers.rules import AutomaticRules
from samovar.record.verdict import tail, verdict_on

if TYPE_CHECKING:
    from samovar.attribution.measure import Measure
    from samovar.attribution.potential import Potential
    from samovar.attribution.sightings import Sightings
    from samovar.attribution.turn import Turn
    from samovar.record.verdict import Verdict


def tolerance(turn: Turn, potential: Potential, seen: Sightings, measure: Measure, granule: int) -> int:
    """Return the tokens by which a read may fall short of the potential.

    Where an earlier call wrote the position, the provider's own numbers are exact, and a step is all; else
    the error of the estimate, and a tail that nobody wrote: a longer one, `ONCE`, where this call's marker
    covers it and one call only had sent it.
    """
    best = potential.best
    if best is None:
        return LEAST
    if not turn.marked or (not turn.entries and turn.read > LEAST):
        # What is read without markers is a cache of the provider's own making, of unknown steps.
        step = granule if granule > 1 else _unknown_step(turn)
        return max(step, potential.slack, tail(potential.tokens))
    count = seen.written(turn, best.depth)
    if count:
        short = potential.raw - measure.tokens(turn, count)
        now = bool(turn.entries) and turn.entries[-1][0] >= best.depth - 1
        once = now and count < best.depth and not seen.again(turn, count)
        if short <= (potential.raw // ONCE if once else tail(potential.raw)):
            return short + max(ROUNDING, potential.slack)
    return max(ROUNDING, potential.slack)


def _unknown_step(turn: Turn) -> int:
    rules = turn.rules
    if turn.marked or (isinstance(rules, AutomaticRules) and not rules.granule.exact):
        return UNKNOWN_STEP
    return 1


ROUNDING: Final = 8
"""Tokens by which two ways of adding up one prompt may differ."""
UNKNOWN_STEP: Final = 256
"""Step that is allowed for where a provider does not document its own: the longest one seen (case `j01`)."""
ONCE: Final = 10
"""The part of what calls share, a tenth, that one call may have sent without writing it.

An agent's marker stands before a reminder that it appended, and behind it in the next call (the second of
`captures/claude-code`, where that is more than a twentieth; case `e40`): each call writes what the one before
left, and no marker is missing.
"""


def verdict_of(turn: Turn, should: int, allowed: int, *, cacheable: bool) -> Verdict:
    """Return the verdict on a call of a log."""
    return verdict_on(
        turn.read,
        turn.written,
        answered=turn.answered,
        reported=turn.obs.usage.reports_cache,
        cacheable=cacheable,
        should=should,
        allowed=allowed,
    )
