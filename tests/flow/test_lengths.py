"""A read is judged by the boundary's own length, whatever the rest of the prompt is made of."""

from __future__ import annotations

import pytest

from samovar.flow.lengths import Lengths, scale_of, verdicts
from samovar.flow.role import Role
from samovar.flow.steps import Boundary, Report
from samovar.providers.usage import Usage

PREFIX = Boundary(b"x", 14_000, 300.0)
TOOLS = Boundary(b"t", 5_000, 300.0)
SYSTEM = Boundary(b"s", 10_000, 300.0)
TURN = Boundary(b"u", 14_000, 300.0)
READS = (Role.READ, Role.READ, Role.READ)


def marked(read: int, written: int, rest: int) -> Usage:
    """Return what a provider reports that says what it wrote."""
    return Usage(uncached_input=rest, cache_read=read, cache_write={"5m": written})


def unmarked(read: int, rest: int) -> Usage:
    """Return what a provider reports that does not."""
    return Usage(uncached_input=rest, cache_read=read)


@pytest.mark.parametrize(
    ("role", "read", "written", "report"),
    [
        (Role.VERIFY, 14_000, 0, Report.HIT),
        (Role.VERIFY, 0, 14_000, Report.MISS),
        (Role.VERIFY, 10_000, 4_000, Report.MISS),
        (Role.READ, 14_000, 0, Report.HIT),
        (Role.READ, 0, 14_000, Report.MISS),
        (Role.LEAD, 0, 14_000, None),
        (Role.LEAD, 14_000, 0, Report.HIT),
        (Role.LEAD, 0, 0, Report.NEVER),
        (Role.FREE, 0, 14_000, None),
        (Role.FREE, 14_000, 0, Report.HIT),
    ],
)
def test_what_a_usage_says_about_a_boundary(
    role: Role, read: int, written: int, report: Report | None
) -> None:
    """A read that ends about where the boundary is, is a read of it."""
    usage = Usage(uncached_input=14_050 - read - written, cache_read=read, cache_write={"5m": written})
    assert verdicts((PREFIX,), (role,), usage, scale_of(usage, 14_050), marked=14_000) == [report]


def test_estimates_that_are_off_are_put_right_by_the_calls_own_total() -> None:
    """Estimated at 10,000 of 10,040 tokens, 13,000 of 13,052 were counted: a read of 13,000 is all of it."""
    for read, said in ((13_000, Report.HIT), (6_000, Report.MISS)):
        usage = unmarked(read, 13_052 - read)
        assert verdicts((SYSTEM,), (Role.VERIFY,), usage, scale_of(usage, 10_040)) == [said]


@pytest.mark.parametrize("usage", [marked(10_000, 0, 50_000), unmarked(10_000, 8_000)])
def test_a_dense_rest_of_the_prompt_makes_no_miss_of_a_full_read(usage: Usage) -> None:
    """As many bytes of numbers as of prose, with up to twice and more of its tokens."""
    estimated = 10_000 if usage.cache_write is not None else 0
    scale = scale_of(usage, 14_000) if usage.cache_write is None else 3.0
    assert verdicts((SYSTEM,), (Role.READ,), usage, scale, marked=estimated) == [Report.HIT]


def test_a_prompt_that_was_short_shows_how_long_its_prefix_is_at_most() -> None:
    """Where writes are not reported: 10,100 tokens with a greeting, so no table of numbers adds to it."""
    lengths = Lengths()
    dense = unmarked(10_000, 30_000)
    assert verdicts((SYSTEM,), (Role.READ,), dense, 2.5, lengths=Lengths()) == [Report.MISS]
    verdicts((SYSTEM,), (Role.READ,), unmarked(10_000, 100), 1.0, lengths=lengths)
    assert verdicts((SYSTEM,), (Role.READ,), dense, 2.5, lengths=lengths) == [Report.HIT]
    assert verdicts((SYSTEM,), (Role.READ,), unmarked(4_000, 36_000), 2.5, lengths=lengths) == [Report.MISS]


def test_a_boundary_that_was_the_last_is_judged_by_what_was_reported_then() -> None:
    """Its turn was read and written to 9,000 tokens; the next turn is dense, and its read ends there."""
    lengths = Lengths()
    verdicts((SYSTEM,), (Role.LEAD,), marked(0, 9_000, 50), 1.0, marked=10_000, lengths=lengths)
    grown = (TOOLS, SYSTEM, Boundary(b"n", 11_000, 300.0))
    roles = (Role.READ, Role.READ, Role.LEAD)
    for read, said in ((9_000, Report.HIT), (8_000, Report.MISS)):
        usage = marked(read, 20_000 - read, 50)
        told = verdicts(grown, roles, usage, 1.0, marked=11_000, lengths=lengths)
        assert told[1:] == [said, None]


def test_a_read_that_ends_at_a_shorter_boundary_misses_the_longer_ones() -> None:
    """What is marked behind it was written by this call."""
    told = verdicts((TOOLS, SYSTEM, TURN), READS, marked(5_100, 9_000, 9_000), 1.5, marked=14_000)
    assert told == [Report.HIT, Report.MISS, Report.MISS]
    told = verdicts((TOOLS, SYSTEM, TURN), READS, marked(10_100, 4_000, 9_000), 1.5, marked=14_000)
    assert told == [Report.HIT, Report.HIT, Report.MISS]
