"""One call that ended, as the office keeps it until it has been analysed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from samovar.flow.outcome import Outcome
    from samovar.transport.plan import Plan, Sent


@dataclass(frozen=True, slots=True)
class Seen:
    """One call that ended. `plan` is None where it was not read before it was sent."""

    sent: Sent
    outcome: Outcome
    plan: Plan | None = None
    response_id: str = ""
    served_model: str = ""
