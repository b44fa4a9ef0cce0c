"""Everything that a benchmark's flow can ask of the world, as a closed union of frozen values.

A flow is a generator that yields effects and is resumed with their replies. Drivers differ only in how
they wait. A failure is thrown into the flow as a `SamovarError`; a driver never `close()`s a flow that
holds something. Times are epoch seconds of the driver's clock, virtual or real.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from samovar.flow.exchange import Answer, Opening
from samovar.flow.steps import mismatch
from samovar.rates import Ticket

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samovar.flow.attempt import Attempt
    from samovar.flow.steps import Left

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AskTime:
    """Tell the time."""

    def ask(self) -> Flow[float]:
        """Yield this effect; return the time."""
        reply = yield self
        if isinstance(reply, float):
            return reply
        raise mismatch(self, reply)


@dataclass(frozen=True, slots=True)
class Pause:
    """Resume after `seconds`."""

    seconds: float

    def ask(self) -> Flow[None]:
        """Yield this effect."""
        yield self


@dataclass(frozen=True, slots=True)
class TakeBudget:
    """Take one request and `tokens` of input from both budgets together, waiting in line until both fit."""

    tokens: int

    def ask(self) -> Flow[Ticket]:
        """Yield this effect; return the receipt, whose `at` is the time of the debit."""
        reply = yield self
        if isinstance(reply, Ticket):
            return reply
        raise mismatch(self, reply)


@dataclass(frozen=True, slots=True)
class CorrectBudget:
    """Replace the tokens of an earlier debit by what the provider says was used: a refund when less.

    `left` is what the answer's headers say is left of the account's limits, of which others may have taken.
    """

    ticket: Ticket
    tokens: int
    left: Left | None = None

    def ask(self) -> Flow[None]:
        """Yield this effect."""
        yield self


@dataclass(frozen=True, slots=True)
class KeepAttempt:
    """Keep what became of one attempt, now, before anything else can go wrong."""

    attempt: Attempt

    def ask(self) -> Flow[None]:
        """Yield this effect."""
        yield self


@dataclass(frozen=True, slots=True)
class SendBytes:
    """Send raw bytes now; resume at the first byte of the response, whatever its status.

    Raises, inside the flow: `ProviderHung`, `ProviderUnreachable`. Nothing was answered then.
    """

    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def ask(self) -> Flow[Opening]:
        """Yield this effect; return the opening of the response."""
        reply = yield self
        if isinstance(reply, Opening):
            return reply
        raise mismatch(self, reply)


@dataclass(frozen=True, slots=True)
class ReceiveBytes:
    """Resume when the response is complete, or broke off: the answer tells."""

    opening: Opening

    def ask(self) -> Flow[Answer]:
        """Yield this effect; return the whole response."""
        reply = yield self
        if isinstance(reply, Answer):
            return reply
        raise mismatch(self, reply)


Effect: TypeAlias = AskTime | Pause | TakeBudget | CorrectBudget | SendBytes | ReceiveBytes | KeepAttempt
Reply: TypeAlias = Opening | Answer | Ticket | float | None
Flow: TypeAlias = Generator[Effect, Reply, T]
