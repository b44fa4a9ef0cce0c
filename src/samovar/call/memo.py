"""A bounded memory for values that are pure functions of their key.

Two generations instead of a linked list: a hit costs one dictionary look-up, and forgetting costs O(1) a
key over time. Reads and writes are single dictionary operations, so threads may share one; the worst that
a race can do is compute a value twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

K = TypeVar("K")
V = TypeVar("V")


class Memo(Generic[K, V]):
    """Remember at least the `capacity` most recently used values, at most twice as many.

    With `weigh`, fewer where these weigh more than `heaviest`; what is held weighs at most twice that, and
    two values more. `forgotten` counts the values dropped so far.
    """

    __slots__ = ("_old", "_weigh", "_weight", "capacity", "forgotten", "heaviest", "young")

    def __init__(
        self, capacity: int, weigh: Callable[[V], int] | None = None, heaviest: int | None = None
    ) -> None:
        """Make an empty memo of `capacity` values (positive)."""
        self.capacity = capacity
        self.heaviest = heaviest
        self.forgotten = 0
        self._weigh = weigh if heaviest is not None else None
        self._weight = 0
        self.young: dict[K, V] = {}
        """What was used last. Whoever asks much may look here first, and ask `get` for what is not in it."""
        self._old: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """Return the remembered value, or None."""
        value = self.young.get(key)
        if value is None:
            value = self._old.get(key)
            if value is not None:
                self.put(key, value)
        return value

    def all(self, keys: Sequence[K]) -> list[V | None]:
        """Return what `get` says of each key; one pass over a dictionary where all are remembered."""
        found = list(map(self.young.get, keys))
        if self._old and None in found:
            old, i = self._old.get, -1
            for _ in range(found.count(None)):
                i = found.index(None, i + 1)
                known = found[i] = old(keys[i])
                if known is not None:
                    self.put(keys[i], known)
        return found

    def put(self, key: K, value: V) -> None:
        """Remember `value`, which must not be None."""
        if self._weigh is not None:
            self._put_weighed(self._weigh, key, value)
            return
        if len(self.young) >= self.capacity:
            self._age()
        self.young[key] = value

    def put_all(self, keys: Sequence[K], values: Sequence[V]) -> None:
        """Remember several values, none of which is None."""
        young = self.young
        if len(young) + len(keys) <= self.capacity:
            added = 0
            if self._weigh is not None:
                fresh = [value for key, value in zip(keys, values, strict=True) if key not in young]
                added = sum(map(self._weigh, fresh))
            if self.heaviest is None or self._weight + added <= self.heaviest:
                self._weight += added
                young.update(zip(keys, values, strict=True))
                return
        for key, value in zip(keys, values, strict=True):
            self.put(key, value)

    def filled(self, keys: Sequence[K], build: Callable[[int], V]) -> list[V]:
        """Return the value of each key; what is not remembered is built, given its place, and remembered."""
        found = self.all(keys)
        if None in found:
            fresh = [i for i, value in enumerate(found) if value is None]
            built = [build(i) for i in fresh]
            self.put_all([keys[i] for i in fresh], built)
            for i, value in zip(fresh, built, strict=True):
                found[i] = value
        return found  # type: ignore[return-value]  # none of them is None

    def _put_weighed(self, weigh: Callable[[V], int], key: K, value: V) -> None:
        if len(self.young) >= self.capacity or (self.heaviest is not None and self._weight >= self.heaviest):
            self._age()
        before = self.young.get(key)
        self._weight += weigh(value) - (0 if before is None else weigh(before))
        self.young[key] = value

    def _age(self) -> None:
        """Forget the old generation, and begin a young one."""
        self.forgotten += len(self._old)
        self._old = self.young
        self.young = {}
        self._weight = 0

    def values(self) -> Iterator[V]:
        """Yield every value that is held, once."""
        yield from self.young.values()
        for key, value in self._old.items():
            if key not in self.young:
                yield value

    def __len__(self) -> int:
        """Return how many values are held; one that was used in both generations counts twice."""
        return len(self.young) + len(self._old)
