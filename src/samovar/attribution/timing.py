"""Reasons that lie in time: an entry that had expired, or could not be read yet."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from samovar.attribution.finding import Finding
from samovar.attribution.lifetimes import lifetime
from samovar.attribution.markers import marker_path
from samovar.providers.rules import Level

if TYPE_CHECKING:
    from samovar.attribution.reach import Entry
    from samovar.attribution.turn import Turn

SKEW: Final = 2.0
"""Seconds by which the clocks of the machines that wrote a log may differ."""


def warm_until(turn: Turn) -> float | None:
    """Return until when what the call wrote or read must be readable, None where nothing promises it."""
    rules = turn.rules
    if rules is None or not turn.timed or not turn.answered:
        return None
    if turn.marked and not turn.read and not turn.written:
        return None
    held = 0.0
    for life in turn.lives if turn.marked else (lifetime(rules, ""),):
        held = max(held, life.must)
    return turn.start + held if held > 0 else None


def in_flight(turn: Turn, entry: Entry) -> Finding | None:
    """The writer had not begun to answer when this call started."""
    if turn.rules is None or not turn.timed or entry.visible <= entry.turn.start < turn.start - SKEW * 60:
        return None
    early = entry.visible - turn.start
    if early > 0:
        detail = f"started {_span(early)} before the first byte of the call that wrote the entry"
        return Finding(cause="concurrent-write", level="transport", detail=detail)
    return None


def not_visible(turn: Turn, entry: Entry) -> Finding | None:
    """The writer had answered, but entries become readable a moment later."""
    if turn.rules is None or not turn.timed:
        return None
    late = turn.start - entry.visible
    lag = turn.rules.visibility_lag.hi
    known = turn.rules.facts.get("visibility_lag", "").partition(".")[0] not in {"", "unknown"}
    if known and 0 <= late <= lag:
        detail = f"started {_span(late)} after the write was answered, readable after {_span(lag)}"
        return Finding(cause="concurrent-write", level="transport", detail=detail, confidence="likely")
    return None


def expired(turn: Turn, entry: Entry, survived: float) -> Finding | None:
    """The entry was idle for longer than it lives.

    `survived` is the longest pause after which such an entry was still read, in seconds: inside the band in
    which a provider may keep an entry or not, the log itself decides.
    """
    rules = turn.rules
    if rules is None or not turn.timed:
        return None
    tier = lifetime(rules, entry.tier)
    idle = turn.start - entry.touched
    if idle < tier.must - SKEW or tier.may <= 0:
        return None
    if idle < tier.may:
        if tier.must <= 0 and (idle < FRESH or idle <= survived):
            return None
        confidence = "likely"
    else:
        confidence = "certain"
    lives = f"it lives {_span(tier.must + 1)}" if tier.must > 0 else "no lifetime is promised"
    detail = f"{_span(idle)} since the last request that used the entry; {lives}"
    return Finding(
        cause="ttl-expired",
        level="time",
        path=_first_marker(turn),
        detail=detail,
        confidence=confidence,
        tier=tier.name,
        idle=idle,
    )


FRESH: Final = 300.0
"""Seconds within which no provider that keeps prefixes at all is known to let them go for idleness."""


Asked = frozenset[tuple[str, str]]
"""Lifetimes asked for, each with the place of its marker."""


NAMES: Final = tuple(level.name.lower() for level in Level)
NOTHING: Final[Asked] = frozenset()


def place(turn: Turn, position: int) -> str:
    """Return which of a call's markers stands at a position: the last one, which moves, or its level's."""
    prompt = turn.prompt
    if prompt is None or (turn.entries and turn.entries[-1][0] == position):
        return "last"
    return NAMES[prompt.levels[position]]


def asked(turn: Turn) -> Asked:
    """Return the lifetimes that a call asks for."""
    prompt, entries = turn.prompt, turn.entries
    if prompt is None or not entries:
        return NOTHING
    last = entries[-1].position
    levels = prompt.levels
    return _of(tuple([("last" if at == last else NAMES[levels[at]], ttl) for at, ttl in entries]))


@lru_cache(1_000)
def _of(tiers: tuple[tuple[str, str], ...]) -> Asked:
    """Return the set of these, one object for all calls that ask for them."""
    return frozenset(tiers)


def tier_changed(turn: Turn, entry: Entry, asked_before: Asked, stale: Finding | None) -> Finding | None:
    """Another lifetime was asked for or granted than before, and that decided.

    `asked_before` are the tiers that this conversation (or call site) asked for so far; `stale` says that
    the entry had expired.
    """
    rules, entries = turn.rules, turn.entries
    if rules is None or not entries:
        return None
    here = entry.depth - 1
    covering = [marker.ttl for marker in entries if marker.position >= here]
    now = set(covering[:1] or [marker.ttl for marker in entries])
    held = lifetime(rules, entry.tier)
    before = {ttl for where, ttl in asked_before if where == place(entry.turn, here)}
    if stale is None:
        # A longer marker over a live shorter entry may rewrite it; the other way round it is read.
        if entry.tier and all(lifetime(rules, tier).must > held.must for tier in now):
            detail = f"asked for {'/'.join(sorted(now))}, the entry was written for {entry.tier}"
            return _tier(turn, detail, "likely")
        return None
    longer = [
        tier
        for tier in (lifetime(rules, name) for name in before | set(entry.turn.granted))
        if tier.must > held.must and stale.idle < tier.may
    ]
    if not longer:
        return None
    granted = entry.turn.granted
    if granted:
        detail = f"{'/'.join(sorted(granted))} asked for, {held.name} granted"
    else:
        detail = f"{longer[0].name} before, {held.name} at the last write"
    return replace(_tier(turn, detail, "certain"), tier=held.name, idle=stale.idle)


def _first_marker(turn: Turn) -> str | None:
    """Return where the lifetime is asked for: the first marker."""
    call, prompt = turn.call, turn.prompt
    if call is None or prompt is None or not prompt.markers:
        return None
    if call.automatic is not None and call.blocks[prompt.markers[0].position].marker is None:
        return "cache_control"
    path = marker_path(turn, prompt.markers[0].position)
    return f"{path}.{'cachePoint' if call.provider == 'bedrock' else 'cache_control'}"


def _tier(turn: Turn, detail: str, confidence: str) -> Finding:
    marker = _first_marker(turn)
    path = None if marker is None else f"{marker}.ttl"
    return Finding(cause="ttl-tier-changed", level="params", path=path, detail=detail, confidence=confidence)


def _span(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 120:  # noqa: PLR2004  # two minutes are still said in seconds
        return f"{seconds:.0f} s"
    if seconds < 7200:  # noqa: PLR2004  # two hours are still said in minutes
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
