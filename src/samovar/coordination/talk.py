"""What is said to Redis: steps to script arguments, replies to answers. No IO, so one text for both faces.

Every step is one script and one round trip. Times are Redis' own (`TIME`) unless a test states them.
"""

from __future__ import annotations

import itertools
import logging
import os
import threading
import time
import weakref
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple, assert_never, cast

from samovar.call.memo import Memo
from samovar.coordination.buckets import LONGER
from samovar.coordination.keys import MOST
from samovar.coordination.port import (
    NO_LIMITS,
    RESERVE,
    Answered,
    Awaited,
    CountKey,
    DigestKey,
    KeyUse,
    StoreFailed,
)
from samovar.flow.flight import FRESH_SECONDS, LARGEST_GROUP, STEP_BACK, TWICE, Phase, Terms
from samovar.flow.role import Role
from samovar.flow.steps import Debit, Grant, Lane, Lease, Settle, Tell, Turn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samovar.coordination.newsroom import Newsroom
    from samovar.coordination.port import Accounts

_log = logging.getLogger("samovar")

ROLES = (Role.LEAD, Role.VERIFY, Role.READ, Role.FREE)
SCRIPTS = ("rights", "lease", "tell", "debit", "settle", "count_key", "digest_key")
KNOWN = 20_000
"""Boundaries whose last phase is remembered here, so that what is known to be warm costs no round trip."""
FRESH = 0.5
"""The share of a TTL for which a warm boundary is warm unasked; then Redis is asked; reads refresh it."""


class Said(NamedTuple):
    """One script to run: its name, keys and arguments.

    `again` is whether it may be run once more when its reply was lost: it knows itself by an id.
    """

    script: str
    keys: tuple[str, ...]
    args: tuple[str | bytes | float, ...]
    again: bool = False


class _Known(NamedTuple):
    phase: Phase
    fence: int
    until: float
    """Seconds of this machine's monotonic clock."""


@cache
def script(name: str) -> str:
    """Return the text of a script."""
    return resources.files("samovar.coordination").joinpath("lua", f"{name}.lua").read_text("utf-8")


@dataclass(slots=True, eq=False, weakref_slot=True)
class Talk:
    """The conversation of one process with one deployment's Redis. Threads may share it.

    `namespace` begins every key and is its hash tag, so that a cluster keeps a deployment on one node.
    `stated` is a time for tests; None lets Redis tell it.
    """

    newsroom: Newsroom
    terms: Terms = field(default_factory=Terms)
    limits_of: Accounts = field(default_factory=dict)
    namespace: str = "samovar"
    stated: float | None = None
    allowed: bool = field(init=False, default=False)
    """Whether Redis has been found to allow all that is asked of it."""
    _said: str = field(init=False, default="")
    _known: Memo[bytes, _Known] = field(init=False)
    _paused: Memo[str, float] = field(init=False)
    _lock: threading.Lock = field(init=False)
    _begin: tuple[bytes, ...] = field(init=False)
    """What leases and reports begin with, said once: the client encodes every argument anew."""
    _process: str = field(init=False)
    _requests: itertools.count[int] = field(init=False)

    def __post_init__(self) -> None:
        self._begin = tuple([str(each).encode() for each in (*self.terms, TWICE, STEP_BACK)])
        self.forked()
        _talks.add(self)

    def forked(self) -> None:
        """Know nothing: until a child has a subscription of its own, it hears no news of what it knows."""
        self._lock = threading.Lock()
        self._known = Memo(KNOWN)
        self._paused = Memo(KNOWN)
        self._process, self._requests = os.urandom(6).hex(), itertools.count()

    def _id(self) -> str:
        """Return a request's own id."""
        return f"{self._process}{next(self._requests):x}"

    def rights(self) -> Said:
        """Return the script that asks what the user may not; before it is known, nothing else is asked."""
        return Said("rights", (self._key("digest", "key"),), (self.channel,))

    def heard_rights(self, reply: Sequence[bytes | int] | bytes | int) -> None:
        """Take in what the user may not. Raises `StoreFailed` where there is anything."""
        lacking = b" ".join(_words(reply)).decode()
        if lacking:
            raise self.refused(f"its user may not {lacking}")
        self.allowed, self._said = True, ""

    def refused(self, why: str) -> StoreFailed:
        """Return the failure of a Redis that is there and refuses, which is said once: it will not pass."""
        self.allowed = False
        if why != self._said:
            self._said = why
            _log.warning(
                "Redis refuses: %s (keys %s, channel %s). Until it allows that, this process coordinates "
                "itself alone; docs/protect.md lists the rights.",
                why,
                self._key("*", "").removesuffix(":"),
                self.channel,
            )
        return StoreFailed(f"Redis refuses: {why}.")

    @property
    def channel(self) -> str:
        """The channel of the news."""
        return f"{{{self.namespace}}}:news"

    def _key(self, kind: str, name: str) -> str:
        return f"{{{self.namespace}}}:{kind}:{name}"

    def known(self, step: Awaited) -> Answered:
        """Return what can be answered without Redis, else None."""
        match step:
            case Lease(boundaries) if self.stated is None:
                now = time.monotonic()
                fences: list[int] = []
                for boundary in boundaries:
                    known = self._known.get(boundary.name)
                    if known is None or now >= known.until:
                        return None
                    if known.phase is Phase.LEADING:
                        return Grant(held=boundary.name, wait=known.until - now)
                    fences.append(known.fence)
                return Grant(roles=(Role.READ,) * len(boundaries), fences=tuple(fences), fresh=True)
            case Debit(account=account) if account not in self.limits_of:
                return Turn(taken=True, wait=0.0)
            case Debit(account=account, demand=demand) if not any(demand) and self.stated is None:
                # Who stands in line asks when it has been told of a pause, and a crowd may stand there.
                pause = max(0.0, (self._paused.get(account) or 0.0) - time.monotonic())
                return Turn(taken=True, wait=pause, paused=pause)
            case _:
                return None

    def say(self, step: Awaited) -> Said:
        """Return the script that asks for the answer to a step."""
        now: str | float = "" if self.stated is None else self.stated
        match step:
            case Lease(boundaries):
                keys = [self._key("flight", b.name.hex()) for b in boundaries]
                args = (now, *self._begin, self._id())
                return Said("lease", (self._key("fence", ""), *keys), args, again=True)
            case Tell(lines):
                keys = [self._key("flight", line.name.hex()) for line in lines]
                told: list[str | bytes | float] = []
                for line in lines:
                    told += (line.report.value, line.fence, line.ttl, line.settle, line.name.hex())
                begin = (now, *self._begin, LARGEST_GROUP, self.channel)
                return Said("tell", (self._key("fence", ""), *keys), (*begin, *told))
            case Debit(account=account, demand=demand, lane=lane):
                amounts: list[float] = []
                for limit, amount in zip(self._limit_rows(account), demand, strict=True):
                    amounts += (amount, *limit)
                warm = 1 if lane is Lane.WARM_UP else 0
                keyed = (self._key("budget", account), self._key("debit", self._id()))
                return Said("debit", keyed, (now, STEP_BACK, warm, RESERVE, *amounts), again=True)
            case Settle(receipt=receipt, used=used, left=left):
                rows: list[str | float] = []
                told_left = (left.requests, left.input, left.output)
                for limit, demanded, spent, remaining in zip(
                    self._limit_rows(receipt.account), receipt.demand, used, told_left, strict=True
                ):
                    rows += (demanded - spent, "" if remaining is None else remaining, *limit)
                name = receipt.account
                opening = (now, STEP_BACK, left.pause, LONGER, self.channel, name)
                return Said("settle", (self._key("budget", name),), (*opening, *rows))
            case CountKey(name):
                return Said("count_key", (self._key("keys", ""),), (now, name.hex(), MOST))
            case DigestKey(proposed):
                return Said("digest_key", (self._key("digest", "key"),), (proposed.hex(),))
            case _:
                assert_never(step)

    def _limit_rows(self, account: str) -> tuple[tuple[float, float], ...]:
        limits = self.limits_of.get(account, NO_LIMITS)
        return tuple((0.0, 0.0) if limit is None else tuple(limit) for limit in limits)  # type: ignore[misc]  # a Limit is two numbers

    def hear(self, step: Awaited, reply: Sequence[bytes | int] | bytes | int, heard: int) -> Answered:
        """Return the answer that a script's reply means, and remember what it says about boundaries.

        `heard` is the newsroom's edition from before the step was sent: of what there was news of since, the
        reply may be older than the news, and is not remembered.
        """
        match step:
            case Lease():
                return self._grant(step, _words(reply), heard)
            case Tell(lines):
                row = _words(reply)
                for at in range(0, len(row), 5):
                    index, phase, wake, fence = (int(row[at + i]) for i in range(4))
                    seconds = float(row[at + 4])
                    self.told(lines[index - 1].name, Phase(phase), wake, fence, seconds, heard)
                return None
            case Debit():
                taken, wait, paused = _words(reply)
                return Turn(taken=bool(int(taken)), wait=float(wait), paused=float(paused))
            case Settle(receipt=receipt, left=left):
                if reply:
                    self._pause(receipt.account, left.pause)
                return None
            case CountKey():
                rate, distinct = cast("Sequence[bytes | int]", reply)
                return KeyUse(float(rate), int(distinct))
            case DigestKey():
                return bytes.fromhex(cast("bytes", reply).decode())
            case _:
                assert_never(step)

    def _grant(self, step: Lease, row: Sequence[bytes], heard: int) -> Grant:
        held, seconds, promoted = int(row[0]), float(row[1]), bool(int(row[2]))
        if held:
            name = step.boundaries[held - 1].name
            with self._lock:
                self._remember(name, Phase.LEADING, 0, seconds, heard)
            return Grant(held=name, wait=seconds)
        roles, fences, missed, fresh = [], [], [], True
        for index, boundary in enumerate(step.boundaries):
            role, fence, lasts, phase, misses = row[3 + index * 5 : 8 + index * 5]
            roles.append(ROLES[int(role) - 1])
            fences.append(int(fence))
            missed.append(int(misses))
            if roles[-1] is Role.READ:
                fresh = fresh and float(lasts) >= boundary.ttl - FRESH_SECONDS
            with self._lock:
                self._remember(boundary.name, Phase(int(phase)), int(fence), float(lasts), heard)
        return Grant(b"", 0.0, tuple(roles), tuple(fences), seconds, promoted, fresh, tuple(missed))

    def told(
        self, name: bytes, phase: Phase, wake: int, fence: int, seconds: float, heard: int | None = None
    ) -> None:
        """Take in news of a boundary, and wake those who wait for it here."""
        # Together: between the two, an older reply would be taken for the latest that is known.
        with self._lock:
            self._remember(name, phase, fence, seconds, self.newsroom.edition() if heard is None else heard)
            self.newsroom.publish(name, wake)

    def _remember(self, name: bytes, phase: Phase, fence: int, seconds: float, heard: int) -> None:
        if self.newsroom.later(name, heard):
            return
        now = time.monotonic()
        if phase is Phase.OPEN:
            self._known.put(name, _Known(phase, fence, now + seconds * FRESH))
        elif phase is Phase.LEADING:
            # However odd the clock that it comes from, nobody waits for what is known here for ever.
            self._known.put(name, _Known(phase, fence, now + min(seconds, 2 * self.terms.bound)))
        else:
            # Whoever asks next has to hear it from Redis.
            self._known.put(name, _Known(phase, fence, now))

    def _pause(self, account: str, seconds: float) -> None:
        self._paused.put(account, time.monotonic() + seconds)
        self.newsroom.publish(account.encode())

    def heard(self, message: bytes) -> None:
        """Take in one message of the news channel; one that cannot be read is left out."""
        try:
            if message.startswith(b"pause "):
                _, account, pause = message.split(b" ")
                self._pause(account.decode(), float(pause))
                return
            name, phase, wake, fence, seconds = message.split(b" ")
            self.told(bytes.fromhex(name.decode()), Phase(int(phase)), int(wake), int(fence), float(seconds))
        except ValueError:
            return

    def forget(self) -> None:
        """Forget what Redis said: it may have lost it. Whoever waits asks again."""
        with self._lock:
            self._known = Memo(KNOWN)
            self.newsroom.alert()


def _words(reply: Sequence[bytes | int] | bytes | int) -> list[bytes]:
    """Return what a script said in one line, which is read faster than many. Raises `ValueError`."""
    if not isinstance(reply, bytes):
        raise ValueError(type(reply).__name__)  # noqa: TRY004  # the face takes it for a broken answer
    return reply.split()


_talks: weakref.WeakSet[Talk] = weakref.WeakSet()


def _forked() -> None:
    for talk in _talks:
        talk.forked()


os.register_at_fork(after_in_child=_forked)
