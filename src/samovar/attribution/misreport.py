"""Usage that is wrong as it stands: cached tokens counted twice, cache fields lost on the way.

A call is judged by what stays consistent: where a gateway adds the read to the ordinary input, the total
without it fits the prompt, and is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from samovar.attribution.finding import Finding
from samovar.attribution.turn import LEAST
from samovar.call.memo import Memo

if TYPE_CHECKING:
    from samovar.attribution.turn import Turn

NEAR: Final = 0.03
"""Share by which the right total may differ from what the prompt is estimated to have."""
WIDE: Final = 1.15
"""How many times the estimate a total must have, to be looked at at all."""


class Misreports:
    """Knows how the totals of a model relate to estimates, and which ways report their cache."""

    def __init__(self) -> None:
        """Begin without calls."""
        self._scale: Memo[str, float] = Memo(2_000)
        self._reporting: Memo[tuple[str, ...], int] = Memo(5_000)

    def check(self, turn: Turn) -> Finding | None:
        """Return what is wrong with a call's usage, and put its numbers right where that can be done."""
        usage = turn.obs.usage
        way = (*turn.space.way, turn.space.model, turn.site)
        if not usage.reports_cache:
            if usage.total_input is None or self._reporting.get(way) is None:
                return None
            return _wrong(
                "cache fields are missing that other calls of the same site and model have", "response.usage"
            )
        self._reporting.put(way, turn.index)
        if usage.stated_input is not None and turn.read + turn.written > usage.stated_input:
            return _wrong("more tokens cached than the prompt has", "response.usage")
        if not turn.total or not turn.sizes:
            return None
        model, estimate = turn.space.model, turn.sizes[-1]
        if turn.inside:
            return None
        if turn.read <= LEAST:
            self._scale.put(model, turn.total / estimate)
            return None
        scale = self._scale.get(model)
        return None if scale is None else _twice(turn, estimate * scale)


def _twice(turn: Turn, expected: float) -> Finding | None:
    """Cached tokens are in the ordinary input as well: without them the total is the prompt's."""
    if turn.total < expected * WIDE:
        return None
    usage = turn.obs.usage
    for more in (turn.read, turn.read + turn.written):
        uncached = (usage.uncached_input or 0) - more
        if uncached < 0 or abs(turn.total - more - expected) > expected * NEAR:
            continue
        turn.total -= more
        stated = None if usage.stated_input is None else usage.stated_input - more
        turn.obs = replace(turn.obs, usage=replace(usage, uncached_input=uncached, stated_input=stated))
        return _wrong(
            "cached tokens are counted twice: as read and as ordinary input", "response.usage.input_tokens"
        )
    return None


def _wrong(detail: str, path: str) -> Finding:
    return Finding(cause="accounting", level="accounting", path=path, detail=detail, confidence="likely")
