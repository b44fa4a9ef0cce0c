"""Token usage in disjoint classes. Absent is not zero: a class the provider did not report is None."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  # msgspec reads the annotations at run time
from typing import Final

import msgspec

IMPOSSIBLE: Final = "impossible"
"""The member of `extra` that says which count of the input no call can have."""


class Usage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Tokens of one call; no token is in two classes.

    `cache_write` maps a TTL tier ("5m", "1h", "30m", "12h", or "" where the provider does not say) to
    the tokens written in it; None when the provider reported nothing about writes.
    `stated_input` is the provider's own total of input tokens where it reports one.
    """

    uncached_input: int | None = None
    cache_read: int | None = None
    cache_write: Mapping[str, int] | None = None
    output: int | None = None
    stated_input: int | None = None
    extra: Mapping[str, str] = {}
    """What else decides the price: service_tier, inference_geo, speed; server_tools where such were used;
    cost, in USD, where a router or provider states it."""
    samplings: tuple[Sampling, ...] = ()
    """What the same call sampled besides and the classes leave out."""

    @property
    def written(self) -> int | None:
        """Tokens written over all tiers."""
        return None if self.cache_write is None else sum(self.cache_write.values())

    def classes(self) -> dict[str, int | None]:
        """Return the tokens by class, in the words of reports, records and metrics; None is not reported."""
        return {
            "uncached": self.uncached_input,
            "read": self.cache_read,
            "written": self.written,
            "output": self.output,
        }

    @property
    def reports_cache(self) -> bool:
        """Whether the provider said what it read, or that it wrote. That it wrote nothing tells nothing."""
        return self.cache_read is not None or bool(self.written)

    @property
    def total_input(self) -> int | None:
        """All input tokens, or None when a class that is needed for the sum is missing."""
        if self.uncached_input is None:
            return self.stated_input
        written = self.cache_write
        return self.uncached_input + (self.cache_read or 0) + (sum(written.values()) if written else 0)


class Sampling(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One more sampling inside a call: what `usage.iterations` calls `compaction` or `advisor_message`."""

    kind: str
    model: str = ""
    """"" for the call's own."""
    usage: Usage
