"""The family of explicit markers with look-back: Anthropic Messages and what copies it.

Look-up: every marker whose prefix clears the floor checks its own position and the 19 before it for an
entry written earlier; the deepest entry found over all markers is read. Entries are made at markers only,
those deeper than the read (facts `anthropic.lookback`, `anthropic.write-at-marker`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.cache.boundary import Boundary, expectation, granted_tier, refresh, write
from samovar.providers.rules import Tri

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samovar.cache.expectation import Expectation
    from samovar.cache.store import Entry, EntryStore
    from samovar.prefix.prompt import Prompt
    from samovar.providers.rules import MarkerRules


def _boundaries(prompt: Prompt, rules: MarkerRules) -> list[Boundary]:
    """Return the markers whose prefix clears the floor, for sure or perhaps."""
    floor = rules.floor
    found = []
    for position, ttl in prompt.markers:
        if prompt.hi[position] >= floor.lo:
            key = prompt.keys[prompt.levels[position]]
            found.append(
                Boundary(
                    position,
                    ttl,
                    key.loose + prompt.chain[position],
                    key.strict,
                    prompt.lo[position] >= floor.hi,
                )
            )
    return found


def look_up(store: EntryStore, prompt: Prompt, rules: MarkerRules, now: float) -> Expectation:
    """Return what the call should read and write if it starts at `now`."""
    boundaries = _boundaries(prompt, rules)
    sure = maybe = -1
    chain, levels, keys = prompt.chain, prompt.levels, prompt.keys
    get = store.get
    for boundary in reversed(boundaries):
        top = boundary.position
        if top <= sure:
            break
        for position in range(top, max(top - rules.lookback, sure), -1):
            key = keys[levels[position]]
            entry = get(key[1] + chain[position])
            if entry is None:
                continue
            may, must = _readable(entry, key.strict, now)
            if position == top and may and _longer(rules, boundary.ttl, entry.ttl):
                may, must = rules.upgrade is not Tri.YES, must and rules.upgrade is Tri.NO
            if may and position > maybe:
                maybe = position
            if must and boundary.sure:
                sure = position
                break
    reasons = () if sure == maybe and all(b.sure for b in boundaries) else tuple(rules.facts.values())
    return expectation(prompt, sure, max(sure, maybe), boundaries, reasons)


def _readable(entry: Entry, strict: bytes, now: float) -> tuple[bool, bool]:
    if entry.other is None:
        return entry.may(now), entry.strict == strict and entry.must(now)
    may = must = False
    for variant in entry.variants():
        if variant.may(now):
            may = True
            if variant.strict == strict and variant.must(now):
                must = True
    return may, must


def _longer(rules: MarkerRules, asked: str, held: str) -> bool:
    """Whether the tier asked for lives longer than the one that an entry is held in."""
    if asked == held:
        return False
    names = [tier.name for tier in rules.lifetimes]
    return asked in names and held in names and names.index(asked) < names.index(held)


def refresh_read(
    store: EntryStore,
    prompt: Prompt,
    rules: MarkerRules,
    found: Expectation,
    *,
    started_at: float,
    answered: bool,
) -> None:
    """Let live on what the call reads, from `started_at` on; for sure only when the call is `answered`."""
    sure, maybe = found.depth.lo - 1, found.depth.hi - 1
    certain = answered and sure == maybe
    marked = {position for position, _ in prompt.markers}
    for boundary in _boundaries(prompt, rules):
        if boundary.position <= maybe:
            known = answered and boundary.position <= sure
            _refresh_at(store, prompt, boundary.position, started_at, sure=known)
    for position in {sure, maybe} - marked - {-1}:
        _refresh_at(store, prompt, position, started_at, sure=certain)
    if rules.refreshes_ancestors is not Tri.NO:
        known = answered and rules.refreshes_ancestors is Tri.YES
        get, keys, levels, chain = store.get, prompt.keys, prompt.levels, prompt.chain
        for position in range(maybe):
            if position not in marked and get(keys[levels[position]][1] + chain[position]) is not None:
                _refresh_at(store, prompt, position, started_at, sure=known and position < sure)


def admit(  # a call's two times and what the provider granted
    store: EntryStore,
    prompt: Prompt,
    rules: MarkerRules,
    found: Expectation,
    *,
    started_at: float,
    first_byte_at: float,
    granted: Mapping[str, str] | None = None,
) -> None:
    """Make what the call wrote.

    The TTL counts from `started_at`; entries are readable from `first_byte_at` on, plus the provider's lag.
    """
    sure, maybe = found.depth.lo - 1, found.depth.hi - 1
    readable = (first_byte_at + rules.visibility_lag.lo, first_byte_at + rules.visibility_lag.hi)
    for boundary in _boundaries(prompt, rules):
        if boundary.position > sure:
            write(
                store,
                rules,
                boundary,
                granted_tier(prompt, boundary.ttl, granted),
                started_at=started_at,
                readable=readable,
                sure=boundary.sure and boundary.position >= maybe,
            )


def _refresh_at(store: EntryStore, prompt: Prompt, position: int, started_at: float, *, sure: bool) -> None:
    key = prompt.keys[prompt.levels[position]]
    name = key.loose + prompt.chain[position]
    entry = store.get(name)
    if entry is None:
        return
    variants = entry.variants() if entry.other is not None else (entry,)
    for variant in variants:
        if variant.may(started_at):
            tier = prompt.rules.lifetime(variant.ttl)
            same = variant.strict == key.strict
            refresh(variant, tier, started_at, sure=sure and same and variant.must(started_at))
    store.touch(name)
