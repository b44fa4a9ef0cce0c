"""What a provider's API takes and sends beside prompts: versions, geographies, the values of a marker."""

from __future__ import annotations

from functools import cache
from typing import Final

import msgspec

from samovar.providers.facts import facts

FORCED: Final = frozenset({"tool", "any"})
"""Types of a tool choice of Anthropic's that force a call."""


class ApiVersions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Values of the header `anthropic-version`: what the SDK sends by default, and what it sent before."""

    default: str
    before: str


class MarkerValues(msgspec.Struct, frozen=True):
    """What a cache marker may say of its type and lifetime."""

    types: tuple[str, ...]
    ttls: tuple[str, ...]


class _Limit(msgspec.Struct):
    bytes: int


class _Residency(msgspec.Struct):
    inference_geo: tuple[str, ...]


@cache
def api_versions() -> ApiVersions:
    """Return Anthropic's versions."""
    return facts().fact("anthropic.version").read(ApiVersions)


@cache
def marker_values() -> MarkerValues:
    """Return what `cache_control` takes."""
    return facts().fact("anthropic.error.marker").read(MarkerValues)


@cache
def body_limit() -> int:
    """Return the bytes that a request of the Messages API may have."""
    return facts().fact("anthropic.limits.body").read(_Limit).bytes


@cache
def geographies() -> tuple[str, ...]:
    """Return the values of `inference_geo`."""
    return facts().fact("anthropic.residency").read(_Residency).inference_geo


def listed(values: tuple[str, ...]) -> str:
    """Return values as Anthropic's messages list them: 'us' or 'global'."""
    return " or ".join(f"'{value}'" for value in values)
