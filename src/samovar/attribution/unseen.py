"""Markers that a log does not show, told by what the provider wrote and read.

Spans of OpenTelemetry have no place for markers, and gateways set them behind the log. A provider that caches
at markers only wrote and read up to one all the same: where the tokens of both end, it stood.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samovar.prefix.prompt import Marker
from samovar.providers.rules import MarkerRules
from samovar.record.verdict import NEGLIGIBLE

if TYPE_CHECKING:
    from samovar.prefix.prompt import Prompt
    from samovar.providers.usage import Usage
    from samovar.record import Observation

MOST: Final = 2_000


class UnseenMarkers:
    """Knows the ways on which marked calls come without their markers."""

    def __init__(self) -> None:
        """Begin without any."""
        self._ways: set[tuple[str, str]] = set()

    def of(self, prompt: Prompt, obs: Observation) -> Marker | None:
        """Return the last marker of a body that shows none, None where nothing tells of one.

        Only markers make a provider write. A read alone may be of a cache that it keeps by itself, unless
        calls on the same way were seen to write.
        """
        if not isinstance(prompt.rules, MarkerRules) or prompt.markers or not prompt.chain:
            return None
        way = (obs.provider, obs.model)
        if (obs.usage.written or 0) > NEGLIGIBLE and len(self._ways) < MOST:
            self._ways.add(way)
        return _marker(prompt, obs.usage) if way in self._ways else None


def _marker(prompt: Prompt, usage: Usage) -> Marker | None:
    cached = (usage.written or 0) + (usage.cache_read or 0)
    total, estimate = usage.total_input or 0, prompt.hi[-1]
    if cached <= NEGLIGIBLE or not total or not estimate:
        return None
    scale = total / estimate
    position = min(range(len(prompt.hi)), key=lambda at: abs(prompt.hi[at] * scale - cached))
    tiers = [tier for tier, tokens in (usage.cache_write or {}).items() if tokens and tier]
    return Marker(position, tiers[-1] if tiers else prompt.default_ttl)
