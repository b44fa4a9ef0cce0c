"""What is known of prefixes: found where it was left, and forgotten for good."""

from __future__ import annotations

import gc

from samovar.attribution.spots import AT_HAND, Spot, Spots
from samovar.attribution.turn import NO_SPOTS, Turn


def turn(*chain: bytes, before: Turn | None = None) -> Turn:
    """Return a turn that has nothing but a chain, and goes on with another if one is given."""
    made = Turn.__new__(Turn)
    made.chain = chain
    made.spots, made.age = NO_SPOTS
    made.predecessor, made.goes_on = before, before is not None
    return made


def test_equal_prefixes_have_one_spot() -> None:
    """However a call comes to it: by its digest, or from the call that it goes on with."""
    spots = Spots()
    first, other = turn(b"a", b"b"), turn(b"a", b"c")
    again = turn(b"a", b"b", b"d", before=first)
    row = spots.of(first)
    assert spots.of(other)[0] is row[0]
    assert spots.of(other)[1] is not row[1]
    assert list(spots.of(again)[:2]) == list(row)
    assert spots.of(turn(b"a", b"b", b"d"))[2] is spots.of(again)[2]


def test_positions_that_nobody_renders_have_the_spot_before_them() -> None:
    """Their digest is that of the last that is rendered."""
    row = Spots().of(turn(b"a", b"a", b"b"))
    assert row[0] is row[1] is not row[2]


def test_what_was_used_lately_is_kept() -> None:
    """At least the capacity, and what is used stays; all else is new again."""
    spots = Spots(capacity=4)
    used, left = turn(b"used"), turn(b"left")
    kept, gone = spots.of(used)[0], spots.of(left)[0]
    for at in range(20):
        spots.of(turn(b"%d" % at))
        assert spots.of(turn(b"used"))[0] is kept
    assert spots.of(turn(b"left"))[0] is not gone
    assert len(list(spots.values())) <= 8


def test_old_turns_keep_no_spots_that_were_forgotten() -> None:
    """A turn may be held by others for long; what was known of its prefixes goes with the rest."""
    gc.collect()
    before = sum(isinstance(found, Spot) for found in gc.get_objects())  # what other tests have left
    spots = Spots(capacity=10)
    turns = [turn(b"%d" % at) for at in range(AT_HAND + 100)]
    for each in turns:
        spots.of(each)[0].count("model", 1)
    held = [each for each in turns if each.spots]
    assert len(held) == AT_HAND
    del each
    gc.collect()
    assert sum(isinstance(found, Spot) for found in gc.get_objects()) <= before + AT_HAND + 20
