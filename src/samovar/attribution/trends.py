"""Patterns in time: what changed from some moment on, and what explains it best."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from typing import TYPE_CHECKING, Final

from samovar.attribution.causes import BY_NAME
from samovar.attribution.explanation import SHOWN, Pattern
from samovar.attribution.occurrences import Occurrences, of_key
from samovar.call.memo import Memo

if TYPE_CHECKING:
    from samovar.attribution.explanation import Explained
    from samovar.attribution.turn import Turn

CHUNK: Final = 20
"""Calls of one prefix that a hit rate is taken over."""
CHUNKS: Final = 64
FALL: Final = 0.25
"""Fall of a hit rate that is worth a word."""
SIGMAS: Final = 4.0
"""Standard errors from which on two rates differ, though the moment was picked from many."""
AROUND: Final = 3
HALF: Final = 0.5
"""Calls that a label must have on either side of a moment, and how much more often they must lose then."""
RATIOS: Final = 1_000
MODELS: Final = 10_000
PAIRS: Final = 1_000
"""Bounds of what is remembered."""
LABELS: Final = ("app_version", "client_version", "call_site")


def lost(call: Explained) -> bool:
    """Whether a call lost something that need not be."""
    return call.cause is not None and (not BY_NAME[call.cause].free or call.cause == "unknown")


class Tokenizer:
    """Equal digests count other tokens from a time on."""

    def __init__(self) -> None:
        """Begin without calls."""
        self._seen = Occurrences()
        self._ratios: list[float] = []

    def see(self, turn: Turn, call: Explained) -> None:
        """Take a call in."""
        if turn.recount is not None:
            self._seen.add(call, usd=call.lost_usd)
            if len(self._ratios) < RATIOS:
                self._ratios.append(turn.recount)

    def found(self) -> list[Pattern]:
        """Return one pattern for calls whose counts moved by the same factor."""
        if not self._ratios:
            return []
        middle = sorted(self._ratios)[len(self._ratios) // 2]
        detail = f"equal digests count {middle:.2f} times as many tokens as before"
        return [self._seen.pattern("tokenizer-changed", detail, level="model")]


class ServedModel:
    """Another model answers to the same name."""

    def __init__(self) -> None:
        """Begin without calls."""
        self._served: dict[tuple[str, str], str] = {}
        self._changes: dict[tuple[str, str, str], Occurrences] = {}

    def see(self, turn: Turn, call: Explained) -> None:
        """Take a call in."""
        space = turn.space
        if not space.served:
            return
        key = (space.provider, space.model)
        before = self._served.get(key)
        if before is not None and before != space.served:
            seen = of_key(self._changes, (space.model, before, space.served), PAIRS)
            if seen is not None:
                seen.add(call)
        if before != space.served and (before is not None or len(self._served) < MODELS):
            self._served[key] = space.served

    def found(self) -> list[Pattern]:
        """Return one pattern per pair of models."""
        return [
            seen.pattern(
                "served-model-changed", f"{asked} is answered by {now}, by {before} before", level="model"
            )
            for (asked, before, now), seen in self._changes.items()
        ]


class FallingRate:
    """The hit rate of a prefix falls though its digests are the same."""

    def __init__(self) -> None:
        """Begin without calls."""
        self._rates: dict[str, Rates] = {}

    def see(self, turn: Turn, call: Explained) -> None:
        """Take a call in, by prefix."""
        del turn
        if not call.prefix or call.verdict not in {"hit", "partial", "miss"} or call.cause == "cold-start":
            return
        rates = self._rates.get(call.prefix)
        if rates is None:
            if len(self._rates) >= 5_000:  # noqa: PLR2004  # a bound
                return
            rates = self._rates[call.prefix] = Rates()
        rates.add(call.id, hit=call.verdict == "hit")

    def found(self) -> list[Pattern]:
        """Return a pattern per prefix whose rate fell and stayed low."""
        patterns = []
        for prefix, rates in self._rates.items():
            fall = rates.fall()
            if fall is not None:
                before, now, calls, first = fall
                patterns.append(
                    Pattern(
                        name="falling-hit-rate",
                        calls=(first,),
                        count=calls,
                        detail=f"prefix {prefix}: {before:.0%} of calls hit before, {now:.0%} of the "
                        f"{calls:,} from {first} on; same digests",
                        level="provider",
                    )
                )
        return patterns


class Rates:
    """How many calls of a prefix hit, in a row of chunks that grow with the log: at most `CHUNKS` of them."""

    __slots__ = ("_chunks", "_size")

    def __init__(self) -> None:
        """Begin without calls."""
        self._chunks: list[tuple[int, int, str]] = []
        """Hits, calls, and the id of the first call."""
        self._size = CHUNK

    def add(self, name: str, *, hit: bool) -> None:
        """Take a call in."""
        chunks = self._chunks
        if chunks and chunks[-1][1] < self._size:
            hits, calls, first = chunks[-1]
            chunks[-1] = (hits + hit, calls + 1, first)
            return
        if len(chunks) == CHUNKS:
            pairs = zip(chunks[::2], chunks[1::2], strict=True)
            chunks[:] = [(one[0] + two[0], one[1] + two[1], one[2]) for one, two in pairs]
            self._size *= 2
        chunks.append((int(hit), 1, name))

    def fall(self) -> tuple[float, float, int, str] | None:
        """Return the rates before and after the moment that parts them best, if the rate fell there for good.

        With the rates come how many calls followed and the first of them. They must differ by `FALL` and by
        `SIGMAS` standard errors: a steady rate, looked at so many times, hardly ever seems to fall.
        """
        hits, calls = sum(chunk[0] for chunk in self._chunks), sum(chunk[1] for chunk in self._chunks)
        best, found = SIGMAS, None
        earlier_hits = earlier = 0
        for chunk, behind in itertools.pairwise(self._chunks):
            earlier_hits += chunk[0]
            earlier += chunk[1]
            later, later_hits = calls - earlier, hits - earlier_hits
            if later < CHUNK // 2:
                break
            before, now = earlier_hits / earlier, later_hits / later
            sure = _sigmas(earlier_hits, earlier, later_hits, later)
            if before - now >= FALL and sure >= best:
                best, found = sure, (before, now, later, behind[2])
        return found


class Label:
    """The calls with one label: how many, how many of them lost their prefix, and since when most do."""

    __slots__ = ("_drift", "_least", "bad", "before", "calls", "first", "since")

    def __init__(self, before: int) -> None:
        """`before` is how many calls the log had before this label came up."""
        self.before = before
        self.bad = self.calls = 0
        self.since = (0, 0)
        """`bad` and `calls` at the moment from which on most calls lost."""
        self.first = ""
        """The first that lost since then."""
        self._drift = self._least = 0
        """Calls that lost less those that did not, and the least that this was: then the moment was."""

    def add(self, name: str, *, bad: bool) -> None:
        """Take a call in."""
        self.calls += 1
        if bad:
            self.bad += 1
            self._drift += 1
            if not self.first:
                self.first = name
            return
        self._drift -= 1
        if self._drift <= self._least:
            self._least, self.since, self.first = self._drift, (self.bad, self.calls), ""

    def change(self, total: tuple[int, int]) -> tuple[float, int, int] | None:
        """Return how much more was lost since a moment than elsewhere, how many lost and of how many.

        `total` are the losing and all calls of the log. The moment is when most began to lose, or else when
        the label came up after others; None where it is neither, or where too little lies on either side.
        """
        quiet_bad, quiet = self.since
        bad, calls = self.bad - quiet_bad, self.calls - quiet
        others, rest = total[0] - bad, total[1] - calls
        if calls < AROUND or rest < AROUND or bad / calls - others / rest < HALF:
            return None
        new = quiet < AROUND and self.before >= AROUND
        if not new and (quiet < AROUND or _sigmas(bad, calls, quiet_bad, quiet) < SIGMAS):
            return None
        return bad / calls - others / rest, bad, calls


class ChangePoint:
    """From some moment on calls lose their prefix, and one label tells those that do."""

    def __init__(self) -> None:
        """Begin without calls."""
        self._by_label: dict[tuple[str, str], Label] = {}
        self._total = [0, 0]
        self._known: dict[tuple[str, ...], tuple[Label, ...]] = {}
        """Which labels a call with these values has."""

    def see(self, turn: Turn, call: Explained) -> None:
        """Take a call in."""
        if call.verdict in {"rejected", "unreported"} or call.cause == "cold-start":
            return
        bad = lost(call)
        get, space = turn.obs.labels.get, turn.space
        values = (
            get("app_version", ""),
            get("client_version", ""),
            get("call_site", ""),
            space.route or space.upstream,
        )
        labels = self._known.get(values)
        if labels is None:
            labels = self._labels(values)
        for label in labels:
            label.add(call.id, bad=bad)
        self._total[0] += bad
        self._total[1] += 1

    def _labels(self, values: tuple[str, ...]) -> tuple[Label, ...]:
        """Return the labels with these values, of as many as there is room for."""
        keys = list(zip((*LABELS, "route"), values, strict=True))
        for key in keys:
            if key[1] and key not in self._by_label and len(self._by_label) < 5_000:  # noqa: PLR2004  # a bound
                self._by_label[key] = Label(self._total[1])
        labels = tuple([self._by_label[key] for key in keys if key in self._by_label])
        if len(self._known) >= 5_000:  # noqa: PLR2004  # as above
            self._known.clear()
        self._known[values] = labels
        return labels

    def found(self) -> list[Pattern]:
        """Return the label, from some moment on, that separates best, if one does."""
        total = (self._total[0], self._total[1])
        best: tuple[float, int, int] | None = None
        key: tuple[str, str] | None = None
        for each, label in self._by_label.items():
            change = label.change(total)
            if change is not None and (best is None or change[0] > best[0]):
                best, key = change, each
        if best is None or key is None:
            return []
        _, bad, calls = best
        first = self._by_label[key].first
        return [
            Pattern(
                name="change-point",
                calls=(first,),
                count=bad,
                detail=f"from {first} on, {bad:,} of {calls:,} calls with {key[0]} {key[1]} lost their "
                f"prefix, {total[0] - bad:,} of the other {total[1] - calls:,}",
                label=f"{key[0]}={key[1]}",
            )
        ]


def _sigmas(one: int, ones: int, other: int, others: int) -> float:
    """Return by how many standard errors two rates differ, `one` of `ones` against `other` of `others`.

    The error is that of the difference of two proportions under the hypothesis that they are equal.
    """
    rate = (one + other) / (ones + others)
    error = math.sqrt(rate * (1 - rate) * (1 / ones + 1 / others))
    gap = abs(one / ones - other / others)
    return gap / error if error else 0.0


class ColdTurns:
    """Conversations that go cold in the middle: misses by turn index."""

    def __init__(self) -> None:
        """Begin without calls."""
        self._turns: Counter[int] = Counter()
        self._cold: Counter[int] = Counter()
        self._gone: Memo[str, int] = Memo(50_000)
        self._examples: dict[int, list[str]] = {}
        self._sessions = 0

    def see(self, turn: Turn, call: Explained) -> None:
        """Take a call in."""
        if call.verdict not in {"hit", "partial", "miss"}:
            return
        at = min(turn.number, 99)
        self._turns[at] = self._turns.get(at, 0) + 1
        if not turn.number:
            self._sessions += 1
        elif call.verdict == "miss" and self._gone.get(turn.lineage) is None:
            self._gone.put(turn.lineage, at)
            self._cold[at] += 1
            self._examples.setdefault(at, []).append(call.id)
            del self._examples[at][SHOWN:]

    def found(self) -> list[Pattern]:
        """Return one pattern with the turn at which most conversations went cold."""
        cold = sum(self._cold.values())
        if cold < 2:  # noqa: PLR2004  # one conversation is no pattern
            return []
        at, most = self._cold.most_common(1)[0]
        detail = (
            f"{cold} of {self._sessions} conversations went cold after their first turn, "
            f"most often at turn {at}, counted from 0 ({most} of {self._turns[at]})"
        )
        return [
            Pattern(
                name="cold-turns", calls=tuple(self._examples[at]), count=cold, detail=detail, level="time"
            )
        ]
