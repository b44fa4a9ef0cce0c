"""The port: one method that takes a step and gives its answer, for threads and for event loops.

A store that fails costs protection, never a call: whoever asks it falls back to the process's own memory
(see `coordination.resilient`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeAlias, final

import msgspec

from samovar.errors import MachineError
from samovar.flow.steps import Debit, Grant, Lease, Settle, Tell, Turn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samovar.coordination.newsroom import Newsroom

BURST = 1 / 30
"""The share of a minute's budget that may be spent at once; the rest flows evenly, so that a minute sees more
than its limit by one call at most: one that is larger than the share is sent when the share is full."""
RESERVE = 0.5
"""The share of a burst that warm-up leaves to live calls."""


class StoreFailed(MachineError):
    """A shared store did not answer, or not with what was asked for."""

    default_advice = "Calls go on, coordinated within each process only. Check that Redis is up and quick."


class StoreBusy(StoreFailed):
    """A shared store has more to do than this process may wait for; it has not failed."""


class Limit(NamedTuple):
    """One budget: it holds `capacity` and fills by `per_second`."""

    capacity: float
    per_second: float

    @classmethod
    def per_minute(cls, amount: float) -> Limit:
        """Return the budget whose every minute holds at most `amount`: burst and refill together."""
        capacity = max(1.0, amount * BURST)
        return cls(capacity, max(amount - capacity, amount / 2) / 60)


class Limits(NamedTuple):
    """The budgets of one account and model; None is no limit."""

    requests: Limit | None = None
    input: Limit | None = None
    output: Limit | None = None


NO_LIMITS: Final = Limits()


@final
class CountKey(msgspec.Struct, frozen=True, gc=False):
    """Count one request of a `prompt_cache_key`. `name` is its keyed digest."""

    name: bytes


class KeyUse(NamedTuple):
    """Requests of one cache key in the last minute, and distinct keys of the last hour (estimated)."""

    rate: float
    distinct: int


@final
class DigestKey(msgspec.Struct, frozen=True, gc=False):
    """Ask for the deployment's digest key; `proposed` becomes it where there is none."""

    proposed: bytes


Awaited: TypeAlias = Lease | Tell | Debit | Settle | CountKey | DigestKey
Answered: TypeAlias = Grant | Turn | KeyUse | bytes | None


class Store(Protocol):
    """For threads."""

    @property
    def newsroom(self) -> Newsroom:
        """Where news of boundaries comes out in this process."""
        ...

    @property
    def shared(self) -> bool:
        """Whether other processes see it."""
        ...

    def do(self, step: Awaited) -> Answered:
        """Return the answer to a step."""
        ...


class AsyncStore(Protocol):
    """For event loops; the same answers."""

    @property
    def newsroom(self) -> Newsroom:
        """Where news of boundaries comes out in this process."""
        ...

    @property
    def shared(self) -> bool:
        """Whether other processes see it."""
        ...

    def at_once(self, step: Awaited) -> Answered:
        """Return the answer to a step if it is known without waiting, else None."""
        ...

    async def do(self, step: Awaited) -> Answered:
        """Return the answer to a step."""
        ...

    async def leave(self) -> None:
        """Let go of what belongs to the running loop; the store can be used again."""
        ...


Accounts: TypeAlias = "Mapping[str, Limits]"
"""Limits by account name; an account that is not listed has none."""
