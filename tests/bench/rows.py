"""Rows of an artefact for tests: a warm call that read all of its prefix, and what a test says instead."""

from __future__ import annotations

import msgspec

from samovar.report.bench import Boundary, Expected, Range, Request, Tokens

NOTHING = Range(lo=0, hi=0)
PLAIN = Request(
    id="c",
    attempt=1,
    phase="main",
    prefix="p",
    verdict="hit",
    detail=None,
    sent=0.0,
    first_byte=0.5,
    ended=1.0,
    status=200,
    error=None,
    retry_after=None,
    reported=Tokens(read=10_000, written={}, uncached=100, output=10),
    expected=Expected(read=NOTHING, written=NOTHING, uncached=NOTHING),
    potential=Range(lo=10_000, hi=10_000),
    agrees=True,
    scopes={},
    boundaries=(Boundary(name="b", tokens=Range(lo=10_000, hi=10_000)),),
    ttl_violation=None,
    cost_usd=0.01,
    uncached_cost_usd=0.02,
    prompt_sha256="",
    labels={},
)


def row(number: int = 0, **given: object) -> Request:
    """Return a row, one second after the one before."""
    return msgspec.structs.replace(PLAIN, **{"id": f"c{number}", "sent": float(number), **given})


def tokens(read: int, written: int = 0, uncached: int = 100) -> Tokens:
    """Return what was reported."""
    return Tokens(read=read, written={"5m": written} if written else {}, uncached=uncached, output=10)
