"""The corpus of incident cases: verdict, cause, level, path, findings, controls."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from samovar.attribution.causes import BY_NAME, CAUSES
from tests.attribution.scorer import Score, score
from tests.corpus import Case, cases

CLOSED = (
    "cold-start tools-changed system-changed history-rewritten reserialized model-changed parameter-changed "
    "cache-key-changed credential-changed route-changed marker-missing marker-misplaced lookback-exceeded "
    "below-floor ttl-expired ttl-tier-changed concurrent-write compacted tokenizer-changed provider-side "
    "rejected accounting unknown"
)


@pytest.fixture(scope="module")
def result() -> Score:
    """Return the score over all cases with a log."""
    return score(cases("log", "control"))


def test_hard_calls_are_explained(result: Score) -> None:
    """Verdict and cause of calls that lost something are right, by case and by cause."""
    figures = result.summary()
    assert figures["hard by case"] >= 0.95, result.failures
    assert figures["hard by cause"] >= 0.95, result.failures


def test_places_are_right(result: Score) -> None:
    """Level and path are those of the case, letter by letter."""
    figures = result.summary()
    assert figures["level"] >= 0.9, result.failures
    assert figures["path"] >= 0.9, result.failures


def test_healthy_and_cold_calls_are_left_alone(result: Score) -> None:
    """Hits and cold starts are called that."""
    assert result.summary()["easy"] >= 0.98, result.failures


def test_controls_have_nothing_avoidable(result: Score) -> None:
    """Nothing in a control costs what need not be, and no cause beside the expected ones is named."""
    assert result.summary()["controls"] == 1, result.failures


def test_findings_over_several_calls_are_made(result: Score) -> None:
    """What a case expects of the log as a whole is among the patterns."""
    assert result.summary()["findings"] == 1, result.failures


def without_ids(case: Case) -> Case:
    """Return a case whose calls name neither session nor lineage."""
    calls = [json.loads(line) | {"session": None, "lineage": None} for line in case.lines()]
    return replace(case, files={"exchanges.jsonl": "".join(json.dumps(call) + "\n" for call in calls)})


def test_conversations_without_ids_are_found() -> None:
    """By how they begin, by what comes again, and by a summary that says what it is."""
    edited = {"d030", "e50", "e53", "f02", "h09", "m30", "w213"}
    replaced = {"d106", "e11", "m20", "w205", "w220"}
    unknown = {"d046", "e37", "w208", "x018"}
    chosen = [case for case in cases("log", "control") if case.id in edited | replaced | unknown]
    found = score(map(without_ids, chosen))
    assert found.failures == []
    assert len(found.hard) == len(edited | replaced | unknown)


def test_catalogue_is_the_closed_list() -> None:
    """Every cause has an entry, and only those."""
    assert {cause.name for cause in CAUSES} == set(CLOSED.split())
    assert set(BY_NAME) == set(CLOSED.split())
