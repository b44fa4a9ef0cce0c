"""Calls without a body: usage, times and the provider's own diagnosis decide what they can.

The naive rule (a call should read what the one before read and wrote) is all there is; where it is broken,
a cause is named only when a time, another model or the provider says so, and else it stays unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samovar.attribution.finding import Finding
from samovar.attribution.lifetimes import lifetime
from samovar.attribution.potential import granule_of
from samovar.attribution.turn import LEAST, MARKED
from samovar.attribution.verdict import verdict_of
from samovar.call.memo import Memo
from samovar.providers.models import rules_for
from samovar.providers.prices import utc_day
from samovar.record.verdict import tail

if TYPE_CHECKING:
    from samovar.attribution.turn import Turn
    from samovar.providers.rules import CacheRules

SAYS: Final = {
    "model_changed": ("model-changed", "model"),
    "system_changed": ("system-changed", "system"),
    "tools_changed": ("tools-changed", "tools"),
    "messages_changed": ("history-rewritten", "messages"),
}
"""The provider's reasons and the causes that they are (fact `anthropic.diagnostics`)."""

SHORTEST: Final = 299.0
"""Seconds that every tier of the providers whose logs come without bodies lives at least."""


class Blind:
    """Judges calls without bodies; remembers the newest of each kind that has no session."""

    def __init__(self) -> None:
        """Begin without calls."""
        self._rows: Memo[tuple[str, ...], Turn] = Memo(5_000)

    def judge(self, turn: Turn, near: Turn | None) -> tuple[str, Finding | None, int]:
        """Return the verdict, the finding and what should have been read; `near` is its site's newest."""
        before = turn.predecessor
        if before is None:
            return self._row(turn, near)
        should = before.read + before.written
        if turn.read <= LEAST:
            should = max(should, _kept(turn, before.total))
        verdict = verdict_of(turn, should, tail(should), cacheable=should > 0 or turn.read + turn.written > 0)
        if verdict not in {"miss", "partial"}:
            return verdict, None, should
        if not should:
            return verdict, _cold(), 0
        return verdict, _witnessed(turn) or _timed(turn, before) or _unknown(turn, before), should

    def _row(self, turn: Turn, near: Turn | None) -> tuple[str, Finding | None, int]:
        """A call of no conversation: the rows before it with the same steady read tell a wasted write."""
        space = turn.space
        key = (space.provider, space.model, space.credential, turn.site, space.cache_key)
        before = self._rows.get(key)
        self._rows.put(key, turn)
        opening = _kept(turn, turn.total) > 0
        cacheable = opening or turn.read + turn.written > 0
        verdict = verdict_of(turn, 0, LEAST, cacheable=cacheable)
        if verdict == "miss":
            earlier = before or near
            if turn.obs.session is None and earlier is not None and turn.start - earlier.start <= turn.limit:
                # Without an id either, nothing tells whether the call before had this prefix.
                return verdict, _timed(turn, earlier) or _unknown(turn, earlier), 0
            return verdict, _cold(), 0
        if verdict != "hit" or before is None or turn.written <= LEAST or before.written <= LEAST:
            return verdict, None, 0
        steady = abs(turn.read - before.read) <= tail(turn.read)
        first = before.read <= LEAST and turn.read < before.written - tail(before.written)
        if not steady and not first:
            return verdict, None, 0
        finding = Finding(
            cause="marker-misplaced",
            level="messages",
            detail=f"{turn.read:,} tokens are read each time, and {turn.written:,} written that nobody reads",
            confidence="likely",
            ruled_out=("ttl",),
        )
        # What varies can never be read: without a marker on it, only the price of writing is saved.
        return "partial", finding, turn.read


def _kept(turn: Turn, tokens: int) -> int:
    """Return how many of a prompt's tokens a provider keeps that asks for no markers and tells no writes."""
    rules = _rules(turn)
    if isinstance(rules, MARKED):
        return 0
    step = max(granule_of(rules), 1)
    kept = min(tokens, turn.total - 1) // step * step
    return kept if kept >= rules.floor.hi and kept > LEAST else 0


def _rules(turn: Turn) -> CacheRules:
    """Return the rules of a call's model on its day."""
    at = utc_day(turn.start) if turn.timed else None
    return rules_for(turn.obs.provider, turn.obs.model or turn.obs.served_model, at=at)


def _cold() -> Finding:
    return Finding(
        cause="cold-start", level="provider", detail="no earlier call in the log", confidence="likely"
    )


def _witnessed(turn: Turn) -> Finding | None:
    witness = turn.obs.witness
    found = SAYS.get(witness.says) if witness is not None else None
    if witness is None or found is None:
        return None
    cause, level = found
    detail = f"the provider says {witness.says}; no body was recorded"
    return Finding(cause=cause, level=level, detail=detail, confidence="likely")


def _timed(turn: Turn, before: Turn) -> Finding | None:
    """Another model, or a pause that no entry of the tier survives."""
    if turn.space.model != before.space.model:
        detail = f"{before.space.model} -> {turn.space.model}"
        return Finding(cause="model-changed", level="model", path="model", detail=detail, confidence="likely")
    if not turn.timed or turn.read > LEAST:
        return None
    rules = _rules(turn)
    tiers = [lifetime(rules, tier) for tier, tokens in (before.obs.usage.cache_write or {}).items() if tokens]
    held = max((tier.may for tier in tiers), default=max((tier.may for tier in rules.lifetimes), default=0.0))
    idle = turn.start - before.start
    if idle < held or not held:
        return None
    detail = f"{idle:.0f} s since the call before; entries of its tier live {held:.0f} s at most"
    return Finding(cause="ttl-expired", level="time", detail=detail, confidence="likely", idle=idle)


def _unknown(turn: Turn, before: Turn) -> Finding:
    idle = turn.start - before.start
    now, then = turn.space, before.space
    same = (
        ("model", bool(now.model) and now.model == then.model),
        ("credential", bool(now.credential) and now.credential == then.credential),
        ("route", now.routed and now.place == then.place),
        ("ttl", turn.timed and idle < SHORTEST),
        ("concurrency", turn.timed and turn.start >= before.first),
    )
    return Finding(
        cause="unknown",
        level="provider",
        detail=f"no request body was recorded; {idle:.0f} s since the call before",
        confidence="guess",
        ruled_out=tuple(name for name, holds in same if holds),
    )
