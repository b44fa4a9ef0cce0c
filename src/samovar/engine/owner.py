"""The one owner of a cache model in a process with threads.

The model itself is pure and knows no locks. Its owner takes one call at a time; each step costs
microseconds, so a plain lock serves better than a queue.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samovar.cache import CacheCounts, CacheModel, Expectation
    from samovar.prefix.prompt import Prompt


class CacheOwner:
    """Lets any thread use a `CacheModel`; nobody else may hold the model."""

    __slots__ = ("_lock", "_model")

    def __init__(self, model: CacheModel) -> None:
        """Take over `model`."""
        self._model = model
        self._lock = Lock()

    def look_up(self, prompt: Prompt, now: float) -> Expectation:
        """Return what the call should read and write."""
        with self._lock:
            return self._model.look_up(prompt, now)

    def refresh(
        self, prompt: Prompt, found: Expectation, *, started_at: float, answered: bool = False
    ) -> None:
        """Record that a call has started: what it reads lives on."""
        with self._lock:
            self._model.refresh(prompt, found, started_at=started_at, answered=answered)

    def admit(
        self,
        prompt: Prompt,
        found: Expectation,
        *,
        started_at: float,
        first_byte_at: float,
        granted: Mapping[str, str] | None = None,
    ) -> None:
        """Record a call that was answered."""
        with self._lock:
            self._model.admit(
                prompt, found, started_at=started_at, first_byte_at=first_byte_at, granted=granted
            )

    def begin(self, prompt: Prompt, now: float) -> None:
        """Say that a call is sent, to be ended by `end`."""
        with self._lock:
            self._model.begin(prompt, now)

    def revised(self, prompt: Prompt, found: Expectation) -> Expectation:
        """Return what a call in flight was to read, given what was begun since."""
        with self._lock:
            return self._model.revised(prompt, found)

    def end(self, prompt: Prompt, output: int | None, now: float) -> None:
        """Say that a call that was begun has ended."""
        with self._lock:
            self._model.end(prompt, output, now)

    def counts(self) -> CacheCounts:
        """Return how many entries are held and how many were let go."""
        with self._lock:
            return self._model.counts()
