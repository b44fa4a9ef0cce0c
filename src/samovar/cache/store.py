"""Cache entries with their readable windows: bounded, least recently used out first, expiry amortised O(1).

An entry has two windows, since a client cannot see inside the provider: the time in which it *may* be
readable and the time in which it *must* be. With exact rules the two are the same.
"""

from __future__ import annotations

from collections import OrderedDict
from copy import deepcopy
from math import inf
from typing import TYPE_CHECKING, Final

from samovar.prefix.prompt import differing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WIDTH: Final = 16.0
"""Seconds of one expiry bucket."""
_FAR: Final = 1e15
"""Later than any clock: where entries without an end are filed."""
ROUNDING: Final = 1e-6
"""Seconds that sums of times may be off."""
_SLACK: Final = 1_024
"""Dropped keys that may stay filed before the buckets are made anew."""


class Entry:
    """One cached prefix in one key space. Times are seconds on the caller's clock.

    `strict` is its strict level key; `variants` are all that share its loose key and chain, None while there
    is but this one. `depth` is the number of positions it covers.
    """

    __slots__ = (
        "depth",
        "doubts",
        "key",
        "may_from",
        "may_until",
        "must_from",
        "must_until",
        "strict",
        "ttl",
        "variants",
    )

    def __init__(self, strict: bytes, ttl: str, depth: int) -> None:
        """Make an entry that is not readable yet."""
        self.strict = strict
        self.ttl = ttl
        self.depth = depth
        self.may_from = inf
        self.must_from = inf
        self.may_until = -inf
        self.must_until = -inf
        self.variants: Variants | None = None
        self.doubts: tuple[str, ...] = ()
        """The facts because of which it may have been written or read, and need not have been."""
        self.key = b""
        """Under which the store keeps it: 16 bytes of loose key, then the chain's digest."""

    def doubt(self, why: tuple[str, ...]) -> None:
        """Keep why something may have become of it."""
        if why and why != self.doubts:
            self.doubts = tuple(dict.fromkeys((*self.doubts, *why)))

    def settle(self, grace: float) -> None:
        """Forget the doubts once it must live as long as it may, but for its tier's own `grace`."""
        if self.doubts and self.may_until - self.must_until <= grace + ROUNDING:
            self.doubts = ()

    def may(self, now: float) -> bool:
        """Whether it may be readable now."""
        return self.may_from <= now < self.may_until

    def must(self, now: float) -> bool:
        """Whether it must be readable now."""
        return self.must_from <= now < self.must_until

    def readable(self, strict: bytes, now: float) -> tuple[bool, bool]:
        """Return whether it or a variant may, and must, be readable now to a call of that strict key."""
        if self.variants is not None:
            return self.variants.readable(strict, now)
        must = self.strict == strict and self.must_from <= now < self.must_until
        return self.may_from <= now < self.may_until, must


class Variants:
    """The entries under one key: they differ in the strict key, or in times that do not meet.

    With more than one strict key nobody knows whether they are one entry. What each of them does to the
    others is then kept once for all, as the hull of the times in which any may be readable: a call costs the
    same however many there are.
    """

    __slots__ = ("by_strict", "differ", "may_from", "may_until", "plural", "tiers")

    def __init__(self, first: Entry) -> None:
        """Begin with one entry."""
        self.by_strict: OrderedDict[bytes, list[Entry]] = OrderedDict()
        self.may_from = inf
        self.may_until = -inf
        self.tiers: set[str] = set()
        self.plural = False
        """Whether there was ever a second strict key."""
        self.differ: set[int] = set()
        """Places of the parameters in which strict keys differed from the first one held."""
        self.add(first)

    def __len__(self) -> int:
        """Return the number of entries."""
        return sum(map(len, self.by_strict.values()))

    def add(self, entry: Entry) -> None:
        """Keep one more."""
        self.by_strict.setdefault(entry.strict, []).append(entry)
        self.plural = self.plural or len(self.by_strict) > 1
        self.differ.update(differing(self.first().strict, entry.strict))
        entry.variants = self
        self.widen(entry)

    def widen(self, entry: Entry) -> None:
        """Take note of the times of an entry that changed."""
        self.may_from = min(self.may_from, entry.may_from)
        self.may_until = max(self.may_until, entry.may_until)
        self.tiers.add(entry.ttl)

    def readable(self, strict: bytes, now: float) -> tuple[bool, bool]:
        """Return whether any may be readable now, and one of that strict key must be."""
        own = self.by_strict.get(strict, ())
        may = self.may_from <= now < self.may_until
        if may and not self.plural:
            may = any(entry.may(now) for entry in next(iter(self.by_strict.values())))
        return may, may and any(entry.must(now) for entry in own)

    def first(self) -> Entry:
        """Return the entry that was written first of those held."""
        return next(iter(self.by_strict.values()))[0]

    def drop_first(self) -> int:
        """Drop the strict key that was written first; return how many entries it had."""
        return len(self.by_strict.pop(next(iter(self.by_strict))))

    def forget(self, now: float) -> int:
        """Drop the entries whose time is over, as long as one remains; return how many went."""
        before = len(self)
        living = [e for entries in self.by_strict.values() for e in entries if e.may_until > now]
        kept = living or [self.first()]
        self.by_strict.clear()
        for entry in kept:
            self.by_strict.setdefault(entry.strict, []).append(entry)
        return before - len(kept)


class EntryStore:
    """At most `cap` entries under their keys. `dropped` counts those that the cap pushed out.

    `chains` are the chain digests under which anything is held, with the number of keys that end in them:
    whoever looks for a whole prompt need not make a key for each of its positions.
    """

    __slots__ = (
        "_buckets",
        "_entries",
        "_filed",
        "_held",
        "_swept",
        "cap",
        "chains",
        "dropped",
        "expired",
        "get",
        "touch",
    )

    def __init__(self, cap: int) -> None:
        """Make an empty store for `cap` entries (positive)."""
        self.cap = cap
        self.dropped = 0
        self.expired = 0
        self._entries: OrderedDict[bytes, Entry] = OrderedDict()
        self.get = self._entries.get
        """Returns the first entry under a key, whether readable or not; None without one."""
        self.touch = self._entries.move_to_end
        """Marks a key as the most recently used."""
        self.chains: dict[bytes, int] = {}
        self._buckets: dict[int, list[bytes]] = {}
        self._filed = 0
        self._held = 0
        self._swept: int | None = None

    def __deepcopy__(self, memo: dict[int, object]) -> EntryStore:
        """Return a store of its own: what is bound to the entries must not stay with these."""
        made = EntryStore(self.cap)
        for name in self.__slots__:
            if name not in {"get", "touch"}:
                setattr(made, name, deepcopy(getattr(self, name), memo))
        made.get, made.touch = made._entries.get, made._entries.move_to_end
        return made

    def __len__(self) -> int:
        """Return the number of entries held."""
        return self._held

    def exactly(self, key: bytes, strict: bytes) -> Sequence[Entry]:
        """Return the entries under `key` with that strict key, one for each time that meets no other."""
        entry = self._entries.get(key)
        if entry is None:
            return ()
        if entry.variants is not None:
            return entry.variants.by_strict.get(strict, ())
        return (entry,) if entry.strict == strict else ()

    def alive(self, key: bytes, strict: bytes, now: float) -> Entry | None:
        """Return the one of them that may be readable now."""
        return next((entry for entry in self.exactly(key, strict) if entry.may(now)), None)

    def add(self, key: bytes, entry: Entry) -> None:
        """Keep a new entry, whose windows are set; push out the least recently used ones over the cap."""
        known = self._entries.get(key)
        entry.key = key
        self._held += 1
        if known is None:
            self._entries[key] = entry
            digest = key[16:]
            self.chains[digest] = self.chains.get(digest, 0) + 1
            self._file(key, entry)
        else:
            variants = known.variants or Variants(known)
            known.variants = variants
            variants.add(entry)
            self._entries.move_to_end(key)
        while self._held > self.cap:
            self.dropped += self._oldest()
        self._refile()

    def _oldest(self) -> int:
        """Drop the entries that were used the longest ago: of one key, and of that one strict key."""
        key, entry = next(iter(self._entries.items()))
        variants = entry.variants
        if variants is None or len(variants.by_strict) == 1:
            return self._drop(key, entry)
        gone = variants.drop_first()
        self._entries[key] = variants.first()
        self._held -= gone
        return gone

    def _drop(self, key: bytes, entry: Entry) -> int:
        """Drop a key with all that is held under it; return how many entries that were."""
        gone = len(entry.variants) if entry.variants is not None else 1
        del self._entries[key]
        self._unchain(key)
        self._held -= gone
        return gone

    def _unchain(self, key: bytes) -> None:
        """Count a key that was dropped out of its chain digest."""
        digest = key[16:]
        left = self.chains[digest] - 1
        if left:
            self.chains[digest] = left
        else:
            del self.chains[digest]

    def _file(self, key: bytes, entry: Entry) -> None:
        until = (entry.variants or entry).may_until
        self._buckets.setdefault(int(min(until, _FAR) // WIDTH), []).append(key)
        self._filed += 1

    def _refile(self) -> None:
        """File the live keys alone, once those that were dropped unfiled outnumber them."""
        if self._filed <= 2 * len(self._entries) + _SLACK:
            return
        self._buckets.clear()
        self._filed = 0
        for key, entry in self._entries.items():
            self._file(key, entry)

    def sweep(self, now: float) -> None:
        """Forget what can no longer be readable at `now`.

        Every live key sits in one bucket, filed under an expiry that was true once; a refreshed one is filed
        anew when its old bucket comes up, so each refresh costs O(1) over time.
        """
        current = int(now // WIDTH)
        if self._swept is not None and current <= self._swept:
            return
        due = [number for number in self._buckets if number < current]
        self._swept = current
        for number in due:
            keys = self._buckets.pop(number)
            self._filed -= len(keys)
            for key in keys:
                entry = self._entries.get(key)
                if entry is None:
                    continue
                variants = entry.variants
                if (variants or entry).may_until <= now:
                    self.expired += self._drop(key, entry)
                    continue
                if variants is not None:
                    gone = variants.forget(now)
                    self.expired += gone
                    self._held -= gone
                    self._entries[key] = variants.first()
                self._file(key, entry)

    def evict(self, unwanted: Callable[[bytes, Entry], bool]) -> int:
        """Drop the keys for which `unwanted` holds; return how many entries they held."""
        gone = [(key, entry) for key, entry in self._entries.items() if unwanted(key, entry)]
        return sum(self._drop(key, entry) for key, entry in gone)

    def oldest(self, count: int) -> int:
        """Drop the `count` least recently used entries, and what stands with the last; return how many."""
        gone = 0
        while gone < count and self._entries:
            gone += self._oldest()
        return gone
