"""The keys of `samovar.toml` that hold for live calls: [protect], [budgets] and [ledger]."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

Count = Annotated[int, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1)]
SCHEMES: Final = ("redis://", "rediss://", "unix://")
"""How an address of Redis begins."""
DAY: Final = 86_400
"""Seconds; more than anybody waits for a call."""
Seconds = Annotated[float, Meta(ge=0, le=DAY)]
Bound = Annotated[float, Meta(gt=0, le=DAY)]
Name = Annotated[str, Meta(min_length=1)]
ALL: Final = "*"
"""In `[budgets]` every call that no other entry covers, in `[accounts]` every other credential."""
End = Annotated[str, Meta(pattern=r"^(\*|.{4,})$")]
"""Four characters of a key or more, or `ALL`."""


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[protect.retry]: retries of our own, beside those of the SDK. `attempts` counts the first; 1 is none.

    Waits are `first` seconds and then `growth`: exponential doubles, linear adds `first`, fixed stays; at
    most `longest`, with up to `jitter` seconds more. A provider's `retry-after` goes before all of it.
    """

    attempts: Positive = 1
    growth: Literal["exponential", "linear", "fixed"] = "exponential"
    first: Seconds = 0.5
    longest: Seconds = 30.0
    jitter: Seconds = 0.5


class ProtectPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[protect]: when calls wait for one another.

    `bound` is how many seconds the first response byte of a leader may take before another leads; nobody
    waits for one prefix longer than twice that. `settle` is how many seconds a new entry is given to become
    readable, `spread` over how many those are spread that are let go all at once. Prefixes that add less
    than `min_tokens` to the one before are not waited for. `redis` is an address; without one each process
    is on its own. `redis_timeout` bounds every wait for Redis. `namespace` keeps deployments apart. `domain`
    names what isolates caches at the provider; unset, it is the host and the credential.
    """

    bound: Bound = 20.0
    settle: Seconds = 0.02
    spread: Seconds = 1.0
    min_tokens: Count = 1024
    redis: Name | None = None
    redis_timeout: Bound = 1.0
    namespace: Name = "samovar"
    domain: Name | None = None
    platform: Name | None = None
    retry: RetryPolicy = RetryPolicy()

    def __post_init__(self) -> None:
        """Refuse what is no address, without repeating it: it may hold a password."""
        if self.redis is not None and not self.redis.startswith(SCHEMES):
            raise ValueError(f"redis needs an address that begins with {' or '.join(SCHEMES)}")


class Budget(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[budgets.NAME]: an account's limits a minute; NAME is a model, a provider, or "*" for all others.

    A model's budget holds for its id however that is spelt, and for the models with which it shares the
    provider's limits; a provider's is shared by its models. `reads_count` is whether tokens read
    from cache count as input; unset, as the provider's documentation says. `longest_wait` bounds the seconds
    in line. Each credential has the budgets for itself unless [accounts] says which share one.
    """

    requests_per_minute: Positive | None = None
    input_tokens_per_minute: Positive | None = None
    output_tokens_per_minute: Positive | None = None
    reads_count: bool | None = None
    longest_wait: Seconds = 60.0


class LedgerPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[ledger]: record files of every call: digests, counts and times, no text. Without `dir` none are kept.

    A segment is closed at `segment_mb` or `segment_minutes`; the oldest go when there are more than `keep_mb`
    megabytes or when they are older than `keep_days`. `personal` has the linter's detectors look at each new
    block, and keeps kinds and places of what they find.
    """

    dir: Name | None = None
    segment_mb: Positive = 64
    segment_minutes: Positive = 60
    keep_mb: Positive = 1024
    keep_days: Positive = 30
    personal: bool = False
