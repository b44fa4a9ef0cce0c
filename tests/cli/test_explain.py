"""`samovar explain` as a user runs it."""

from __future__ import annotations

import gzip
import io
import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from samovar.cli import main
from samovar.report.explanation import Document
from tests.attribution.logs import START, block, body, line, tokens, usage
from tests.record.test_schemas import FOLDER

if TYPE_CHECKING:
    from pathlib import Path

CLOCK = "It is 10:0{}:00 at the depot. " + "Every tram that leaves the yard is written down. " * 150
Json = dict[str, Any]


def clocked(count: int = 4) -> list[Json]:
    """Return calls of one conversation with a clock at the head of the system prompt."""
    found = []
    for i in range(count):
        asked = body(
            *[f"turn {n} of the day, and what it was about" for n in range(2 * i + 1)],
            system=CLOCK.format(i),
        )
        found.append(line(f"x{i + 1}", 30.0 * i, asked, usage(0, tokens(asked)), lineage=None))
    return found


def written(path: Path, calls: list[Json]) -> str:
    """Write a log, and return its name."""
    path.write_text("".join(json.dumps(call) + "\n" for call in calls))
    return str(path)


def document(capsys: pytest.CaptureFixture[str]) -> Json:
    """Return the one document that was printed."""
    found: Json = json.loads(capsys.readouterr().out)
    return found


def test_a_page_to_act_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The cause with its money, one example with place and masked values, its fix, the pattern."""
    log = written(tmp_path / "log.jsonl", clocked())
    assert main(["explain", log]) == 0
    page = capsys.readouterr().out
    assert page.startswith("4 calls of 1 conversation, 2026-08-06")
    assert "Hit rate: 0 of 3 (0.0%)" in page
    assert "1. system-changed: $0.03" in page
    assert "at system[0].text, character 10" in page
    assert "before: <clock 99:99:99>" in page
    assert "10:0" not in page.partition("UTC")[2]
    assert "fix: Move what varies behind the last marker" in page
    assert "clock-in-prefix" in page
    assert "cold-start 1 call" in page


def test_values_are_shown_when_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Side by side."""
    log = written(tmp_path / "log.jsonl", clocked())
    assert main(["explain", log, "--show-text", "--calls"]) == 0
    page = capsys.readouterr().out
    assert 'before: "10:02:00"' in page
    assert 'now:    "10:03:00"' in page
    assert "x2  s/main  miss: system-changed  read 0 of" in page.splitlines()[1]


def test_the_document_keeps_to_its_schema(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One JSON document: as published, as typed, with sums that are those of its calls."""
    log = written(tmp_path / "log.jsonl", clocked())
    assert main(["explain", log, "--format", "json"]) == 0
    raw = capsys.readouterr().out
    found = json.loads(raw)
    schema = json.loads((FOLDER / "samovar.explanation-1.schema.json").read_text("utf-8"))
    Draft202012Validator(schema).validate(found)
    typed = msgspec.json.decode(raw, type=Document)
    assert typed.schema == "samovar.explanation/1"
    assert [call.id for call in typed.calls] == ["x1", "x2", "x3", "x4"]
    assert typed.summary.cost.avoidable_usd == pytest.approx(sum(call.avoidable_usd for call in typed.calls))
    assert typed.summary.tokens.written == sum(call.tokens["written"] for call in typed.calls)
    assert typed.summary.by_cause["system-changed"].calls == 3
    assert typed.reading.calls == 4


def test_what_is_selected_is_told_with_the_evidence_of_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A call that is left out still is why a later one is no cold start."""
    log = written(tmp_path / "log.jsonl", clocked())
    for chosen, ids in (
        (["--since", str(START + 60)], ["x3", "x4"]),
        (["--session", "s"], ["x1", "x2", "x3", "x4"]),
        (["--session", "t"], []),
        (["--cause", "cold-start"], ["x1"]),
    ):
        assert main(["explain", log, "--format", "json", *chosen]) == 0
        found = document(capsys)
        assert [call["id"] for call in found["calls"]] == ids
        assert found["summary"]["calls"] == len(ids)
        assert found["reading"]["calls"] == 4
    assert main(["explain", log, "--session", "t"]) == 0
    assert "No call is selected" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ("avoidable-usd>0.01", 1),
        ("avoidable-usd>5", 0),
        ("avoidable-usd>5,cause=system-changed", 1),
        ("cause=tools-changed", 0),
        ("pattern=clock-in-prefix", 1),
        ("hit-rate<0.5", 1),
        ("verdict=rejected, skipped>0", 0),
        ("cause=no-such-cause", 2),
        ("avoidable-usd=1", 2),
        ("avoidable-usd>much", 2),
        ("cheers", 2),
        ("colour>2", 2),
    ],
)
def test_a_condition_makes_the_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], condition: str, code: int
) -> None:
    """1 if one of them holds, 2 for one that cannot be understood; the document stays one document."""
    log = written(tmp_path / "log.jsonl", clocked())
    assert main(["explain", log, "--format", "json", "--fail-on", condition]) == code
    out, err = capsys.readouterr()
    assert (json.loads(out)["schema"] if code != 2 else out) in {"samovar.explanation/1", ""}
    assert bool(err) is (code != 0)


def test_a_lineage_is_named_with_and_without_its_session(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What selects nothing checks nothing, which is no success."""
    log = written(tmp_path / "log.jsonl", clocked())
    for name, some in (("s", True), ("s/main", True), ("main", True), ("other", False)):
        given = ["explain", log, "--session", name, "--format", "json", "--fail-on", "skipped>0"]
        assert main(given) == (0 if some else 1)
        out, err = capsys.readouterr()
        assert bool(json.loads(out)["calls"]) is some
        assert ("no call is selected" in err) is not some


def test_logs_are_read_together_by_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two processes' logs of one conversation, one packed; a folder of them; stdin."""
    calls = clocked()
    one = written(tmp_path / "b.jsonl", calls[::2])
    two = tmp_path / "a.jsonl.gz"
    two.write_bytes(gzip.compress("".join(json.dumps(call) + "\n" for call in calls[1::2]).encode()))
    for given in ([one, str(two)], [str(tmp_path)]):
        assert main(["explain", *given, "--format", "json"]) == 0
        found = document(capsys)
        assert [call["id"] for call in found["calls"]] == ["x1", "x2", "x3", "x4"]
        assert [call["partner"] for call in found["calls"]] == [None, "x1", "x2", "x3"]


def test_stdin_is_a_log(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """`-`."""
    raw = "".join(json.dumps(call) + "\n" for call in clocked()).encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
    assert main(["explain", "-"]) == 0
    assert "system-changed" in capsys.readouterr().out


HOSTILE = "x'\"><img src=x onerror=alert(1)>\x1b[31m\n"


@pytest.mark.parametrize("form", ["text", "html"])
def test_what_a_log_says_is_shown_and_never_obeyed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    """Ids of the log are neither markup of the page nor commands to a terminal."""
    calls = [{**call, "id": f"{call['id']}{HOSTILE}", "session": HOSTILE} for call in clocked()]
    log = written(tmp_path / "log.jsonl", calls)
    assert main(["explain", log, "--format", form, *(["--calls"] if form == "text" else [])]) == 0
    out = capsys.readouterr().out
    assert "onerror=alert(1)" in out
    assert form == "text" or "<img" not in out
    assert form == "html" or "\x1b" not in out


def test_results_are_held_against_the_freshness_that_the_settings_state(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`[lint] freshness` of samovar.toml: seconds for which a tool's result is true."""
    use = {"type": "tool_use", "id": "t1", "name": "stock", "input": {"item": "wheel"}}
    result = {"type": "tool_result", "tool_use_id": "t1", "content": [block("12 wheels")]}
    calls = []
    for i in range(2):
        asked = body("how many wheels?")
        asked["messages"] += [{"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]
        calls.append(line(f"x{i}", 200.0 * i, asked, usage(1800 * i, 1800 * (1 - i))))
    log = written(tmp_path / "log.jsonl", calls)
    config = tmp_path / "policy.toml"
    config.write_text("[lint.freshness]\nstock = 60\n")
    assert main(["explain", log, "--config", str(config), "--fail-on", "pattern=stale-tool-result"]) == 1
    assert main(["explain", log, "--fail-on", "pattern=stale-tool-result"]) == 0
    assert "stale-tool-result" in capsys.readouterr().out
