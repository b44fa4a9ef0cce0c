"""What a run will cost at a real provider, before it is agreed to: two ends that the bill lies between.

At least: the calls are made one after another, each reads as much as the rules allow and says nothing. At
most: no call reads anything, and each says as much as its body lets it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from samovar.bench.phases import controls_of, split
from samovar.bench.probe import wait_for
from samovar.bench.replay import ReplayWorkload
from samovar.bench.run import counter_of, rules_of
from samovar.cache import CacheModel
from samovar.call import SegmentMemo, dialect_for
from samovar.prefix.prompt import PromptReader
from samovar.prefix.size import Sizer
from samovar.providers.prices import Price, price, total
from samovar.providers.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from samovar.bench.settings import Settings
    from samovar.bench.workload import Workload
    from samovar.prefix.prompt import Prompt

NONCE: Final = "7c1e93b05fd82a46"
"""Stands for the nonce, which is drawn when the run begins: as long, and made of as many tokens."""
APART: Final = 0.001
"""Seconds between two calls: nothing expires, so nothing is counted that might have been read."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """USD at least and at most, None without a price for what is sent.

    `unlimited` of the `calls` state no limit of output: what those say beyond nothing is in neither end.
    """

    calls: int
    low: float | None
    high: float | None
    unlimited: int = 0


class _Planned(NamedTuple):
    """A call to be made at `at` seconds; `apart` shares nothing with others."""

    body: bytes
    at: float
    apart: bool = False


class _Priced(msgspec.Struct):
    """The members of a request that decide its price: who serves it how, and how many answers it asks for."""

    service_tier: str | None = None
    inference_geo: str | None = None
    speed: str | None = None
    n: int | None = None


def estimate(settings: Settings, workload: Workload, day: date) -> Estimate:
    """Return what a run will cost by the prices of a day."""
    memo = SegmentMemo(500)
    rules = rules_of(settings, day)
    reader = PromptReader(rules, Sizer(counter_of(settings), settings.maker), memo, settings.facts)
    dialect = dialect_for(workload.endpoint)
    model = CacheModel()
    probe = wait_for(rules) if settings.ttl_probe else None
    low: float | None = 0.0
    high: float | None = 0.0
    calls = unlimited = 0
    for planned in _calls(settings, workload, probe):
        calls += 1
        call = dialect.parse(planned.body, memo)
        prompt = reader.read(call)
        asked = msgspec.json.decode(planned.body, type=_Priced)
        unlimited += call.max_tokens is None
        best, worst = _ends(model, prompt, planned, (call.max_tokens or 0) * (asked.n or 1))
        low = _plus(low, best, _rates(settings, asked, prompt.total_lo, day))
        high = _plus(high, worst, _rates(settings, asked, prompt.total_hi, day))
    return Estimate(calls, low, high, unlimited)


def _calls(settings: Settings, workload: Workload, probe: float | None) -> Iterator[_Planned]:
    """Yield what a run sends, in its order."""
    nonce = NONCE if settings.nonce else None
    if isinstance(workload, ReplayWorkload):
        for replayed in workload.calls:
            yield _Planned(workload.body(replayed.unit, nonce), replayed.at)
        return
    if settings.uncached:
        for unit in workload.units:
            yield _Planned(workload.body(unit, NONCE, marked=False), 0.0, apart=True)
        return
    for unit in controls_of(workload, settings.cold_calls):
        yield _Planned(workload.body(unit, NONCE, marked=False), 0.0, apart=True)
    seeds, others = split(workload)
    at = 0.0
    for at, unit in ((number * APART, unit) for number, unit in enumerate((*seeds, *others))):
        yield _Planned(workload.body(unit, nonce), at)
    if probe is not None:
        for number, unit in enumerate(seeds):
            yield _Planned(workload.body(unit, nonce), at + probe + number * APART)


def _ends(model: CacheModel, prompt: Prompt, planned: _Planned, output: int) -> tuple[Usage, Usage]:
    """Return what a call uses at least and at most, and have the model know of it."""
    unread = CacheModel().look_up(prompt, planned.at)
    best = unread
    if not planned.apart:
        best = model.look_up(prompt, planned.at)
        model.admit(prompt, best, started_at=planned.at, first_byte_at=planned.at)
    read = min(best.read.hi, prompt.total_lo)
    least = {tier: tokens.lo for tier, tokens in best.written.items()}
    most = {tier: tokens.hi for tier, tokens in unread.written.items()}
    return (
        Usage(
            uncached_input=max(0, prompt.total_lo - read - sum(least.values())),
            cache_read=read,
            cache_write=least,
            output=0,
        ),
        Usage(
            uncached_input=max(0, prompt.total_hi - sum(most.values())),
            cache_read=0,
            cache_write=most,
            output=output,
        ),
    )


def _rates(settings: Settings, asked: _Priced, total_input: int, day: date) -> Price | None:
    """Return the rates of a call, None where not all of them are known."""
    found = price(
        settings.maker,
        settings.model,
        day,
        geo=asked.inference_geo,
        tier=asked.service_tier,
        speed=asked.speed,
        total_input=total_input,
        platform=settings.platform,
    )
    return None if found is None or found.unpriced or found.output is None else found


def _plus(usd: float | None, usage: Usage, rates: Price | None) -> float | None:
    if usd is None or rates is None or (usage.cache_read and rates.read is None):
        return None
    return usd + total(usage, rates)
