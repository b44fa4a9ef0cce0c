"""Scores recover what the essays were made with."""

from __future__ import annotations

from itertools import combinations

import msgspec
import pytest

from samovar.bench.fixture import built_in
from samovar.bench.scores import scores_of
from samovar.bench.settings import Settings
from samovar.errors import InputUnreadable
from tests.bench.runs import bench


@pytest.mark.parametrize("seed", range(3))
def test_the_hidden_order_is_recovered(seed: int) -> None:
    """Kendall's τ between scores and hidden qualities is at least 0.8 on the full fixture."""
    [scores] = scores_of(bench(Settings(seed=seed), fixture="full").outcome.run)
    [assignment] = built_in("full").assignments
    quality = {e.id: e.quality or 0.0 for e in (*assignment.anchors, *assignment.students)}
    found = {row.essay: row.score for row in scores.essays}
    assert set(found) == set(quality)
    pairs = list(combinations(quality, 2))
    agree = sum((found[a] - found[b]) * (quality[a] - quality[b]) > 0 for a, b in pairs)
    assert (2 * agree - len(pairs)) / len(pairs) >= 0.8


def test_scores_are_centred_and_uncertain() -> None:
    """Every score has a standard error; an essay that won everything has a finite score and a larger one."""
    [scores] = scores_of(bench(fixture="full").outcome.run)
    assert sum(row.score for row in scores.essays) == pytest.approx(0, abs=1e-2)
    assert all(0 < row.error < 5 for row in scores.essays)
    assert [row.rank for row in scores.essays] == list(range(1, 21))
    assert scores.comparisons + scores.unusable == 100


def test_groups_that_never_met_are_not_ranked_together() -> None:
    """A run that broke off may leave essays without a common scale."""
    run = bench().outcome.run
    rows = [row for row in run.requests if row.phase != "cold"]
    apart = [
        rows[0],
        next(r for r in rows if not {*r.labels.values()} & {*rows[0].labels.values()} - {"tram-depot"}),
    ]
    with pytest.raises(InputUnreadable, match="never compared"):
        scores_of(msgspec.structs.replace(run, requests=tuple(apart)))


def test_a_run_without_judgements_says_so() -> None:
    """Nothing to rank is not an empty ranking."""
    run = bench().outcome.run
    with pytest.raises(InputUnreadable, match="no judgement"):
        scores_of(msgspec.structs.replace(run, requests=()))
