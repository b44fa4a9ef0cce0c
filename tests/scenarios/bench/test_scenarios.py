"""The six ways in which a benchmark of 2025 came to wrong conclusions from right numbers.

Each `.toml` file beside this one is a scenario. It passes; and without any one of its guards it fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.scenarios.bench.play import Guard, play, scenarios

if TYPE_CHECKING:
    from pathlib import Path

SCENARIOS = scenarios()


@pytest.mark.parametrize("name", list(SCENARIOS))
def test_it_is_impossible_or_loud(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command does what its scenario says."""
    play(SCENARIOS[name], tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("name", "guard"),
    [pytest.param(n, g, id=f"{n}: {g.name}") for n, scenario in SCENARIOS.items() for g in scenario.guards],
)
def test_without_its_guard_it_happens(
    name: str, guard: Guard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scenario that no missing guard could fail would prove nothing."""
    with pytest.raises(AssertionError):
        play(SCENARIOS[name], tmp_path, monkeypatch, guard)


def test_all_six_are_here() -> None:
    """One file each, with the story and at least two guards."""
    assert len(SCENARIOS) == 6
    assert all(len(scenario.guards) >= 2 for scenario in SCENARIOS.values())
