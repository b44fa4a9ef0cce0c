"""What the user decided: `samovar.toml` and other TOML files, frozen, typed, all mistakes told at once."""

from __future__ import annotations

from samovar.policy.lint import LintPolicy
from samovar.policy.protect import Budget, LedgerPolicy, ProtectPolicy, RetryPolicy
from samovar.policy.reading import Contradiction, read_config
from samovar.policy.schema import (
    BenchPolicy,
    Jitter,
    Policy,
    ProviderPolicy,
    ScopeTiers,
    Thresholds,
    Tier,
    TokenPolicy,
    load_policy,
)
from samovar.policy.smoke import SmokePolicy

__all__ = [
    "BenchPolicy",
    "Budget",
    "Contradiction",
    "Jitter",
    "LedgerPolicy",
    "LintPolicy",
    "Policy",
    "ProtectPolicy",
    "ProviderPolicy",
    "RetryPolicy",
    "ScopeTiers",
    "SmokePolicy",
    "Thresholds",
    "Tier",
    "TokenPolicy",
    "load_policy",
    "read_config",
]
