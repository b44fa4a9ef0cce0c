"""The corpus of incidents: what a linter of one rendered request must report, and where it must be silent."""

from __future__ import annotations

import pytest

from tests.lint.scorer import Score, score, subjects


@pytest.fixture(scope="module")
def result() -> Score:
    """Return the score over all bodies, and over logs with findings."""
    return score(subjects())


def test_expected_findings_are_made_at_their_path(result: Score) -> None:
    """By name and JSON path, letter by letter."""
    assert result.expected >= 80
    assert result.recall >= 0.95, result.failures


def test_controls_are_silent(result: Score) -> None:
    """Nothing is said at the default confidence about a body that has no defect."""
    assert result.quiet >= 20
    assert result.silent == result.quiet, result.failures


def test_little_is_said_beside_what_is_expected(result: Score) -> None:
    """Other findings in a body with a defect are few: each has to be read by somebody."""
    assert len(result.extra) <= result.expected / 8, result.extra
