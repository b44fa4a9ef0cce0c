"""Accounts: which key is whose, what each may still spend on which models, and the headers that say so."""

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


_LIMITS = ("requests_per_minute", "input_tokens_per_minute", "output_tokens_per_minute")
Limits = tuple[float | None, float | None, float | None]
"""Requests, input and output tokens a minute; None has no limit."""


@dataclass(slots=True)
class Pool:
    """Budgets of one holder by model class, opened when a class is first used."""

    limits: Limits
    budgets: dict[str, Budgets] = field(default_factory=dict)

    def of(self, models: str) -> Budgets:
        """Return the budgets that a class of models draws on."""
        found = self.budgets.get(models)
        if found is None:
            requests, tokens, output = self.limits
            found = Budgets.per_minute(requests=requests, input=tokens, output=output)
            self.budgets[models] = found
        return found


@dataclass(slots=True)
class Desk:
    """One account at work: its organisation's budgets, and its own where they are tighter."""

    account: Account
    pools: tuple[Pool, ...]

    def budgets(self, models: str) -> list[Budgets]:
        """Return all budgets that a request to this class of models draws on."""
        return [pool.of(models) for pool in self.pools]

    def correct(self, models: str, now: float, demand: Demand) -> None:
        """Take `demand` from every budget whether it fits or not; negative amounts give back."""
        for budgets in self.budgets(models):
            budgets.correct(now, demand)

    def bucket(self, models: str, name: str, now: float) -> Bucket | None:
        """Return the bucket called `name` that has least left."""
        found = [bucket for held in self.budgets(models) if (bucket := getattr(held, name)) is not None]
        return min(found, key=lambda bucket: bucket.level(now), default=None)


class Accounts:
    """All accounts of an emulator.

    Limits belong to an organisation (fact `anthropic.limits.per-model`): its accounts draw on one set of
    budgets, as large as the largest that one of them states. A smaller one is that account's own besides.
    """

    def __init__(self, config: Config) -> None:
        everyone = (config.account, *config.accounts)
        shared: dict[str, Pool] = {}
        for account in everyone:
            mates = [_limits(each) for each in everyone if each.organization == account.organization]
            shared.setdefault(account.organization, Pool(_largest(mates)))
        desks = [_desk(account, shared[account.organization]) for account in everyone]
        self._default = desks[0]
        self._by_key = {key: desk for desk in desks for key in desk.account.keys}

    def of(self, key: str) -> Desk:
        """Return the desk that serves an API key."""
        return self._by_key.get(key, self._default)


def _limits(account: Account) -> Limits:
    if account.unlimited:
        return (None, None, None)
    requests, tokens, output = (float(getattr(account, name)) for name in _LIMITS)
    return (requests, tokens, output)


def _largest(stated: list[Limits]) -> Limits:
    requests, tokens, output = (
        None if None in column else max(limit for limit in column if limit is not None)
        for column in zip(*stated, strict=True)
    )
    return (requests, tokens, output)


def _desk(account: Account, shared: Pool) -> Desk:
    own = _limits(account)
    return Desk(account, (shared,) if own == shared.limits else (shared, Pool(own)))


def admit(provider: str, desk: Desk, models: str, model: str, now: float, need: Demand) -> Refusal | None:
    """Debit what a request needs, or refuse it, debiting nothing, with the time after which it fits.

    Output counts as it is produced, so that a request is only refused for it while the budget is overdrawn.
    """
    held = desk.budgets(models)
    lacking = [(budgets, name) for budgets in held if (name := budgets.lacking(now, need)) is not None]
    if not lacking:
        desk.correct(models, now, need)
        return None
    budgets, short = lacking[0]
    wait = max(each.earliest(now, need) for each in held) - now
    retry = _MINUTE if math.isinf(wait) else max(1.0, math.ceil(wait))
    limit = getattr(budgets, short).capacity
    if provider == "anthropic":
        return _anthropic_refusal(short, limit, retry)
    return _openai_refusal(desk, model, short, limit, need, retry)


def _anthropic_refusal(short: str, limit: float, retry: float) -> Refusal:
    unit = {"requests": "requests", "input": "input tokens", "output": "output tokens"}[short]
    # The page says that the message describes which limit was exceeded; the wording is as in public reports.
    message = f"This request would exceed your organization's rate limit of {limit:,.0f} {unit} per minute."
    return Refusal(status=429, message=message, retry_after=retry)


def _openai_refusal(desk: Desk, model: str, short: str, limit: float, need: Demand, retry: float) -> Refusal:
    requests = short == "requests"
    asked = need.requests if requests else need.input + need.output
    unit = "requests per min (RPM)" if requests else "tokens per min (TPM)"
    message = (
        f"Rate limit reached for {model} in organization {desk.account.organization} on {unit}: "
        f"Limit {limit:.0f}, Requested {asked:.0f}. Please try again in {retry:.0f}s."
    )
    return Refusal(
        status=429,
        message=message,
        type="requests" if requests else "tokens",
        code="rate_limit_exceeded",
        retry_after=retry,
    )


def anthropic_headers(desk: Desk, models: str, now: float) -> dict[str, str]:
    """Return `anthropic-ratelimit-*`: remaining tokens rounded to thousands, reset times in RFC 3339."""
    headers: dict[str, str] = {}
    requests, read, said = (desk.bucket(models, name, now) for name in ("requests", "input", "output"))
    tokens = [b for b in (read, said) if b is not None]
    for name, bucket in (("requests", requests), ("input-tokens", read), ("output-tokens", said)):
        if bucket is not None:
            rounded = bucket is not requests
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


def openai_headers(desk: Desk, models: str, now: float) -> dict[str, str]:
    """Return `x-ratelimit-*`: resets as durations."""
    headers: dict[str, str] = {}
    for name, kind in (("requests", "requests"), ("tokens", "input")):
        bucket = desk.bucket(models, kind, now)
        if bucket is not None:
            headers[f"x-ratelimit-limit-{name}"] = str(int(bucket.capacity))
            headers[f"x-ratelimit-remaining-{name}"] = str(int(max(0.0, bucket.level(now))))
            headers[f"x-ratelimit-reset-{name}"] = f"{bucket.full_at(now) - now:.3f}s"
    return headers
