"""The family of automatic caching in token steps: OpenAI before gpt-5.6.

A prefix is readable in steps of `granule` tokens, reported in multiples of `reported_granule`, from the
floor on, and never the last token of a prompt (facts `openai.granule`, `openai.floor.automatic`). Where a
client does not know the tokens, positions bound the common prefix from both sides.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from samovar.cache.boundary import Boundary, granted_tier, refresh, write
from samovar.cache.expectation import Expectation, Interval
from samovar.cache.reasons import facts_of, of_held
from samovar.providers.rules import Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.cache.store import EntryStore
    from samovar.prefix.prompt import Prompt
    from samovar.providers.rules import AutomaticRules


def _steps(prompt: Prompt) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield (step, key, strict key) of every cacheable step of the prompt, in order."""
    strict, loose = prompt.keys[-1]
    for step, digest in enumerate(prompt.grains if prompt.grains is not None else prompt.chain):
        yield step, loose + digest, strict


def _found(store: EntryStore, prompt: Prompt, now: float) -> tuple[int, int]:
    """Return the number of leading steps that must and may be readable."""
    must = may = 0
    steps = list(_steps(prompt))
    for step, key, strict in reversed(steps):
        entry = store.get(key)
        if entry is None:
            continue
        readable, surely = entry.readable(strict, now)
        if readable:
            may = max(may, step + 1)
        if surely:
            must = step + 1
            break
    return must, may


def look_up(store: EntryStore, prompt: Prompt, rules: AutomaticRules, now: float) -> Expectation:
    """Return what the call should read if it starts at `now`. Writes are free here, and not reported."""
    must, may = _found(store, prompt, now)
    shown = rules.reported_granule
    if prompt.grains is not None:
        common_lo, common_hi = must * shown, may * shown
    else:
        common_lo = prompt.lo[must - 1] if must else 0
        # The change may lie anywhere inside the first position that differs.
        common_hi = prompt.hi[min(may, len(prompt.hi) - 1)] if prompt.hi and len(store) else 0
    common = Interval(min(common_lo, prompt.total_lo - 1), common_hi)
    reach = min(_with_generated(prompt, common_hi), prompt.total_hi - 1)
    granule, floor = rules.granule, rules.floor
    least = _readable(common.lo, rules, int(granule.hi), floor.hi)
    most = _readable(reach, rules, int(granule.lo), floor.lo)
    reasons = dict.fromkeys(_reasons(store, prompt, rules, now, Interval(must, may), common, reach))
    read = Interval(0 if rules.routing_may_miss else min(least, most), most)
    total = Interval(prompt.total_lo, prompt.total_hi)
    uncached = Interval(max(0, total.lo - read.hi), total.hi - read.lo)
    return Expectation(read, {}, uncached, total, tuple(reasons), Interval(must, may))


def _reasons(  # a look-up and what it found
    store: EntryStore,
    prompt: Prompt,
    rules: AutomaticRules,
    now: float,
    steps: Interval,
    common: Interval,
    reach: int,
) -> Iterator[str]:
    """Yield the facts that decide between what is read at least and at most.

    `steps` and `common` are the leading steps and tokens that must and may be held, `reach` the tokens that
    may be read on in an earlier answer.
    """
    fine, coarse = (int(step) for step in rules.granule)
    low, high = rules.floor
    most = _readable(reach, rules, fine, low)
    if (
        prompt.total_hi < low
        or (reach and not most)
        or any(
            _readable(tokens, rules, fine, low) != _readable(tokens, rules, fine, high)
            for tokens in (common.lo, reach)
        )
    ):
        yield from facts_of(rules, ["floor"])
    if not most:
        return
    if rules.routing_may_miss and steps.hi:
        yield from facts_of(rules, ["routing_may_miss"])
    if any(
        _readable(tokens, rules, fine, low) != _readable(tokens, rules, coarse, low)
        for tokens in (common.lo, reach)
    ):
        yield from facts_of(rules, ["granule"])
    if _readable(min(common.hi, reach), rules, fine, low) != most:
        yield from facts_of(rules, ["reads_generated"])
    for _, key, strict in islice(_steps(prompt), *steps):
        entry = store.get(key)
        if entry is not None and entry.readable(strict, now)[0]:
            yield from of_held(rules, Level.MESSAGES, strict, entry, now)


def _with_generated(prompt: Prompt, common: int) -> int:
    """Return `common` tokens and the earlier answer that follows them, which may be cached too."""
    if not common:
        return 0
    for position, tokens in enumerate(prompt.hi):
        if tokens > common:
            if position not in prompt.said:
                break
            common = tokens
    return common


def _readable(common: int, rules: AutomaticRules, granule: int, floor: float) -> int:
    """Return the readable tokens of a common prefix of `common` tokens."""
    shown = rules.reported_granule
    # Where steps are counted from is not documented for steps beyond the reported ones: up to one may go.
    steps = common // granule * granule if rules.granule.exact else max(0, common - (granule - shown))
    tokens = steps // shown * shown
    return tokens if tokens >= floor else 0


def refresh_read(
    store: EntryStore, prompt: Prompt, rules: AutomaticRules, *, started_at: float, answered: bool
) -> None:
    """Let live on what the call reads, from `started_at` on; for sure only when the call is `answered`."""
    if prompt.total_hi < rules.floor.lo:
        return
    tier = granted_tier(prompt, prompt.default_ttl, None)
    why = () if answered else facts_of(rules, ["refresh_on_read"])
    for _, key, strict in _steps(prompt):
        entry = store.alive(key, strict, started_at)
        if entry is not None:
            refresh(entry, tier, started_at, sure=answered and entry.must_until > started_at, why=why)
            if entry.variants is not None:
                entry.variants.widen(entry)
            store.touch(key)


def admit(
    store: EntryStore, prompt: Prompt, rules: AutomaticRules, *, started_at: float, first_byte_at: float
) -> None:
    """Make what the call wrote: every step of its prompt that was not there."""
    if prompt.total_hi < rules.floor.lo:
        return
    tier = granted_tier(prompt, prompt.default_ttl, None)
    readable = (first_byte_at + rules.visibility_lag.lo, first_byte_at + rules.visibility_lag.hi)
    for step, key, strict in _steps(prompt):
        if store.alive(key, strict, started_at) is None:
            boundary = Boundary(step, tier.name, key, strict, sure=True)
            write(store, rules, boundary, tier, started_at=started_at, readable=readable, sure=True)
