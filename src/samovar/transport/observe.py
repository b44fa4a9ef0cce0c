"""A call that ran without a flow, as an outcome.

What `observe` keeps, and what is left when protection fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.flow.outcome import Outcome
from samovar.transport.seen import Seen

if TYPE_CHECKING:
    from samovar.errors import SamovarError
    from samovar.flow.steps import Begun
    from samovar.transport.office import Office
    from samovar.transport.plan import Plan, Sent
    from samovar.transport.watch import Watch


def observed(
    office: Office,
    sent: Sent,
    plan: Plan | None,
    started: float,
    *,
    begun: Begun | None = None,
    watch: Watch | None = None,
    failure: SamovarError | None = None,
) -> None:
    """Hand a call that ended to the office."""
    office.saw(
        Seen(
            sent,
            Outcome(
                started_at=started,
                first_byte_at=None if begun is None else begun.first_byte_at,
                ended_at=office.clock.now(),
                status=None if begun is None else begun.status,
                headers={} if begun is None else begun.headers,
                usage=None if watch is None else watch.usage,
                failure=failure,
            ),
            plan,
            "" if watch is None else watch.id,
            "" if watch is None else watch.model,
            len(sent.body),
        )
    )
