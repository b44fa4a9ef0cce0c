"""Accounts: which key is whose, what each may still spend on which model, and the headers that say so."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from samovar.emulator.refusal import Refusal
from samovar.rates import Budgets, Demand

if TYPE_CHECKING:
    from samovar.emulator.config import Account, Config
    from samovar.rates import Bucket

_THOUSAND = 1_000
_MINUTE = 60.0


@dataclass(slots=True)
class Desk:
    """One account at work: budgets per model, opened when the model is first used."""

    account: Account
    budgets: dict[str, Budgets] = field(default_factory=dict)

    def budget(self, model: str) -> Budgets:
        """Return the budgets that `model` draws on."""
        found = self.budgets.get(model)
        if found is None:
            account = self.account
            found = self.budgets[model] = (
                Budgets()
                if account.unlimited
                else Budgets.per_minute(
                    requests=account.requests_per_minute,
                    input=account.input_tokens_per_minute,
                    output=account.output_tokens_per_minute,
                )
            )
        return found


class Accounts:
    """All accounts of an emulator."""

    def __init__(self, config: Config) -> None:
        self._default = Desk(config.account)
        self._by_key: dict[str, Desk] = {}
        for account in config.accounts:
            desk = Desk(account)
            self._by_key.update(dict.fromkeys(account.keys, desk))

    def of(self, key: str) -> Desk:
        """Return the desk that serves an API key."""
        return self._by_key.get(key, self._default)


def admit(provider: str, desk: Desk, model: str, now: float, need: Demand) -> Refusal | None:
    """Debit what a request needs, or refuse it, debiting nothing, with the time after which it fits.

    Output counts as it is produced, so that a request is only refused for it while the budget is overdrawn.
    """
    budgets = desk.budget(model)
    if budgets.debit(now, need):
        return None
    short = budgets.lacking(now, need) or "requests"
    wait = budgets.earliest(now, need) - now
    retry = _MINUTE if math.isinf(wait) else max(1.0, math.ceil(wait))
    if provider == "anthropic":
        return _anthropic_refusal(desk, short, retry)
    return _openai_refusal(desk, model, short, need, retry)


def _anthropic_refusal(desk: Desk, short: str, retry: float) -> Refusal:
    limits = {
        "requests": f"{desk.account.requests_per_minute:,} requests",
        "input": f"{desk.account.input_tokens_per_minute:,} input tokens",
        "output": f"{desk.account.output_tokens_per_minute:,} output tokens",
    }
    # The page says that the message describes which limit was exceeded; the wording is as in public reports.
    message = f"This request would exceed your organization's rate limit of {limits[short]} per minute."
    return Refusal(status=429, message=message, retry_after=retry)


def _openai_refusal(desk: Desk, model: str, short: str, need: Demand, retry: float) -> Refusal:
    requests = short == "requests"
    limit = desk.account.requests_per_minute if requests else desk.account.input_tokens_per_minute
    asked = need.requests if requests else need.input + need.output
    unit = "requests per min (RPM)" if requests else "tokens per min (TPM)"
    message = (
        f"Rate limit reached for {model} in organization {desk.account.organization} on {unit}: "
        f"Limit {limit}, Requested {asked:.0f}. Please try again in {retry:.0f}s."
    )
    return Refusal(
        status=429,
        message=message,
        type="requests" if requests else "tokens",
        code="rate_limit_exceeded",
        retry_after=retry,
    )


def anthropic_headers(desk: Desk, model: str, now: float) -> dict[str, str]:
    """Return `anthropic-ratelimit-*`: remaining tokens rounded to thousands, reset times in RFC 3339."""
    budgets = desk.budget(model)
    headers: dict[str, str] = {}
    tokens = [b for b in (budgets.input, budgets.output) if b is not None]
    for name, bucket in (
        ("requests", budgets.requests),
        ("input-tokens", budgets.input),
        ("output-tokens", budgets.output),
    ):
        if bucket is not None:
            rounded = bucket is not budgets.requests
            _fill(headers, name, bucket.capacity, _left(bucket, now, rounded=rounded), bucket.full_at(now))
    if tokens:
        left = sum(_left(bucket, now, rounded=True) for bucket in tokens)
        _fill(headers, "tokens", sum(b.capacity for b in tokens), left, max(b.full_at(now) for b in tokens))
    return headers


def _fill(headers: dict[str, str], name: str, limit: float, left: int, reset: float) -> None:
    head = f"anthropic-ratelimit-{name}-"
    headers[head + "limit"] = str(int(limit))
    headers[head + "remaining"] = str(left)
    headers[head + "reset"] = datetime.fromtimestamp(reset, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _left(bucket: Bucket, now: float, *, rounded: bool) -> int:
    level = max(0.0, bucket.level(now))
    return round(level / _THOUSAND) * _THOUSAND if rounded else int(level)


def openai_headers(desk: Desk, model: str, now: float) -> dict[str, str]:
    """Return `x-ratelimit-*`: resets as durations."""
    budgets = desk.budget(model)
    headers: dict[str, str] = {}
    for name, bucket in (("requests", budgets.requests), ("tokens", budgets.input)):
        if bucket is not None:
            headers[f"x-ratelimit-limit-{name}"] = str(int(bucket.capacity))
            headers[f"x-ratelimit-remaining-{name}"] = str(int(max(0.0, bucket.level(now))))
            headers[f"x-ratelimit-reset-{name}"] = f"{bucket.full_at(now) - now:.3f}s"
    return headers
