"""A call that was judged, and what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from samovar.attribution.explanation import Explained, Shift
from samovar.attribution.lineage import is_aside, speech_of
from samovar.attribution.money import bill
from samovar.attribution.potential import NOTHING, Potential
from samovar.attribution.timing import warm_until

if TYPE_CHECKING:
    from samovar.attribution.finding import Finding
    from samovar.attribution.turn import Turn
    from samovar.attribution.values import Parted
    from samovar.cache import Interval
    from samovar.record.observation import Witness


class Judged(NamedTuple):
    """A call with its verdict and why; `deploy` is set for the first call of a new release."""

    turn: Turn
    verdict: str
    finding: Finding | None
    should: int = 0
    potential: Potential = NOTHING
    expected: Interval | None = None
    shift: Shift | None = None
    deploy: bool = False


def told(judged: Judged, *, show_text: bool) -> Explained:
    """Return what is said of a call; while the call before it is still linked."""
    turn, verdict, finding, should, potential, expected, shift, deploy = judged
    obs = turn.obs
    usage = obs.usage
    if turn.misreport is not None:
        if finding is None:
            finding = turn.misreport
        else:
            finding = replace(finding, also=(*finding.also, turn.misreport.cause))
    money = bill(turn, should, finding, deploy=deploy)
    tokens = {name: count for name, count in usage.classes().items() if count is not None}
    partner = potential.best.turn if potential.best is not None else turn.predecessor
    healthy = Explained(
        id=obs.id,
        lineage=turn.lineage,
        verdict=verdict,
        confidence=sure(turn) if finding is None else finding.confidence,
        expected=expected,
        reported=usage.cache_read,
        potential=potential.tokens,
        should=should,
        witnesses=() if obs.witness is None else _witnesses(obs.witness),
        partner=None if partner is None else partner.obs.id,
        session=turn.session,
        tokens=tokens,
        cost_usd=money.cost,
        turn=turn.number,
        prefix=turn.name[:6].hex(),
        started_at=obs.started_at,
        warm_until=warm_until(turn),
        aside=is_aside(obs.lineage),
        shift=shift,
    )
    if finding is None:
        return healthy
    return replace(
        healthy,
        cause=finding.cause,
        also=finding.also,
        level=finding.level,
        path=finding.path,
        offset=finding.offset,
        detail=finding.detail,
        ruled_out=finding.ruled_out,
        partner=healthy.partner if finding.partner is None else finding.partner,
        values=shown(finding.values, as_it_was=show_text),
        avoidable_usd=money.avoidable,
        lost_usd=money.lost,
    )


def shown(values: Parted | None, *, as_it_was: bool) -> tuple[str, str] | None:
    """Return what stood at a place before and now: as it was if texts may be shown, else its form."""
    if values is None:
        return None
    return (values.before, values.now) if as_it_was else values.masked()


def sure(turn: Turn) -> str:
    """Return how sure it is that a call lost nothing.

    Without ids, a first call that already holds answers may go on with a conversation that was rewritten.
    """
    lost_track = turn.obs.session is None and not turn.number and speech_of(turn)
    return "likely" if lost_track else "certain"


def _witnesses(witness: Witness) -> tuple[str, ...]:
    if witness.pending:
        return (f"{witness.source}: pending",)
    if not witness.says:
        return (f"{witness.source}: nothing found",)
    missed = f", {witness.missed} tokens missed" if witness.missed else ""
    reason = f" ({witness.reason})" if witness.reason else ""
    return (f"{witness.source}: {witness.says}{reason}{missed}",)
