"""What the user decided: `samovar.toml` and other TOML files, frozen, typed, all mistakes told at once."""

from __future__ import annotations

from samovar.policy.reading import read_config
from samovar.policy.schema import (
    BenchPolicy,
    Jitter,
    Policy,
    ProviderPolicy,
    Thresholds,
    TokenPolicy,
    load_policy,
)

__all__ = [
    "BenchPolicy",
    "Jitter",
    "Policy",
    "ProviderPolicy",
    "Thresholds",
    "TokenPolicy",
    "load_policy",
    "read_config",
]
