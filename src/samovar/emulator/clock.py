"""The emulator's time: the machine's, or a number that only moves when a client says so."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from samovar.engine.steady import SteadyClock

LATEST: Final = 253_402_300_799.0 - 86_400.0 * 366
"""The last moment that a clock shows: a year before the last that dates can tell, for budgets that refill."""


class Clock(Protocol):
    """Epoch seconds, and a way to get to a later one."""

    virtual: bool

    def now(self) -> float:
        """Return the present."""
        ...

    def arrive(self, stated: float | None) -> float:
        """Return the time at which a request arrives whose header states `stated`.

        Raise `ValueError` when that time has already passed.
        """
        ...

    def left(self, stated: float | None, ended_at: float) -> None:
        """Note that the answer to such a request is complete at `ended_at`."""
        ...

    async def until(self, when: float) -> None:
        """Return at `when`."""
        ...


class RealClock:
    """The machine's clock, read once and carried on; it ignores what headers state.

    Whoever sets the machine's clock must not age every entry by a day.
    """

    virtual = False

    def __init__(self) -> None:
        self._steady = SteadyClock()

    def now(self) -> float:
        """Return the machine's time."""
        return self._steady.now()

    def arrive(self, stated: float | None) -> float:  # noqa: ARG002  # the port's signature
        """Return the machine's time."""
        return self.now()

    def left(self, stated: float | None, ended_at: float) -> None:
        """Do nothing: time passes by itself."""

    async def until(self, when: float) -> None:
        """Sleep until the machine's clock shows `when`."""
        await asyncio.sleep(max(0.0, when - self.now()))


class VirtualClock:
    """A clock that clients move: by the `samovar-now` header, or by the admin's hand.

    A client that states no time is taken to be the only one: the clock moves to the end of each of its
    answers, as if it had waited for it.
    """

    virtual = True

    def __init__(self, start: float) -> None:
        self._now = start

    def now(self) -> float:
        """Return the latest time that anyone has reached."""
        return self._now

    def arrive(self, stated: float | None) -> float:
        """Move to `stated`, which may not lie in the past."""
        if stated is None:
            return self._now
        if stated > LATEST:
            raise ValueError(f"the time is epoch seconds up to {LATEST:.0f}, got {stated!r}")
        if stated < self._now:
            raise ValueError(
                f"samovar-now is {stated!r}, but the emulator has already reached {self._now!r}: "
                "requests must arrive in order of their virtual time. Where two clients call at once, give "
                "each an emulator of its own, or start this one with --clock real"
            )
        self._now = stated
        return stated

    def left(self, stated: float | None, ended_at: float) -> None:
        """Follow a client that states no time to the end of its answer."""
        if stated is None and ended_at > self._now:
            self._now = ended_at

    def advance(self, to: float) -> None:
        """Move to `to`, or raise `ValueError` when that lies in the past."""
        self.arrive(to)

    async def until(self, when: float) -> None:
        """Return at once: whoever asked for virtual time waits on its own side."""
