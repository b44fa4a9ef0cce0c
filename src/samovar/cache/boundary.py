"""What the families with boundaries share: billing between boundaries, and the life of an entry.

A boundary is a position at which an entry may be written: a marker, a breakpoint, a message's end.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING

import msgspec

from samovar.cache.expectation import ZERO, Expectation, Interval, hull
from samovar.cache.reasons import facts_of, keyed
from samovar.cache.store import Entry
from samovar.providers.rules import Level, MarkerRules, Tri

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samovar.cache.store import EntryStore
    from samovar.prefix.prompt import Prompt
    from samovar.providers.rules import CacheRules, Lifetime


class Boundary(msgspec.Struct, frozen=True, order=True, gc=False):
    """A position that this call may write at: its tier, its key, whether it surely is one, and its level."""

    position: int
    ttl: str
    key: bytes
    strict: bytes
    sure: bool
    level: Level = Level.MESSAGES


def expectation(
    prompt: Prompt, sure: int, maybe: int, boundaries: Sequence[Boundary], reasons: Sequence[str] = ()
) -> Expectation:
    """Return what a call pays that reads up to position `sure` at least and `maybe` at most (-1: nothing).

    Between the read and the last boundary, tokens up to each boundary are written at that boundary's tier;
    with longer tiers first this is the provider's own split into A, B and C (fact
    `anthropic.mixed-ttl`). The rest stays uncached.
    """
    lo, hi = prompt.lo, prompt.hi
    read = Interval(lo[sure] if sure >= 0 else 0, hi[maybe] if maybe >= 0 else 0)
    total = Interval(prompt.total_lo, prompt.total_hi)
    depth = Interval(sure + 1, maybe + 1)
    certain = sure == maybe and all(b.sure for b in boundaries)
    written, uncached = _bill(prompt, sure, boundaries)
    if certain:
        return Expectation(read, written, uncached, total, tuple(reasons), depth)
    # The floor cuts the boundaries off from the front, somewhere among those that are not sure.
    unsure = sum(not b.sure for b in boundaries)
    for at in {sure, maybe}:
        for cut in range(unsure + 1):
            more, rest = _bill(prompt, at, boundaries[cut:])
            for tier in {*written, *more}:
                written[tier] = hull(written.get(tier, ZERO), more.get(tier, ZERO))
            uncached = hull(uncached, rest)
    return Expectation(read, written, uncached, total, tuple(reasons), depth)


def _bill(prompt: Prompt, read: int, boundaries: Sequence[Boundary]) -> tuple[dict[str, Interval], Interval]:
    """Return tokens written per tier and tokens left uncached when the call reads up to position `read`."""
    lo, hi = prompt.lo, prompt.hi
    at_lo = lo[read] if read >= 0 else 0
    at_hi = hi[read] if read >= 0 else 0
    written: dict[str, Interval] = {}
    for boundary in boundaries:
        position = boundary.position
        if position <= read:
            continue
        before = written.get(boundary.ttl, ZERO)
        written[boundary.ttl] = Interval(before.lo + lo[position] - at_lo, before.hi + hi[position] - at_hi)
        at_lo, at_hi = lo[position], hi[position]
    return written, Interval(prompt.total_lo - at_lo, prompt.total_hi - at_hi)


def granted_tier(prompt: Prompt, ttl: str, granted: Mapping[str, str] | None) -> Lifetime:
    """Return the lifetime that a boundary's entry gets, which may not be the one it asked for."""
    name = granted.get(ttl, ttl) if granted else ttl
    try:
        return prompt.rules.lifetime(name)
    except KeyError:
        return prompt.rules.lifetime(prompt.rules.default_ttl)


def refresh(
    entry: Entry, tier: Lifetime, started_at: float, *, sure: bool, why: tuple[str, ...] = ()
) -> None:
    """Let `entry` live on from a read at `started_at`; only a sure read extends what must be.

    `why` are the facts that leave open whether it is one.
    """
    until = started_at + tier.may
    entry.may_until = max(entry.may_until, until)
    if sure:
        until = started_at + tier.must
        entry.must_until = max(entry.must_until, until)
        if entry.doubts:
            entry.settle(tier.may - tier.must)
    elif why and started_at + tier.must > entry.must_until:
        entry.doubt(why)


def refresh_held(  # one more than a read has
    entry: Entry,
    strict: bytes,
    rules: CacheRules,
    started_at: float,
    *,
    sure: bool,
    why: tuple[str, ...] = (),
) -> None:
    """Let what is held under one key live on from a read at `started_at`, by a call of that strict key."""
    variants = entry.variants
    if variants is None:
        if entry.may_from <= started_at < entry.may_until:
            known = sure and entry.must_from <= started_at < entry.must_until and entry.strict == strict
            refresh(entry, rules.lifetime(entry.ttl), started_at, sure=known, why=why)
        return
    if variants.plural and variants.readable(strict, started_at)[0]:
        longest = max(rules.lifetime(tier).may for tier in variants.tiers)
        variants.may_until = max(variants.may_until, started_at + longest)
    for each in variants.by_strict.get(strict, ()):
        if each.may(started_at):
            known = sure and each.must(started_at)
            refresh(each, rules.lifetime(each.ttl), started_at, sure=known, why=why)
            variants.widen(each)


def write(  # an entry's birth has this many dates
    store: EntryStore,
    rules: CacheRules,
    boundary: Boundary,
    tier: Lifetime,
    *,
    started_at: float,
    readable: tuple[float, float],
    sure: bool,
    why: tuple[str, ...] = (),
) -> None:
    """Make or renew the entry at a boundary that this call writes, or may write for the facts `why`.

    `readable` are the times from which the entry may and must be readable; it lives from `started_at` on.
    What was answered only after its life had ended can never be read. Writers whose windows meet have one
    entry, with the earliest visibility and the longest life; between windows that do not meet nothing can be
    read. Where the call may instead have read a live entry of another tier, only what both courses have in
    common is sure.
    """
    fresh = store.get(boundary.key) is None
    entry = None if fresh else store.alive(boundary.key, boundary.strict, started_at)
    held = tier if entry is None else rules.lifetime(entry.ttl)
    if entry is not None and held != tier:
        _rewrite(entry, rules, held, tier, started_at, readable, sure=sure, why=why)
    elif readable[0] >= started_at + tier.may:
        return
    else:
        known = fresh or entry is not None
        promised = tier if known else _promised(store, rules, boundary, tier, started_at)
        entry = _renewed(
            store, rules, boundary, promised, started_at=started_at, readable=readable, sure=sure
        )
        if started_at + tier.must > entry.must_until:
            shared = () if promised is tier else _shared(rules, boundary, entry)
            entry.doubt((*why, *shared))
    if entry.variants is not None:
        entry.variants.widen(entry)
    if not fresh:  # what was just put there is the most recently used
        store.touch(boundary.key)


def _promised(
    store: EntryStore, rules: CacheRules, boundary: Boundary, tier: Lifetime, started_at: float
) -> Lifetime:
    """Return `tier` with what it promises where a variant may be the entry, live and of a shorter tier."""
    first = store.get(boundary.key)
    if first is None or not first.readable(boundary.strict, started_at)[0]:
        return tier
    tiers = {first.ttl} if first.variants is None else first.variants.tiers
    return replace(tier, must=min(tier.must, *(rules.lifetime(name).must for name in tiers)))


def _shared(rules: CacheRules, boundary: Boundary, entry: Entry) -> tuple[str, ...]:
    """Return the facts that leave open whether an entry is one with those that it stands with, and whose."""
    places = set[int]() if entry.variants is None else entry.variants.differ
    unknown = isinstance(rules, MarkerRules) and rules.upgrade is Tri.UNKNOWN
    return (*keyed(rules, boundary.level, places), *(facts_of(rules, ["upgrade"]) if unknown else ()))


def _renewed(
    store: EntryStore,
    rules: CacheRules,
    boundary: Boundary,
    tier: Lifetime,
    *,
    started_at: float,
    readable: tuple[float, float],
    sure: bool,
) -> Entry:
    """Return the entry of one tier that a call writes: one whose window it meets, or a new one."""
    sure = sure and readable[1] < started_at + tier.must
    known = store.exactly(boundary.key, boundary.strict)
    entry = None
    if known:
        entry = next((each for each in known if _meets(each, tier, started_at, readable, sure=sure)), None)
    if entry is None and known:
        entry = next((each for each in known if each.may_until <= started_at), None)
        if entry is not None:
            entry.may_from = entry.must_from = inf
            entry.may_until = entry.must_until = -inf
            entry.ttl = tier.name
    if entry is None:
        entry = Entry(boundary.strict, tier.name, boundary.position + 1)
        _open(entry, tier, started_at, readable, sure=sure)
        store.add(boundary.key, entry)
        return entry
    if tier.must > rules.lifetime(entry.ttl).must:
        entry.ttl = tier.name
    _open(entry, tier, started_at, readable, sure=sure)
    return entry


def _rewrite(
    entry: Entry,
    rules: CacheRules,
    held: Lifetime,
    tier: Lifetime,
    started_at: float,
    readable: tuple[float, float],
    *,
    sure: bool,
    why: tuple[str, ...],
) -> None:
    """Let a live entry of the tier `held` be read, or written anew in `tier`."""
    entry.may_until = max(entry.may_until, started_at + max(held.may, tier.may))
    if entry.must(started_at):
        entry.must_until = max(entry.must_until, started_at + min(held.must, tier.must))
    elif sure:
        entry.must_from = readable[1]
        entry.must_until = started_at + min(held.must, tier.must)
    if rules_rewrite(rules):
        entry.ttl = tier.name
        entry.must_until = max(entry.must_until, started_at + tier.must)
        entry.settle(tier.may - tier.must)
    else:
        entry.doubt(why)


def _meets(
    entry: Entry, tier: Lifetime, started_at: float, readable: tuple[float, float], *, sure: bool
) -> bool:
    """Whether an entry and what is written now leave no time between them in which neither can be read."""
    if entry.may_until < readable[0] or started_at + tier.may < entry.may_from:
        return False
    lapsed = entry.must_until <= started_at
    return (
        lapsed or not sure or (entry.must_from <= started_at + tier.must and readable[1] <= entry.must_until)
    )


def rules_rewrite(rules: CacheRules) -> bool:
    """Whether a longer-TTL marker surely rewrites a live shorter-TTL entry."""
    return isinstance(rules, MarkerRules) and rules.upgrade is Tri.YES


def _open(
    entry: Entry, tier: Lifetime, started_at: float, readable: tuple[float, float], *, sure: bool
) -> None:
    entry.may_from = min(entry.may_from, readable[0])
    entry.may_until = max(entry.may_until, started_at + tier.may)
    if sure:
        lapsed = entry.must_until <= started_at
        entry.must_from = readable[1] if lapsed else min(entry.must_from, readable[1])
        entry.must_until = max(entry.must_until, started_at + tier.must)
        entry.settle(tier.may - tier.must)
