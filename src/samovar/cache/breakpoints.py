"""The family of exact boundaries: OpenAI from gpt-5.6.

A prefix is read exactly at a boundary of the incoming request at which an earlier request wrote one; there
is no falling back to a shorter unmarked prefix. Boundaries are explicit breakpoints and, in implicit mode,
message endings. An explicit breakpoint on the block that ends a message is the same boundary: it finds what
was written there implicitly (facts `openai.lookup.implicit`, `openai.explicit-only`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.cache.boundary import Boundary, expectation, granted_tier, refresh_held, write
from samovar.cache.expectation import Interval
from samovar.cache.reasons import facts_of, of_entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from samovar.cache.expectation import Expectation
    from samovar.cache.store import EntryStore
    from samovar.prefix.prompt import Prompt
    from samovar.providers.rules import BreakpointRules


def _boundary(prompt: Prompt, rules: BreakpointRules, position: int, ttl: str) -> Boundary | None:
    if prompt.hi[position] < rules.floor.lo:
        return None
    level = prompt.levels[position]
    key = prompt.keys[level]
    return Boundary(
        position,
        ttl,
        key.loose + prompt.chain[position],
        key.strict,
        prompt.lo[position] >= rules.floor.hi,
        level,
    )


def _written(prompt: Prompt, rules: BreakpointRules) -> list[Boundary]:
    """Return the boundaries that this request writes at, by position."""
    chosen = (_boundary(prompt, rules, at, ttl) for at, ttl in prompt.writing)
    return [boundary for boundary in chosen if boundary is not None]


def _looked_up(prompt: Prompt, rules: BreakpointRules) -> Iterator[tuple[Boundary, bool]]:
    """Yield the boundaries that this request looks for, and whether it surely does."""
    markers = prompt.markers
    last = len(markers)
    for i, (position, ttl) in enumerate(markers):
        back = last - i
        sure = i < rules.first_explicit.lo or back <= rules.latest_explicit.lo
        if sure or i < rules.first_explicit.hi or back <= rules.latest_explicit.hi:
            boundary = _boundary(prompt, rules, position, ttl)
            if boundary is not None:
                yield boundary, sure
    if prompt.implicit:
        endings = prompt.endings[-1 - rules.implicit_endings :]
        if prompt.opening >= 0 and prompt.opening not in endings:
            endings = (prompt.opening, *endings)
        for position in endings:
            boundary = _boundary(prompt, rules, position, prompt.default_ttl)
            if boundary is not None:
                yield boundary, True


def _passed_over(prompt: Prompt, rules: BreakpointRules) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield boundaries that this request does not look for, and the names of the rules that say so."""
    first, latest = int(rules.first_explicit.hi), int(rules.latest_explicit.hi)
    for position, _ in prompt.markers[first : max(first, len(prompt.markers) - latest)]:
        yield position, ("first_explicit", "latest_explicit")
    marked = {position for position, _ in prompt.markers}
    older = prompt.endings[: -1 - rules.implicit_endings] if prompt.implicit else prompt.endings
    for position in older:
        if position not in marked:
            yield position, ("implicit_endings" if prompt.implicit else "explicit_only",)


def look_up(store: EntryStore, prompt: Prompt, rules: BreakpointRules, now: float) -> Expectation:
    """Return what the call should read and write if it starts at `now`."""
    sure = maybe = -1
    for boundary, looked in _looked_up(prompt, rules):
        entry = store.get(boundary.key)
        if entry is None or boundary.position <= sure:
            continue
        readable, surely = entry.readable(boundary.strict, now)
        if readable:
            maybe = max(maybe, boundary.position)
        if surely and looked and boundary.sure:
            sure = boundary.position
    maybe = max(sure, maybe)
    written = _written(prompt, rules)
    reasons = dict.fromkeys(_reasons(store, prompt, rules, now, Interval(sure, maybe), written))
    if rules.routing_may_miss:
        sure = -1
    return expectation(prompt, sure, maybe, written, tuple(reasons))


def _reasons(  # a look-up and what it found
    store: EntryStore,
    prompt: Prompt,
    rules: BreakpointRules,
    now: float,
    found: Interval,
    written: list[Boundary],
) -> Iterator[str]:
    """Yield the facts that decide between the positions found for sure and perhaps, and what bounds them."""
    sure, maybe = found
    if rules.routing_may_miss and maybe >= 0:
        yield from facts_of(rules, ["routing_may_miss"])
    least = -1 if rules.routing_may_miss else sure
    cut = [ttl for position, ttl in prompt.writing if prompt.hi[position] < rules.floor.lo]
    floored = maybe < 0 and bool(cut) and (not written or any(ttl != written[0].ttl for ttl in cut))
    if floored or not all(b.sure or b.position <= least for b in written):
        yield from facts_of(rules, ["floor"])
    for boundary, looked in _looked_up(prompt, rules):
        entry = store.get(boundary.key) if boundary.position > sure else None
        if entry is None:
            continue
        readable, surely = entry.readable(boundary.strict, now)
        if not readable:
            continue
        if not looked:
            yield from facts_of(rules, _open_windows(prompt, rules, boundary.position))
        if not boundary.sure:
            yield from facts_of(rules, ["floor"])
        if not surely:
            yield from of_entry(prompt, boundary.position, entry, now)
    for position, names in _passed_over(prompt, rules):
        if position > maybe:
            key = prompt.keys[prompt.levels[position]]
            entry = store.get(key.loose + prompt.chain[position])
            if entry is not None and entry.readable(key.strict, now)[0]:
                yield from facts_of(rules, names)


def _open_windows(prompt: Prompt, rules: BreakpointRules, position: int) -> Iterator[str]:
    """Yield the names of the windows of which it is open whether they reach a breakpoint."""
    place = next(i for i, marker in enumerate(prompt.markers) if marker.position == position)
    if rules.first_explicit.lo <= place < rules.first_explicit.hi:
        yield "first_explicit"
    if rules.latest_explicit.lo < len(prompt.markers) - place <= rules.latest_explicit.hi:
        yield "latest_explicit"


def refresh_read(
    store: EntryStore,
    prompt: Prompt,
    rules: BreakpointRules,
    found: Expectation,
    *,
    started_at: float,
    answered: bool,
) -> None:
    """Let live on what the call reads, from `started_at` on; for sure only when the call is `answered`."""
    maybe = found.depth.hi - 1
    certain = answered and found.depth.exact
    why = found.reasons if answered else facts_of(rules, ["refresh_on_read"])
    for boundary, _ in _looked_up(prompt, rules):
        entry = store.get(boundary.key)
        if entry is None or boundary.position > maybe:
            continue
        refresh_held(entry, boundary.strict, rules, started_at, sure=certain, why=why)
        store.touch(boundary.key)


def admit(  # a call's two times and what the provider granted
    store: EntryStore,
    prompt: Prompt,
    rules: BreakpointRules,
    found: Expectation,
    *,
    started_at: float,
    first_byte_at: float,
    granted: Mapping[str, str] | None = None,
) -> None:
    """Make what the call wrote."""
    sure, maybe = found.depth.lo - 1, found.depth.hi - 1
    readable = (first_byte_at + rules.visibility_lag.lo, first_byte_at + rules.visibility_lag.hi)
    for boundary in _written(prompt, rules):
        if boundary.position > sure:
            write(
                store,
                rules,
                boundary,
                granted_tier(prompt, boundary.ttl, granted),
                started_at=started_at,
                readable=readable,
                sure=boundary.sure and boundary.position >= maybe,
                why=found.reasons,
            )
