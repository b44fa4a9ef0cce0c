"""`samovar explain` on bad input: a clear error or a counted skip, never fewer calls in silence."""

from __future__ import annotations

import gzip
import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from samovar.cli import main
from tests.attribution.logs import body, line, tokens, usage

Json = dict[str, Any]
REQUEST = body("Which tram left?")
CALL = line("x1", 0, REQUEST, usage(0, tokens(REQUEST)))
AGAIN = line("x2", 30, REQUEST, usage(tokens(REQUEST), 0))
GPT = {
    **line("g1", 60, {"model": "gpt-5.4", "messages": [{"role": "user", "content": "Hi"}]}, None),
    "provider": "openai",
    "endpoint": "/v1/chat/completions",
    "response": {"model": "gpt-5.4", "usage": {"prompt_tokens": 9, "completion_tokens": 3}},
}


def lines(*calls: Json) -> bytes:
    """Return calls as a log."""
    return b"".join(json.dumps(call).encode() + b"\n" for call in calls)


def explained(path: Path, capsys: pytest.CaptureFixture[str]) -> Json:
    """Return the document about a log that can be explained."""
    assert main(["explain", str(path), "--format", "json"]) == 0
    found: Json = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"\n \n\n", "is empty"),
        (bytes(range(256)) * 20, "binary file"),
        (b"PAR1\x15\x04\x15", "binary file (Parquet"),
        ("{}\n".encode("utf-16"), "not UTF-8"),
        (b"hello, world\n", "is not JSON"),
        (b"[]", "of no known kind"),
        (b'{"a": 1}\n{"b": 2}\n', "has objects with the members a"),
        (b'{"id": "x", "request": {"model": "m", "mess', "no call could be read"),
    ],
)
@pytest.mark.parametrize("form", ["text", "json", "html"])
def test_what_is_no_log_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes, said: str, form: str
) -> None:
    """Exit 2, one sentence about what was found and one about what is needed, and nothing on stdout."""
    path = tmp_path / "log"
    path.write_bytes(data)
    assert main(["explain", str(path), "--format", form]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert "Traceback" not in err
    assert len(err.splitlines()) == 2


@pytest.mark.parametrize(
    ("data", "ids", "skipped", "note"),
    [
        (lines(CALL) + b'{"torn": ', ["x1"], 1, None),
        (lines(CALL) + b"\xff\xfe\n" + lines(AGAIN), ["x1", "x2"], 1, None),
        (lines(CALL) + b"\0" * 300, ["x1"], 1, None),
        (lines(CALL) + b'{"request":' + b"[" * 50_000 + b"\n" + lines(AGAIN), ["x1", "x2"], 1, None),
        (lines(CALL, GPT), ["x1", "g1"], 0, None),
        (lines(CALL, {**AGAIN, "id": "x1"}), ["x1", "x1#2"], 0, "an earlier call has the same id"),
        (lines(CALL, AGAIN, CALL), ["x1", "x2"], 1, None),
        (lines(CALL, {**AGAIN, "request": json.dumps(REQUEST)}), ["x1", "x2"], 0, None),
        (lines(AGAIN, CALL), ["x1", "x2"], 0, "started before the call above it"),
        (lines(CALL, {**AGAIN, "started_at": "soon"}), ["x2", "x1"], 0, "started_at is not a time"),
        (lines(CALL, {**AGAIN, "request": "gone"}), ["x1", "x2"], 0, "not a JSON object"),
        (b"\xef\xbb\xbf" + lines(CALL, AGAIN).replace(b"\n", b"\r\n"), ["x1", "x2"], 0, None),
        (json.dumps([CALL, AGAIN]).encode(), ["x1", "x2"], 0, None),
    ],
)
def test_every_call_is_kept_and_every_skip_is_counted(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    data: bytes,
    ids: list[str],
    skipped: int,
    note: str | None,
) -> None:
    """What was odd is said in the document, and on the page."""
    path = tmp_path / "log.jsonl"
    path.write_bytes(data)
    found = explained(path, capsys)
    assert [call["id"] for call in found["calls"]] == ids
    assert found["reading"]["calls"] == len(ids)
    assert found["reading"]["skipped"] == skipped == len(found["reading"]["reasons"])
    assert main(["explain", str(path)]) == 0
    page = capsys.readouterr().out
    assert ("1 entry skipped" in page) is (skipped == 1)
    assert note is None or (note in page and any(note in each for each in found["reading"]["notes"]))


def test_a_packed_log_that_ends_in_the_middle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What could be unpacked is explained, and that the rest is lost is said."""
    packed = gzip.compress(lines(*({**CALL, "id": f"c{i}"} for i in range(500))), mtime=0)
    path = tmp_path / "log.jsonl.gz"
    path.write_bytes(packed[: len(packed) * 3 // 4])
    found = explained(path, capsys)
    assert 100 < len(found["calls"]) < 500
    assert "the rest is lost" in found["reading"]["reasons"][0]["reason"]


def test_a_short_packed_log_that_ends_in_the_middle(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It breaks off before its kind has been told from many lines: the first are explained all the same."""
    packed = gzip.compress(lines(CALL) + lines(AGAIN) + bytes(range(33, 127)) * 40, mtime=0)
    path = tmp_path / "log.jsonl.gz"
    path.write_bytes(packed[:-60])
    found = explained(path, capsys)
    assert [call["id"] for call in found["calls"]][:2] == ["x1", "x2"]
    assert "the rest is lost" in found["reading"]["reasons"][-1]["reason"]


def test_counts_that_no_call_has_are_not_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Negative, absurd or fractional counts are not reported rather than summed."""
    odd = {"input_tokens": -5, "cache_read_input_tokens": 1e300, "cache_creation_input_tokens": 0.5}
    path = tmp_path / "log.jsonl"
    path.write_bytes(lines(CALL, {**AGAIN, "response": {"model": "m", "usage": odd}}))
    found = explained(path, capsys)
    assert found["calls"][1]["verdict"] == "unreported"
    assert found["summary"]["tokens"]["read"] == 0


@pytest.mark.parametrize("read", [-4, 10**25, 0.5])
def test_a_read_that_cannot_be_is_no_read_of_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], read: float
) -> None:
    """Nobody is blamed for it: the numbers are wrong, and what the call cost is not known."""
    odd = {**usage(0, 300), "cache_read_input_tokens": read}
    third = {**AGAIN, "id": "x3", "response": {"model": "claude-opus-4-8", "usage": odd}}
    path = tmp_path / "log.jsonl"
    path.write_bytes(lines(CALL, AGAIN, third))
    found = explained(path, capsys)
    call = found["calls"][2]
    assert (call["verdict"], call["cause"], call["cost_usd"]) == ("unreported", "accounting", None)
    assert "which no count can be" in call["detail"]
    assert found["patterns"][0]["name"] == "accounting"
    assert found["summary"]["cost"]["unpriced_calls"] == 1


def test_a_log_named_twice_is_counted_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each call again is a skipped entry with a reason, and no stampede."""
    path = tmp_path / "log.jsonl"
    path.write_bytes(lines(CALL, AGAIN))
    assert main(["explain", str(path), str(path), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [call["id"] for call in found["calls"]] == ["x1", "x2"]
    assert found["reading"]["skipped"] == 2
    assert "x1 again" in found["reading"]["reasons"][0]["reason"]
    assert found["patterns"] == []


def test_calls_without_usage_have_no_price(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Unknown is null, and counted."""
    path = tmp_path / "log.jsonl"
    path.write_bytes(lines({**CALL, "response": {"model": "claude-opus-4-8"}}))
    found = explained(path, capsys)
    assert found["calls"][0]["cost_usd"] is None
    assert found["summary"]["cost"]["unpriced_calls"] == 1


def test_a_missing_log_is_said_to_be_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also when another one could be read: before anything is printed."""
    path = tmp_path / "log.jsonl"
    path.write_bytes(lines(CALL))
    for given in (
        [str(tmp_path / "no")],
        [str(path), str(tmp_path / "no")],
        [str(tmp_path / "no"), str(path)],
    ):
        assert main(["explain", *given, "--format", "json"]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert "cannot read" in err


def test_a_full_disk_is_no_defect_of_ours(tmp_path: Path) -> None:
    """Exit 3, and what to look at."""
    path = tmp_path / "log.jsonl"
    path.write_bytes(lines(CALL))
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "samovar", "explain", str(path)],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 3
    assert done.stderr.startswith(b"samovar: reading or writing failed: No space left on device")


def test_a_line_of_200_megabytes_costs_itself_and_no_memory(tmp_path: Path) -> None:
    """It is counted and never held whole; the calls around it are explained."""
    path = tmp_path / "log.jsonl"
    with path.open("wb") as file:
        file.write(lines(CALL) + b'{"id": "big", "request": {"model": "m", "messages": "')
        for _ in range(200):
            file.write(b"a" * 1_000_000)
        file.write(b'"}}\n' + lines(AGAIN))
    done = subprocess.run(
        [sys.executable, "-m", "samovar", "explain", str(path), "--format", "json"],
        capture_output=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (400 << 20, 400 << 20)),
    )
    found = json.loads(done.stdout)
    assert [call["id"] for call in found["calls"]] == ["x1", "x2"]
    assert "longer than 64 MiB" in found["reading"]["reasons"][0]["reason"]
