"""What became of one protected or observed call: the line that counters and ledger are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samovar.errors import SamovarError
    from samovar.flow.role import Role
    from samovar.providers.usage import Usage


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One request that was sent, or given up before.

    `roles` has what the call was to each boundary; empty where nothing was held back. `held` seconds were
    spent waiting for another call's prefix, `queued` in line for the budgets. `status` is None when there
    was no answer. `usage` is None where none could be read. Times are epoch seconds of the driver's clock.
    `missed` is how many verifiers missed the prefix that this call has read as a verifier, or after all of
    them; None if it read none so. `settle` is how many seconds a new entry was given then.
    """

    started_at: float
    first_byte_at: float | None = None
    ended_at: float
    status: int | None = None
    headers: Mapping[str, str]
    """Response headers by lower-case name."""
    usage: Usage | None = None
    failure: SamovarError | None = None
    roles: tuple[Role, ...] = ()
    promoted: bool = False
    held: float = 0.0
    queued: float = 0.0
    settle: float = 0.0
    missed: int | None = None
