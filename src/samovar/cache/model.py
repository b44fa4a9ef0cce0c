"""The model of a provider's cache for calls made of text: one owner, three families behind it.

Pure and deterministic: the same calls at the same times give the same answers. It is not thread-safe by
itself; whoever shares it owns a lock (see `samovar.engine.owner`). Engines that cache what they tokenized
themselves have their own models, `cache.blocks` and `cache.slots`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from samovar.cache import automatic, breakpoints, markers
from samovar.cache.store import EntryStore
from samovar.errors import OursError
from samovar.providers.rules import AutomaticRules, BreakpointRules, MarkerRules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samovar.cache.expectation import Expectation
    from samovar.prefix.prompt import Prompt


class CacheCounts(NamedTuple):
    """What a model holds and has let go: entries now, expired so far, pushed out by the cap so far."""

    entries: int
    expired: int
    dropped: int


class CacheModel:
    """Entries of one provider (one node of it), at most `cap` of them."""

    __slots__ = ("_store",)

    def __init__(self, cap: int = 1_000_000) -> None:
        """Make an empty cache."""
        self._store = EntryStore(cap)

    def look_up(self, prompt: Prompt, now: float) -> Expectation:
        """Return what the call should read, write and leave uncached if it starts at `now` (seconds).

        Changes nothing but forgets what has expired; `now` should not decrease.
        """
        store = self._store
        store.sweep(now)
        match prompt.rules:
            case MarkerRules() as rules:
                return markers.look_up(store, prompt, rules, now)
            case BreakpointRules() as rules:
                return breakpoints.look_up(store, prompt, rules, now)
            case AutomaticRules() as rules:
                return automatic.look_up(store, prompt, rules, now)
            case _:
                raise OursError(_WRONG_FAMILY)

    def admit(
        self,
        prompt: Prompt,
        found: Expectation,
        *,
        started_at: float,
        first_byte_at: float,
        granted: Mapping[str, str] | None = None,
    ) -> None:
        """Record a call that was answered: what it read lives on, what it wrote becomes readable.

        `found` is what `look_up` said at `started_at`. `granted` maps a TTL tier asked for to the one that
        the provider gave, where they differ. A call that failed before its first byte is not admitted.
        """
        store = self._store
        match prompt.rules:
            case MarkerRules() as rules:
                markers.admit(
                    store,
                    prompt,
                    rules,
                    found,
                    started_at=started_at,
                    first_byte_at=first_byte_at,
                    granted=granted,
                )
            case BreakpointRules() as rules:
                breakpoints.admit(
                    store,
                    prompt,
                    rules,
                    found,
                    started_at=started_at,
                    first_byte_at=first_byte_at,
                    granted=granted,
                )
            case AutomaticRules() as rules:
                automatic.admit(store, prompt, rules, started_at=started_at, first_byte_at=first_byte_at)
            case _:
                raise OursError(_WRONG_FAMILY)

    def evict(self, prompt: Prompt | None = None) -> int:
        """Drop every entry, or those on the chain of `prompt`; return how many."""
        if prompt is None:
            return self._store.evict(lambda _key, _entry: True)
        steps = {*prompt.chain, *(prompt.grains or ())}
        return self._store.evict(lambda key, _entry: key[16:32] in steps)

    def evict_oldest(self, share: float) -> int:
        """Drop the least recently used `share` (0 to 1) of all entries; return how many."""
        return self._store.oldest(int(len(self._store) * share))

    def counts(self) -> CacheCounts:
        """Return how many entries are held and how many were let go."""
        return CacheCounts(len(self._store), self._store.expired, self._store.dropped)


_WRONG_FAMILY = "This family of rules caches tokens, not positions: use cache.blocks or cache.slots."
