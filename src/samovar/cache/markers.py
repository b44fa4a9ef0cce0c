"""The family of explicit markers with look-back: Anthropic Messages and what copies it.

Look-up: every marker whose prefix clears the floor checks its own position and the 19 before it for an
entry written earlier; the deepest entry found over all markers is read. Entries are made at markers only,
those deeper than the read (facts `anthropic.lookback`, `anthropic.write-at-marker`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from samovar.cache.boundary import Boundary, expectation, granted_tier, refresh_held, write
from samovar.cache.reasons import facts_of, of_entry
from samovar.cache.store import Entry  # noqa: TC001  # msgspec reads the annotations at run time
from samovar.providers.rules import Tri

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from samovar.cache.expectation import Expectation
    from samovar.cache.store import EntryStore
    from samovar.prefix.prompt import Prompt
    from samovar.providers.rules import MarkerRules


class Found(msgspec.Struct, frozen=True):
    """What a call's markers find: the positions that must and may be readable (-1 for nothing).

    `boundaries` are the markers whose prefix clears the floor, for sure or perhaps; `entries` are those of
    the store at any of the call's positions, readable or not. `reasons` are the facts that decide both, None
    where nobody asks for them.
    """

    sure: int
    maybe: int
    boundaries: list[Boundary]
    entries: dict[int, Entry]
    reasons: tuple[str, ...] | None = ()


def _boundaries(prompt: Prompt, rules: MarkerRules) -> list[Boundary]:
    """Return the markers whose prefix clears the floor, for sure or perhaps."""
    floor = rules.floor
    found = []
    for position, ttl in prompt.markers:
        if prompt.hi[position] >= floor.lo:
            level = prompt.levels[position]
            key = prompt.keys[level]
            found.append(
                Boundary(
                    position,
                    ttl,
                    key.loose + prompt.chain[position],
                    key.strict,
                    prompt.lo[position] >= floor.hi,
                    level,
                )
            )
    return found


def _entries(store: EntryStore, prompt: Prompt) -> dict[int, Entry]:
    """Return what the store holds of a prompt, by position."""
    known, get, keys, levels = store.chains, store.get, prompt.keys, prompt.levels
    found = {}
    for position, digest in enumerate(prompt.chain):
        if digest in known:
            entry = get(keys[levels[position]][1] + digest)
            if entry is not None:
                found[position] = entry
    return found


def find(store: EntryStore, prompt: Prompt, rules: MarkerRules, now: float, *, told: bool = True) -> Found:
    """Return what the call's markers find if it starts at `now`; with reasons where they are `told`."""
    boundaries = _boundaries(prompt, rules)
    entries = _entries(store, prompt)
    held = list(reversed(entries))
    sure = maybe = -1
    levels, keys = prompt.levels, prompt.keys
    for boundary in reversed(boundaries) if held else ():
        top = boundary.position
        if top <= sure:
            break
        last = max(top - rules.lookback, sure)
        for position in held:
            if position > top:
                continue
            if position <= last:
                break
            entry = entries[position]
            may, must = entry.readable(keys[levels[position]][0], now)
            if position == top and may and _longer(rules, boundary.ttl, entry.ttl):
                may, must = rules.upgrade is not Tri.YES, must and rules.upgrade is Tri.NO
            if may and position > maybe:
                maybe = position
            if must and boundary.sure:
                sure = position
                break
    maybe = max(sure, maybe)
    found = Found(sure, maybe, boundaries, entries, () if told else None)
    if not told or _plain(found, len(prompt.markers), now):
        return found
    reasons = dict.fromkeys(_reasons(prompt, rules, now, found))
    return Found(sure, maybe, boundaries, entries, tuple(reasons))


def _plain(found: Found, markers: int, now: float) -> bool:
    """Whether there is nothing to give a reason for: in doubt, cut off or out of reach."""
    sure = found.sure
    if sure != found.maybe or len(found.boundaries) != markers or not _all_sure(found.boundaries, sure):
        return False
    for position in reversed(found.entries):
        if position <= sure:
            break
        held = found.entries[position]
        if (held.variants or held).may_from <= now < (held.variants or held).may_until:
            return False
    return True


def look_up(store: EntryStore, prompt: Prompt, rules: MarkerRules, now: float) -> Expectation:
    """Return what the call should read and write if it starts at `now`."""
    found = find(store, prompt, rules, now)
    return expectation(prompt, found.sure, found.maybe, found.boundaries, found.reasons or ())


def _all_sure(boundaries: list[Boundary], read: int) -> bool:
    """Whether all boundaries behind what is read surely are such."""
    for boundary in boundaries:  # noqa: SIM110  # half the time of `all` on a hot path
        if boundary.position > read and not boundary.sure:
            return False
    return True


def _reasons(prompt: Prompt, rules: MarkerRules, now: float, found: Found) -> Iterator[str]:
    """Yield the facts that decide between what is read for sure and perhaps, and what bounds it."""
    sure, maybe, boundaries = found.sure, found.maybe, found.boundaries
    cut = prompt.markers[: len(prompt.markers) - len(boundaries)]
    # What a marker below the floor would have written, a later one of its tier writes as well.
    floored = sure < 0 and bool(cut) and (not boundaries or any(ttl != boundaries[0].ttl for _, ttl in cut))
    if floored or not _all_sure(boundaries, sure):
        yield from facts_of(rules, ["floor"])
    for position, entry in found.entries.items():
        if position <= sure:
            continue
        looking = [b for b in boundaries if position <= b.position < position + rules.lookback]
        may, must = entry.readable(prompt.keys[prompt.levels[position]].strict, now)
        if not may:
            continue
        if not looking and position > maybe:
            yield from facts_of(rules, ["lookback"])
        upgraded = any(b.position == position and _longer(rules, b.ttl, entry.ttl) for b in looking)
        if upgraded and rules.upgrade is not Tri.NO:
            yield from facts_of(rules, ["upgrade"])
        if looking and not must:
            yield from of_entry(prompt, position, entry, now)


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
    reads = Found(
        found.depth.lo - 1,
        found.depth.hi - 1,
        _boundaries(prompt, rules),
        _entries(store, prompt),
        found.reasons,
    )
    refresh_found(store, prompt, rules, reads, started_at=started_at, answered=answered)


def refresh_found(
    store: EntryStore,
    prompt: Prompt,
    rules: MarkerRules,
    found: Found,
    *,
    started_at: float,
    answered: bool,
) -> None:
    """Do the same with what `find` has just found."""
    sure, maybe, boundaries, entries = found.sure, found.maybe, found.boundaries, found.entries
    if maybe < 0:
        return
    certain = answered and sure == maybe
    why = _doubts(rules, found.reasons) if answered else facts_of(rules, ["refresh_on_read"])
    marked = [position for position, _ in prompt.markers]
    for boundary in boundaries:
        position = boundary.position
        if position <= maybe and position in entries:
            known = answered and position <= sure
            _refresh(store, prompt, position, entries[position], started_at, why, sure=known)
    for position in (sure,) if sure == maybe else (sure, maybe):
        if position in entries and position not in marked:
            _refresh(store, prompt, position, entries[position], started_at, why, sure=certain)
    if rules.refreshes_ancestors is not Tri.NO:
        known = answered and rules.refreshes_ancestors is Tri.YES
        if answered and found.reasons is not None and rules.refreshes_ancestors is Tri.UNKNOWN:
            why = (*why, *facts_of(rules, ["refreshes_ancestors"]))
        for position, entry in entries.items():
            if position >= maybe:
                break
            if position not in marked:
                _refresh(store, prompt, position, entry, started_at, why, sure=known and position < sure)


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
    boundaries = _boundaries(prompt, rules)
    reads = Found(found.depth.lo - 1, found.depth.hi - 1, boundaries, {}, found.reasons)
    admit_found(
        store, prompt, rules, reads, started_at=started_at, first_byte_at=first_byte_at, granted=granted
    )


def admit_found(  # as above
    store: EntryStore,
    prompt: Prompt,
    rules: MarkerRules,
    found: Found,
    *,
    started_at: float,
    first_byte_at: float,
    granted: Mapping[str, str] | None = None,
) -> None:
    """Do the same with what `find` has just found."""
    lag = rules.visibility_lag
    readable = (first_byte_at + lag.lo, first_byte_at + lag.hi)
    why = _doubts(rules, found.reasons)
    for boundary in found.boundaries:
        if boundary.position > found.sure:
            write(
                store,
                rules,
                boundary,
                granted_tier(prompt, boundary.ttl, granted),
                started_at=started_at,
                readable=readable,
                sure=boundary.sure and boundary.position >= found.maybe,
                why=why,
            )


def _doubts(rules: MarkerRules, reasons: tuple[str, ...] | None) -> tuple[str, ...]:
    """Return the reasons that leave anything open: how far a marker looks back is known."""
    return tuple([fact for fact in reasons if fact != rules.facts.get("lookback")]) if reasons else ()


def _refresh(
    store: EntryStore,
    prompt: Prompt,
    position: int,
    entry: Entry,
    started_at: float,
    why: tuple[str, ...],
    *,
    sure: bool,
) -> None:
    # What is not sure does not ask for the strict key of an entry that has no variants.
    strict = prompt.keys[prompt.levels[position]].strict if sure or entry.variants is not None else b""
    refresh_held(entry, strict, prompt.rules, started_at, sure=sure, why=why)
    store.touch(entry.key)
