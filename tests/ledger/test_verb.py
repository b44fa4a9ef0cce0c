"""`samovar ledger`: what it prints, and its exit codes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from samovar.cli import main
from samovar.ledger import Ledger, Segment, segments
from samovar.policy import LedgerPolicy
from samovar.providers.tokens import Chars4Counter
from tests.ledger.test_ledger import KEY, seen

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A ledger of twelve calls."""
    ledger = Ledger(LedgerPolicy(dir=str(tmp_path)), lambda: KEY, Chars4Counter())
    for number in range(12):
        ledger.record(seen(number))
    ledger.close()
    return tmp_path


def test_tail_shows_the_last_calls(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line each, or one JSON document."""
    assert main(["ledger", "tail", str(folder), "-n", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("at 1970-01-01T00:16:51Z  model claude-opus-5  status 200  ")
    assert "  uncached 10  read 11  written 0  output 5  " in lines[1]
    assert main(["ledger", "tail", str(folder), "-n", "1", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["id"] == "msg_11"


def test_tail_reads_the_newest_segments_first(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is older than the calls that are shown is left alone; across segments they come in order."""
    ledger = Ledger(LedgerPolicy(dir=str(folder)), lambda: KEY, Chars4Counter())
    ledger.record(seen(12))
    ledger.close()
    (folder / "20000101T000000.000000-1-1.jsonl").write_bytes(b"this is no record\n")
    assert main(["ledger", "tail", str(folder), "-n", "3", "--format", "json"]) == 0
    told = capsys.readouterr()
    assert [row["id"] for row in json.loads(told.out)] == ["msg_10", "msg_11", "msg_12"]
    assert not told.err
    assert main(["ledger", "tail", str(folder), "-n", "0"]) == 0
    assert not capsys.readouterr().out


@pytest.mark.parametrize("what", ["tail", "stats", "verify"])
def test_a_segment_that_is_deleted_meanwhile_is_left_out(
    folder: Path, what: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another process may retain at any time."""
    listed = [*segments(folder), Segment(folder / "20990101T000000.000000-1-1.jsonl")]
    monkeypatch.setattr("samovar.cli.ledger.segments", lambda _: listed)
    assert main(["ledger", what, str(folder)]) == 0
    assert "Traceback" not in capsys.readouterr().err


def test_stats_add_up(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Sum over sum, with numerator and denominator."""
    assert main(["ledger", "stats", str(folder), "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["calls"] == 12
    assert told["tokens"] == {"uncached": 120, "read": 66, "output": 60}
    assert told["read_of_input"] == {"part": 66, "whole": 186}


def test_stats_say_that_digests_of_several_keys_cannot_be_compared(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Processes that do not share a key have one each."""
    assert main(["ledger", "stats", str(folder)]) == 0
    assert capsys.readouterr().out.count("keys") == 1
    other = Ledger(LedgerPolicy(dir=str(folder)), lambda: b"o" * 32, Chars4Counter())
    other.record(seen(12))
    other.close()
    assert main(["ledger", "stats", str(folder)]) == 0
    told = capsys.readouterr().out
    assert "digest keys: 2" in told
    assert "cannot be compared" in told


@pytest.mark.parametrize("number", ["-3", "x", "1.5"])
def test_what_is_no_number_of_calls_is_a_usage_error(
    folder: Path, number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is printed as if there were nothing."""
    assert main(["ledger", "tail", str(folder), "-n", number]) == 2
    assert "not a whole number" in capsys.readouterr().err


def test_verify_finds_what_was_changed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """0 for a whole ledger and for a torn tail, 1 for a change."""
    assert main(["ledger", "verify", str(folder)]) == 0
    told = capsys.readouterr().out
    assert "12 records, 0 wrong" in told
    assert "no key" in told
    path = segments(folder)[0].path
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    assert main(["ledger", "verify", str(folder)]) == 0
    assert "torn tail" in capsys.readouterr().out
    path.write_bytes(whole.replace(b"msg_3", b"msg_9", 1))
    assert main(["ledger", "verify", str(folder)]) == 1
    assert "line 5" in capsys.readouterr().out


def test_a_folder_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Usage error."""
    assert main(["ledger", "stats", str(tmp_path / "nowhere")]) == 2
    assert "no such folder" in capsys.readouterr().err
