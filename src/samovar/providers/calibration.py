"""A band of token counts narrows as calls report what the provider counted.

What is learnt is the ratio of reported to estimated tokens. The band is the hull of the ratios seen, widened
on both sides by its own width or by `MARGIN`, whichever is more; so it always contains what was seen and what
lies as far outside as the evidence itself is wide. Few pairs narrow nothing.
"""

from __future__ import annotations

import math

from samovar.providers.tokens import TokenCount

ENOUGH = 5
"""Pairs before the band may be narrower than the tokenizer's own."""
MARGIN = 0.02
"""Least widening on each side, as a share of the ratio: rounding and what templates add."""
LEAST_TOKENS = 256
"""Shorter prompts are no evidence: fixed overhead of some hundred tokens would pass for a ratio."""


class Calibration:
    """The ratio between a provider's counts and an estimate, for one model. Not for several threads."""

    def __init__(self) -> None:
        """Begin without evidence."""
        self.pairs = 0
        self._low = math.inf
        self._high = 0.0
        self._estimated = 0
        self._reported = 0

    def learn(self, estimated: int, reported: int) -> bool:
        """Take in one prompt: the `est` of its count and the tokens on the bill; say whether it was used."""
        if estimated < LEAST_TOKENS or reported <= 0:
            return False
        ratio = reported / estimated
        self._low = min(self._low, ratio)
        self._high = max(self._high, ratio)
        self._estimated += estimated
        self._reported += reported
        self.pairs += 1
        return True

    @property
    def band(self) -> tuple[float, float, float] | None:
        """Lowest, likeliest and highest ratio; None while there is not enough evidence."""
        if self.pairs < ENOUGH:
            return None
        width = self._high - self._low
        low = self._low - max(width, MARGIN * self._low)
        high = self._high + max(width, MARGIN * self._high)
        # The ratio of sums lies between the ratios; rounding alone could put it outside.
        return max(low, 0.0), min(max(self._reported / self._estimated, low), high), high

    def apply(self, count: TokenCount) -> TokenCount:
        """Return the count with what was learnt; exact counts and too little evidence change nothing.

        Before there is enough evidence, a ratio outside the band widens it.
        """
        if count.lo == count.hi:
            return count
        band = self.band
        if band is None:
            if not self.pairs:
                return count
            lo = min(count.lo, math.floor(count.est * self._low))
            hi = max(count.hi, math.ceil(count.est * self._high))
            return TokenCount(lo, count.est, hi, count.how)
        low, likely, high = band
        lo, hi = math.floor(count.est * low), math.ceil(count.est * high)
        return TokenCount(lo, min(max(round(count.est * likely), lo), hi), hi, "calibrated")
