"""How long a provider keeps what it cached: by tier, and at most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from samovar.providers.rules import CacheRules, Lifetime

LONGEST: Final = 3_600.0
"""Seconds that are looked back at least, where the rules name no longer lifetime."""
UNBOUNDED: Final = 7 * 86_400.0
"""Idle seconds after which even a cache without lifetimes is taken to have let go."""


def lifetime(rules: CacheRules, tier: str) -> Lifetime:
    """Return the lifetime of a tier; of an unknown one the shortest, of none named the provider's default."""
    name = tier or rules.default_ttl
    for known in rules.lifetimes:
        if known.name == name:
            return known
    return rules.lifetimes[-1]


def longest(rules: CacheRules) -> float:
    """Return the longest lifetime that the provider sells, in seconds."""
    return min(max([LONGEST, *[tier.may for tier in rules.lifetimes]]), UNBOUNDED)
