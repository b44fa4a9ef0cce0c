"""What a baseline knows is let through as often as it was there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from samovar.errors import InputUnreadable
from samovar.lint.baseline import digest, read_baseline, unknown, write_baseline
from samovar.lint.finding import Confidence, Finding, Severity

KEY = bytes(16)
FOUND = Finding(
    code="MK004",
    name="marker-missing",
    severity=Severity.HIGH,
    confidence=Confidence.LIKELY,
    file="a.json",
    line=3,
    column=1,
    level="system",
    path="system",
    message="no marker: some 5,172 tokens that stay the same are paid in full each time",
)


@pytest.mark.parametrize(
    ("later", "new"),
    [
        (FOUND, False),
        (replace(FOUND, line=9, column=4), False),
        (replace(FOUND, message=FOUND.message.replace("5,172", "980")), False),
        (replace(FOUND, message="no marker at all"), True),
        (replace(FOUND, path="system[1]"), True),
        (replace(FOUND, file="b.json"), True),
        (replace(FOUND, code="MK005"), True),
    ],
)
def test_a_finding_is_known_by_what_it_says_and_where(later: Finding, new: bool) -> None:
    """Lines move and numbers change with every edit nearby; another place or sentence is another finding."""
    baseline = read_baseline(write_baseline([FOUND], KEY), "base.json")
    assert bool(unknown([later], baseline)) is new


def test_one_more_of_the_same_is_new() -> None:
    """Two were known, so a third is told."""
    baseline = read_baseline(write_baseline([FOUND, FOUND], KEY), "base.json")
    assert unknown([FOUND] * 3, baseline) == (FOUND,)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"version": 3, "known": {}}',
        b'{"version": 2, "known": {}, "key": "xy"}',
        b'{"version": 1, "known": {"x": "y"}}',
    ],
)
def test_what_is_no_baseline_is_refused(data: bytes) -> None:
    """With what to do about it."""
    with pytest.raises(InputUnreadable, match=r"base\.json"):
        read_baseline(data, "base.json")


@pytest.mark.parametrize("value", ["john.smith@othercorp.com", "jane.millet@northwind.com"])
def test_another_value_under_the_same_mask_is_new(value: str) -> None:
    """Neither another person's data nor another key is what was known."""
    known = replace(FOUND, about=("jane.miller@northwind.com",))
    baseline = read_baseline(write_baseline([known], KEY), "base.json")
    assert unknown([replace(known, line=7)], baseline) == ()
    assert unknown([replace(known, about=(value,))], baseline)
    assert unknown([replace(known, about=(*known.about, value))], baseline)


def test_a_baseline_tells_nobody_which_value_it_was() -> None:
    """Not the value, and of its digest so little that most guesses cannot be told from it."""
    shown = {
        write_baseline([replace(FOUND, about=(f"+49 171 {number:07}",))], KEY) for number in range(200_000)
    }
    assert len(shown) <= 1 << 16


def test_two_baselines_know_a_value_by_different_digests() -> None:
    """Each has a key of its own."""
    known = replace(FOUND, about=("jane.miller@northwind.com",))
    first, second = (
        read_baseline(write_baseline([known], key), "b") for key in (KEY, b"another key that is used")
    )
    assert set(first.known).isdisjoint(second.known)


def test_a_baseline_of_the_first_version_is_still_read() -> None:
    """It knows findings by their words."""
    old = b'{"version": 1, "known": {"%s": 1}}' % digest(FOUND).encode()
    assert unknown([FOUND], read_baseline(old, "base.json")) == ()
