"""Patterns in the books: numbers that cannot be, results that are too old, keys that are never used twice."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from samovar.attribution.explanation import SHOWN, Pattern
from samovar.call.memo import Memo
from samovar.providers.rules import Level

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samovar.attribution.explanation import Explained
    from samovar.attribution.turn import Turn


class Accounting:
    """Usage that contradicts itself, or the calls around it."""

    def __init__(self) -> None:
        """Begin without calls."""
        self._found: dict[str, list[str]] = {}

    def see(self, turn: Turn, call: Explained) -> None:
        """Take a call in."""
        if turn.misreport is not None and turn.misreport.detail is not None:
            self._note(turn.misreport.detail, call.id)

    def _note(self, what: str, name: str) -> None:
        names = self._found.setdefault(what, [])
        if len(names) < 1_000:  # noqa: PLR2004  # a bound
            names.append(name)

    def found(self) -> list[Pattern]:
        """Return one pattern per kind of contradiction."""
        return [
            Pattern(
                name="accounting",
                calls=tuple(names[:SHOWN]),
                count=len(names),
                detail=what,
                level="accounting",
            )
            for what, names in self._found.items()
        ]


class Freshness:
    """Tool results that are sent again after the time for which they hold."""

    def __init__(self, holds: Mapping[str, float]) -> None:
        """`holds` gives seconds by tool name; tools that are not in it hold for ever."""
        self._holds = holds
        self._since: Memo[bytes, float] = Memo(50_000)
        self._found: dict[str, list[str]] = {}
        self._tokens: Counter[str] = Counter()
        self._usd: dict[str, float] = defaultdict(float)
        self._paths: dict[str, str] = {}

    def see(self, turn: Turn, call: Explained) -> None:
        """Take a call in."""
        if not self._holds or turn.call is None:
            return
        names: list[str] = []
        for position, block in enumerate(turn.call.blocks):
            if block.level is not Level.MESSAGES:
                continue
            if block.kind.endswith("tool_use"):
                names.append(block.text.partition("{")[0])
            elif block.kind.endswith("tool_result") and names:
                name = names.pop(0)
                limit = self._holds.get(name)
                if limit is None:
                    continue
                digest = turn.chain[position]
                since = self._since.get(digest)
                if since is None:
                    self._since.put(digest, turn.start)
                elif turn.start - since > limit:
                    self._note(turn, call, name, position)

    def _note(self, turn: Turn, call: Explained, name: str, position: int) -> None:
        """Count a stale result: its tokens, and its share of what the call cost."""
        names = self._found.setdefault(name, [])
        if call.id not in names[-1:] and len(names) < 1_000:  # noqa: PLR2004  # a bound
            names.append(call.id)
        size = turn.sizes[position] - (turn.sizes[position - 1] if position else 0)
        self._tokens[name] += size
        self._usd[name] += (call.cost_usd or 0.0) * size / max(1, turn.sizes[-1])
        if turn.call is not None:
            self._paths.setdefault(name, turn.call.path(position))

    def found(self) -> list[Pattern]:
        """Return one pattern per tool."""
        return [
            Pattern(
                name="stale-tool-result",
                calls=tuple(names[:SHOWN]),
                count=len(names),
                detail=f"results of {tool} were sent again more than {self._holds[tool]:.0f} s later",
                level="messages",
                path=self._paths.get(tool),
                tokens=self._tokens[tool],
                usd=self._usd[tool],
            )
            for tool, names in self._found.items()
            if names
        ]


class CacheKeys:
    """A cache key of its own for nearly every call: no key is ever met again."""

    def __init__(self) -> None:
        """Begin without calls."""
        self._keys: set[str] = set()
        self._calls: list[str] = []
        self._count = 0

    def see(self, turn: Turn, call: Explained) -> None:
        """Take a call in."""
        key = turn.space.cache_key
        if not key:
            return
        self._count += 1
        if len(self._keys) < 100_000:  # noqa: PLR2004  # a bound
            self._keys.add(key)
        if len(self._calls) < SHOWN:
            self._calls.append(call.id)

    def found(self) -> list[Pattern]:
        """Return one pattern if keys are hardly ever used twice."""
        if self._count < 5 or len(self._keys) < self._count * 0.8:  # noqa: PLR2004  # fewer calls show no habit
            return []
        detail = f"{len(self._keys):,} cache keys in {self._count:,} calls"
        return [
            Pattern(
                name="cache-key-per-request",
                calls=tuple(self._calls),
                count=self._count,
                detail=detail,
                level="transport",
                path="prompt_cache_key",
            )
        ]
