"""One protected call: lease its prefixes, debit the budgets, send, release at the first byte, verify, settle.

Followers are released at the leader's first response byte, not at its end. What a call tells afterwards
comes from its own usage; where that comes late, followers go in doubling groups.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from samovar.errors import SamovarError
from samovar.flow.attempt import OK
from samovar.flow.lengths import Lengths, scale_of, verdicts
from samovar.flow.limits import left_of
from samovar.flow.outcome import Outcome
from samovar.flow.role import Role
from samovar.flow.steps import (
    CallerLeft,
    Debit,
    Ended,
    Glimpse,
    Grant,
    Lane,
    Lease,
    Line,
    Now,
    PassOn,
    Receipt,
    Receive,
    Record,
    Report,
    Send,
    Settle,
    Tell,
    Unsent,
    Wait,
)
from samovar.rates import Demand

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from samovar.flow.steps import Begun, Boundary, Flow
    from samovar.providers.usage import Usage

RENEWALS = 3
"""Times within its bound that a leader which is alive says so: one report may be lost."""
NEVER_SECONDS = 3_600.0
"""Seconds for which a prefix that is too short to be kept is not asked about again."""
UNREAD = 0.2
"""Seconds, beside the settle time, for which others wait for a caller to read what it asked for."""
INSTANT = 0.001
"""Seconds that a clock may be off at the end of a wait."""
NOW, SEND, GLIMPSE, RECEIVE = Now(), Send(), Glimpse(), Receive()
"""Steps that say nothing but what they are: one of each is enough."""


class Protected(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a flow knows of its call.

    `marked` and `lengths` are what `verdicts` takes. `total` estimates all input tokens, `output` those of
    the answer; `scale` is by how much reports have shown estimates such as those of the boundaries to be off.
    `account` is empty where no budget is set. `floor` is how many tokens a prefix surely needs to be kept.
    `reads_count` is whether tokens read from cache count against the input budget. `bound` is in seconds,
    `settle` too: how long a new entry took so far until it could be read. `fraction` (0 to 1) differs between
    calls and spreads those that are released together. `in_turn` is for engines that keep a prefix in the
    slot that computed it: the next call goes when the one before has ended, and finds it. `patience` bounds,
    in seconds, how long the call waits for others, where its caller says so.
    """

    boundaries: tuple[Boundary, ...] = ()
    marked: int = 0
    lengths: Lengths | None = None
    total: int = 0
    scale: float = 1.0
    floor: int = 0
    output: int = 0
    account: str = ""
    lane: Lane = Lane.LIVE
    reads_count: bool = True
    bound: float = 20.0
    settle: float = 0.02
    fraction: float = 0.0
    in_turn: bool = False
    patience: float | None = None
    longest: float = 60.0


NOT_HELD = Grant()
NOTHING = Demand(0, 0, 0)


@dataclass(slots=True)
class _Held:
    """What a call holds while it is under way."""

    grant: Grant = NOT_HELD
    receipt: Receipt | None = None
    waits_for: bytes = b""
    held: float = 0.0
    queued: float = 0.0
    begun: Begun | None = None
    missed: int | None = None
    owes: tuple[Role, ...] = (Role.LEAD, Role.VERIFY)
    """Roles in which it has not yet told what others wait to hear."""


def protected_call(call: Protected) -> Flow[Outcome]:
    """Make one call; return and record what became of it. A failure thrown in ends it, never raises."""
    holds = _Held()
    asked_at = yield from NOW.ask()
    usage: Usage | None = None
    failure: SamovarError | None = None
    ended: Ended | None = None
    try:
        if call.boundaries:
            yield from _hold(call, holds, asked_at)
        if call.account:
            yield from _debit(call, holds, asked_at)
        begun = holds.begun = yield from SEND.ask()
        if begun.status not in OK:
            yield from _gave_up(call, holds, Report.FAILED)
        elif call.in_turn:
            holds.owes = ()
        elif holds.grant.roles:
            holds.owes = (Role.VERIFY,)
            if Role.LEAD in holds.grant.roles:
                yield from _tell(call, holds, Report.LANDED, Role.LEAD)
            verifies = Role.VERIFY in holds.grant.roles
            glimpse = Glimpse(call.settle + UNREAD) if verifies else GLIMPSE
            usage = (yield from glimpse.ask()).usage
            holds.owes = ()
            unsure = (Role.VERIFY,) if usage is None else (Role.VERIFY, Role.READ)
            yield from _send_aged(_known(call, holds, usage, *unsure), holds)
        ended = yield from _received(call, holds)
    except SamovarError as error:
        failure = error
        if holds.waits_for:
            yield PassOn(holds.waits_for)
        yield from _gave_up(call, holds, Report.LEFT if isinstance(error, CallerLeft) else Report.FAILED)
    if call.in_turn and holds.begun is not None:
        yield from _tell(call, holds, Report.LEFT, Role.LEAD)
    elif usage is None and ended is not None and holds.begun is not None and holds.begun.status in OK:
        yield from _send_aged(_known(call, holds, ended.usage, Role.READ), holds)
    if ended is not None and ended.usage is not None:
        usage = ended.usage
    if holds.receipt is not None:
        yield from _settle(call, holds, holds.receipt, usage, failure)
    now = (yield from NOW.ask()) if ended is None else ended.ended_at
    outcome = Outcome(
        started_at=holds.begun.started_at if holds.begun else asked_at,
        first_byte_at=holds.begun.first_byte_at if holds.begun else None,
        ended_at=now,
        status=holds.begun.status if holds.begun else None,
        headers=holds.begun.headers if holds.begun else {},
        usage=usage,
        failure=failure,
        roles=holds.grant.roles,
        promoted=holds.grant.promoted,
        held=holds.held,
        queued=holds.queued,
        settle=call.settle,
        missed=holds.missed,
    )
    yield Record(outcome)
    return outcome


def _received(call: Protected, holds: _Held) -> Flow[Ended]:
    """Wait for the end. Who keeps others waiting until then says now and then that it is still there."""
    leads = call.in_turn and Role.LEAD in holds.grant.roles
    receive = Receive(call.bound / RENEWALS) if leads else RECEIVE
    while True:
        told = yield from receive.ask()
        if isinstance(told, Ended):
            return told
        yield from _tell(call, holds, Report.RENEWED, Role.LEAD)


def _hold(call: Protected, holds: _Held, begun: float) -> Flow[None]:
    """Wait until every boundary is led, verified or read; for any one of them at most twice the bound."""
    since = now = begun
    last = math.inf if call.patience is None else begun + call.patience
    while True:
        grant = yield from Lease(call.boundaries).ask()
        if grant.held != holds.waits_for:
            if grant.held and holds.waits_for:
                yield PassOn(holds.waits_for)
            holds.waits_for, since = grant.held, now
        if not grant.held:
            holds.grant = grant
            break
        patience = min(since + 2 * call.bound, last) - now
        if patience <= 0:
            # Whatever became of the others: nobody is held longer than this.
            yield PassOn(holds.waits_for)
            holds.waits_for = b""
            break
        yield from Wait(min(max(grant.wait, 0.0), patience), grant.held).ask()
        now = yield from NOW.ask()
    spread = min(holds.grant.spread * call.fraction, last - now)
    if spread > 0:
        yield from Wait(spread).ask()
        now = yield from NOW.ask()
    holds.held = now - begun


def _debit(call: Protected, holds: _Held, asked_at: float) -> Flow[None]:
    """Take what the call needs from the budgets, and stand in line until it may be sent.

    A provider that asks for a pause meanwhile moves the whole line; nobody stands in it beyond `longest`.
    """
    account, demand = call.account, _demand(call, holds)
    turn = yield from Debit(account, demand, call.lane).ask()
    if turn.taken:
        holds.receipt = Receipt(account, demand, turn.alone)
    if turn.wait <= 0:
        return
    renewed = tuple(_lines(call, holds, Report.RENEWED, Role.LEAD))
    beat = call.bound / RENEWALS if renewed else math.inf
    since = now = yield from NOW.ask()
    last = (
        since + call.longest if call.patience is None else min(since + call.longest, asked_at + call.patience)
    )
    while True:
        leave, paused = now + turn.wait, now + turn.paused
        while min(leave, last) - now > INSTANT:
            until = min(leave, last, now + beat)
            yield from Wait(until - now, account.encode()).ask()
            now = yield from NOW.ask()
            yield from _send(renewed)
            if until - now > INSTANT:
                # Woken: the provider has asked for a pause.
                pause = now + (yield from Debit(account, NOTHING).ask()).paused
                leave += max(0.0, pause - max(paused, now))
                paused = max(paused, pause)
        if holds.receipt is not None:
            break
        # A warm-up asks again while it may, and then goes as a live call does: it counts in any case.
        turn = yield from Debit(account, demand, call.lane if now < last else Lane.LIVE).ask()
        if turn.taken:
            holds.receipt = Receipt(account, demand, turn.alone)
    holds.queued = now - since


def _demand(call: Protected, holds: _Held) -> Demand:
    """Return what the call is taken to need; what it reads counts only where its provider says so."""
    read = 0
    if not call.reads_count:
        warm = (Role.READ, Role.VERIFY)
        roles = zip(holds.grant.roles, call.boundaries, strict=False)
        read = round(max((b.tokens for role, b in roles if role in warm), default=0) * call.scale)
    return Demand(1, max(0, call.total - read), call.output)


def _gave_up(call: Protected, holds: _Held, report: Report) -> Flow[None]:
    """Say to those who wait for this call that nothing will come of it."""
    yield from _tell(call, holds, report, *holds.owes)
    holds.owes = ()


def _tell(call: Protected, holds: _Held, report: Report, *roles: Role) -> Flow[None]:
    """Report the same about all boundaries in these roles."""
    yield from _send(_lines(call, holds, report, *roles))


def _lines(call: Protected, holds: _Held, report: Report, *roles: Role) -> Iterable[Line]:
    grant = holds.grant
    return (
        Line(b.name, fence, report, b.ttl, call.settle)
        for b, role, fence in zip(call.boundaries, grant.roles, grant.fences, strict=False)
        if role in roles
    )


def _send(lines: Iterable[Line]) -> Flow[None]:
    told = tuple(lines)
    if told:
        yield Tell(told)


def _send_aged(lines: Sequence[Line], holds: _Held) -> Flow[None]:
    """Send reports that a prefix is warm, or may be: its lifetime began with the request."""
    if lines:
        now = yield from NOW.ask()
        age = 0.0 if holds.begun is None else now - holds.begun.started_at
        yield Tell(tuple([msgspec.structs.replace(line, ttl=max(0.0, line.ttl - age)) for line in lines]))


def _known(call: Protected, holds: _Held, usage: Usage | None, *unsure: Role) -> Sequence[Line]:
    """Return of each boundary whether it was read; where nothing says so, `LATE` for those in these roles."""
    if usage is not None and too_short(usage, call.floor):
        lines = _lines(call, holds, Report.NEVER, Role.LEAD, Role.VERIFY, Role.READ)
        return tuple([msgspec.structs.replace(line, ttl=NEVER_SECONDS) for line in lines])
    if usage is None or (usage.cache_read is None and not usage.written):
        return tuple(_lines(call, holds, Report.LATE, *unsure))
    # Boundaries are estimated as the whole was before what reports have taught was made of it.
    grant, scale = holds.grant, call.scale * scale_of(usage, call.total)
    told = verdicts(call.boundaries, grant.roles, usage, scale, marked=call.marked, lengths=call.lengths)
    lines = []
    for boundary, role, fence, report in zip(call.boundaries, grant.roles, grant.fences, told, strict=False):
        if report is not None and not (grant.fresh and role is Role.READ and report is Report.HIT):
            lines.append(Line(boundary.name, fence, report, boundary.ttl, max(call.settle, 0.05)))
    holds.missed = _missed(call, grant, lines)
    return lines


def _missed(call: Protected, grant: Grant, lines: Sequence[Line]) -> int | None:
    """Return how many verifiers missed what has now been read after them, None if nothing was."""
    read = [line.name for line in lines if line.report is Report.HIT] if grant.missed else []
    found = [
        missed
        for boundary, role, missed in zip(call.boundaries, grant.roles, grant.missed, strict=False)
        if boundary.name in read and (role is Role.VERIFY or (role is Role.FREE and missed))
    ]
    return max(found, default=None)


def too_short(usage: Usage, floor: int) -> bool:
    """Return whether a whole prompt was too short to be kept: so is each of its prefixes, in any prompt."""
    total = usage.total_input
    return total is not None and 0 < total < floor and not usage.cache_read and not usage.written


def _settle(
    call: Protected, holds: _Held, receipt: Receipt, usage: Usage | None, failure: SamovarError | None
) -> Flow[None]:
    """Replace the estimate by what the provider counts."""
    begun = holds.begun
    if begun is None:
        # Of unknown fate, unless it certainly never left.
        yield Settle(receipt, NOTHING if isinstance(failure, Unsent) else receipt.demand)
        return
    if begun.status not in OK:
        used = Demand(1, 0, 0)
    elif usage is None or usage.total_input is None:
        used = receipt.demand
    else:
        counted = usage.total_input if call.reads_count else usage.total_input - (usage.cache_read or 0)
        used = Demand(1, counted, usage.output if usage.output is not None else receipt.demand.output)
    yield Settle(receipt, used, left_of(begun.headers, begun.status, begun.first_byte_at))
