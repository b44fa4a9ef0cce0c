"""Observations in, one explanation per call out, in the order of their starts; then patterns and sums.

A first stretch of the log is held back to learn steps, minimums and the order of lines from it; the rest is
streamed with bounded memory.
"""

from __future__ import annotations

import heapq
from itertools import islice
from typing import TYPE_CHECKING, Final

from samovar.attribution.assess import Assessor
from samovar.attribution.calibration import Calibrated
from samovar.attribution.explanation import Explained, Explanation, Pattern, Summary
from samovar.attribution.measure import Measure
from samovar.attribution.patterns import Patterns
from samovar.attribution.potential import NOTHING, find
from samovar.attribution.prefix_tree import Prefix, PrefixTree
from samovar.attribution.routes import only_counts
from samovar.attribution.sightings import Sightings
from samovar.attribution.spots import Spots
from samovar.attribution.turn_reader import TurnReader
from samovar.call import SegmentMemo
from samovar.record import BadLine, Observation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from samovar.attribution.turn import Turn

HELD: Final = 4_096
"""Calls that are looked at before the first is explained."""
TOGETHER: Final = 256
"""Calls that go through each step together: as many as the processor's near memory holds, about."""
REORDERED: Final = 256
"""Calls among which those of a later line may have started earlier."""


class Explainer:
    """Explains one log. `memo` should be the memory that the importer parses with."""

    def __init__(
        self,
        memo: SegmentMemo | None = None,
        *,
        show_text: bool = False,
        freshness: Mapping[str, float] | None = None,
        selects: Callable[[Explained], bool] | None = None,
        tree: bool = False,
    ) -> None:
        """Begin without evidence; `show_text` puts texts instead of masks into the values.

        `freshness` gives the seconds for which a tool's result holds, by the tool's name. Calls that
        `selects` refuses are evidence for others, and are neither yielded nor summed. `tree` says whether
        the tree of prefixes is to grow.
        """
        self._reader = TurnReader(memo if memo is not None else SegmentMemo())
        self._calibrated = Calibrated()
        self._assessor = Assessor(self._calibrated, show_text=show_text)
        self._patterns = Patterns(self._assessor.spots, freshness)
        self._selects = selects
        self._tree = PrefixTree() if tree else None
        self.summary = Summary()

    def stream(self, observations: Iterable[Observation | BadLine]) -> Iterator[Explained]:
        """Yield what is to be said of each call, ordered by start. Bad lines are counted."""
        turns = self._turns(observations)
        held = list(islice(turns, HELD))
        self._learn(held)
        ordered = _ordered(held, turns)
        while some := list(islice(ordered, TOGETHER)):
            yield from self._explained(some)

    def _explained(self, turns: list[Turn]) -> list[Explained]:
        """Explain some calls that follow one another, and return those that are told of."""
        explained = self._assessor.assess_all(turns)
        told = list(zip(turns, explained, strict=True))
        if self._selects is not None:
            told = [each for each in told if self._selects(each[1])]
            explained = [call for _, call in told]
        self._patterns.see(told)
        if self._tree is not None:
            for turn, call in told:
                self._tree.see(turn, call)
        for call in explained:
            self.summary.add(call)
        return explained

    def patterns(self) -> list[Pattern]:
        """Return what shows over all calls that were streamed."""
        return self._patterns.found()

    def prefixes(self) -> list[Prefix]:
        """Return the tree of prefixes, nothing if it did not grow."""
        return [] if self._tree is None else self._tree.found()

    def _turns(self, observations: Iterable[Observation | BadLine]) -> Iterator[Turn]:
        index = 0
        more = iter(observations)
        while found := list(islice(more, TOGETHER)):
            calls = [each for each in found if isinstance(each, Observation)]
            self.summary.skipped += len(found) - len(calls)
            yield from self._reader.read_all(index, calls)
            index += len(calls)

    def _learn(self, turns: list[Turn]) -> None:
        """Look through the first calls for what they show of the provider's steps and minimums."""
        spots = Spots()
        seen, measure = Sightings(spots), Measure(spots)
        for turn in sorted(turns, key=_start):
            if not turn.answered or only_counts(turn.obs.endpoint):
                continue
            self._calibrated.marked(turn)
            if not turn.marked and turn.prompt is not None:
                potential = find(turn, seen, measure, lambda _: (), 1, 0.0) if turn.chain else NOTHING
                if potential.best is not None and potential.best.own:
                    self._calibrated.shared(turn, potential.raw)
                seen.add(turn, 0.0)
            measure.learn(turn)
        self._calibrated.settle()


def _start(turn: Turn) -> tuple[float, int]:
    return (turn.start, turn.index)


def _ordered(held: list[Turn], more: Iterator[Turn]) -> Iterator[Turn]:
    """Yield turns by start: the held ones exactly, later ones within a window."""
    heap = [(turn.start, turn.index, turn) for turn in held]
    held.clear()
    heapq.heapify(heap)
    for turn in more:
        while len(heap) > REORDERED + 1:
            yield heapq.heappop(heap)[2]
        known = (turn.start, turn.index, turn)
        if len(heap) > REORDERED:
            yield heapq.heapreplace(heap, known)[2]
        else:
            heapq.heappush(heap, known)
    while heap:
        yield heapq.heappop(heap)[2]


def explain(
    observations: Iterable[Observation | BadLine],
    memo: SegmentMemo | None = None,
    *,
    show_text: bool = False,
    freshness: Mapping[str, float] | None = None,
) -> Explanation:
    """Return the explanation of a whole log. `memo` should be the memory that parsed the calls."""
    explainer = Explainer(memo, show_text=show_text, freshness=freshness)
    calls = list(explainer.stream(observations))
    return Explanation(calls, explainer.patterns(), explainer.summary)
