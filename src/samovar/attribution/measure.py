"""How many tokens the first positions of a call have, as the provider counts.

The provider's own numbers are anchors: the total at a prompt's end, read plus written where it writes last.
Between anchors the estimate per position is stretched to fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samovar.attribution.turn import LEAST

if TYPE_CHECKING:
    from samovar.attribution.spots import Spots
    from samovar.attribution.turn import Turn

EXACT: Final = 0.005
"""Stretch up to which the estimate is taken to be the provider's own way of counting."""
RECOUNT: Final = 0.02
"""Share by which counts of equal digests differ when a tokenizer has changed."""
REGROWN: Final = 0.08
"""Share by which a conversation's total may differ from what it has grown to by its new blocks' estimate."""
GROWTH: Final = 0.25
"""Share of a conversation that may be new, for its total to be foretold."""
LOOSE: Final = 0.04
"""Share by which an estimate between anchors may be off otherwise."""


class Measure:
    """Remembers the anchors of prefixes, by model, on the spots that hold what is known of them."""

    def __init__(self, spots: Spots) -> None:
        """Begin without any."""
        self._spots = spots
        self._loose: set[str] = set()
        """Models whose totals are not what the estimate counts."""

    def learn(self, turn: Turn) -> None:
        """Take in what the provider counted, and note where equal digests had another count before."""
        if not turn.chain or turn.inside:
            return
        row, model, total = self._spots.of(turn), turn.space.model, turn.total
        if total:
            before = row[-1].counted(model)
            if (
                before
                and before != total
                and abs(total / before - 1) > RECOUNT
                and turn.obs.usage.reports_cache
                and not turn.obs.edits
            ):
                turn.recount = total / before
            row[-1].count(model, total)
            estimate = turn.sizes[-1]
            if estimate and abs(total - estimate) > 8 and abs(total / estimate - 1) > EXACT:  # noqa: PLR2004  # rounding
                self._loose.add(model)
        cached = turn.read + turn.written
        if turn.entries and cached > LEAST:
            marked = row[turn.entries[-1].position]
            before = marked.counted(model)
            if before and before != cached and marked is not row[-1]:
                ratio = cached / before
                if abs(ratio - 1) > RECOUNT:
                    turn.recount = ratio
            marked.count(model, cached)
        if turn.recount is None and turn.read <= LEAST:
            turn.recount = _regrown(turn)

    def anchor(self, turn: Turn, count: int) -> int | None:
        """Return what the provider itself said of the first `count` positions, None if it did not."""
        if count == 0:
            return 0
        if count == len(turn.chain) and turn.total and not turn.inside:
            return turn.total
        return self._spots.of(turn)[count - 1].counted(turn.space.model)

    def ends_at(self, turn: Turn, tokens: int) -> int | None:
        """Return the position up to which the provider counted exactly so many tokens, None without one."""
        row, model = self._spots.of(turn), turn.space.model
        at = len(row) - 1
        if at >= 0 and turn.total and not turn.inside:
            if turn.total <= tokens:
                return at if turn.total == tokens else None
            at -= 1
        while at >= 0:
            known = row[at].counted(model)
            if known is not None and known <= tokens:
                return at if known == tokens else None
            at -= 1
        return None

    def tokens(self, turn: Turn, count: int) -> int:
        """Return the tokens of the first `count` positions."""
        if turn.total and count == len(turn.chain) and not turn.inside:
            return turn.total
        row, model = self._spots.of(turn), turn.space.model
        known = row[count - 1].counted(model) if count else 0
        if known is not None:
            return known
        anchor, sizes = self.anchor, turn.sizes
        low, high = count - 1, count + 1
        while low > 0 and anchor(turn, low) is None:
            low -= 1
        while high <= len(sizes) and anchor(turn, high) is None:
            high += 1
        below = anchor(turn, low) or 0
        before = sizes[low - 1] if low else 0
        here = sizes[count - 1] - before
        if high > len(sizes):
            # No anchor above: the prompt's total is not known.
            scale = below / before if before else 1.0
            return round(below + here * scale)
        between = sizes[high - 1] - before
        above = self.anchor(turn, high) or 0
        return round(below + here * max(0, above - below) / between) if between else below

    def within(self, turn: Turn, count: int, estimate: int) -> int:
        """Return the tokens of `estimate` estimated ones inside the position after the first `count`."""
        if count >= len(turn.sizes) or not estimate:
            return 0
        here = turn.sizes[count] - (turn.sizes[count - 1] if count else 0)
        if not here:
            return 0
        whole = self.tokens(turn, count + 1) - self.tokens(turn, count)
        return int(whole * min(1.0, estimate / here))

    def slack(self, turn: Turn, count: int, tokens: int) -> int:
        """Return how far `tokens`, the size of the first `count` positions, may be off."""
        if self.anchor(turn, count) is not None:
            return 0
        if turn.total and turn.space.model not in self._loose:
            return 8
        return int(tokens * LOOSE)

    def settle(self, turn: Turn, count: int, tokens: int) -> None:
        """Take in that the first `count` positions were read as `tokens`."""
        self._spots.of(turn)[count - 1].count(turn.space.model, tokens)


def _regrown(turn: Turn) -> float | None:
    """Return how many times as many tokens a conversation has as it should have grown to, None if as many.

    Only of calls that read nothing: a new tokenizer empties the cache, while a sum that is wrong does not.
    """
    before = turn.predecessor
    if before is None or not before.total or not turn.total or turn.read > LEAST or turn.obs.edits:
        return None
    known = len(before.chain)
    if not known or len(turn.chain) < known or turn.chain[known - 1] != before.chain[-1]:
        return None
    old, new = before.sizes[-1], turn.sizes[-1] - turn.sizes[known - 1]
    if not old or new > old * GROWTH or not turn.obs.usage.reports_cache:
        return None
    ratio = turn.total / (before.total * (1 + new / old))
    return ratio if abs(ratio - 1) > REGROWN else None
