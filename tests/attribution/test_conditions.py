"""Conditions that make a log a finding."""

from __future__ import annotations

import pytest

from samovar.attribution.conditions import conditions
from samovar.attribution.explanation import Pattern, Summary, Tally
from samovar.errors import YoursError

SUMMARY = Summary(
    by_cause={"tools-changed": Tally(calls=2)},
    by_verdict={"miss": 2, "hit": 6},
    total=Tally(calls=8, read=600, written=300, uncached=100, lost=50, cost_usd=2.0, avoidable_usd=0.5),
    hits=6,
    rated=8,
    skipped=3,
)
PATTERNS = [Pattern(name="stampede", calls=("x",), count=2, detail="")]


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("avoidable-usd>0.4", True),
        ("avoidable-usd>0.5", False),
        ("avoidable-usd>=0.5", True),
        ("lost-usd>0", False),
        ("cost-usd < 3", True),
        ("lost-tokens>49", True),
        ("hit-rate<0.8", True),
        ("hit-rate<=0.75", True),
        ("hit-rate<0.75", False),
        ("token-hit-rate<0.61", True),
        ("skipped>2", True),
        ("cause=tools-changed", True),
        ("cause=model-changed", False),
        ("verdict=rejected", False),
        ("pattern=stampede", True),
    ],
)
def test_a_condition(text: str, holds: bool) -> None:
    """Each says in its own words what it is."""
    (condition,) = conditions(text)
    assert condition.holds(SUMMARY, PATTERNS) is holds
    assert str(condition) == text.replace(" ", "")


def test_a_rate_over_nothing_meets_nothing() -> None:
    """A log of first sights is neither good nor bad."""
    for text in ("hit-rate<1", "hit-rate>0", "token-hit-rate<1"):
        assert not conditions(text)[0].holds(Summary(), [])


@pytest.mark.parametrize("text", ["", " , ,"])
def test_no_condition(text: str) -> None:
    """A gate that can never close, such as one from a variable that is not set, is a mistake."""
    with pytest.raises(YoursError):
        conditions(text)


@pytest.mark.parametrize(
    "text",
    [
        "avoidable>1",
        "hit-rate=1",
        "cause>x",
        "cause=no",
        "verdict=lost",
        "pattern=stampedes",
        "skipped>x",
        "avoidable-usd>nan",
        "hit-rate<inf",
        ">1",
        "a b",
    ],
)
def test_what_is_no_condition_says_what_is(text: str) -> None:
    """With the names that there are."""
    with pytest.raises(YoursError) as caught:
        conditions(text)
    assert caught.value.advice
