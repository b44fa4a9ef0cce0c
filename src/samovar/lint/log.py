"""A log of requests: what only shows when one body is held against another."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict, deque
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import msgspec

from samovar.call.dialects import detect
from samovar.lint.request import Request
from samovar.prefix.divergence import common_positions
from samovar.record.observation import BadLine, Observation

if TYPE_CHECKING:
    from collections.abc import Sequence

BEFORE: Final = 16
"""Earlier calls of a session that are looked at for the one that a call goes on from."""


@dataclass(frozen=True)
class Log:
    """The readable calls in the order in which they began, and their observations beside them."""

    calls: tuple[Request, ...]
    seen: tuple[Observation, ...]

    @cached_property
    def kinds(self) -> tuple[tuple[Request, ...], ...]:
        """Calls that should share a prefix: same provider, model, dialect, call site and lineage."""
        groups: dict[tuple[object, ...], list[Request]] = defaultdict(list)
        for call, seen in zip(self.calls, self.seen, strict=True):
            groups[
                call.provider, call.model, call.dialect, seen.labels.get("call_site"), seen.lineage
            ].append(call)
        return tuple(tuple(group) for group in groups.values())

    @cached_property
    def turns(self) -> tuple[tuple[Request, Request], ...]:
        """Each call of a session with the earlier one that it goes on from, oldest first.

        That is the one of the last `BEFORE` with the same lineage and model with which it has most positions
        in common, the latest of several: agents that share a session take turns in its log.
        """
        before: dict[tuple[object, ...], deque[Request]] = defaultdict(lambda: deque(maxlen=BEFORE))
        pairs = []
        for call, seen in zip(self.calls, self.seen, strict=True):
            if call.session is None or call.call is None:
                continue
            held = before[call.session, seen.lineage, call.model, call.dialect]
            if held:
                later = call.call
                best = max(
                    reversed(held), key=lambda each: common_positions(each.call, later) if each.call else -1
                )
                pairs.append((best, call))
            held.append(call)
        return tuple(pairs)


def read_log(
    entries: Sequence[Observation | BadLine], at: dt.date | None = None
) -> tuple[Log, tuple[BadLine, ...]]:
    """Return the calls of a log whose bodies were kept, in order of time, and the lines that hold none."""
    calls: list[Request] = []
    seen: list[Observation] = []
    bad: list[BadLine] = []
    for entry in sorted(entries, key=_begun) if _timed(entries) else entries:
        if isinstance(entry, BadLine):
            bad.append(entry)
            continue
        body = _body(entry.request)
        if body is None:
            bad.append(BadLine(entry.place, "; ".join(entry.notes) or "it holds no request body"))
            continue
        calls.append(
            Request(
                provider=entry.provider,
                endpoint=entry.endpoint,
                model=entry.model,
                body=body,
                call=entry.call,
                dialect=_dialect(entry, frozenset(body)),
                at=at or _day(entry.started_at),
                id=entry.id,
                tenant=entry.tenant,
                session=entry.session,
                started=entry.started_at,
                headers=entry.headers,
                index=len(calls),
            )
        )
        seen.append(entry)
    return Log(tuple(calls), tuple(seen)), tuple(bad)


def _timed(entries: Sequence[Observation | BadLine]) -> bool:
    return all(not isinstance(each, BadLine) and each.started_at is not None for each in entries)


def _begun(entry: Observation | BadLine) -> float:
    return 0.0 if isinstance(entry, BadLine) or entry.started_at is None else entry.started_at


def _dialect(entry: Observation, members: frozenset[str]) -> str:
    dialect = detect(entry.endpoint, entry.provider, members)
    return dialect.name if dialect else ""


def _body(raw: bytes | None) -> dict[str, object] | None:
    if raw is None:
        return None
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _day(seconds: float | None) -> dt.date | None:
    try:
        return None if seconds is None else dt.datetime.fromtimestamp(seconds, dt.UTC).date()
    except (ValueError, OverflowError, OSError):
        return None


def deployed(log: Log, earlier: Request, later: Request) -> bool:
    """Whether another version of the application sent the later call."""
    one, other = (log.seen[call.index].labels.get("app_version") for call in (earlier, later))
    return one != other
