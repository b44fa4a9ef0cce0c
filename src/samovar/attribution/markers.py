"""Reasons that lie in markers: none, too short, too far from the last write, or on varying text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.attribution.finding import Finding
from samovar.providers.facts import facts
from samovar.providers.rules import BreakpointRules, Level, MarkerRules

if TYPE_CHECKING:
    from samovar.attribution.potential import Potential
    from samovar.attribution.reach import Reach
    from samovar.attribution.turn import Turn
    from samovar.providers.rules import Band


def nothing_cacheable(turn: Turn, floor: Band) -> Finding | bool:
    """Return why a call that read and wrote nothing could not have: True for a reason that is no fault.

    False where something in it was cacheable. `floor` is the model's minimum, calibrated from the log.
    """
    prompt, call = turn.prompt, turn.call
    if prompt is None or call is None or not prompt.chain:
        return False
    total = turn.total or prompt.total_hi
    if not turn.marked:
        if total > floor.lo and turn.space.provider in OPT_IN and not turn.space.cache_key:
            return Finding(
                cause="cache-key-changed",
                level="transport",
                path="prompt_cache_key",
                detail="this provider caches calls with a key only",
            )
        return total <= floor.lo
    if not turn.entries:
        if total < floor.lo:
            return True
        where = _last_stable(turn)
        return Finding(
            cause="marker-missing",
            level="params",
            path=where,
            detail=f"no marker in a prompt of about {total:,} tokens",
        )
    last = turn.entries[-1][0]
    opaque = [i for i, block in enumerate(call.blocks) if block.images]
    if opaque and opaque[0] <= last:
        # An image may be as short as a word, a document as long as the window: only the whole bounds them.
        tokens, about = turn.total or floor.hi, "at most"
    else:
        # What stands behind the marker and has no size says nothing about what stands before it.
        scale = turn.total / prompt.total_hi if turn.total and prompt.total_hi and not opaque else 1.0
        tokens, about = round(prompt.hi[last] * scale), "about"
    if tokens >= floor.hi:
        return False
    detail = f"{about} {tokens:,.0f} tokens up to the marker; the minimum is {floor.hi:,.0f}"
    return Finding(
        cause="below-floor",
        level="model",
        path=marker_path(turn, last),
        detail=detail,
        confidence="certain" if tokens < floor.lo else "likely",
    )


OPT_IN: Final = frozenset(
    fact.provider
    for fact in facts().facts()
    if fact.id.endswith(".activation") and "prompt_cache_key" in str(fact.value)
)
"""Providers that cache nothing without a cache key (facts `*.activation`)."""


def _last_stable(turn: Turn) -> str | None:
    """Return where a marker would do most good at the least: the end of system, else of tools."""
    call, prompt = turn.call, turn.prompt
    if call is None or prompt is None:
        return None
    for level in (Level.SYSTEM, Level.TOOLS):
        found = [i for i, each in enumerate(prompt.levels) if each is level]
        if found:
            return call.path(found[-1])
    return call.path(len(prompt.levels) - 1)


def marker_path(turn: Turn, position: int) -> str | None:
    """Return the path of the block that carries the marker at a position, or of its cache point."""
    call = turn.call
    if call is None:
        return None
    path = call.path(position).removesuffix(".text")
    point = POINT.search(path)
    if call.provider == "bedrock" and call.blocks[position].marker is not None and point is not None:
        return f"{path[: point.start()]}[{int(point[1]) + 1}]"
    return path


POINT: Final = re.compile(r"\[(\d+)\]$")
"""The index of a block; in Converse bodies the cache point that marks it is the next element."""


def geometry(turn: Turn, potential: Potential, reach: Reach) -> Finding:
    """Return why the markers of the calls do not let this one read what they have in common."""
    best = potential.best
    call, prompt, rules = turn.call, turn.prompt, turn.rules
    if best is None or call is None or prompt is None:
        return Finding(cause="unknown", level="provider", confidence="guess")
    beyond = reach.beyond
    positions = [position for position, _ in turn.entries]
    if beyond is not None:
        later = [position for position in positions if position >= beyond.depth]
        if later and isinstance(rules, MarkerRules):
            gap = later[0] - beyond.depth + 1
            detail = (
                f"the last write lies {gap} blocks before the marker; {rules.lookback - 1} are looked back"
            )
            return Finding(
                cause="lookback-exceeded",
                level=prompt.levels[later[0]].name.lower(),
                path=marker_path(turn, later[0]),
                detail=detail,
                position=later[0],
            )
        return _uncovered(turn, beyond.depth - 1)
    if best.inner:
        return _inside(turn, best.depth)
    covering = [position for position in positions if position >= best.depth]
    writers = [position for position, _ in best.turn.entries if position >= best.depth]
    if writers:
        at = covering[0] if covering else min(writers[0], len(call.blocks) - 1)
        detail = f"{best.depth} blocks in common end before the marker; what it writes is not read again"
        return Finding(
            cause="marker-misplaced",
            level=prompt.levels[at].name.lower(),
            path=_marked_element(turn, at),
            detail=detail,
            position=at,
        )
    return _uncovered(turn, best.depth - 1)


def _inside(turn: Turn, position: int) -> Finding:
    """What calls share ends inside one block, where no marker can stand."""
    call, prompt = turn.call, turn.prompt
    if call is None or prompt is None:
        return Finding(cause="unknown", level="provider", confidence="guess")
    after = [at for at, _ in turn.entries if at >= position]
    return Finding(
        cause="marker-misplaced" if after else "marker-missing",
        level=prompt.levels[position].name.lower(),
        path=_marked_element(turn, after[0]) if after else marker_path(turn, position),
        detail="what calls share and what varies stand in one block: a marker can only follow both",
        position=position,
    )


def _marked_element(turn: Turn, position: int) -> str | None:
    call = turn.call
    if call is not None and call.automatic is not None and call.blocks[position].marker is None:
        return "cache_control"
    return marker_path(turn, position)


def _uncovered(turn: Turn, last: int) -> Finding:
    """A tail in common that no marker covers: a marker is missing, or all are used elsewhere."""
    call, prompt, rules = turn.call, turn.prompt, turn.rules
    if call is None or prompt is None:
        return Finding(cause="unknown", level="provider", confidence="guess")
    slots = 4
    if isinstance(rules, MarkerRules):
        slots = rules.max_markers
    elif isinstance(rules, BreakpointRules):
        slots = rules.max_writes
    used = len(turn.entries)
    level = prompt.levels[last].name.lower()
    if used >= slots:
        return Finding(
            cause="marker-misplaced",
            level=level,
            path=marker_path(turn, turn.entries[-1][0]),
            detail=f"all {slots} markers stand before the end of what calls share",
            position=last,
        )
    return Finding(
        cause="marker-missing",
        level=level,
        path=marker_path(turn, last),
        detail="no marker covers the end of what calls share",
        position=last,
    )
