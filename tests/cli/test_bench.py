"""`samovar bench` as a user runs it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pytest

from samovar.cli import main
from samovar.emulator import Config, running
from samovar.emulator.config import Account, Latency

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Done:
    """What a command has left: its exit code, and what it said."""

    returncode: int
    stdout: str
    stderr: str


def bench(folder: Path, *words: str) -> Done:
    """Run the command in this process, in a folder of its own."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(["bench", *words])
        except SystemExit as usage:
            code = int(usage.code or 0)
    return Done(code, *(each.buffer.getvalue().decode() for each in (out, err)))


def started(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a shell does, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "samovar", "bench", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_default_run_passes_and_leaves_its_artefacts(tmp_path: Path) -> None:
    """No key, no service, no file: a page on stdout, progress on stderr, JSON and Markdown in a folder."""
    begun = time.monotonic()
    done = started(tmp_path)
    assert time.monotonic() - begun < 20
    assert done.returncode == 0, done.stderr
    assert "15 of 15 (100.0%)" in done.stdout
    assert "0 answers 429" in done.stdout
    assert "Caching saved" in done.stdout
    assert "main: the workload: 14/14" in done.stderr
    kinds = sorted(path.name.split("-", 1)[-1] for path in (tmp_path / "samovar-runs").iterdir())
    assert [kind for kind in kinds if "warmup" in kind] == [
        "prompt-cache-warmup.html",
        "prompt-cache-warmup.json",
        "prompt-cache-warmup.md",
    ]


def test_json_is_exactly_one_document(tmp_path: Path) -> None:
    """Everything else goes to stderr; what stdout says is what the file says."""
    done = started(tmp_path, "--format", "json")
    run = json.loads(done.stdout)
    [path] = (tmp_path / "samovar-runs").glob("*warmup.json")
    assert json.loads(path.read_text()) == run
    assert run["schema"] == "samovar.bench/1"
    assert run["summary"]["rate_limit_errors"] == 0
    assert "student" not in json.dumps(run["blocks"])


def test_artefacts_hold_no_text_unless_asked(tmp_path: Path) -> None:
    """Digests and counts by default."""
    plain = bench(tmp_path, "--format", "json").stdout
    assert "cheese" not in plain
    assert "cheese" in bench(tmp_path, "--format", "json", "--no-redact-output").stdout


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--fixture", "huge"], 2, "smoke, full"),
        (["--fixture-path", "gone.json"], 2, "gone.json"),
        (["--ttl", "service=2d"], 2, "service=1h"),
        (["--ttl", "service=12h"], 2, "It has 1h, 5m."),
        (["--model", "gpt-4.1", "--ttl", "service=30m"], 2, "It caches by itself"),
        (["--hit-rate-warn", "0.5"], 2, "thresholds"),
        (["--tpm", "500"], 2, "--tpm"),
        (["--model", "claude-nonesuch-9"], 2, "claude-nonesuch-9"),
        (["--model", "gpt-4.1", "--api", "messages"], 2, "gpt-4.1 is a model of openai"),
        (["--model", "claude-opus-5", "--api", "responses"], 2, "/v1/responses is openai's"),
        (["--model", "claude-haiku-4-5"], 1, "Not measured: every call bypassed the cache"),
        (["--ttl", "service=5m,assignment=1h"], 1, "TTL"),
    ],
)
def test_what_goes_wrong_has_its_exit_code_and_its_sentence(
    words: list[str], code: int, says: str, tmp_path: Path
) -> None:
    """2 usage, 3 the provider, 1 a finding; the message says what to do next."""
    done = bench(tmp_path, *words)
    assert done.returncode == code, done.stdout + done.stderr
    assert says in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


GEMINI = {"endpoint": "/v1beta/models/gemini-3-flash:generateContent", "request": {"contents": []}}
CLAUDE = {"endpoint": "/v1/messages", "request": {"model": "claude-sonnet-5", "messages": []}}
ONE = ("--workload", "logs/first.jsonl")
TRACE = {"timestamp": 0, "input_length": 600, "output_length": 1, "hash_ids": [1]}


@pytest.mark.parametrize(
    ("line", "words", "says"),
    [
        (GEMINI, (), "speak Gemini generateContent, and the built-in provider does not."),
        (GEMINI, (), "samovar explain logs tells what these calls did."),
        (GEMINI, ("--provider", "openai", "--yes"), "and provider openai does not."),
        (CLAUDE, ("--provider", "openai", "--yes"), "Send them again with --provider anthropic."),
        (TRACE, (), "Give one of them: --workload logs/first.jsonl"),
        (TRACE, (*ONE, "--model", "gpt-4.1"), "gpt-4.1 is asked by /v1/responses"),
        (TRACE, (*ONE, "--api", "chat/completions"), "is asked by /v1/chat/completions"),
    ],
)
def test_a_log_that_cannot_be_sent_again(
    line: dict[str, object], words: tuple[str, ...], says: str, tmp_path: Path
) -> None:
    """The message says why, and what can be done with it instead."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "first.jsonl").write_text(json.dumps(line))
    done = bench(tmp_path, "--workload", "logs", *words)
    assert done.returncode == 2, done.stdout + done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unwritable_folder_costs_neither_page_nor_artefact(tmp_path: Path) -> None:
    """The page is printed, the files are kept elsewhere, the exit code says that something was wrong."""
    (tmp_path / "taken").write_text("")
    done = bench(tmp_path, "--out", "taken")
    assert done.returncode == 3
    assert "15 of 15" in done.stdout
    assert "They are kept in" in done.stderr


def test_nothing_is_paid_for_that_cannot_be_kept(tmp_path: Path) -> None:
    """A real provider is not asked where the results could not be written; nobody listens at this port."""
    (tmp_path / "taken").write_text("")
    paid = ("--provider", "anthropic", "--base-url", "http://127.0.0.1:9", "--engine", "none", "--yes")
    done = bench(tmp_path, "--out", "taken", *paid)
    assert done.returncode == 3
    assert "Nothing was sent. Choose another --out." in done.stderr
    assert done.stdout == ""


UNHURRIED = ("--rpm", "600", "--tpm", "9000000")
"""An account whose limits keep no request waiting for long."""


@pytest.mark.parametrize("pauses", [(), (0.02, 0.02), (0.3,)])
def test_ctrl_c_keeps_what_was_measured(tmp_path: Path, pauses: tuple[float, ...]) -> None:
    """Interrupted in real time, by hasty fingers too: an artefact marked incomplete, exit code 130."""
    child = subprocess.Popen(
        [sys.executable, "-m", "samovar", "bench", "--real-time", "--cold-control", "1", *UNHURRIED],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        text=True,
    )
    assert child.stderr is not None
    for line in child.stderr:
        if line.startswith("seed"):
            break
    child.send_signal(signal.SIGINT)
    for pause in pauses:
        time.sleep(pause)
        child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=30)
    assert child.returncode == 130
    assert "Traceback" not in err
    assert "incomplete" in out
    [path] = (tmp_path / "samovar-runs").glob("*warmup.json")
    run = json.loads(path.read_text())
    assert run["status"] == "incomplete"
    assert len(run["requests"]) >= 1


def test_a_killed_run_is_rebuilt_from_its_journal(tmp_path: Path) -> None:
    """SIGKILL in the middle of main: every finished call is in the rebuilt artefact, marked incomplete."""
    words = ("--real-time", "--cold-control", "0", "--fixture", "full", *UNHURRIED)
    child = subprocess.Popen(
        [sys.executable, "-m", "samovar", "bench", *words],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stderr is not None
    journal = tmp_path / "samovar-runs"
    for line in child.stderr:
        if line.startswith("seed"):
            break
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        [path] = journal.glob("*.journal.jsonl")
        if path.read_bytes().count(b'"phase":"main"') >= 2:
            break
        time.sleep(0.01)
    child.kill()
    child.communicate()
    done = subprocess.run(
        [sys.executable, "-m", "samovar", "bench", "report", str(path), "--format", "json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    run = json.loads(done.stdout)
    rows = [json.loads(line) for line in path.read_bytes().splitlines()[1:]]
    assert run["status"] == "incomplete"
    assert len(run["requests"]) == len(rows) >= 4
    paid = sum(row["cost_usd"] for row in rows if row["phase"] != "cold")
    assert run["summary"]["money"]["paid_usd"] == pytest.approx(paid)
    assert (tmp_path / "samovar-runs" / f"{path.name.split('.')[0]}-prompt-cache-warmup.json").exists()


def test_a_report_ends_like_its_run_and_needs_no_stdout(tmp_path: Path) -> None:
    """A run that broke off and failed a check: 3 from both; the files are written first, stdout or not."""
    with running(Config(port=0, clock="virtual")) as emulator:
        refused = bench(tmp_path, "--base-url", emulator.base_url, "--model", "claude-nonesuch-9")
    assert refused.returncode == 3
    [journal] = (tmp_path / "samovar-runs").glob("*.journal.jsonl")
    report = [sys.executable, "-m", "samovar", "bench", "report", str(journal)]
    assert subprocess.run(report, capture_output=True, check=False).returncode == 3
    closed = subprocess.run(
        ["/bin/sh", "-c", '"$@" >&-', "sh", *report, "--out", "again"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert closed.returncode == 3
    assert "the page cannot be printed" in closed.stderr
    assert "defect" not in closed.stderr
    assert len(list((tmp_path / "again").iterdir())) == 3


def test_only_the_newest_runs_are_kept(tmp_path: Path) -> None:
    """`--keep 1` deletes what earlier runs left, and nothing that is not a run's."""
    (tmp_path / "samovar-runs").mkdir()
    (tmp_path / "samovar-runs" / "notes.md").write_text("mine")
    for _ in range(3):
        assert bench(tmp_path, "--keep", "1").returncode == 0
    names = sorted(path.name for path in (tmp_path / "samovar-runs").iterdir())
    assert len({name.split("-")[0].split(".")[0] for name in names if name != "notes.md"}) == 1
    assert "notes.md" in names


def test_a_slower_run_than_the_baseline_warns_or_fails(tmp_path: Path) -> None:
    """p95 against an earlier artefact; failing is opt-in; a baseline of another schema is refused first."""
    bench(tmp_path, "--out", "a")
    [path] = (tmp_path / "a").glob("*.json")
    assert bench(tmp_path, "--baseline", str(path)).returncode == 0
    run = json.loads(path.read_text())
    run["summary"]["latency_warm"]["first_byte_p95"] /= 2
    path.write_text(json.dumps(run))
    assert "WARN  p95-first-byte" in bench(tmp_path, "--baseline", str(path)).stdout
    assert bench(tmp_path, "--baseline", str(path), "--fail-on-regression").returncode == 1
    other = bench(tmp_path, "--baseline", str(path), "--out", "b", "--fixture", "full")
    assert other.returncode == 2
    assert "another workload (smoke)" in other.stderr
    path.write_text(json.dumps({**run, "schema": "samovar.bench/9"}))
    refused = bench(tmp_path, "--baseline", str(path), "--out", "b")
    assert refused.returncode == 2
    assert not (tmp_path / "b").exists(), "nothing was run for a comparison that cannot be made"


def test_a_real_provider_needs_a_key_and_a_yes(tmp_path: Path) -> None:
    """The estimate is printed first; without a terminal or --yes nothing is sent."""
    environment = {k: v for k, v in os.environ.items() if not k.endswith("_API_KEY")}
    command = [sys.executable, "-m", "samovar", "bench", "--provider", "anthropic"]
    for words, says in (
        ([], "19 requests to the anthropic API for claude-sonnet-5, estimated to cost at least $0."),
        (["--yes"], "ANTHROPIC_API_KEY is not set"),
    ):
        done = subprocess.run(
            [*command, *words],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert done.returncode == 2
        assert says in done.stderr


@pytest.mark.parametrize("clock", ["real", "virtual"])
def test_the_clock_of_a_running_emulator_is_the_runs(
    tmp_path: Path, clock: Literal["real", "virtual"]
) -> None:
    """`--base-url` alone: its clock is the run's; a second run without a nonce is refused."""
    quick = Config(port=0, clock=clock, account=Account(unlimited=True), latency=Latency(scale=0.02))
    with running(quick) as emulator:
        words = ["--base-url", emulator.base_url, "--no-nonce", "--rpm", "6000", "--tpm", "10000000"]
        first, second = bench(tmp_path, *words, "--format", "json"), bench(tmp_path, *words)
        truth = emulator.truth
    assert first.returncode == 0, first.stderr
    run = json.loads(first.stdout)
    assert run["settings"]["clock"] == clock
    assert run["summary"]["hit_rate"]["part"] == 15
    waits = [row["first_byte"] - row["sent"] for row in run["requests"]]
    served = [
        call.first_byte_at - call.started_at for call in truth if call.first_byte_at and call.status == 200
    ]
    assert min(waits) >= min(served) - 0.001
    assert second.returncode == 1
    assert "FAIL  pre-warmed: the seed of" in second.stdout
    assert "saved" not in second.stdout, "what an earlier run paid for is nobody's saving"


def test_a_running_emulator_is_measured_like_a_stranger(tmp_path: Path) -> None:
    """`--base-url`: streamed, by the wall clock; without a nonce the second run is refused as pre-warmed."""
    quick = Config(port=0, account=Account(unlimited=True), latency=Latency(scale=0.02))
    with running(quick) as emulator:
        words = ["--provider", "anthropic", "--base-url", emulator.base_url, "--yes", "--no-nonce"]
        words += ["--rpm", "6000", "--tpm", "10000000"]
        first, second = bench(tmp_path, *words), bench(tmp_path, *words)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "15 of 15" in first.stdout
    assert second.returncode == 1
    assert "pre-warmed" in second.stdout


def test_a_comparison_says_more_where_it_became_more(tmp_path: Path) -> None:
    """Backwards, what caching saved is a loss in words, not a negative saving."""
    bench(tmp_path, "--out", "with")
    bench(tmp_path, "--out", "without", "--uncached")
    [cached], [uncached] = (list((tmp_path / name).glob("*.json")) for name in ("with", "without"))
    forwards = bench(tmp_path, "compare", str(uncached), str(cached))
    backwards = bench(tmp_path, "compare", str(cached), str(uncached))
    assert (forwards.returncode, backwards.returncode) == (0, 1)
    assert "% less (95 % interval" in forwards.stdout
    assert "% more (95 % interval" in backwards.stdout
    assert "-" not in backwards.stdout
