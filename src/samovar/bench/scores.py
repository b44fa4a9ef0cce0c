"""Bradley-Terry scores from the judgements of a run: no essay text is needed, winners are enough.

The model (Bradley and Terry, Biometrika 39, 1952): an essay of score a beats one of score b with
probability 1 / (1 + exp(b - a)). Scores are centred on 0; standard errors come from the observed
information. A weak prior keeps an essay that always wins from going to infinity.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from samovar.bench.summary import COLD, last_attempts
from samovar.errors import InputUnreadable, MissingExtra

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from samovar.report.bench import Run

PRIOR = 0.05
"""Precision of the prior on a score: its standard deviation is 4.5, wider than essays of one class differ."""


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """One essay: `score` in log-odds with its standard error, `rank` from 1, comparisons won and lost."""

    essay: str
    score: float
    error: float
    rank: int
    won: int
    lost: int


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """The essays of one assignment, best first. `unusable` judgements were paid for and left out."""

    assignment: str
    essays: tuple[Score, ...]
    comparisons: int
    unusable: int


@dataclass(frozen=True, slots=True)
class _Game:
    winner: str
    loser: str


def scores_of(run: Run) -> list[Scores]:
    """Return the scores by assignment. Raise `MissingExtra`, `InputUnreadable`."""
    games: dict[str, list[_Game]] = {}
    unusable: Counter[str] = Counter()
    for row in last_attempts(run.requests):
        if row.phase == COLD or row.judgement is None:
            continue
        assignment = row.labels.get("assignment", "")
        left, right = row.labels.get("left"), row.labels.get("right")
        pairs = games.setdefault(assignment, [])
        if row.judgement.validation_error or left is None or right is None:
            unusable[assignment] += 1
        elif row.judgement.winner == "left":
            pairs.append(_Game(left, right))
        else:
            pairs.append(_Game(right, left))
    if not any(games.values()):
        raise InputUnreadable(
            "this run holds no judgement that could be used.",
            "Score a run of comparisons, --fixture or --fixture-path.",
        )
    return [_scored(name, found, unusable[name]) for name, found in games.items() if found]


def _scored(assignment: str, games: Sequence[_Game], unusable: int) -> Scores:
    """Fit one assignment."""
    names = sorted({name for game in games for name in (game.winner, game.loser)})
    if len(list(_connected(names, games))) > 1:
        raise InputUnreadable(
            f"the comparisons of {assignment or 'this run'} fall into groups that were never compared with "
            "each other.",
            "Scores of different groups have no common scale: finish the run first.",
        )
    place = {name: i for i, name in enumerate(names)}
    fitted, errors = _fit(len(names), [(place[game.winner], place[game.loser]) for game in games])
    won = Counter(game.winner for game in games)
    lost = Counter(game.loser for game in games)
    order = sorted(names, key=lambda name: -fitted[place[name]])
    return Scores(
        assignment=assignment,
        essays=tuple(
            Score(
                essay=name,
                score=round(fitted[place[name]], 4),
                error=round(errors[place[name]], 4),
                rank=rank,
                won=won[name],
                lost=lost[name],
            )
            for rank, name in enumerate(order, 1)
        ),
        comparisons=len(games),
        unusable=unusable,
    )


def _fit(count: int, games: list[tuple[int, int]]) -> tuple[list[float], list[float]]:
    """Return scores and standard errors of `count` items from (winner, loser) pairs."""
    try:
        # Imported here: an optional part, and slow to load.
        import choix  # noqa: PLC0415  # the reason is the line above
        import numpy as np  # noqa: PLC0415  # as above
    except ImportError as error:
        raise MissingExtra("scores need the package choix.", "pip install 'samovar[bench]'") from error
    fitted = choix.opt_pairwise(count, games, alpha=PRIOR)
    fitted = fitted - fitted.mean()
    information = np.eye(count) * PRIOR
    for winner, loser in games:
        odds = 1.0 / (1.0 + np.exp(fitted[loser] - fitted[winner]))
        weight = odds * (1.0 - odds)
        information[winner, winner] += weight
        information[loser, loser] += weight
        information[winner, loser] -= weight
        information[loser, winner] -= weight
    # Centring takes out the one direction that comparisons say nothing about.
    centre = np.eye(count) - 1.0 / count
    spread = centre @ np.linalg.inv(information) @ centre
    return [float(x) for x in fitted], [float(x) for x in np.sqrt(np.diag(spread))]


def _connected(names: Iterable[str], games: Iterable[_Game]) -> Iterable[set[str]]:
    """Yield the groups of essays that are linked by comparisons."""
    neighbours: dict[str, set[str]] = {name: set() for name in names}
    for game in games:
        neighbours[game.winner].add(game.loser)
        neighbours[game.loser].add(game.winner)
    left = set(neighbours)
    while left:
        group, edge = set(), [left.pop()]
        while edge:
            name = edge.pop()
            group.add(name)
            edge += neighbours[name] - group
        left -= group
        yield group
