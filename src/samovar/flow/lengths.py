"""Which boundaries a call has read, by what its provider reports.

Bytes say little of tokens: a table of numbers has twice as many for its size as prose. So a boundary is
judged by its own reported length as soon as there is one; until then by which boundary the read is nearest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.call.memo import Memo
from samovar.flow.role import Role
from samovar.flow.steps import Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samovar.flow.steps import Boundary
    from samovar.providers.usage import Usage

SLACK = 0.9
"""A read that ends within a tenth of a boundary's length ends at that boundary."""
KNOWN = 20_000
"""Boundaries whose lengths are remembered."""


class Lengths:
    """What reports have shown of the lengths of boundaries, in tokens. Threads may share it."""

    __slots__ = ("_exact", "_most")

    def __init__(self) -> None:
        self._exact: Memo[bytes, int] = Memo(KNOWN)
        self._most: Memo[bytes, int] = Memo(KNOWN)

    def of(self, boundary: Boundary, estimate: float) -> tuple[float, bool]:
        """Return a boundary's length and whether it is exact; it is no longer than any prompt it begins."""
        exact = self._exact.get(boundary.name)
        if exact is not None:
            return exact, True
        most = self._most.get(boundary.name)
        return (estimate if most is None else min(most, estimate)), False

    def end_at(self, boundary: Boundary, tokens: int) -> None:
        """Take in a boundary's exact length."""
        if self._exact.get(boundary.name) != tokens:
            self._exact.put(boundary.name, tokens)

    def begin(self, boundary: Boundary, total: int) -> None:
        """Take in that a prompt of `total` tokens begins with a boundary."""
        most = self._most.get(boundary.name)
        if most is None or total < most:
            self._most.put(boundary.name, total)


def verdicts(
    boundaries: Sequence[Boundary],
    roles: Sequence[Role],
    usage: Usage,
    scale: float,
    *,
    marked: int = 0,
    lengths: Lengths | None = None,
) -> list[Report | None]:
    """Return what a usage says about each boundary, None for nothing.

    `scale` is by how much estimates are off. `marked` estimates the tokens up to the last marker, where
    markers alone say what is kept and the provider reports what it wrote: that much it has read or written.
    """
    read, written = usage.cache_read or 0, usage.written
    deepest = read + written if marked and written is not None else 0
    if deepest:
        scale = deepest / marked
    known = lengths or Lengths()
    told: list[Report | None] = []
    before = 0.0
    for boundary, role in zip(boundaries, roles, strict=False):
        if deepest and boundary.tokens == marked:
            known.end_at(boundary, deepest)
        length, exact = known.of(boundary, boundary.tokens * scale)
        least = SLACK * length if exact else min(SLACK * length, (before + length) / 2)
        # Where everything that is marked was read, nothing was missed.
        hit = read > 0 and (read == deepest or read >= least)
        told.append(Report.HIT if hit else _unread(role, usage))
        before = length
    total = usage.total_input
    if total and boundaries:
        known.begin(boundaries[-1], total)
    return told


def _unread(role: Role, usage: Usage) -> Report | None:
    if role is Role.LEAD:
        # A provider that reports writes and wrote nothing is not caching this prefix.
        nothing = usage.cache_write is not None and not usage.written and not usage.cache_read
        return Report.NEVER if nothing else None
    return Report.MISS if role in (Role.VERIFY, Role.READ) else None


def scale_of(usage: Usage, estimated: int) -> float:
    """Return by how much estimates are off, by a call's own total; `estimated` are all its input tokens."""
    total = usage.total_input
    return total / estimated if total and estimated else 1.0
