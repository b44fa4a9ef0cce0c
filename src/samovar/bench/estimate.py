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
from samovar.providers.prices import HOUR, paid, peaks, total
from samovar.providers.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

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

    @property
    def extra(self) -> dict[str, str]:
        """What a usage says of these."""
        said = {"service_tier": self.service_tier, "inference_geo": self.inference_geo, "speed": self.speed}
        return {name: value for name, value in said.items() if value is not None}


def estimate(settings: Settings, workload: Workload, now: datetime) -> Estimate:
    """Return what a run that begins now will cost.

    Where some hours cost more it is taken to end within a day, and any hour of that may be a call's.
    """
    memo = SegmentMemo(500)
    rules = rules_of(settings, now.date())
    hours = range(24) if (settings.platform or settings.maker) in peaks() else range(1)
    times = [now.timestamp() + hour * HOUR for hour in hours]
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
        best, worst = _ends(model, prompt, planned, (call.max_tokens or 0) * (asked.n or 1), asked.extra)
        low = _plus(low, min(_bills(settings, workload.endpoint, best, times), default=None))
        high = _plus(high, max(_bills(settings, workload.endpoint, worst, times), default=None))
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


def _ends(
    model: CacheModel, prompt: Prompt, planned: _Planned, output: int, extra: Mapping[str, str]
) -> tuple[Usage, Usage]:
    """Return what a call uses at least and at most, and have the model know of it.

    `extra` is what its usage will say of who served it.
    """
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
            extra=extra,
        ),
        Usage(
            uncached_input=max(0, prompt.total_hi - sum(most.values())),
            cache_read=0,
            cache_write=most,
            output=output,
            extra=extra,
        ),
    )


def _bills(settings: Settings, endpoint: str, usage: Usage, times: Sequence[float]) -> tuple[float, ...]:
    """Return what a call would cost in USD at each of the times; nothing where not all rates are known."""
    bills = []
    for at in times:
        rates = paid(
            usage,
            settings.maker,
            settings.model,
            at,
            platform=settings.platform,
            endpoint=f"{settings.base_url or ''}{endpoint}",
        )
        if (
            rates is None
            or rates.unpriced
            or rates.output is None
            or (usage.cache_read and rates.read is None)
        ):
            return ()
        bills.append(total(usage, rates))
    return tuple(bills)


def _plus(usd: float | None, more: float | None) -> float | None:
    return None if usd is None or more is None else usd + more
