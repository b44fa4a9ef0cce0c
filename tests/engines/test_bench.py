"""`samovar bench` against a real llama.cpp: what each call reads is what was expected before it was sent."""

from __future__ import annotations

import json
from importlib.util import find_spec
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from samovar.bench.server import Tokenizer
from samovar.cli import main
from tests.services import need

need("llama.cpp", all(map(find_spec, ("xllamacpp", "gguf"))), "pip install xllamacpp gguf")

from tests.engines.llamacpp import LlamaServer, write_model  # noqa: E402  # what it imports may be missing

if TYPE_CHECKING:
    from array import array
    from pathlib import Path

pytestmark = pytest.mark.service("llamacpp")

SERVICE = "You are an examiner who compares two essays and names the better one. " * 12
RUBRIC = "Argument, evidence and style count, in this order. " * 12


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the tiny model."""
    path = tmp_path_factory.mktemp("llamacpp") / "tiny.gguf"
    write_model(path)
    return path


@pytest.fixture
def fixture(tmp_path: Path) -> Path:
    """A small workload: one token per byte makes the built-in one long."""
    path = tmp_path / "essays.json"
    essays = [{"id": f"e{n}", "text": f"Essay number {n}. " * (3 + n)} for n in range(5)]
    path.write_text(
        json.dumps(
            {
                "schema": "samovar.fixture/1",
                "name": "tiny",
                "title": "Tiny",
                "tool": {"name": "judge", "description": "Name one.", "input_schema": {"type": "object"}},
                "service": [{"name": "system prompt", "text": SERVICE}],
                "assignments": [
                    {
                        "id": "a",
                        "blocks": [{"name": "rubric", "text": RUBRIC}],
                        "anchors": essays[:2],
                        "students": essays[2:],
                    }
                ],
            }
        )
    )
    return path


def bench(
    server: LlamaServer, folder: Path, capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, dict[str, Any]]:
    """Run the benchmark against a server; return the exit code and the artefact."""
    code = main(
        [
            *("bench", "--provider", "openai", "--base-url", f"{server.base_url}/v1", "--format", "json"),
            *("--out", str(folder), *words),
        ]
    )
    run: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, run


def test_every_read_is_the_one_that_was_expected(
    model: Path, fixture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One slot: to the token, for controls, seed, settle and main; and all of it hits after seeding."""
    with LlamaServer(model) as server:
        code, run = bench(server, tmp_path, capsys, "--fixture-path", str(fixture))
    rows = run["requests"]
    assert code == 0, run["thresholds"]
    assert len(rows) == 9
    for row in rows:
        assert row["expected"]["read"] == {"lo": row["reported"]["read"], "hi": row["reported"]["read"]}, row
        assert row["agrees"] is True
    assert [row["verdict"] for row in rows if row["phase"] in {"settle", "main"}] == ["hit"] * 5
    assert all(row["reported"]["read"] < 40 for row in rows if row["phase"] in {"cold", "seed"})
    assert run["summary"]["disagreements"] == 0
    assert run["summary"]["by_scope"]["assignment"]["rate"] == 1.0
    assert (run["settings"]["engine"], run["settings"]["concurrency"]) == ("llamacpp, 1 slot", 1)


def test_a_second_run_is_cold_by_its_nonce_and_refused_without(
    model: Path, fixture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The template renders no tools: the nonce stands before the system text as well."""
    with LlamaServer(model) as server:
        words = ("--fixture-path", str(fixture), "--cold-control", "0")
        assert bench(server, tmp_path, capsys, *words)[0] == 0
        assert bench(server, tmp_path, capsys, *words, "--no-nonce")[0] == 0
        code, run = bench(server, tmp_path, capsys, *words, "--no-nonce")
    assert code == 1
    assert run["thresholds"][0]["name"] == "pre-warmed"


@pytest.mark.parametrize(("slots", "unified"), [(2, False), (3, True)])
def test_calls_at_once_read_inside_the_interval(
    slots: int,
    unified: bool,
    model: Path,
    fixture: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Which slot a call gets is the engine's choice then: bounds, and every report lies inside."""
    # One buffer for all slots has to hold all of them, or the engine drops what is idle.
    with LlamaServer(model, slots=slots, unified=unified, context=32_768) as server:
        code, run = bench(server, tmp_path, capsys, "--fixture-path", str(fixture))
    assert run["settings"]["concurrency"] == slots
    assert [row["agrees"] for row in run["requests"]] == [True] * 9
    assert code in {0, 1}, "a slot that was never used reads nothing: that may cost the hit rate"


def test_a_conversation_reads_on_through_its_answers(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A log's turns are sent again; each reads the turn before it, at least to where its prompt ended."""
    messages: list[dict[str, str]] = [{"role": "system", "content": SERVICE}]
    lines = []
    for turn in range(4):
        messages.append({"role": "user", "content": f"Question {turn}?"})
        lines.append(
            {
                "id": f"t{turn}",
                "provider": "openai",
                "endpoint": "/v1/chat/completions",
                "started_at": f"2026-11-20T12:00:0{turn}Z",
                "session": "s",
                "request": {"model": "m", "max_tokens": 6, "messages": list(messages)},
                "status": 200,
            }
        )
        messages.append({"role": "assistant", "content": f"Answer {turn}."})
    log = tmp_path / "log.jsonl"
    log.write_text("\n".join(map(json.dumps, lines)))
    with LlamaServer(model) as server:
        _, run = bench(server, tmp_path / "out", capsys, "--workload", str(log))
    reads = [row["reported"]["read"] for row in run["requests"]]
    assert [row["agrees"] for row in run["requests"]] == [True] * 4
    assert reads[0] == 0
    assert all(earlier < later for earlier, later in pairwise(reads))


def test_a_wrong_tokenizer_is_found_out(
    model: Path,
    fixture: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The comparison can fail: with tokens that differ from the engine's, reports lie outside."""
    right = Tokenizer.ids

    def wrong(self: Tokenizer, body: bytes) -> array[int] | None:
        told = right(self, body)
        return None if told is None else told[: len(told) // 3]

    monkeypatch.setattr(Tokenizer, "ids", wrong)
    with LlamaServer(model) as server:
        _, run = bench(server, tmp_path, capsys, "--fixture-path", str(fixture))
    assert run["summary"]["disagreements"] == 5


def test_a_server_that_nobody_asks_is_taken_for_unknown(
    model: Path, fixture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--engine none`: the widest rules, paced like any account, and measured all the same.

    Sizes cannot agree: no vocabulary that anyone uses has one token per byte.
    """
    with LlamaServer(model) as server:
        stranger = ("--engine", "none", "--api", "chat/completions", "--model", "my-model", "--yes")
        pace = ("--rpm", "6000", "--tpm", "900000")
        _, run = bench(server, tmp_path, capsys, "--fixture-path", str(fixture), *stranger, *pace)
    assert run["settings"]["engine"] is None
    assert run["model_known"] == "guess"
    assert run["summary"]["hit_rate"]["rate"] == 1.0
