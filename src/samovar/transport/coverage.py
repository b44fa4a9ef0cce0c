"""Which budgets cover the calls that are made, and once in words what a policy may not have meant.

A budget that a call does not draw on lets an overload through, so it is said and counted.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from samovar.metrics.catalogue import BUDGETED, NAMES

if TYPE_CHECKING:
    from samovar.metrics import Meter
    from samovar.transport.accounts import Accounts
    from samovar.transport.plan import Parsed

_log: Final = logging.getLogger("samovar")

NONE: Final = "none"
"""The label of calls that no budget covers."""
ENOUGH: Final = 1_000
"""Calls after which a budget that none of them has met is spoken of."""
SHOWN: Final = 80
"""Characters of a model's name that are repeated."""


class Coverage:
    """For one thread. Every budget is counted from zero, so that one which nothing meets shows."""

    def __init__(self, meter: Meter, accounts: Accounts) -> None:
        self._meter, self._accounts = meter, accounts
        self.begin()

    def begin(self) -> None:
        """Count from zero: when it is made, and in a forked child, whose counters its parent's are not."""
        self._calls = 0
        self._met: set[str] = set()
        self._uncovered: set[tuple[str, str]] = set()
        self._payers: dict[tuple[str, str], str] = {}
        """By host and budget who paid first; "" once it has been said that there are others."""
        for name in self._accounts.budgets:
            self._meter.add(BUDGETED, name, amount=0.0)

    def see(self, parsed: Parsed, host: str) -> None:
        """Take note of a protected call that ended."""
        if not self._accounts.budgets:
            return
        name = self._accounts.covering(parsed.call)
        self._meter.add(BUDGETED, name or NONE)
        self._calls += 1
        if name:
            self._met.add(name)
            self._see_payer(host, name, parsed)
        else:
            self._see_uncovered(parsed.call.provider, parsed.call.model)
        if self._calls == ENOUGH and (unmet := self._unmet()):
            _log.warning("%d calls have ended, and none of them draws on [budgets] %s.", ENOUGH, unmet)

    def _see_uncovered(self, provider: str, model: str) -> None:
        if (provider, model) in self._uncovered or len(self._uncovered) >= NAMES:
            return
        self._uncovered.add((provider, model))
        _log.warning(
            "no budget covers calls of model %r (%s): nothing holds them back. Not met so far: %s.",
            model[:SHOWN],
            provider,
            self._unmet() or "none",
        )

    def _see_payer(self, host: str, name: str, parsed: Parsed) -> None:
        first = self._payers.get((host, name))
        if first is None and len(self._payers) < NAMES:
            self._payers[host, name] = parsed.payer
        elif first and first != parsed.payer:
            self._payers[host, name] = ""
            _log.warning(
                "several credentials are used with %s, and each has [budgets] %s for itself; "
                "say under [accounts] which of them belong to one account.",
                host,
                name,
            )

    def _unmet(self) -> str:
        return ", ".join(repr(name) for name in self._accounts.budgets if name not in self._met)
