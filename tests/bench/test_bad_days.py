"""What a run must survive: clocks that jump, disks that fill, pipes that close, providers that hang."""

from __future__ import annotations

import json
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path

import pytest

from samovar.bench.settings import Settings
from samovar.cli import main
from samovar.cli.bench.interruption import terminable
from tests.bench.runs import bench


def run(folder: Path, *words: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder of its own."""
    command = [sys.executable, "-m", "samovar", "bench", *words]
    done: subprocess.CompletedProcess[str] = subprocess.run(  # type: ignore[call-overload]  # options vary
        command, cwd=folder, text=True, timeout=90, check=False, **{"capture_output": True, **options}
    )
    return done


def small_files(limit: int) -> None:
    """Let no file of this process grow beyond `limit` bytes, as on a disk that is full."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))


@pytest.mark.parametrize("jump", [-7_200.0, 90_000.0], ids=["two hours back", "a day on"])
def test_the_wall_clock_may_jump(jump: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody sets the clock in the middle of a run: neither times nor hits notice."""
    jumps = 0.0
    plain = time.time
    monkeypatch.setattr(time, "time", lambda: plain() + jumps)

    def progress(phase: str) -> None:
        nonlocal jumps
        jumps = jump if phase == "main" else 0.0

    done = bench(Settings(real_time=True, cold_calls=0, rpm=6_000, tpm=9_000_000), on_phase=progress)
    rows = done.outcome.run.requests
    assert done.outcome.run.summary.hit_rate.part == 15
    assert [row.sent for row in rows] == sorted(row.sent for row in rows)
    assert 0 <= rows[-1].sent < 60
    assert all(row.first_byte is not None and 0 < row.first_byte - row.sent < 10 for row in rows)


def test_a_disk_that_is_full_costs_neither_page_nor_numbers(tmp_path: Path) -> None:
    """Not even a temporary folder has room: the page is printed, the message says what failed."""
    done = run(tmp_path, preexec_fn=lambda: small_files(4_096))
    assert done.returncode == 3
    assert "15 of 15 (100.0%)" in done.stdout
    assert "File too large" in done.stderr
    assert "could not be written on" in done.stderr, "the journal says so, too"
    assert not list(tmp_path.glob("samovar-runs/*.partial")), "half a file is never taken for a result"
    assert "Traceback" not in done.stderr


def test_json_on_stdout_is_whole_when_the_disk_is_full(tmp_path: Path) -> None:
    """What could not be written can still be kept by whoever reads stdout."""
    done = run(tmp_path, "--format", "json", preexec_fn=lambda: small_files(4_096))
    assert json.loads(done.stdout)["summary"]["hit_rate"]["part"] == 15


def test_a_stdout_that_takes_nothing_costs_no_artefact(tmp_path: Path) -> None:
    """A full device behind stdout: the files are written all the same."""
    with Path("/dev/full").open("w") as full:
        done = run(tmp_path, capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 3
    assert "the page cannot be printed: No space left on device" in done.stderr
    assert len(list(tmp_path.glob("samovar-runs/*warmup*"))) == 3


def test_sigterm_saves_what_was_measured(tmp_path: Path) -> None:
    """Whoever stops the run gets an artefact."""
    command = [sys.executable, "-m", "samovar", "bench", "--real-time", "--cold-control", "0"]
    child = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stderr is not None
    for line in child.stderr:
        if line.startswith("seed"):
            break
    child.send_signal(signal.SIGTERM)
    out, _ = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "interrupted" in out
    [path] = (tmp_path / "samovar-runs").glob("*warmup.json")
    assert json.loads(path.read_text())["status"] == "incomplete"


def test_an_interruption_in_a_callback_is_not_lost() -> None:
    """Python throws away what is raised in callbacks of the collector: the signal comes once more."""

    class Held:
        """Something that dies."""

    def dies(_: object) -> None:
        signal.raise_signal(signal.SIGTERM)

    held = [Held()]
    watched = weakref.ref(held[0], dies)

    def interrupted() -> None:
        held.clear()
        threading.Event().wait(10)

    with pytest.raises(KeyboardInterrupt), terminable():
        interrupted()
    assert watched() is None


@pytest.mark.parametrize("provider", ["anthropic", "openai"])
def test_a_provider_that_hangs_ends_the_run(
    provider: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It takes connections and never answers: the run stops by itself, and says after what."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(20)
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        words = ["bench", "--provider", provider, "--base-url", address, "--silence", "1", "--yes"]
        assert main([*words, "--out", str(tmp_path)]) == 3
    said = capsys.readouterr()
    assert f"{address} sent nothing for the whole time limit of 1 s. It is taken for an unknown" in said.err
    assert "--silence" in said.err
    assert "incomplete" in said.out
    assert len(list(tmp_path.glob("*warmup*"))) == 3


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"anchors": []}, "assignments[0].anchors: empty, needs at least one essay"),
        ({"students": [{"id": "a", "text": "x"}, {"id": "a", "text": "y"}]}, "the id is used twice"),
        ({"students": [{"id": "a", "text": "word " * 8_000_000}]}, "40,000,000 bytes, at most"),
        ({"students": [{"id": "a", "text": ""}]}, "students[0].text: empty, needs at least one character"),
    ],
    ids=["no essays", "duplicate ids", "an essay of 40 MB", "an empty essay"],
)
def test_a_fixture_that_cannot_be_compared(
    change: dict[str, object], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Said before anything is sent, by place."""
    essays = [{"id": "e", "text": "An essay."}]
    assignment = {"id": "one", "blocks": [{"name": "b", "text": "Rubric."}], "anchors": essays}
    whole = {
        "schema": "samovar.fixture/1",
        "name": "n",
        "title": "t",
        "tool": {"name": "judge", "description": "d", "input_schema": {"type": "object"}},
        "service": [{"name": "s", "text": "Service."}],
        "assignments": [{**assignment, "students": [{"id": "f", "text": "Other."}], **change}],
    }
    path = tmp_path / "fixture.json"
    path.write_text(json.dumps(whole))
    assert main(["bench", "--fixture-path", str(path), "--out", str(tmp_path / "runs")]) == 2
    said = capsys.readouterr().err
    assert says in said
    assert "Mend what is listed" in said
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"schema": "samovar.bench/9"}', "samovar.bench/9"),
        ("{", "is not an artefact of samovar bench"),
        (None, "cannot be read"),
    ],
)
def test_a_baseline_of_another_kind(
    text: str | None, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Found out before anything is sent and paid for."""
    path = tmp_path / "baseline.json"
    if text is not None:
        path.write_text(text)
    assert main(["bench", "--baseline", str(path), "--out", str(tmp_path / "runs")]) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("address", ["nonsense", "ftp://host", "http://[bad", "http://"])
def test_an_address_that_is_none(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A usage error with an example."""
    assert main(["bench", "--base-url", address]) == 2
    assert "http://127.0.0.1:8080" in capsys.readouterr().err
