"""Cache entries with their readable windows: bounded, least recently used out first, expiry amortised O(1).

An entry has two windows, since a client cannot see inside the provider: the time in which it *may* be
readable and the time in which it *must* be. With exact rules the two are the same.
"""

from __future__ import annotations

from collections import OrderedDict
from copy import deepcopy
from math import inf
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WIDTH: Final = 16.0
"""Seconds of one expiry bucket."""
_FAR: Final = 1e15
"""Later than any clock: where entries without an end are filed."""
_SLACK: Final = 1_024
"""Dropped keys that may stay filed before the buckets are made anew."""


class Entry:
    """One cached prefix in one key space. Times are seconds on the caller's clock.

    `strict` is its strict level key; `other` links entries that share the loose key and chain but differ
    in the strict one, or in their times: of writers whose windows do not meet. `depth` is the number of
    positions it covers.
    """

    __slots__ = ("depth", "key", "may_from", "may_until", "must_from", "must_until", "other", "strict", "ttl")

    def __init__(self, strict: bytes, ttl: str, depth: int) -> None:
        """Make an entry that is not readable yet."""
        self.strict = strict
        self.ttl = ttl
        self.depth = depth
        self.may_from = inf
        self.must_from = inf
        self.may_until = -inf
        self.must_until = -inf
        self.other: Entry | None = None
        self.key = b""
        """Under which the store keeps it: 16 bytes of loose key, then the chain's digest."""

    def may(self, now: float) -> bool:
        """Whether it may be readable now."""
        return self.may_from <= now < self.may_until

    def must(self, now: float) -> bool:
        """Whether it must be readable now."""
        return self.must_from <= now < self.must_until

    def variants(self) -> Iterator[Entry]:
        """Yield this entry and those that differ from it in the strict key only."""
        entry: Entry | None = self
        while entry is not None:
            yield entry
            entry = entry.other


class EntryStore:
    """At most `cap` keys with their entries. `dropped` counts those that the cap pushed out.

    `chains` are the chain digests under which anything is held, with the number of keys that end in them:
    whoever looks for a whole prompt need not make a key for each of its positions.
    """

    __slots__ = ("_buckets", "_entries", "_filed", "_swept", "cap", "chains", "dropped", "expired", "get")

    def __init__(self, cap: int) -> None:
        """Make an empty store for `cap` keys (positive)."""
        self.cap = cap
        self.dropped = 0
        self.expired = 0
        self._entries: OrderedDict[bytes, Entry] = OrderedDict()
        self.get = self._entries.get
        """Returns the first entry under a key, whether readable or not; None without one."""
        self.chains: dict[bytes, int] = {}
        self._buckets: dict[int, list[bytes]] = {}
        self._filed = 0
        self._swept: int | None = None

    def __deepcopy__(self, memo: dict[int, object]) -> EntryStore:
        """Return a store of its own: `get` must not stay with the entries that it was bound to."""
        made = EntryStore(self.cap)
        for name in self.__slots__:
            if name != "get":
                setattr(made, name, deepcopy(getattr(self, name), memo))
        made.get = made._entries.get
        return made

    def __len__(self) -> int:
        """Return the number of keys held."""
        return len(self._entries)

    def exactly(self, key: bytes, strict: bytes) -> Iterator[Entry]:
        """Yield the entries under `key` with that strict key, one for each time that meets no other."""
        entry = self._entries.get(key)
        while entry is not None:
            if entry.strict == strict:
                yield entry
            entry = entry.other

    def alive(self, key: bytes, strict: bytes, now: float) -> Entry | None:
        """Return the one of them that may be readable now."""
        return next((entry for entry in self.exactly(key, strict) if entry.may(now)), None)

    def touch(self, key: bytes) -> None:
        """Mark `key` as the most recently used."""
        self._entries.move_to_end(key)

    def add(self, key: bytes, entry: Entry) -> None:
        """Keep a new entry, whose windows are set; push out the least recently used ones over the cap."""
        known = self._entries.get(key)
        entry.key = key
        if known is None:
            self._entries[key] = entry
            digest = key[16:]
            self.chains[digest] = self.chains.get(digest, 0) + 1
            self._file(key, entry)
            while len(self._entries) > self.cap:
                self._oldest()
                self.dropped += 1
            self._refile()
        else:
            entry.other = known.other
            known.other = entry
            self._entries.move_to_end(key)

    def _oldest(self) -> None:
        key, _ = self._entries.popitem(last=False)
        self._unchain(key)

    def _unchain(self, key: bytes) -> None:
        """Count a key that was dropped out of its chain digest."""
        digest = key[16:]
        left = self.chains[digest] - 1
        if left:
            self.chains[digest] = left
        else:
            del self.chains[digest]

    def _file(self, key: bytes, entry: Entry) -> None:
        until = max(e.may_until for e in entry.variants()) if entry.other else entry.may_until
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
                if entry.other is None and entry.may_until > now:
                    self._file(key, entry)
                    continue
                alive = [e for e in entry.variants() if e.may_until > now]
                if not alive:
                    del self._entries[key]
                    self._unchain(key)
                    self.expired += 1
                    continue
                for this, following in zip(alive, [*alive[1:], None], strict=True):
                    this.other = following
                self._entries[key] = alive[0]
                self._file(key, alive[0])

    def evict(self, unwanted: Callable[[bytes, Entry], bool]) -> int:
        """Drop the keys for which `unwanted` holds; return how many."""
        gone = [key for key, entry in self._entries.items() if unwanted(key, entry)]
        for key in gone:
            del self._entries[key]
            self._unchain(key)
        return len(gone)

    def oldest(self, count: int) -> int:
        """Drop the `count` least recently used keys; return how many there were."""
        gone = min(count, len(self._entries))
        for _ in range(gone):
            self._oldest()
        return gone
