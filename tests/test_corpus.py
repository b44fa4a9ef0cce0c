"""The corpus is whole and readable."""

from __future__ import annotations

from samovar.record import Observation
from samovar.record.exchange_log import read
from tests.corpus import cases


def test_every_case_has_the_files_that_it_gives() -> None:
    """And there are cases of every kind."""
    assert {case.kind for case in cases()} == {"log", "body", "source", "usage", "control"}
    for case in cases():
        assert set(case.about["given"]) <= set(case.files)


def test_every_call_of_every_log_is_read() -> None:
    """With its body parsed, its provider, its time and its status; no line is lost."""
    for case in cases("log", "control"):
        if "exchanges.jsonl" in case.files:
            found = list(read(case.lines()))
            assert len(found) == len(case.lines())
            for seen in found:
                assert isinstance(seen, Observation), case.id
                assert seen.call is not None
                assert not seen.notes
                assert seen.started_at is not None
                assert seen.model or seen.served_model
                assert seen.status is not None
