"""Recorded agents and public traces: what is reported is so, and where nothing happened nothing is said."""

from __future__ import annotations

import gzip
import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from samovar.cli import main
from samovar.emulator import Config, running
from samovar.emulator.config import Account, Latency
from tests.bodies import capture, capture_body
from tests.scenarios.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Iterable

Json = dict[str, Any]
TRACES = Path(__file__).parents[1] / "data" / "traces" / "lmcache_agent"
REWRITE = (6.25 - 0.50) / 1_000_000
"""USD that a token of Claude Opus 4.8 costs more to write than to read."""


def on_the_emulator(names: Iterable[str], folder: Path) -> str:
    """Send recorded requests, 20 seconds apart, and return the name of the log."""
    config = Config(
        clock="virtual", port=0, account=Account(unlimited=True), latency=Latency(jitter=0.0), gzip=False
    )
    with running(config) as emulator, httpx2.Client() as http:
        stage = Stage(emulator, config.start, http)
        for i, name in enumerate(names):
            record = capture(name)
            body = json.loads(capture_body(name)) | {"stream": False}
            headers = record["request_headers"]
            stage.call(
                20.0 * i, body, path=record["endpoint"], session=record["session"], request_headers=headers
            )
    return stage.written(folder / "calls.jsonl")


def explained(log: str, capsys: pytest.CaptureFixture[str]) -> Json:
    """Return the document about a log."""
    assert main(["explain", log, "--format", "json"]) == 0
    found: Json = json.loads(capsys.readouterr().out)
    return found


def test_a_resumed_session_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both places are named, with the price of writing all of it again; ordinary next turns are silent."""
    log = on_the_emulator([f"claude-code/00{n}" for n in (1, 2, 3, 4)], tmp_path)
    said = explained(log, capsys)
    first, second, resumed, fourth = said["calls"]
    assert (first["cause"], second["cause"], fourth["cause"]) == ("cold-start", None, None)
    assert (resumed["cause"], resumed["path"]) == ("tools-changed", "tools[1].description")
    assert "system-changed at system[2]" in resumed["detail"]
    before, now = (
        json.loads(capture_body(f"claude-code/{n}"))["tools"][1]["description"] for n in ("002", "003")
    )
    at = resumed["offset"]
    assert before[:at] == now[:at]
    assert before[at] != now[at]
    assert resumed["values"] == ["<text, 60 characters>", "<text, 60 characters>"]
    lost = resumed["should"] - resumed["reported"]
    assert lost > 40_000
    assert resumed["avoidable_usd"] == pytest.approx(lost * REWRITE, rel=0.001)
    assert said["summary"]["cost"]["avoidable_usd"] == resumed["avoidable_usd"]
    assert main(["explain", log]) == 0
    page = capsys.readouterr().out
    assert "definition changed; system-changed at system[2]" in " ".join(page.split())
    (compare,) = [line for line in page.splitlines() if "compare: samovar diff" in line]
    assert main(shlex.split(compare)[2:]) == 1
    assert "parts from A at tools[1].description" in capsys.readouterr().out


@pytest.mark.parametrize("agent", ["opencode", "codex"])
def test_ordinary_turns_and_side_calls_are_silent(
    agent: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A call for a title is a lineage of its own; a resumed Codex session changed one tool."""
    names = sorted(path.name.partition(".")[0] for path in Path("tests/data/captures", agent).glob("*.gz"))
    said = explained(on_the_emulator([f"{agent}/{name}" for name in names], tmp_path), capsys)
    causes = [call["cause"] for call in said["calls"]]
    if agent == "opencode":
        assert causes == ["cold-start", "cold-start", None, None, None]
        assert len({call["lineage"] for call in said["calls"]}) == 2
        assert said["summary"]["cost"]["avoidable_usd"] == 0
    else:
        assert causes == ["cold-start", None, "tools-changed", None]


def test_bare_bodies_tell_what_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder of requests without usage: the change is named, and that nothing tells what it cost."""
    for n in (1, 2, 3, 4):
        (tmp_path / f"{n}.json").write_bytes(capture_body(f"claude-code/00{n}"))
    said = explained(str(tmp_path), capsys)
    shifts = {call["id"]: call["shift"] for call in said["calls"] if call["shift"] is not None}
    assert list(shifts) == ["3.json"]
    assert (shifts["3.json"]["path"], shifts["3.json"]["partner"]) == ("tools[1].description", "2.json")
    assert "system-changed at system[2]" in shifts["3.json"]["detail"]
    assert all(call["cause"] is None for call in said["calls"])
    assert main(["explain", str(tmp_path)]) == 0
    assert "CHANGED, and no usage tells what it cost" in capsys.readouterr().out


def rows(path: Path) -> list[Json]:
    """Return the calls of one session of the trace by their times, each with the line that it stands on."""
    found = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    for place, row in enumerate(found, 1):
        row["place"] = place
    return sorted(found, key=lambda row: int(row["timestamp"]))


def really_changed(call: Json, told: Json, texts: dict[str, str]) -> None:
    """Hold a reported change against the raw texts: equal up to that character, and not there."""
    now, before = texts[call["id"]], texts[told["partner"]]
    part = int(told["path"].split("content[")[1].split("]")[0])
    pieces = now.split("\n\n")
    begins = len("\n\n".join(pieces[:part]))
    same = next((i for i, (a, b) in enumerate(zip(now, before, strict=False)) if a != b), None)
    assert same is not None
    if told["offset"] is None:
        assert begins <= same < len("\n\n".join(pieces[: part + 1]))
    else:
        assert same == begins + told["offset"]
    assert not now.startswith(before)


@pytest.mark.parametrize("path", sorted(TRACES.glob("*.gz")), ids=lambda path: path.name[:8])
def test_a_trace_of_agents(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is reported is a real change; a call that goes on with an earlier one has none."""
    calls = rows(path)
    texts = {f"#{row['place']}": row["input"] for row in calls}
    earlier: list[str] = []
    goes_on: dict[str, bool] = {}
    for row in calls:
        goes_on[f"#{row['place']}"] = any(row["input"].startswith(text) for text in earlier)
        earlier.append(row["input"])
    said = explained(str(path), capsys)
    assert len(said["calls"]) == len(calls)
    for call in said["calls"]:
        assert call["verdict"] == "unreported"
        assert not (call["shift"] and goes_on[call["id"]])
        if call["shift"] is not None:
            really_changed(call, call["shift"], texts)


def test_a_rewritten_history_in_a_trace_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One paragraph in the middle is rewritten from some call on: that place and no other is told.

    In one session the first rewritten call has no more paragraphs than the one before, and is taken for
    another conversation: the trace has no roles that could tell.
    """
    found = tried = 0
    for path in sorted(TRACES.glob("*.gz")):
        calls = rows(path)
        longest = max(calls, key=lambda row: len(row["input"]))
        pieces = longest["input"].split("\n\n")
        if len(pieces) < 8:
            continue
        cut = "\n\n".join(pieces[:3])
        old, new = pieces[3], f"(shortened) {pieces[3][:5]}"
        agent = [row for row in calls if row["input"].startswith(f"{cut}\n\n{old}")]
        for row in agent[len(agent) // 2 :]:
            row["input"] = row["input"].replace(f"{cut}\n\n{old}", f"{cut}\n\n{new}", 1)
        log = tmp_path / path.name.removesuffix(".gz")
        log.write_text("".join(json.dumps(row) + "\n" for row in calls), "utf-8")
        texts = {f"#{i}": row["input"] for i, row in enumerate(calls, 1)}
        changed = [call for call in explained(str(log), capsys)["calls"] if call["shift"]]
        tried += 1
        found += len(changed) == 1
        for call in changed:
            assert call["shift"]["cause"] == "history-rewritten"
            really_changed(call, call["shift"], texts)
    assert tried == 8
    assert found >= 7


def test_rows_of_an_old_benchmark(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Counts without bodies: a marker on text that varies, what it wrote for nobody, one cold start."""
    wrote = [1_180 + (i * 7) % 11 - 5 for i in range(15)]
    counts = [(0, 2_910), *((1_595, tokens) for tokens in wrote)]
    requests = [
        {
            "cache_key": "grader",
            "status": "ok",
            "latency_ms": 1_500,
            "cache_read_tokens": read,
            "cache_write_tokens": written,
            "total_prompt_tokens": 25,
            "prompt_hash": f"h{i}",
            "is_seed": not i,
            "model": "claude-sonnet-4-20250514",
            "provider": "anthropic",
        }
        for i, (read, written) in enumerate(counts)
    ]
    log = tmp_path / "run.json"
    log.write_text(json.dumps({"timestamp": "2025-08-01T10:00:00Z", "requests": requests}, indent=1))
    said = explained(str(log), capsys)
    causes = [call["cause"] for call in said["calls"]]
    assert causes == ["cold-start", *["marker-misplaced"] * 15]
    (pattern,) = [each for each in said["patterns"] if each["name"] == "written-never-read"]
    assert pattern["tokens"] == sum(wrote) == pytest.approx(17_700, rel=0.01)
    tokens = said["summary"]["tokens"]
    assert (tokens["read"], tokens["written"]) == (15 * 1_595, 2_910 + sum(wrote))
    assert tokens["uncached"] == 16 * 25
    assert said["summary"]["cost"]["avoidable_usd"] == pytest.approx(sum(wrote) * (3.75 - 3.00) / 1e6)
