"""How often a pattern was seen, and what it cost: sums over all calls, and the ids of the first few."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from samovar.attribution.explanation import SHOWN, Pattern

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from samovar.attribution.explanation import Explained, PatternName

K = TypeVar("K")


class Occurrences:
    """Calls that one pattern was seen in. Its memory does not grow with them; its sums leave none out."""

    __slots__ = ("calls", "count", "level", "tokens", "usd")

    def __init__(self) -> None:
        """Begin without calls."""
        self.calls: list[str] = []
        """Ids of the first of them, `SHOWN` at most."""
        self.count, self.usd, self.tokens = 0, 0.0, 0
        self.level: str | None = None
        """The level of the first of them."""

    def add(self, call: Explained, *, usd: float = 0.0, tokens: int = 0) -> None:
        """Take a call in, with the money and the tokens that the pattern cost there."""
        if not self.count:
            self.level = call.level
        self.count += 1
        self.usd += usd
        self.tokens += tokens
        if len(self.calls) < SHOWN:
            self.calls.append(call.id)

    def more(self, usd: float, tokens: int) -> None:
        """Add to what the call before cost."""
        self.usd += usd
        self.tokens += tokens

    def lose(self, call: Explained) -> None:
        """Take a call in whose avoidable loss is the pattern's, with what it should have read and did not."""
        self.add(call, usd=call.avoidable_usd, tokens=max(0, call.should - (call.reported or 0)))

    def pattern(
        self,
        name: PatternName,
        detail: str,
        *,
        level: str | None = None,
        path: str | None = None,
        label: str | None = None,
    ) -> Pattern:
        """Return the pattern; its level is that of the first call where none is given."""
        return Pattern(
            name=name,
            calls=tuple(self.calls),
            count=self.count,
            detail=detail,
            level=level or self.level,
            path=path,
            label=label,
            usd=self.usd,
            tokens=self.tokens,
        )


def of_key(table: MutableMapping[K, Occurrences], key: K, most: int) -> Occurrences | None:
    """Return the occurrences under a key, new ones where there is room for another key, else None."""
    found = table.get(key)
    if found is None and len(table) < most:
        found = table[key] = Occurrences()
    return found
