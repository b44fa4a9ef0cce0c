"""What could have been read: the longest rendered prefix in common with an earlier call.

Whatever the earlier call's markers, parameters, key, route, age or concurrency. A call of another key space
counts where the same tenant's session or call site had the prefix there, or where it wrote an entry exactly
at one of this call's markers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from samovar.attribution.keyspace import differences
from samovar.attribution.turn import LEAST
from samovar.prefix.divergence import offset
from samovar.providers.rules import AutomaticRules, BlockRules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from samovar.attribution.measure import Measure
    from samovar.attribution.sightings import Sightings
    from samovar.attribution.spots import Sight
    from samovar.attribution.turn import Turn
    from samovar.providers.rules import CacheRules

STEPS: Final = 64
"""Prefixes that are looked through below the deepest one, for an own key space."""
COMES_BACK: Final = 2
"""Lifetimes after which the next call of a call site is a new start; before, one ping would have helped.

With one lifetime a job that comes back a little later would be a cold start (case `w306`); after three
it is one (case `m08`).
"""


class Shared(NamedTuple):
    """`depth` leading positions in common with `turn`, and `inner` tokens of the position after them."""

    depth: int
    inner: int
    turn: Turn
    own: bool
    """Whether that call's key space is this one's, for these positions."""


class Potential(NamedTuple):
    """`tokens` that were in common with `best`, after floor and granule; `raw` before them.

    `own` is the longest prefix within this call's own key space.
    """

    tokens: int
    raw: int
    slack: int
    best: Shared | None
    own: Shared | None


NOTHING: Final = Potential(0, 0, 0, None, None)


def find(
    turn: Turn,
    seen: Sightings,
    measure: Measure,
    near: Callable[[Turn], Iterable[Turn]],
    granule: int,
    floor: float,
) -> Potential:
    """Return the potential of a call, in steps of `granule` tokens and not below `floor` of them.

    `near` names calls to compare inside a position, where no position is shared.
    """
    if not turn.chain:
        return NOTHING
    best: Shared | None = None
    own: Shared | None = None
    limit = turn.limit
    sights = seen.deepest(turn)
    if sights and sights[-1].space is turn.space and _recent(turn, sights[-1].turn, limit):
        own = Shared(seen.depth(turn), 0, sights[-1].turn, own=True)  # nearly always
    for count, sight in seen.down(turn, STEPS) if own is None else ():
        if not _recent(turn, sight.turn, limit):
            continue
        if sight.space is turn.space or sight.space == turn.space or not differences(turn, sight.turn, count):
            own = Shared(count, 0, sight.turn, own=True)
        elif best is None and counts(turn, sight, count, measure):
            best = Shared(count, 0, sight.turn, own=False)
        if own is not None:
            break
    if best is None or (own is not None and own.depth >= best.depth):
        best = own
    # Markers stand between positions: what is shared inside one matters only where nothing else is shared.
    raw = measure.tokens(turn, best.depth) if best is not None else 0
    if not turn.marked or best is None or raw < floor:
        recent = [other for other in near(turn) if _recent(turn, other, limit)]
        best, own = _deepened(turn, best, own, seen, recent)
        if best is None:
            return NOTHING
        raw = measure.tokens(turn, best.depth)
    if best.inner:
        raw += measure.within(turn, best.depth, best.inner)
    slack = measure.slack(turn, best.depth, raw) if not best.inner else max(2, raw // 50)
    return Potential(floored(turn, raw, 0 if best.inner else slack, granule, floor), raw, slack, best, own)


def floored(turn: Turn, raw: int, slack: int, granule: int, floor: float) -> int:
    """Return the tokens that the provider could serve of `raw` ones in common."""
    rules = turn.rules
    if rules is None:
        return 0
    most = raw
    if not turn.marked:
        if turn.total:
            most = min(most, turn.total - 1)
        step = max(granule, 1)
        most = most // step * step
    if most + slack < floor or most <= LEAST:
        return 0
    return most


def granule_of(rules: CacheRules | None) -> int:
    """Return the documented step in which prefixes are served."""
    if isinstance(rules, BlockRules):
        return rules.block
    if isinstance(rules, AutomaticRules):
        return rules.reported_granule if rules.granule.exact else 1
    return 1


def _recent(turn: Turn, other: Turn, limit: float) -> bool:
    """Within the longest lifetime sold, of the same lineage however long ago, or a job that came back."""
    if other is turn:
        return False
    idle = turn.start - other.start
    if idle <= limit or other.lineage == turn.lineage:
        return True
    return idle <= COMES_BACK * limit and _same_site(turn, other)


def _same_site(turn: Turn, other: Turn) -> bool:
    return bool(turn.site) and turn.site == other.site and turn.tenant == other.tenant


def counts(turn: Turn, sight: Sight, count: int, measure: Measure) -> bool:
    """Whether a prefix under another key space is one that this call should have met."""
    other = sight.turn
    if other.tenant != turn.tenant or turn.rules is None:
        return False
    floor = turn.rules.floor.lo if other.rules is None else max(turn.rules.floor.lo, other.rules.floor.lo)
    if measure.tokens(turn, count) < floor:
        return False
    session, site = turn.session, turn.site
    if session is not None and session == other.session:
        return True
    strange = other.domain != turn.domain and other.space.model != turn.space.model
    if turn.lineage == other.lineage or (site and site == other.site and not strange):
        return True
    here = count - 1
    return sight.entry is not None and any(position == here for position, _ in turn.entries)


def _deepened(
    turn: Turn, best: Shared | None, own: Shared | None, seen: Sightings, near: Iterable[Turn]
) -> tuple[Shared | None, Shared | None]:
    """Look inside the first position that differs: engines cache tokens, not positions."""
    if turn.call is None:
        return best, own
    count = best.depth if best is not None else 0
    if best is not None:
        sights = seen.at(turn, count - 1)
        others = [other for sight in sights for other in (sight.turn, sight.before) if other is not None]
    else:
        others = []
    deepest = best
    for other in (*others, *near):
        if other is turn or other.call is None or other.space.credential != turn.space.credential:
            continue
        inner = _inside(turn, other, count)
        if inner and (deepest is None or inner > deepest.inner):
            same = other.space == turn.space or not differences(turn, other, count + 1)
            if best is None and not same and not _comparable(turn, other, count, inner):
                continue
            deepest = Shared(count, inner, other, own=same)
    if deepest is None or deepest is best:
        return best, own
    if deepest.own:
        return deepest, deepest
    return deepest, own


def _comparable(turn: Turn, other: Turn, count: int, inner: int) -> bool:
    """Whether a call of another key space could have cached what it shares inside a position."""
    floor = other.rules.floor.lo if other.rules is not None else 0
    shared = (turn.sizes[count - 1] if count else 0) + inner
    return other.tenant == turn.tenant and shared >= floor


def _inside(turn: Turn, other: Turn, count: int) -> int:
    """Return the tokens that two calls have in common inside the position after `count` equal ones."""
    one, two = turn.call, other.call
    if one is None or two is None or count >= min(len(one.blocks), len(two.blocks)):
        return 0
    if count and (len(other.chain) < count or other.chain[count - 1] != turn.chain[count - 1]):
        return 0
    a, b = one.blocks[count], two.blocks[count]
    if a.level is not b.level or a.role != b.role or not a.text or not b.text:
        return 0
    same = offset(a.text, b.text)
    return len(a.text[:same].encode("utf-8", "surrogatepass")) // 4
