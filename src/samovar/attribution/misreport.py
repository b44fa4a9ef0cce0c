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
from samovar.providers.rules import MarkerRules
from samovar.providers.usage import IMPOSSIBLE

if TYPE_CHECKING:
    from samovar.attribution.turn import Turn

NEAR: Final = 0.03
"""Share by which the right total may differ from what the prompt is estimated to have."""
MOSTLY: Final = 0.6
"""Share of a prompt that the last marker covers at least, where what is behind it is not the whole again."""
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
        space = turn.space
        way = (
            space.provider,
            space.route,
            space.upstream,
            space.api,
            space.credential,
            space.model,
            turn.site,
        )
        if IMPOSSIBLE in usage.extra:
            return _wrong(usage.extra[IMPOSSIBLE], "response.usage")
        if not usage.reports_cache:
            if usage.total_input is None or self._reporting.get(way) is None:
                return None
            return _wrong(
                "cache fields are missing that other calls of the same site and model have", "response.usage"
            )
        if self._reporting.young.get(way) is None:
            self._reporting.put(way, turn.index)
        if usage.stated_input is not None and turn.read + turn.written > usage.stated_input:
            return _wrong("more tokens cached than the prompt has", "response.usage")
        if not turn.total or not turn.sizes:
            return None
        model, estimate = turn.space.model, turn.sizes[-1]
        if turn.inside:
            return None
        again = _inclusive(turn)
        if again is not None:
            return again
        if turn.read <= LEAST:
            self._scale.put(model, turn.total / estimate)
            return None
        scale = self._scale.get(model)
        return None if scale is None else _twice(turn, estimate * scale)


def _inclusive(turn: Turn) -> Finding | None:
    """The ordinary input is the whole prompt, though the last marker leaves little or nothing behind it.

    What is cached ends at the last marker, whatever the tokenizer: the rest is told by shares of the prompt.
    """
    if not isinstance(turn.rules, MarkerRules) or not turn.entries or turn.unseen:
        return None
    cached = turn.read + turn.written
    covered = turn.sizes[turn.entries[-1][0]] / turn.sizes[-1]
    if cached <= LEAST or covered < MOSTLY:
        return None
    whole = cached / covered
    if abs((turn.obs.usage.uncached_input or 0) - whole) > whole * NEAR:
        return None
    return _corrected(turn, cached)


def _twice(turn: Turn, expected: float) -> Finding | None:
    """Cached tokens are in the ordinary input as well: without them the total is the prompt's."""
    if turn.total < expected * WIDE:
        return None
    for more in (turn.read, turn.read + turn.written):
        left = (turn.obs.usage.uncached_input or 0) - more
        if left >= 0 and abs(turn.total - more - expected) <= expected * NEAR:
            return _corrected(turn, more)
    return None


def _corrected(turn: Turn, more: int) -> Finding:
    """Take out what is counted twice, and say so."""
    usage = turn.obs.usage
    turn.total -= more
    stated = None if usage.stated_input is None else usage.stated_input - more
    left = max(0, (usage.uncached_input or 0) - more)
    turn.obs = replace(turn.obs, usage=replace(usage, uncached_input=left, stated_input=stated))
    return _wrong(
        "cached tokens are counted twice: as read and as ordinary input", "response.usage.input_tokens"
    )


def _wrong(detail: str, path: str) -> Finding:
    return Finding(cause="accounting", level="accounting", path=path, detail=detail, confidence="likely")
