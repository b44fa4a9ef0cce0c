"""The family of automatic caching in token steps: OpenAI before gpt-5.6.

A prefix is readable in steps of `granule` tokens, reported in multiples of `reported_granule`, from the
floor on, and never the last token of a prompt (facts `openai.granule`, `openai.floor.automatic`). Where a
client does not know the tokens, positions bound the common prefix from both sides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.cache.boundary import Boundary, granted_tier, refresh, write
from samovar.cache.expectation import Expectation, Interval

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
    common_hi = _with_generated(prompt, common_hi)
    lo = _readable(min(common_lo, prompt.total_lo - 1), rules, int(rules.granule.hi))
    hi = _readable(min(common_hi, prompt.total_hi - 1), rules, int(rules.granule.lo))
    if rules.routing_may_miss:
        lo = 0
    read = Interval(min(lo, hi), hi)
    total = Interval(prompt.total_lo, prompt.total_hi)
    uncached = Interval(max(0, total.lo - read.hi), total.hi - read.lo)
    reasons = () if read.exact and total.exact else tuple(rules.facts.values())
    return Expectation(read, {}, uncached, total, reasons, Interval(must, may))


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


def _readable(common: int, rules: AutomaticRules, granule: int) -> int:
    """Return the readable tokens of a common prefix of `common` tokens."""
    shown = rules.reported_granule
    # Where steps are counted from is not documented for steps beyond the reported ones: up to one may go.
    steps = common // granule * granule if rules.granule.exact else max(0, common - (granule - shown))
    tokens = steps // shown * shown
    return tokens if tokens >= rules.floor.lo else 0


def refresh_read(
    store: EntryStore, prompt: Prompt, rules: AutomaticRules, *, started_at: float, answered: bool
) -> None:
    """Let live on what the call reads, from `started_at` on; for sure only when the call is `answered`."""
    if prompt.total_hi < rules.floor.lo:
        return
    tier = granted_tier(prompt, prompt.default_ttl, None)
    for _, key, strict in _steps(prompt):
        entry = store.alive(key, strict, started_at)
        if entry is not None:
            refresh(entry, tier, started_at, sure=answered and entry.must_until > started_at)
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
