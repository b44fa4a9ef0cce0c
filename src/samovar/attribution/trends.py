"""Patterns in time: what changed from some moment on, and what explains it best."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from samovar.attribution.causes import BY_NAME
from samovar.attribution.explanation import SHOWN, Pattern
from samovar.call.memo import Memo

if TYPE_CHECKING:
    from samovar.attribution.explanation import Explained
    from samovar.attribution.turn import Turn

CHUNK: Final = 20
"""Calls of one prefix that a hit rate is taken over."""
FALL: Final = 0.25
"""Fall of a hit rate that is worth a word."""
LABELS: Final = ("app_version", "client_version", "call_site")


def lost(call: Explained) -> bool:
    """Whether a call lost something that need not be."""
    return call.cause is not None and (not BY_NAME[call.cause].free or call.cause == "unknown")


class Tokenizer:
    """Equal digests count other tokens from a time on."""

    def __init__(self) -> None:
        """Begin without calls."""
        self._calls: list[Explained] = []
        self._ratios: list[float] = []

    def see(self, turn: Turn, call: Explained) -> None:
        """Take a call in."""
        if turn.recount is not None and len(self._calls) < 1_000:  # noqa: PLR2004  # a bound
            self._calls.append(call)
            self._ratios.append(turn.recount)

    def found(self) -> list[Pattern]:
        """Return one pattern for calls whose counts moved by the same factor."""
        if not self._calls:
            return []
        middle = sorted(self._ratios)[len(self._ratios) // 2]
        detail = f"equal digests count {middle:.2f} times as many tokens as before"
        return [
            Pattern(
                name="tokenizer-changed",
                calls=tuple(call.id for call in self._calls[:SHOWN]),
                count=len(self._calls),
                detail=detail,
                level="model",
                usd=sum(call.lost_usd for call in self._calls),
            )
        ]


class ServedModel:
    """Another model answers to the same name."""

    def __init__(self) -> None:
        """Begin without calls."""
        self._served: dict[tuple[str, str], str] = {}
        self._changes: list[tuple[str, str, str, str]] = []

    def see(self, turn: Turn, call: Explained) -> None:
        """Take a call in."""
        space = turn.space
        if not space.served:
            return
        key = (space.provider, space.model)
        before = self._served.get(key)
        if before is not None and before != space.served and len(self._changes) < 1_000:  # noqa: PLR2004  # a bound
            self._changes.append((call.id, space.model, before, space.served))
        if before != space.served and (before is not None or len(self._served) < 10_000):  # noqa: PLR2004  # a bound
            self._served[key] = space.served

    def found(self) -> list[Pattern]:
        """Return one pattern per pair of models."""
        pairs: dict[tuple[str, str, str], list[str]] = {}
        for name, asked, before, now in self._changes:
            pairs.setdefault((asked, before, now), []).append(name)
        return [
            Pattern(
                name="served-model-changed",
                calls=tuple(names[:SHOWN]),
                count=len(names),
                detail=f"{asked} is answered by {now}, by {before} before",
                level="model",
            )
            for (asked, before, now), names in pairs.items()
        ]


class FallingRate:
    """The hit rate of a prefix falls though its digests are the same."""

    def __init__(self) -> None:
        """Begin without calls."""
        self._rates: dict[str, list[tuple[int, int, str]]] = {}

    def see(self, turn: Turn, call: Explained) -> None:
        """Take a call in, by prefix, in chunks."""
        del turn
        if not call.prefix or call.verdict not in {"hit", "partial", "miss"} or call.cause == "cold-start":
            return
        chunks = self._rates.get(call.prefix)
        if chunks is None:
            if len(self._rates) >= 5_000:  # noqa: PLR2004  # a bound
                return
            chunks = self._rates[call.prefix] = []
        hit = call.verdict == "hit"
        if chunks and chunks[-1][1] < CHUNK:
            hits, calls, first = chunks[-1]
            chunks[-1] = (hits + hit, calls + 1, first)
        else:
            chunks.append((int(hit), 1, call.id))
            del chunks[2:-62]

    def found(self) -> list[Pattern]:
        """Return a pattern per prefix whose rate fell and stayed low."""
        patterns = []
        for prefix, chunks in self._rates.items():
            whole = [chunk for chunk in chunks if chunk[1] >= CHUNK // 2]
            if len(whole) < 2:  # noqa: PLR2004  # a fall needs a before and an after
                continue
            before = max(chunk[0] / chunk[1] for chunk in whole[:-1])
            now = whole[-1][0] / whole[-1][1]
            if before - now >= FALL:
                patterns.append(
                    Pattern(
                        name="falling-hit-rate",
                        calls=(whole[-1][2],),
                        count=whole[-1][1],
                        detail=f"prefix {prefix}: {before:.0%} of calls hit before, {now:.0%} at the end; "
                        "same digests",
                        level="provider",
                    )
                )
        return patterns


class ChangePoint:
    """From some moment on calls lose their prefix, and one label tells those that do."""

    def __init__(self) -> None:
        """Begin without calls."""
        self._by_label: dict[tuple[str, str], list[int]] = {}
        self._first: dict[tuple[str, str], str] = {}
        self._total = [0, 0]
        self._known: dict[tuple[str, ...], tuple[list[int], ...]] = {}
        """Which counts the labels of a call are added to."""

    def see(self, turn: Turn, call: Explained) -> None:
        """Take a call in."""
        if call.verdict in {"rejected", "unreported"} or call.cause == "cold-start":
            return
        bad = int(lost(call))
        self._total[0] += bad
        self._total[1] += 1
        label, space = turn.obs.labels.get, turn.space
        values = (
            label("app_version", ""),
            label("client_version", ""),
            label("call_site", ""),
            space.route or space.upstream,
        )
        counts = self._known.get(values)
        if counts is None:
            counts = self._counts(values)
        for found in counts:
            found[0] += bad
            found[1] += 1
        if bad:
            for key in zip((*LABELS, "route"), values, strict=True):
                if key in self._by_label:
                    self._first.setdefault(key, call.id)

    def _counts(self, values: tuple[str, ...]) -> tuple[list[int], ...]:
        """Return the counts of the labels with these values, of as many labels as there is room for."""
        keys = list(zip((*LABELS, "route"), values, strict=True))
        for key in keys:
            if key[1] and len(self._by_label) < 5_000:  # noqa: PLR2004  # a bound
                self._by_label.setdefault(key, [0, 0])
        counts = tuple([self._by_label[key] for key in keys if key in self._by_label])
        if len(self._known) >= 5_000:  # noqa: PLR2004  # as above
            self._known.clear()
        self._known[values] = counts
        return counts

    def found(self) -> list[Pattern]:
        """Return the label that separates best, if one does."""
        best: tuple[float, tuple[str, str]] | None = None
        for key, (bad, calls) in self._by_label.items():
            others, rest = self._total[0] - bad, self._total[1] - calls
            if calls < 3 or rest < 3 or not bad:  # noqa: PLR2004  # fewer calls on a side separate nothing
                continue
            gap = bad / calls - others / rest
            if gap >= 0.5 and (best is None or gap > best[0]):  # noqa: PLR2004  # half as much again is no accident
                best = (gap, key)
        if best is None:
            return []
        return [self._pattern(best[1])]

    def _pattern(self, key: tuple[str, str]) -> Pattern:
        bad, calls = self._by_label[key]
        others, rest = self._total[0] - bad, self._total[1] - calls
        return Pattern(
            name="change-point",
            calls=(self._first[key],),
            count=bad,
            detail=f"{bad} of {calls} calls with {key[0]} {key[1]} lost their prefix, "
            f"{others} of the other {rest}",
            label=f"{key[0]}={key[1]}",
        )


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
