"""From one call that ended to one record: what the ledger keeps, made on the runtime's own thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from samovar.ledger import Ledger
from samovar.providers.models import seller
from samovar.providers.usage import Usage
from samovar.record import Failure, Observation
from samovar.transport.plan import RoughCounter

if TYPE_CHECKING:
    from collections.abc import Callable

    from samovar.policy import LedgerPolicy
    from samovar.transport.plan import Parsed
    from samovar.transport.seen import Seen


class Keeping:
    """A recorder for a runtime: every call becomes a line of this process's ledger.

    `lost` is told how many calls that it had taken a failing disk has cost, and how it failed.
    """

    def __init__(
        self, policy: LedgerPolicy, key: Callable[[], bytes], lost: Callable[[int, OSError], None]
    ) -> None:
        self.ledger = Ledger(policy, key, RoughCounter(), lost=lost)
        self._count = 0

    def __call__(self, seen: Seen, plan: Parsed | None) -> None:
        """Record one call. Raises `OutputUnwritable`."""
        self._count += 1
        self.ledger.record(kept(seen, plan, self._count))


def kept(seen: Seen, plan: Parsed | None, number: int) -> Observation:
    """Return a call as the ledger keeps it: with what client and provider say of its conversation."""
    said = seen.said
    return replace(
        observation(seen, plan, number),
        compares_with=said.hints.compares_with,
        conversation=said.hints.conversation,
        headers=said.headers,
        response_headers=seen.outcome.headers,
        witness=said.witness,
        edits=said.edits,
    )


def observation(seen: Seen, plan: Parsed | None, number: int, credential: str | None = None) -> Observation:
    """Return a call as records hold it. Of a failure its kind is kept, never its words.

    `credential` stands for the header that was sent, where that need not be known.
    """
    outcome, dialect = seen.outcome, seen.sent.dialect
    failed = None if outcome.failure is None else Failure(type(outcome.failure).__name__, "")
    return Observation(
        id=seen.response_id or f"{outcome.started_at:.6f}-{number}",
        provider=seller(dialect.provider, "", seen.sent.host) if plan is None else plan.seller,
        endpoint=seen.sent.url,
        model="" if plan is None else plan.call.model,
        served_model=seen.served_model,
        started_at=outcome.started_at,
        first_event_at=outcome.first_byte_at,
        ended_at=outcome.ended_at,
        credential=credential or seen.sent.credential or None,
        route=seen.sent.host,
        status=outcome.status,
        error=failed,
        usage=outcome.usage or Usage(),
        call=None if plan is None else plan.call,
        response_id=seen.response_id,
    )
