"""Which budget a call draws on, and whose: models by the one table of models, credentials by their ends."""

from __future__ import annotations

import contextlib
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from samovar.call.memo import Memo
from samovar.coordination import Limit, Limits
from samovar.policy.protect import ALL
from samovar.providers.models import resolve, whose

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from samovar.call import Call
    from samovar.policy import Budget

MODELS: Final = 1_000
"""Models whose budget is remembered."""
ACCOUNTS: Final = 10_000
"""Accounts whose budgets are remembered."""


class Accounts:
    """The budgets of a policy and who shares them. Threads may share it.

    `accounts` gives by name the ends of the credentials that belong to one account; `platform` is who serves
    the models, where that is not their maker. `limits` fills with the accounts that are seen.
    """

    def __init__(
        self, budgets: Mapping[str, Budget], accounts: Mapping[str, Sequence[str]], platform: str | None
    ) -> None:
        self.budgets = budgets
        self.limits: dict[str, Limits] = {}
        self._platform = platform
        self._ends = sorted(
            ((end, name) for name, ends in accounts.items() for end in ends if end != ALL),
            key=lambda each: -len(each[0]),
        )
        self._rest = next((name for name, ends in accounts.items() if ALL in ends), "")
        self._covering: Memo[tuple[str, str], str] = Memo(MODELS)

    def payer(self, host: str, credential: str) -> str:
        """Return who pays for a call: the account that has its credential, "" where none has."""
        if not self._ends and not self._rest:
            return ""
        name = next((name for end, name in self._ends if credential.endswith(end)), self._rest)
        return f"{host}|{name}" if name else ""

    def covering(self, call: Call) -> str:
        """Return the name of the budget that a call draws on, "" where none covers it."""
        asked = call.provider, call.model
        name = self._covering.get(asked)
        if name is None:
            found = (name for name in self._names(*asked) if name in self.budgets)
            name = next(found, "")
            self._covering.put(asked, name)
        return name

    def _names(self, provider: str, model: str) -> Iterator[str]:
        """Yield the names under which a call's budget may stand, the nearest first."""
        yield model
        maker = whose(provider, model)
        known = resolve(maker, model)
        named = {resolve(maker, each).id: each for each in reversed(list(self.budgets))}
        # Of some models several share the provider's limits (fact `anthropic.limits.per-model`).
        yield from (named[each] for each in (known.id, known.limits) if each in named)
        yield from (each for each in (self._platform, maker, provider, ALL) if each)

    def account(self, payer: str, name: str, key: bytes) -> str:
        """Return the account of a budget, by the name under which processes share it."""
        account = blake2b(f"{payer}|{name}".encode(), digest_size=16, key=key).hexdigest()
        if account not in self.limits:
            if len(self.limits) >= ACCOUNTS:
                # The oldest goes; it is made again when it is seen again.
                with contextlib.suppress(RuntimeError, StopIteration):
                    self.limits.pop(next(iter(self.limits)), None)
            self.limits[account] = _limits(self.budgets[name])
        return account


def _limits(budget: Budget) -> Limits:
    requests, input_, output = (
        None if amount is None else Limit.per_minute(amount)
        for amount in (
            budget.requests_per_minute,
            budget.input_tokens_per_minute,
            budget.output_tokens_per_minute,
        )
    )
    return Limits(requests, input_, output)
