"""`samovar explain` reads the ledger that processes keep: the same findings, without any text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from samovar.call import SegmentMemo
from samovar.cli import main
from samovar.ledger import Ledger, segments
from samovar.policy import LedgerPolicy
from samovar.providers.tokens import Chars4Counter
from samovar.record import Observation
from samovar.record.exchange_log import read
from tests.scenarios.play import played, scenarios

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from samovar.record import BadLine

Json = dict[str, Any]
SCENARIOS = scenarios()


def explained(log: str, capsys: pytest.CaptureFixture[str], *more: str) -> Json:
    """Return the document about a log."""
    assert main(["explain", log, "--format", "json", *more]) == 0
    found: Json = json.loads(capsys.readouterr().out)
    return found


def keep(calls: Iterable[Observation | BadLine], folder: Path, now: float) -> None:
    """Write calls to a ledger as a process does that started at `now`."""
    ledger = Ledger(LedgerPolicy(dir=str(folder)), lambda: b"k" * 32, Chars4Counter(), lambda: now)
    for call in calls:
        assert isinstance(call, Observation)
        ledger.record(call)
    ledger.close()


@pytest.mark.parametrize("name", ["affinity-lost", "cold-fan-out", "evicted-by-others", "model-migration"])
def test_a_ledger_of_three_processes_tells_what_a_log_tells(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Calls of one conversation went through different processes, each with files of its own."""
    stage = played(SCENARIOS[name])
    memo = SegmentMemo()
    calls = list(read([json.dumps(line).encode() for line in stage.lines], memo))
    folder = tmp_path / "ledger"
    for process in range(3):
        keep(calls[process::3], folder, 1e9 + process)
    assert len(segments(folder)) >= 3
    said = explained(str(folder), capsys)
    plain = explained(stage.written(tmp_path / "calls.jsonl"), capsys)
    for kept, full in zip(said["calls"], plain["calls"], strict=True):
        assert (kept["id"], kept["verdict"], kept["cause"]) == (full["id"], full["verdict"], full["cause"])
        assert kept["avoidable_usd"] == pytest.approx(full["avoidable_usd"], rel=0.01)
    assert said["reading"]["skipped"] == 0
    assert [each["name"] for each in said["patterns"]] == [each["name"] for each in plain["patterns"]]


def test_a_torn_segment_costs_one_call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A process died in the middle of a line: that is counted, and everything else is explained."""
    stage = played(SCENARIOS["cold-fan-out"])
    keep(read([json.dumps(line).encode() for line in stage.lines], SegmentMemo()), tmp_path, 1e9)
    path = segments(tmp_path)[0].path
    path.write_bytes(path.read_bytes()[:-40])
    said = explained(str(tmp_path), capsys)
    assert said["reading"]["calls"] == len(stage.lines) - 1
    assert said["reading"]["skipped"] == 1
