"""What a baseline knows is let through as often as it was there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from samovar.errors import InputUnreadable
from samovar.lint.baseline import read_baseline, unknown, write_baseline
from samovar.lint.finding import Confidence, Finding, Severity

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
    baseline = read_baseline(write_baseline([FOUND]), "base.json")
    assert bool(unknown([later], baseline)) is new


def test_one_more_of_the_same_is_new() -> None:
    """Two were known, so a third is told."""
    baseline = read_baseline(write_baseline([FOUND, FOUND]), "base.json")
    assert unknown([FOUND] * 3, baseline) == (FOUND,)


@pytest.mark.parametrize(
    "data", [b"", b"[]", b'{"version": 2, "known": {}}', b'{"version": 1, "known": {"x": "y"}}']
)
def test_what_is_no_baseline_is_refused(data: bytes) -> None:
    """With what to do about it."""
    with pytest.raises(InputUnreadable, match=r"base\.json"):
        read_baseline(data, "base.json")
