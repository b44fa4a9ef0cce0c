"""A finding: one cause with its place and evidence, before it becomes part of a verdict."""

from __future__ import annotations

import msgspec

from samovar.attribution.values import Parted  # noqa: TC001  # msgspec reads the annotations at run time


class Finding(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Why a call read less than it should have.

    `also` are further causes that hold; `ruled_out` what was looked at and is not it. `tier` is the lifetime
    of the entry that was not read, and `idle` its age in seconds, where they matter for the cure.
    """

    cause: str
    level: str
    path: str | None = None
    offset: int | None = None
    detail: str | None = None
    confidence: str = "certain"
    also: tuple[str, ...] = ()
    ruled_out: tuple[str, ...] = ()
    values: Parted | None = None
    tier: str = ""
    idle: float = 0.0
    position: int = 0
    partner: str | None = None
    """Id of the call that was compared, where it is another than the one with the longest common prefix."""
