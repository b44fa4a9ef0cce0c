"""The key under which a deployment's digests are made, so that its processes agree on names and nobody else.

It comes from the environment, or from Redis, where the first process leaves the one it proposes. Asking Redis
takes as long as Redis takes: it is done on a thread of its own, when the first call is about to be held.

A Redis may lose what it holds. So the key in use is proposed again when Redis was away, and once in a while:
the first to do so puts it back, and who finds another one takes that.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
import weakref
from concurrent.futures import Future
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

KEY_VARIABLE: Final = "SAMOVAR_DIGEST_KEY"
KEY_RETRY: Final = 5.0
"""Seconds between questions to Redis what the deployment's key is."""


class DeploymentKey:
    """`value` is the key in use, `shared` whether the deployment's other processes are known to use it too.

    `ask` takes a key and returns the one that holds; None where there is nobody to ask. It raises nothing but
    what it gives None for: there was no answer.
    """

    def __init__(
        self,
        ask: Callable[[bytes], bytes | None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        given = os.environ.get(KEY_VARIABLE, "")
        self.value = blake2b(given.encode(), digest_size=32).digest() if given else secrets.token_bytes(32)
        self.shared = bool(given)
        self.settled = self.shared or ask is None
        """Whether a call has nothing to wait for: the first attempt is over, or there is none to make."""
        self._ask = ask
        self._given = bool(given)
        self._clock = clock
        self._ask_at = 0.0
        self._doubts = 0
        self._first: Future[None] | None = None
        self._starting = threading.Lock()
        self._asking = threading.Lock()
        _keys.add(self)

    def agreement(self) -> Future[None]:
        """Return what is done when the first attempt is over, and begin it."""
        with self._starting:
            if self._first is None:
                self._first = Future()
                # Whoever waits may leave; the attempt goes on.
                self._first.set_running_or_notify_cancel()
                threading.Thread(
                    target=self._agree, args=(self._first,), name="samovar-key", daemon=True
                ).start()
            return self._first

    def _agree(self, first: Future[None]) -> None:
        try:
            self.learn()
        finally:
            self.settled = True
            first.set_result(None)

    def doubt(self) -> None:
        """Take the key for one that may not hold any more, until Redis has been asked; returns at once."""
        if not self._given:
            self._doubts += 1
            self.shared = False
            self._ask_at = min(self._ask_at, self._clock())

    def again(self) -> None:
        """Ask now: Redis is back, and may have lost what it held."""
        self.doubt()
        self.learn()

    def learn(self) -> None:
        """Ask which key holds, once in a while, also when the answer is known."""
        if self._given or self._ask is None or self._clock() < self._ask_at:
            return
        # An answer that is older than another one must not replace it.
        with self._asking:
            if self._clock() < self._ask_at:
                return
            doubts = self._doubts
            held = self._ask(self.value)
            self._ask_at = self._clock() + KEY_RETRY
            if held is not None:
                self.value = held
            self.shared = held is not None
            if doubts != self._doubts:
                # What answered may be what was lost meanwhile.
                self.doubt()

    def forked(self) -> None:
        """In a child: a thread of the parent's that was asking is not here; the next call asks anew."""
        self._starting = threading.Lock()
        self._asking = threading.Lock()
        self._first = None


_keys: weakref.WeakSet[DeploymentKey] = weakref.WeakSet()


def _forked() -> None:
    for key in _keys:
        key.forked()


os.register_at_fork(after_in_child=_forked)
