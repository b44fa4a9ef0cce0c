"""What a run will cost at a real provider, before it is agreed to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from samovar.bench.bodies import MAX_TOKENS
from samovar.call import SegmentMemo, dialect_for
from samovar.prefix.prompt import PromptReader
from samovar.prefix.size import Sizer
from samovar.providers.models import resolve, rules_for
from samovar.providers.prices import cost, price
from samovar.providers.tokens import counter_for
from samovar.providers.usage import Usage

if TYPE_CHECKING:
    from samovar.bench.settings import Settings
    from samovar.bench.workload import Workload


def estimate(settings: Settings, workload: Workload) -> tuple[float | None, float | None]:
    """Return USD at least (everything hits) and at most (nothing does); None without a price.

    Control calls are counted in full on both sides.
    """
    day = datetime.now(UTC).date()
    counter = counter_for(resolve(settings.maker, settings.model).tokenizer)
    memo = SegmentMemo(500)
    reader = PromptReader(
        rules_for(settings.maker, settings.model, at=day), Sizer(counter, settings.maker), memo
    )
    dialect = dialect_for(workload.endpoint)
    low = high = 0.0
    seen: set[str] = set()
    for number, unit in enumerate(workload.units):
        prompt = reader.read(dialect.parse(workload.body(unit, None), memo))
        rates = price(settings.maker, settings.model, day, total_input=prompt.total_hi)
        if rates is None:
            return None, None
        shared_lo, shared_hi = 0, 0
        if prompt.markers:
            end = prompt.markers[-1].position
            shared_lo, shared_hi = prompt.lo[end], prompt.hi[end]
        tier = prompt.markers[0].ttl if prompt.markers else ""
        first = workload.prefix(unit) not in seen
        seen.add(workload.prefix(unit))
        best = Usage(
            uncached_input=prompt.total_lo - shared_lo,
            cache_read=0 if first else shared_lo,
            cache_write={tier: shared_lo} if first else {},
            output=0,
        )
        worst = Usage(
            uncached_input=prompt.total_hi - shared_hi,
            cache_read=0,
            cache_write={tier: shared_hi} if shared_hi else {},
            output=MAX_TOKENS,
        )
        controls = settings.cold_calls // len(workload.units) + (
            number < settings.cold_calls % len(workload.units)
        )
        low += cost(best, rates).total + controls * prompt.total_lo * rates.input / 1e6
        high += cost(worst, rates).total + controls * cost(_plain(prompt.total_hi), rates).total
    return low, high


def _plain(tokens: int) -> Usage:
    return Usage(uncached_input=tokens, output=MAX_TOKENS)
