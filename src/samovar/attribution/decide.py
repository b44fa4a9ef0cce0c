"""Which difference decided: the earliest in render order that suffices alone; the others are also said.

Three regions: what an entry in reach of the markers should have served (key space, time, the provider), what
no marker reached (markers), and what was not the same text any more (content).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from samovar.attribution.causes import RANK
from samovar.attribution.finding import Finding
from samovar.attribution.keyspace import (
    Difference,
    differences,
    other_api,
    other_provider,
    respoken,
    same_space,
)
from samovar.attribution.lifetimes import lifetime
from samovar.attribution.markers import geometry
from samovar.attribution.potential import granule_of
from samovar.attribution.respelt import other_bytes, respelt
from samovar.attribution.timing import expired, in_flight, not_visible, tier_changed
from samovar.attribution.turn import LEAST
from samovar.providers.facts import facts
from samovar.providers.modelid import dated
from samovar.providers.rules import AutomaticRules, BreakpointRules
from samovar.record.headers import tells_load

if TYPE_CHECKING:
    from samovar.attribution.content import Changed
    from samovar.attribution.knowledge import Knowledge
    from samovar.attribution.potential import Potential
    from samovar.attribution.reach import Entry, Reach
    from samovar.attribution.turn import Turn
    from samovar.cache import Interval

RATE_FACT: Final = "openai.rpm-per-machine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that is known of a call that read too little.

    `tolerance` are the tokens that do not count; `change` is the first change of content against the
    conversation so far, None if there is none. `expected` are the tokens that the call may read as sent.
    """

    turn: Turn
    potential: Potential
    reach: Reach
    tolerance: int
    change: Changed | None
    before: Turn | None
    expected: Interval | None
    knowledge: Knowledge

    @property
    def as_expected(self) -> bool:
        """Whether the provider kept what its rules promise: then nothing is blamed on it.

        A cache that may miss at any time, by where a call is routed or what an engine evicts, promises
        nothing; there the most that it could serve has to have been read.
        """
        turn, expected, rules = self.turn, self.expected, self.turn.rules
        if expected is None or not turn.marked:
            return False
        strays = isinstance(rules, BreakpointRules) and rules.routing_may_miss
        return (expected.hi if strays else expected.lo) <= turn.read + self.tolerance


def decide(case: Case) -> Finding:
    """Return the finding of a call that read less than it should have."""
    turn, reach = case.turn, case.reach
    unread = None
    if reach.deepest is not None and reach.deepest.least > turn.read + _doubt(case):
        unread = _unread(case, reach.deepest)
    held = unread is not None and unread.cause == "provider-side" and case.as_expected
    if held:
        unread = None
    content = None if case.change is None else _content(case.change, case.before)
    moved = case.before is not None and other_api(turn, case.before)
    reworded = moved and case.before is not None and respoken(turn, case.before)
    if reworded:
        content = None
    if unread is not None and content is not None and _spared(case, unread):
        content, unread = replace(content, also=(*content.also, unread.cause)), None
    outer = _other_space(case)
    found: list[Finding] = []
    if unread is not None and not (content is not None and _settled(case, unread)):
        found.append(unread)
    surely = outer is not None and (moved or outer.confidence == "certain")
    if surely and outer is not None and content is not None and outer.position <= content.position:
        found.append(outer)
    if reworded and outer is not None and outer not in found:
        found.append(outer)
    if content is not None:
        found.append(content)
        if outer is not None and outer not in found:
            found.append(outer)
    if not found or (unread is None and content is None):
        if case.potential.tokens > turn.read + case.tolerance:
            apart = turn.marked and not held
            found.append(_unwritten(case) or (_apart(case) if apart else _nothing(case)))
        elif not found:
            found.append(_nothing(case))
    elif unread is None and turn.marked and case.potential.tokens > turn.read + case.tolerance:
        aside = geometry(turn, case.potential, reach)
        found.append(aside)
    first, *rest = found
    also = [*first.also, *(each.cause for each in rest), *(name for each in rest for name in each.also)]
    return replace(first, also=tuple(dict.fromkeys(name for name in also if name != first.cause)))


def _doubt(case: Case) -> int:
    """Return by how many tokens an entry must exceed the read before its loss is told from a change.

    Where the change of content stands between two counts of the provider, its place in tokens is a guess, and
    what is left before it may as well be too short to be cached.
    """
    tokens, rules = case.potential.tokens, case.turn.rules
    if case.change is not None and rules is not None and tokens < rules.floor.hi:
        return tokens
    if case.change is None or not case.potential.slack:
        return case.tolerance
    off = tokens // 8
    if rules is not None and tokens - off < rules.floor.lo <= tokens:
        return tokens
    return max(case.tolerance, off)


def _spared(case: Case, unread: Finding) -> bool:
    """Whether only the change of content made a loss to time matter.

    An older entry had expired, but the newest one of the conversation was alive: unchanged, it would have
    been read.
    """
    before, turn = case.before, case.turn
    if unread.cause != "ttl-expired" or before is None or not before.entries or before.rules is None:
        return False
    tier = before.entries[-1][1]
    return turn.start - before.start < lifetime(before.rules, before.granted.get(tier, tier)).must


def _apart(case: Case) -> Finding:
    """Markers do not reach what calls share; if they did, another key space might still be in the way."""
    turn, beyond, deepest = case.turn, case.reach.beyond, case.reach.deepest
    if beyond is not None and not beyond.own and deepest is not None and deepest.depth >= beyond.depth:
        other = _spaces(case, beyond)  # in reach of the markers, so that only the key space keeps it away
        if other is not None:
            return other
    found = geometry(turn, case.potential, case.reach)
    if turn.unseen:
        found = replace(found, confidence="likely")
    if beyond is None or beyond.own or beyond.least <= turn.read + case.tolerance:
        return found
    other = _spaces(case, beyond)
    if other is None or (found.position and other.position > found.position):
        return found
    return replace(other, also=tuple(dict.fromkeys((*other.also, found.cause))))


def _unwritten(case: Case) -> Finding | None:
    """The calls before marked what they share, long enough, and the provider wrote nothing."""
    best, turn = case.potential.best, case.turn
    if best is None or not turn.marked or turn.rules is None or best.turn.read + best.turn.written:
        return None
    if not best.turn.obs.usage.reports_cache and any(p < best.depth for p, _ in best.turn.entries):
        return Finding(
            cause="unknown",
            level="provider",
            detail=f"whether {best.turn.obs.id} wrote what it marked is not known: it has no usage",
            confidence="guess",
            ruled_out=("tools", "system", "history", "markers"),
        )
    floor = turn.rules.floor.hi
    marked = [p for p, _ in best.turn.entries if p < best.depth and best.turn.sizes[p] >= floor]
    if not marked or not best.turn.obs.usage.reports_cache or case.as_expected:
        return None
    return Finding(
        cause="provider-side",
        level="provider",
        detail="markers were sent on a prefix above the minimum, and nothing was written",
        confidence="likely",
        ruled_out=(*same_space(turn), "tools", "system", "history", "markers"),
    )


def _settled(case: Case, unread: Finding) -> bool:
    """Whether the conversation had moved to this key space before: then only the content changed now."""
    before = case.before
    if unread.cause not in SPACES or before is None or case.change is None:
        return False
    return not differences(case.turn, before, case.change.position + 1)


SPACES: Final = frozenset(
    {"model-changed", "credential-changed", "route-changed", "cache-key-changed", "parameter-changed"}
)


def _content(change: Changed, before: Turn | None) -> Finding:
    return Finding(
        cause=change.cause,
        level=change.level,
        path=change.path or None,
        offset=change.offset,
        detail="; ".join([change.detail, *(f"{cause} at {path}" for cause, path in change.others)]),
        also=tuple(cause for cause, _ in change.others),
        position=change.position,
        values=change.values,
        partner=None if before is None else before.obs.id,
        confidence="likely" if change.cause == "compacted" else "certain",
    )


def _other_space(case: Case) -> Finding | None:
    """A difference of key space against the conversation so far, where the content changed too."""
    before, potential = case.before, case.potential
    if before is None or case.change is None:
        return None
    if (potential.best is None or potential.tokens <= LEAST) and not other_api(case.turn, before):
        return None
    if before.tenant != case.turn.tenant:
        return None
    found = _first(case.turn, before, differences(case.turn, before, case.change.position + 1))
    return None if found is None else _spaced(found, ())


def _first(turn: Turn, other: Turn, found: list[Difference]) -> Difference | None:
    """Return the difference that decides."""
    if not found:
        return None
    if other_provider(turn, other):
        for each in found:
            if each.cause == "route-changed":
                return each
    return min(
        found,
        key=lambda each: (
            each.position,
            not each.sure and each.cause != "parameter-changed",
            RANK[each.cause],
        ),
    )


def _spaced(found: Difference, also: tuple[str, ...]) -> Finding:
    return Finding(
        cause=found.cause,
        level=found.level,
        path=found.path,
        detail=found.detail,
        position=found.position,
        confidence="certain" if found.sure else "likely",
        also=also,
    )


def _unread(case: Case, deepest: Entry) -> Finding:
    """An entry in reach was not read: another key space, time, or the provider."""
    turn, reach = case.turn, case.reach
    own = reach.own
    if own is not None and own.least > turn.read + case.tolerance:
        finding = _own_unread(case, own)
        for entry in reversed(reach.shallow):
            # What was not even read of a shorter entry came first, and took the longer one with it.
            if entry.least > turn.read + max(case.tolerance, LEAST):
                first = _own_unread(case, entry)
                if first.cause != finding.cause and not _stopped(turn, entry, finding, first):
                    finding = replace(first, also=tuple(dict.fromkeys((*first.also, finding.cause))))
                break
        elsewhere = reach.foreign if deepest.own else deepest
        if elsewhere is not None and finding.cause in OUTRANKED:
            other = _spaces(case, elsewhere)
            deeper = elsewhere.depth > own.depth
            if other is not None and (deeper or _unproven(case, finding)) and not _before(case, other):
                return replace(other, also=tuple(dict.fromkeys((*other.also, finding.cause))))
        return finding
    if deepest.own:
        return _own_unread(case, deepest)
    return _spaces(case, deepest) or _own_unread(case, deepest)


def _stopped(turn: Turn, entry: Entry, finding: Finding, first: Finding) -> bool:
    """Whether a read stopped at bytes that a shorter entry has otherwise too, if only by a marker."""
    if finding.cause != "reserialized" or first.cause != "provider-side":
        return False
    return other_bytes(turn, entry.turn, finding.position)


def _before(case: Case, other: Finding) -> bool:
    """Whether an entry was not read that ends before a difference of key space takes effect."""
    entries = (case.reach.own, *case.reach.shallow)
    allowed = case.turn.read + case.tolerance
    return any(e is not None and e.depth <= other.position and e.least > allowed for e in entries)


OUTRANKED: Final = frozenset({"provider-side", "unknown", "concurrent-write"})
"""What an entry of the own key space may say where the same prefix lies readable under another one."""


def _unproven(case: Case, finding: Finding) -> bool:
    """Whether this call's own key space has never been seen to serve the prefix.

    A sibling's entry that is still being written says nothing of the key space; nor does an entry that
    should have been readable, on a way that never read.
    """
    return finding.cause == "concurrent-write" or not case.knowledge.reads_at(case.turn.space)


def _spaces(case: Case, entry: Entry) -> Finding | None:
    turn = case.turn
    found = differences(turn, entry.turn, entry.depth)
    found = [each for each in found if not (each.cause == "route-changed" and _crosses(case, entry.turn))]
    first = _first(turn, entry.turn, found)
    if first is None:
        return None
    stale = expired(turn, entry, case.knowledge.survived(turn))
    also = [each.cause for each in found if each is not first]
    if stale is not None:
        also.append(stale.cause)
    return _spaced(first, tuple(dict.fromkeys(also)))


def _crosses(case: Case, other: Turn) -> bool:
    return case.knowledge.shared(case.turn.space, other.space)


def _own_unread(case: Case, entry: Entry) -> Finding:
    """The entry was there, in this key space, within reach of a marker, and was not read."""
    turn, knowledge = case.turn, case.knowledge
    flight = in_flight(turn, entry)
    if flight is not None:
        return flight
    stale = expired(turn, entry, knowledge.survived(turn))
    tier = tier_changed(turn, entry, knowledge.tiers(turn), stale)
    astray = _astray(case, entry)
    if astray is not None and (stale is None or astray.cause == "route-changed"):
        return replace(astray, also=() if stale is None else (stale.cause,))
    if turn.obs.edits and (stale is None or turn.read > LEAST):
        return _edited(turn)
    if tier is not None:
        return replace(tier, also=() if stale is None else (stale.cause,))
    if stale is not None:
        return stale
    routed = _key_routing(case)
    if routed is not None:
        return routed
    fresh = not_visible(turn, entry)
    stopped = respelt(turn, entry.turn, granule_of(turn.rules), past_form=knowledge.passes_form(turn.space))
    if fresh is not None:
        # A read that stops exactly at other bytes says more than a lag that may have been over.
        return stopped or fresh
    told = _renewed(turn, entry) or stopped
    if told is not None:
        return told
    sure = case.expected is not None and case.expected.lo > turn.read + case.tolerance
    timing = ("ttl", "concurrency") if turn.timed else ()
    return Finding(
        cause="provider-side",
        level="provider",
        detail=_evidence(turn, entry),
        confidence="certain" if sure else "likely",
        ruled_out=(*same_space(turn), "tools", "system", "history", *timing),
    )


def _renewed(turn: Turn, entry: Entry) -> Finding | None:
    """Under one name another version was served, or the same text has another number of tokens."""
    before, now = entry.turn.obs.served_model, turn.obs.served_model
    if dated(before) and dated(now) and dated(before) != dated(now):
        return Finding(
            cause="model-changed",
            level="model",
            path="model",
            detail=f"{before} -> {now}, served for the same request",
            confidence="likely",
        )
    if turn.recount is None:
        return None
    return Finding(
        cause="tokenizer-changed",
        level="model",
        detail=f"the same blocks count {turn.recount:.2f} times as many tokens as before",
        confidence="likely",
    )


def _astray(case: Case, entry: Entry) -> Finding | None:
    """The way that the call took has never been seen to read, while the way before it had."""
    turn, knowledge = case.turn, case.knowledge
    if turn.read > LEAST or knowledge.reads_at(turn.space):
        return None
    before = turn.elsewhere
    if before is None or not knowledge.reads_at(before.space):
        return None
    found = [
        each
        for each in differences(turn, before, entry.depth)
        if each.cause in {"route-changed", "credential-changed"}
    ]
    first = _first(turn, before, found)
    return None if first is None else replace(_spaced(first, ()), confidence="likely")


def _edited(turn: Turn) -> Finding:
    first = turn.obs.edits[0]
    cleared = f", {first.cleared} tokens" if first.cleared else ""
    return Finding(
        cause="compacted" if "compact" in first.kind else "history-rewritten",
        level="params",
        path="context_management.edits[0]",
        detail=f"server-side edit: {first.kind}{cleared}",
    )


def _key_routing(case: Case) -> Finding | None:
    """Where a cache key only chooses the machine, calls without one, or too many on one, go astray."""
    turn = case.turn
    rules = turn.rules
    if not isinstance(rules, AutomaticRules) or not rules.routing_may_miss:
        return None
    if "keyed_by_cache_key" not in rules.facts:
        return None
    if not turn.space.cache_key:
        return Finding(
            cause="cache-key-changed",
            level="transport",
            path="prompt_cache_key",
            detail="no key: equal prefixes need not reach one machine",
            confidence="likely",
        )
    most = facts().fact(RATE_FACT).read(float)
    rate = case.knowledge.per_minute(turn)
    if rate > most:
        return Finding(
            cause="route-changed",
            level="transport",
            path="prompt_cache_key",
            detail=f"about {rate:.0f} calls a minute on one key; above about {most:.0f} it overflows "
            "to other machines",
            confidence="likely",
        )
    return None


def _evidence(turn: Turn, entry: Entry) -> str:
    """Say what is known about a loss that the client did not cause."""
    parts = [f"the first {entry.depth} positions are the same"]
    if turn.timed:
        parts.append(f"{max(0.0, turn.start - entry.touched):.0f} s after the entry was last used")
    load = [
        f"{name} {value}" for name, value in sorted(turn.obs.response_headers.items()) if tells_load(name)
    ]
    return "; ".join(parts + load)


def _nothing(case: Case) -> Finding:
    return Finding(
        cause="unknown",
        level="provider",
        confidence="guess",
        detail="the log does not decide",
        ruled_out=("tools", "system", "history")
        if case.change is None and case.turn.call is not None
        else (),
    )
