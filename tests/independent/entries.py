"""Cache entries of the test server: what is readable when, and what a request leaves behind.

Both providers describe the same thing in different words: a write names one prefix end, a later request
looks at some of its own prefix ends, the longest readable one is the hit, use restarts the lifetime.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import product
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Body = dict[str, Any]
"""Parsed JSON of a request or a response. `Any`: the values are whatever a client sent."""


class Refusal(Exception):
    """The request is answered with HTTP 400; the argument is the provider's message."""


@dataclass(frozen=True, slots=True)
class Choices:
    """One reading of what the pages leave open; `tests.independent.server` says where each is open."""

    refresh_ancestors: bool = False
    """A read also restarts the lifetime of live shorter prefixes that the request does not mark."""
    longest_ttl_wins: bool = False
    """A longer-lived marker on a live shorter-lived entry prolongs it (it is a read either way)."""
    write_below_hit: bool = True
    """A marker below the hit, with no entry of its own, gets one free of charge."""
    speed_keeps_tools: bool = True
    """`speed` leaves prefixes that end in the tools readable."""
    thinking_keeps_static: bool = True
    """Thinking and effort leave prefixes that end in the tools or the system text readable."""
    inclusive_expiry: bool = True
    """An entry is still readable exactly one lifetime after its last use."""


def readings(*, full: bool = False) -> Iterator[Choices]:
    """Yield the default reading, then each one that differs in one choice; with `full`, all combinations.

    An answer that all of them share does not depend on what is open. Late differences between single
    flips and combinations are possible, because an entry that lives in one reading only has successors.
    """
    plain = Choices()
    names = [field.name for field in fields(Choices)]
    for picks in product((False, True), repeat=len(names)):
        if full or sum(picks) <= 1:
            flipped = {name: getattr(plain, name) ^ pick for name, pick in zip(names, picks, strict=True)}
            yield Choices(**flipped)


@dataclass(slots=True)
class Entry:
    """One cached prefix. Times and lifetimes in seconds."""

    used_at: float
    lifetime: float
    readable_at: float


@dataclass(frozen=True, slots=True)
class End:
    """A place where a prefix may end: the digest of all before it, and its length in tokens."""

    digest: bytes
    tokens: int


class Entries:
    """All entries of a server, keyed by prefix digest (which covers owner, model and settings)."""

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self._entries: dict[bytes, Entry] = {}

    def alive(self, digest: bytes, now: float) -> Entry | None:
        """Return the entry if a request that starts at `now` can read it."""
        entry = self._entries.get(digest)
        if entry is None or entry.readable_at > now:
            return None
        left = entry.used_at + entry.lifetime - now
        return entry if left > 0 or (left == 0 and self.choices.inclusive_expiry) else None

    def use(
        self,
        ends: Sequence[End],
        looked_at: Iterable[int],
        writes: Mapping[int, float],
        now: float,
        readable_at: float,
    ) -> int:
        """Apply one request and return the index in `ends` of its hit, or -1.

        `looked_at` are the indices the request may read at; `writes` maps the indices it writes at to
        lifetimes. New entries can be read from `readable_at` on.
        """
        hit = max((i for i in set(looked_at) if self.alive(ends[i].digest, now)), default=-1)
        for index, end in enumerate(ends[: hit + 1]):
            entry = self.alive(end.digest, now)
            if entry and (index == hit or index in writes or self.choices.refresh_ancestors):
                entry.used_at = now
                if self.choices.longest_ttl_wins:
                    entry.lifetime = max(entry.lifetime, writes.get(index, 0.0))
        for index, lifetime in writes.items():
            missing = self.alive(ends[index].digest, now) is None
            if missing and (index > hit or self.choices.write_below_hit):
                self._write(ends[index].digest, Entry(now, lifetime, readable_at), now)
        return hit

    def _write(self, digest: bytes, new: Entry, now: float) -> None:
        """Store an entry; of two writers of one prefix, the first answer to begin makes it readable."""
        old = self._entries.get(digest)
        if old is not None and old.readable_at > now:
            new.readable_at = min(new.readable_at, old.readable_at)
            new.lifetime = max(new.lifetime, old.lifetime)
        self._entries[digest] = new
