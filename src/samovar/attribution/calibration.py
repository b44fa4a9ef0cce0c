"""What a log shows of a provider's minimums and steps, before the log is explained.

Documents may be wrong, and engines are built with other block sizes. A step is taken from the log only when
it explains every read of the engine there, and the documented one does not; a minimum only between marked
prefixes that were never written and longer ones that were.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from samovar.attribution.turn import LEAST
from samovar.providers.rules import Band, BlockRules

if TYPE_CHECKING:
    from collections.abc import Iterable

    from samovar.attribution.turn import Turn

Engine = tuple[str, str]
STEPS: Final = tuple(2**power for power in range(4, 14))
SEVERAL: Final = 2
"""Prefixes of different lengths that must have gone unread: one alone may have been lost otherwise."""
MOST_PARTS: Final = 64
"""Steps of which a shortest read may consist; engines of mixed layers have odd ones, such as 1,600."""
PAIRS: Final = 200
"""Pairs kept per engine."""


def engine_of(turn: Turn) -> Engine:
    """Return what one step or minimum belongs to."""
    return (turn.space.provider, turn.space.model)


class Calibrated:
    """Steps and minimums by engine and model."""

    def __init__(self) -> None:
        """Begin with what is documented."""
        self._pairs: dict[Engine, list[tuple[int, int]]] = {}
        self._unwritten: dict[Engine, int] = {}
        self._written: dict[Engine, int] = {}
        self._steps: dict[Engine, int] = {}

    def shared(self, turn: Turn, raw: int) -> None:
        """Take in how many tokens a call had in common with earlier ones, and what it read."""
        if isinstance(turn.rules, BlockRules) and turn.obs.usage.reports_cache and raw:
            pairs = self._pairs.setdefault(engine_of(turn), [])
            if len(pairs) < PAIRS:
                pairs.append((min(raw, max(0, turn.total - 1)), turn.read))

    def marked(self, turn: Turn) -> None:
        """Take in a marked prefix: how long it was, and whether the provider wrote or read it."""
        if not turn.marked or not turn.entries or not turn.obs.usage.reports_cache or turn.prompt is None:
            return
        engine = engine_of(turn)
        if turn.read + turn.written > LEAST:
            tokens = turn.read + turn.written
            known = self._written.get(engine)
            self._written[engine] = tokens if known is None else min(known, tokens)
        elif turn.total:
            hi = turn.prompt.total_hi
            tokens = round(turn.prompt.hi[turn.entries[-1][0]] * turn.total / hi) if hi else 0
            self._unwritten[engine] = max(tokens, self._unwritten.get(engine, 0))

    def settle(self) -> None:
        """Draw the conclusions."""
        for engine, pairs in self._pairs.items():
            step = _step(pairs)
            if step is not None:
                self._steps[engine] = step
        self._pairs.clear()

    def granule(self, turn: Turn, documented: int) -> int:
        """Return the step in which prefixes are served."""
        return self._steps.get(engine_of(turn), documented) if self._steps else documented

    def floor(self, turn: Turn) -> Band:
        """Return the minimum of a cacheable prefix, as a band."""
        rules = turn.rules
        if rules is None:
            return Band(0, 0)
        if not self._steps and not self._unwritten:
            return rules.floor
        engine = engine_of(turn)
        step = self._steps.get(engine)
        if step is not None:
            return Band(step, step)
        written, unwritten = self._written.get(engine), self._unwritten.get(engine)
        if written is not None and unwritten is not None and rules.floor.lo <= unwritten < written:
            return Band(unwritten + 1, max(written, unwritten + 1))
        return rules.floor

    def learnt(self, turn: Turn) -> bool:
        """Whether the step of this engine comes from the log."""
        return engine_of(turn) in self._steps


def _step(pairs: list[tuple[int, int]]) -> int | None:
    """Return the step that explains all pairs, None if the evidence is thin or the documented one does."""
    unread = {common for common, tokens in pairs if not tokens}
    if len(unread) < SEVERAL or all(not tokens for _, tokens in pairs):
        return None
    for step in _steps(tokens for _, tokens in pairs if tokens):
        if all(_explains(step, common, tokens) for common, tokens in pairs):
            return int(step)
    return None


def _steps(read: Iterable[int]) -> list[int]:
    """Return the steps that reads may come in: powers of two, and divisors of them all, ascending."""
    common = math.gcd(*read)
    own = {common // part for part in range(1, MOST_PARTS + 1) if common % part == 0}
    return sorted({*STEPS, *(step for step in own if step >= STEPS[0])})


def _explains(step: int, common: int, tokens: int) -> bool:
    """Whether a step fits one call; generated tokens may have been read beyond what was in common."""
    if not tokens:
        return common < step
    return tokens % step == 0 and tokens > common - step - common // 100
