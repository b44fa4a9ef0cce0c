"""Everything that a protecting flow can ask of the world, as a closed union of frozen values.

Unlike a benchmark's flow (see `flow.bench_effects`) it never sees the body of an answer: that belongs to the
caller, and the flow only hears how it went. A failure is thrown in as a `SamovarError`; a driver never
`close()`s a flow that holds a lease. Every driver answers the steps in the same order with the same replies.
"""

from __future__ import annotations

from collections.abc import Generator
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias, TypeVar, final

import msgspec

from samovar.errors import OursError, ProviderUnreachable, SamovarError, YoursError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samovar.flow.outcome import Outcome
    from samovar.flow.role import Role
    from samovar.providers.usage import Usage
    from samovar.rates import Demand

T = TypeVar("T")


class CallerLeft(YoursError):
    """The caller cancelled the call, or closed the answer, before it was complete."""

    default_advice = "Nothing needs to be done: leases are handed on and budgets settled."


class Unsent(SamovarError):
    """Nothing of the request has left: what it took from a budget was not used."""


class LeftUnsent(CallerLeft, Unsent):
    """The caller cancelled the call before it was sent."""


class NotConnected(ProviderUnreachable, Unsent):
    """There was no connection on which the request could have left."""


class Boundary(msgspec.Struct, frozen=True, gc=False):
    """One prefix of a prompt that a provider may keep.

    `name` is its keyed digest, the same in every process of a deployment. `tokens` estimates its length
    from the start of the prompt; `ttl` is the lifetime in seconds that its entry is promised.
    """

    name: bytes
    tokens: int
    ttl: float


class Grant(msgspec.Struct, frozen=True, gc=False):
    """The answer to a lease: go in these `roles`, or wait for news of `held` at most `wait` seconds.

    `fences` are the fencing tokens, one a boundary, 0 where there is none: a report with an older token
    changes nothing. Calls that are let go all at once spread themselves over `spread` seconds.
    """

    held: bytes = b""
    wait: float = 0.0
    roles: tuple[Role, ...] = ()
    fences: tuple[int, ...] = ()
    spread: float = 0.0
    promoted: bool = False
    """Whether it leads in place of a leader that failed or took too long."""
    fresh: bool = False
    """Whether what it reads was read so lately that another read of it is no news."""
    missed: tuple[int, ...] = ()
    """Of each boundary, how many verifiers have missed it; empty where all are believed warm."""


class Report(Enum):
    """What a call tells about a boundary."""

    RENEWED = "renewed"
    """Its leader is still there: in line for a budget, only now sent, or still receiving."""
    LANDED = "landed"
    """Its leader's first response byte has arrived."""
    FAILED = "failed"
    """Its leader failed before its first response byte, or its verifier before it knew what it read."""
    LEFT = "left"
    """The same, because its caller left."""
    HIT = "hit"
    """The prefix was read."""
    MISS = "miss"
    """The prefix should have been read, and was not; this call has written it."""
    NEVER = "never"
    """The prefix is not kept by the provider: nothing is gained by waiting for it."""
    LATE = "late"
    """The answer has begun, but whether the prefix was read will only be known at its end."""


class Line(msgspec.Struct, frozen=True, gc=False):
    """One report about one boundary, under the fencing token of its grant.

    `settle` is how many seconds a new entry needs until it can be read, as far as is known. `ttl` of `NEVER`
    is for how many seconds that is believed.
    """

    name: bytes
    fence: int
    report: Report
    ttl: float = 0.0
    settle: float = 0.0


class Lane(Enum):
    """Who goes first where a budget is short."""

    LIVE = "live"
    WARM_UP = "warm-up"


class Turn(msgspec.Struct, frozen=True, gc=False):
    """The answer to a debit: whether it was taken, and the seconds to wait before sending or asking again.

    `paused` of them are a pause that the provider asked for. `alone` is whether it was taken in this process
    only, because the store that it shares was out.
    """

    taken: bool
    wait: float
    paused: float = 0.0
    alone: bool = False


class Receipt(msgspec.Struct, frozen=True, gc=False):
    """What was debited from an account's budgets; `alone` as its `Turn` said."""

    account: str
    demand: Demand
    alone: bool = False


class Left(msgspec.Struct, frozen=True, gc=False):
    """What the provider says is left of an account's limits, None where it says nothing; and what it refuses.

    `pause` is how many seconds it asks to wait, `doubt` by how many tokens its rounding may be off.
    """

    requests: float | None = None
    input: float | None = None
    output: float | None = None
    pause: float = 0.0
    doubt: float = 0.0


@final
class Begun(msgspec.Struct, frozen=True, gc=False):
    """The first byte of the response has arrived. Times are epoch seconds of the driver's clock."""

    status: int
    headers: Mapping[str, str]
    started_at: float
    first_byte_at: float


@final
class Glimpsed(msgspec.Struct, frozen=True, gc=False):
    """The usage as far as the answer has told it yet; None when it comes late or never."""

    usage: Usage | None


@final
class Arriving(msgspec.Struct, frozen=True, gc=False):
    """The response is still coming in; some of it has come since the flow last heard of it."""


@final
class Ended(msgspec.Struct, frozen=True, gc=False):
    """The response is over. `usage` is None where the answer told none that could be read."""

    usage: Usage | None
    ended_at: float


@final
class Now(msgspec.Struct, frozen=True, gc=False):
    """Tell the time in epoch seconds; it never goes back."""

    def ask(self) -> Flow[float]:
        """Yield this step; return the time."""
        reply = yield self
        if isinstance(reply, float):
            return reply
        raise mismatch(self, reply)


@final
class Wait(msgspec.Struct, frozen=True, gc=False):
    """Resume after `seconds`, or earlier when there is news of a boundary, or of an account's pause.

    Raises, inside the flow: `CallerLeft`.
    """

    seconds: float
    news_of: bytes = b""

    def ask(self) -> Flow[None]:
        """Yield this step."""
        yield self


@final
class Lease(msgspec.Struct, frozen=True, gc=False):
    """Ask to lead, verify or read the boundaries of a prompt, shortest first. All or nothing is taken."""

    boundaries: tuple[Boundary, ...]

    def ask(self) -> Flow[Grant]:
        """Yield this step; return what was granted."""
        reply = yield self
        if isinstance(reply, Grant):
            return reply
        raise mismatch(self, reply)


@final
class PassOn(msgspec.Struct, frozen=True, gc=False):
    """Wake the next of those who wait for a boundary: this one stops, and news may have woken it alone."""

    name: bytes

    def ask(self) -> Flow[None]:
        """Yield this step."""
        yield self


@final
class Tell(msgspec.Struct, frozen=True, gc=False):
    """Report what became of leases. It is never refused, and never raises."""

    lines: tuple[Line, ...]

    def ask(self) -> Flow[None]:
        """Yield this step."""
        yield self


@final
class Debit(msgspec.Struct, frozen=True, gc=False):
    """Take a demand from all budgets of an account together; a demand of nothing asks for its pause."""

    account: str
    demand: Demand
    lane: Lane = Lane.LIVE

    def ask(self) -> Flow[Turn]:
        """Yield this step; return when the call may be sent."""
        reply = yield self
        if isinstance(reply, Turn):
            return reply
        raise mismatch(self, reply)


@final
class Settle(msgspec.Struct, frozen=True, gc=False):
    """Replace a debit by what was used, and take over what the provider says is left."""

    receipt: Receipt
    used: Demand
    left: Left = msgspec.field(default_factory=Left)

    def ask(self) -> Flow[None]:
        """Yield this step."""
        yield self


@final
class Send(msgspec.Struct, frozen=True, gc=False):
    """Send the request now; resume at the first byte of the response, whatever its status.

    Raises, inside the flow: `TheirsError` when there was no answer, `CallerLeft`.
    """

    def ask(self) -> Flow[Begun]:
        """Yield this step; return how the response began."""
        reply = yield self
        if isinstance(reply, Begun):
            return reply
        raise mismatch(self, reply)


@final
class Glimpse(msgspec.Struct, frozen=True, gc=False):
    """Resume as soon as the usage is known, or it is clear that it comes late.

    `within` so many seconds from now it counts as late, 0 for never: a caller may not read its answer yet.

    Raises, inside the flow: `TheirsError` when the answer broke off, `CallerLeft`.
    """

    within: float = 0.0

    def ask(self) -> Flow[Glimpsed]:
        """Yield this step; return what the answer has told so far."""
        reply = yield self
        if isinstance(reply, Glimpsed):
            return reply
        raise mismatch(self, reply)


@final
class Receive(msgspec.Struct, frozen=True, gc=False):
    """Resume when the caller has the whole response; with a `beat`, about every so many seconds before, too.

    Only bytes that arrive keep a beat: of an answer that hangs nothing is heard.

    Raises, inside the flow: `TheirsError` when the answer broke off, `CallerLeft`.
    """

    beat: float = 0.0

    def ask(self) -> Flow[Ended | Arriving]:
        """Yield this step; return how the response ended, or that it goes on."""
        reply = yield self
        if type(reply) is Ended or type(reply) is Arriving:
            return reply
        raise mismatch(self, reply)


@final
class Record(msgspec.Struct, frozen=True):
    """Keep what became of the call."""

    outcome: Outcome

    def ask(self) -> Flow[None]:
        """Yield this step."""
        yield self


# Steps and replies are told apart by `type(…) is`: of msgspec's classes that takes a tenth of `isinstance`.
Step: TypeAlias = Now | Wait | Lease | PassOn | Tell | Debit | Settle | Send | Glimpse | Receive | Record
Reply: TypeAlias = Grant | Turn | Begun | Glimpsed | Arriving | Ended | float | None
Flow: TypeAlias = Generator[Step, Reply, T]


def mismatch(asked: object, reply: object) -> OursError:
    """Describe a driver that answered with the wrong kind of reply."""
    return OursError(f"a driver answered {type(asked).__name__} with {type(reply).__name__}")
