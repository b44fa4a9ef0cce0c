"""The keys of `samovar.toml`. Each has a working default, so no file is needed; any other is a mistake.

A section joins when the part that honours it does: a key that nothing reads would be a promise not kept.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from samovar.policy.lint import LintPolicy
from samovar.policy.protect import Budget, End, LedgerPolicy, ProtectPolicy
from samovar.policy.reading import Contradiction, read_config
from samovar.policy.smoke import SmokePolicy

Count = Annotated[int, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1)]
Share = Annotated[float, Meta(ge=0, le=1)]
Name = Annotated[str, Meta(min_length=1)]
Tier = Literal["5m", "30m", "1h", "12h"]
"""A lifetime that some provider sells."""


class ProviderPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[provider]: who answers.

    `emulator` is the built-in provider: no key, no network. Unset, `model` is the workload's own, `platform`
    the provider's own API (others: bedrock, vertex, azure, …), `base_url` the provider's public address.
    `engine` is the inference server at `base_url`: "auto" asks it, "none" does not.
    """

    name: Literal["emulator", "anthropic", "openai"] = "emulator"
    model: Name | None = None
    platform: Name | None = None
    base_url: Annotated[str, Meta(pattern="^https?://")] | None = None
    engine: Literal["auto", "none", "llamacpp", "vllm", "sglang"] = "auto"


class Jitter(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A range in milliseconds, from which the pause before each seeding request is drawn."""

    lo: Count
    hi: Count

    def __post_init__(self) -> None:
        """Refuse a range that ends before it begins."""
        if self.lo > self.hi:
            raise ValueError(f"given [{self.lo}, {self.hi}], needs the lower end first")


class Thresholds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[bench.thresholds]: what makes a run warn or fail. Rates are shares from 0 to 1, after seeding."""

    hit_rate_warn: Share = 0.85
    hit_rate_fail: Share = 0.80
    prefix_miss_warn: Share = 0.20
    """Of the requests of any one prefix, the share that misses."""
    prefix_miss_fail: Share = 0.30
    rate_limit_errors: Count = 0
    """429 answers that are still accepted."""

    def __post_init__(self) -> None:
        """Refuse a failure that would come before its warning."""
        late = []
        if self.hit_rate_fail > self.hit_rate_warn:
            late.append("hit_rate_fail is above hit_rate_warn")
        if self.prefix_miss_fail < self.prefix_miss_warn:
            late.append("prefix_miss_fail is below prefix_miss_warn")
        if late:
            raise ValueError(f"{' and '.join(late)}, so the warning would never be seen")


class ScopeTiers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The lifetime that is asked for at the end of each scope; unset, the provider's default."""

    service: Tier | None = None
    assignment: Tier | None = None

    def named(self) -> dict[str, str]:
        """Return the tiers that were chosen, by scope."""
        return {scope: tier for scope, tier in msgspec.structs.asdict(self).items() if tier is not None}


class BenchPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[bench]: the workload, its pace and where its results go.

    `fixture` is the name of a built-in workload; `model` overrides the provider's. `rpm` and `itpm` are
    requests and input tokens a minute. `out` is a folder, made when it is missing.
    """

    fixture: Name = "smoke"
    model: Name | None = None
    ttl: ScopeTiers = ScopeTiers()
    rpm: Positive = 50
    itpm: Positive = 28_000
    concurrency: Positive = 8
    jitter_ms: Jitter = Jitter(50, 150)
    out: Name = "samovar-runs"
    thresholds: Thresholds = Thresholds()


class TokenPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[tokens]: how tokens are counted where no public tokenizer is exact."""

    claude: Literal["estimate", "chars/4"] = "estimate"


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of `samovar.toml`. `Policy()` is what holds without a file.

    `accounts` has by name the last characters of the credentials that share every budget, "*" for all others.
    """

    provider: ProviderPolicy = ProviderPolicy()
    bench: BenchPolicy = BenchPolicy()
    tokens: TokenPolicy = TokenPolicy()
    protect: ProtectPolicy = ProtectPolicy()
    budgets: dict[Name, Budget] = {}
    accounts: dict[Name, list[End]] = {}
    ledger: LedgerPolicy = LedgerPolicy()
    lint: LintPolicy = LintPolicy()
    smoke: SmokePolicy = SmokePolicy()

    def __post_init__(self) -> None:
        """Refuse a credential that two accounts would have, without repeating it."""
        ends = [end for account in self.accounts.values() for end in account]
        if len(ends) > len(set(ends)):
            raise Contradiction({"accounts": 'the same end of a credential, or "*", is given twice'})


def load_policy(data: bytes, where: str = "samovar.toml") -> Policy:
    """Return the policy in a file's bytes; raises `ConfigInvalid` with all its mistakes."""
    return read_config(Policy, data, where)
