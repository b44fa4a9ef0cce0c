"""`samovar price` as a user runs it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from samovar.cli import main
from tests.corpus import cases

if TYPE_CHECKING:
    from pathlib import Path

USAGE = {"input_tokens": 1000, "cache_read_input_tokens": 2000, "output_tokens": 100}


def test_a_page_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each class with its money, where the price was read, and totals for several calls."""
    case = next(case for case in cases("usage") if case.id == "d094")
    path = tmp_path / "usage.json"
    path.write_text(case.files["usage.json"])
    assert main(["price", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "cache read                      61,200  $0.018360" in shown
    assert "price of 2026-06-02: platform.claude.com" in shown
    assert "not reported" in shown
    assert "cause: accounting" in shown
    assert "total of 2 calls: 1 hits, 1 unreported" in shown


def test_json_is_one_document_and_the_day_decides(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Prices are dated: the same call on two days."""
    path = tmp_path / "usage.json"
    path.write_text(json.dumps({"model": "claude-sonnet-5-5", "date": "2026-10-01", "usage": USAGE}))
    costs = []
    for day in ("2026-10-15", "2027-06-01"):
        assert main(["price", str(path), "--at", day, "--format", "json"]) == 0
        found = json.loads(capsys.readouterr().out)
        (record,) = found["records"]
        assert record["price_date"] == day
        assert record["total_input"] == 3000
        assert record["tokens"]["cache_write_1h"] == 0
        assert sum(record["cost_by_class"].values()) == pytest.approx(record["cost_usd"])
        assert found["totals"]["cost_usd"] == record["cost_usd"]
        costs.append(record["cost_usd"])
    assert all(cost > 0 for cost in costs)


def test_what_is_not_said_can_be_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A bare usage object names no model."""
    path = tmp_path / "usage.json"
    path.write_text(json.dumps(USAGE))
    assert main(["price", str(path)]) == 0
    assert "no price is known" in capsys.readouterr().out
    assert main(["price", str(path), "--model", "claude-opus-4-8", "--at", "2026-08-01"]) == 0
    assert "$0.008500" in capsys.readouterr().out


def test_a_record_that_is_not_understood_is_a_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is named, on the page and in the JSON, and the exit code says that the sum lacks it."""
    path = tmp_path / "usage.json"
    path.write_text(json.dumps([{"id": "a", "usage": USAGE}, {"id": "b", "usage": {"foo": 1}}]))
    assert main(["price", str(path)]) == 1
    told = capsys.readouterr()
    assert "b (record 2): no count is known by its name in usage: foo" in told.out
    assert "1 records are not understood" in told.err
    assert main(["price", str(path), "--format", "json", "--at", "2026-06-01"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["skipped"][0]["id"] == "b"
    assert found["totals"]["skipped"] == 1


@pytest.mark.parametrize("content", ["", "{", '{"a": 1}'])
def test_what_is_no_usage(content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2 and a sentence."""
    path = tmp_path / "usage.json"
    path.write_text(content)
    assert main(["price", str(path)]) == 2
    assert "usage.json" in capsys.readouterr().err
    assert main(["price", str(path), "--at", "someday"]) == 2
