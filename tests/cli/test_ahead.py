"""`samovar explain --jobs 2`: another process reads, and nobody can tell."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from samovar.cli import main
from samovar.cli.ahead import read_ahead
from samovar.errors import OursError
from tests.corpus import cases

if TYPE_CHECKING:
    from pathlib import Path

    from tests.corpus import Case

CHOSEN = cases("log", "control")[::8]


def explained(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Return the exit code and both outputs of `samovar explain`."""
    code = main(["explain", "--format", "json", *words])
    return code, *capsys.readouterr()


@pytest.mark.parametrize("case", CHOSEN, ids=lambda case: case.id)
def test_the_answers_are_the_same(case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The document of two processes is that of one, letter by letter."""
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"".join(case.lines()) + b"torn {\n")
    assert explained(capsys, str(log), "--jobs", "2") == explained(capsys, str(log))


def test_folders_and_packed_files_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Many logs, some packed, are merged in the order of time as one process merges them."""
    for case in CHOSEN[:4]:
        (tmp_path / f"{case.id}.jsonl.gz").write_bytes(gzip.compress(b"".join(case.lines())))
    assert explained(capsys, str(tmp_path), "--jobs", "2") == explained(capsys, str(tmp_path))


def test_what_cannot_be_read_is_refused_alike(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing and an empty file: the same words, the same exit code."""
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    for name in (str(tmp_path / "missing.jsonl"), str(empty)):
        alone = explained(capsys, name)
        assert alone[0] == 2
        assert explained(capsys, name, "--jobs", "2") == alone


def test_fewer_than_one_process_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The number is checked before anything is read."""
    code, _, said = explained(capsys, str(tmp_path / "x"), "--jobs", "0")
    assert (code, "--jobs" in said) == (2, True)


def test_a_reader_that_dies_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect in the other process ends this one with an error, never with fewer calls."""

    def broken(*_: object, **__: object) -> None:
        raise SystemExit(9)

    monkeypatch.setattr("samovar.cli.ahead.together", broken)
    with pytest.raises(OursError, match="ended before"):
        list(read_ahead([str(tmp_path)]))
