"""Coordination inside one process: exact, instant, shared with nobody."""

from __future__ import annotations

import os
import threading
import time
import weakref
from typing import TYPE_CHECKING, Final, assert_never

from samovar.call.memo import Memo
from samovar.coordination.buckets import Account
from samovar.coordination.keys import KeyCounts
from samovar.coordination.newsroom import Newsroom
from samovar.coordination.port import NO_LIMITS, Answered, Awaited, CountKey, DigestKey
from samovar.flow.flight import Flights
from samovar.flow.steps import Debit, Lease, Settle, Tell

if TYPE_CHECKING:
    from collections.abc import Callable

    from samovar.coordination.port import Accounts
    from samovar.flow.flight import News, Terms

ACCOUNTS: Final = 10_000
"""Accounts whose levels are remembered; one that was not used for so long is full."""
FALLBACK_FENCES: Final = 1 << 48
"""Where a fallback's fences begin: no Redis counts that far, so no report reaches the wrong table."""


class MemoryStore:
    """A store for any number of threads and event loops of one process.

    `limits_of` has the budgets by account name. `clock` gives seconds that never go back.
    """

    shared = False

    def __init__(
        self,
        terms: Terms | None = None,
        limits_of: Accounts | None = None,
        *,
        newsroom: Newsroom | None = None,
        clock: Callable[[], float] = time.monotonic,
        first_fence: int = 0,
    ) -> None:
        # `is None`, because a newsroom without waiters is empty and so false.
        self.newsroom = Newsroom() if newsroom is None else newsroom
        self._limits_of = limits_of if limits_of is not None else {}
        self._clock = clock
        self._flights = Flights(terms, first_fence=first_fence)
        self._accounts: Memo[str, Account] = Memo(ACCOUNTS)
        self._keys = KeyCounts()
        self._digest_key = b""
        self._lock = threading.Lock()
        _stores.add(self)

    def do(self, step: Awaited) -> Answered:
        """Return the answer to a step."""
        news: tuple[News, ...] = ()
        paused = ""
        now = self._clock()
        with self._lock:
            if type(step) is Lease:
                return self._flights.ask(step.boundaries, now)
            if type(step) is Tell:
                news = self._flights.tell(step.lines, now)
            elif type(step) is Debit:
                return self._account(step.account).debit(step, now)
            elif type(step) is Settle:
                if self._account(step.receipt.account).settle(step, now):
                    paused = step.receipt.account
            elif type(step) is CountKey:
                return self._keys.count(step.name, now)
            elif type(step) is DigestKey:
                self._digest_key = self._digest_key or step.proposed
                return self._digest_key
            else:
                assert_never(step)
        for told in news:
            self.newsroom.publish(told.name, told.wake)
        if paused:
            self.newsroom.publish(paused.encode())
        return None

    def levels(self, account: str) -> tuple[float | None, ...]:
        """Return what is left of an account's requests, input and output."""
        with self._lock:
            return self._account(account).levels(self._clock())

    def _account(self, name: str) -> Account:
        known = self._accounts.get(name)
        if known is None:
            known = Account(self._limits_of.get(name, NO_LIMITS))
            if name in self._limits_of:
                self._accounts.put(name, known)
        return known

    def forked(self) -> None:
        """Begin anew in a child: leaders of flights under way are in the parent."""
        self._lock = threading.Lock()
        self._flights.abandon()


class AsyncMemoryStore:
    """The same store behind the event loops' port."""

    shared = False

    def __init__(self, store: MemoryStore) -> None:
        self.store = store
        self.newsroom = store.newsroom

    def at_once(self, step: Awaited) -> Answered:
        """Return the answer to a step."""
        return self.store.do(step)

    async def do(self, step: Awaited) -> Answered:
        """Return the answer to a step, at once."""
        return self.store.do(step)

    async def leave(self) -> None:
        """Do nothing: nothing belongs to a loop."""


_stores: weakref.WeakSet[MemoryStore] = weakref.WeakSet()


def _forked() -> None:
    for store in _stores:
        store.forked()


os.register_at_fork(after_in_child=_forked)
