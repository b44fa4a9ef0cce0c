"""Patterns in the books: numbers that cannot be, results that are too old, keys that are never used twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samovar.attribution.occurrences import Occurrences, of_key
from samovar.call.memo import Memo
from samovar.call.tools import results

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samovar.attribution.explanation import Explained, Pattern
    from samovar.attribution.turn import Turn

KINDS: Final = 1_000
"""Contradictions, and tools, that are told apart at most."""
KEYS: Final = 100_000
"""Cache keys that are remembered at most."""


class Accounting:
    """Usage that contradicts itself, or the calls around it."""

    def __init__(self) -> None:
        """Begin without calls."""
        self._found: dict[str, Occurrences] = {}

    def see(self, turn: Turn, call: Explained) -> None:
        """Take a call in."""
        if turn.misreport is not None and turn.misreport.detail is not None:
            seen = of_key(self._found, turn.misreport.detail, KINDS)
            if seen is not None:
                seen.add(call)

    def found(self) -> list[Pattern]:
        """Return one pattern per kind of contradiction."""
        return [seen.pattern("accounting", what, level="accounting") for what, seen in self._found.items()]


class Freshness:
    """Tool results that are sent again after the time for which they hold."""

    def __init__(self, holds: Mapping[str, float]) -> None:
        """`holds` gives seconds by tool name; tools that are not in it hold for ever."""
        self._holds = holds
        self._since: Memo[tuple[str, tuple[str, bytes, int]], float] = Memo(50_000)
        """When a result was sent first, by its conversation and its key there."""
        self._found: dict[str, Occurrences] = {}
        self._last: dict[str, int] = {}
        """The newest call with a stale result of the tool."""
        self._paths: dict[str, str] = {}

    def see(self, turn: Turn, call: Explained) -> None:
        """Take a call in."""
        if not self._holds or turn.call is None:
            return
        for position, tool, key in results(turn.call.blocks):
            limit = self._holds.get(tool)
            if limit is None:
                continue
            since = self._since.get((turn.root, key))
            if since is None:
                self._since.put((turn.root, key), turn.start)
            elif turn.start - since > limit:
                self._note(turn, call, tool, position)

    def _note(self, turn: Turn, call: Explained, name: str, position: int) -> None:
        """Count a stale result: its tokens, and its share of what the call cost."""
        seen = of_key(self._found, name, KINDS)
        if seen is None or turn.call is None:
            return
        size = turn.sizes[position] - (turn.sizes[position - 1] if position else 0)
        usd = (call.cost_usd or 0.0) * size / max(1, turn.sizes[-1])
        if self._last.get(name) == turn.index:
            seen.more(usd, size)
            return
        self._last[name] = turn.index
        seen.add(call, usd=usd, tokens=size)
        self._paths.setdefault(name, turn.call.path(position))

    def found(self) -> list[Pattern]:
        """Return one pattern per tool."""
        return [
            seen.pattern(
                "stale-tool-result",
                f"results of {tool} were sent again more than {self._holds[tool]:.0f} s later",
                level="messages",
                path=self._paths.get(tool),
            )
            for tool, seen in self._found.items()
        ]


class CacheKeys:
    """A cache key of its own for nearly every call: no key is ever met again.

    The first `KEYS` keys are counted, and the calls up to then.
    """

    def __init__(self) -> None:
        """Begin without calls."""
        self._keys: set[str] = set()
        self._seen = Occurrences()

    def see(self, turn: Turn, call: Explained) -> None:
        """Take a call in."""
        key = turn.space.cache_key
        if key and len(self._keys) < KEYS:
            self._keys.add(key)
            self._seen.add(call)

    def found(self) -> list[Pattern]:
        """Return one pattern if keys are hardly ever used twice."""
        calls, keys = self._seen.count, len(self._keys)
        if calls < 5 or keys < calls * 0.8:  # noqa: PLR2004  # fewer calls show no habit
            return []
        detail = f"{keys:,} cache keys in {'the first ' if keys == KEYS else ''}{calls:,} calls"
        return [
            self._seen.pattern("cache-key-per-request", detail, level="transport", path="prompt_cache_key")
        ]
