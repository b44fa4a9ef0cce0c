"""Nobody takes what is said: the work is done all the same, and the exit code tells."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def shell(folder: Path, words: str) -> subprocess.CompletedProcess[str]:
    """Run the benchmark with the redirections of a shell."""
    return subprocess.run(
        ["/bin/bash", "-c", f'"$0" -m samovar {words}', sys.executable],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("stderr", ["2>/dev/full", "2>&-", "2> >(exit)"])
def test_a_benchmark_whose_progress_nobody_takes_is_kept(stderr: str, tmp_path: Path) -> None:
    """Full, closed, or a pipe whose reader has gone."""
    done = shell(tmp_path, f"bench --cold-control 0 {stderr}")
    assert done.returncode == 3
    assert "15 of 15 (100.0%)" in done.stdout
    assert "main" not in done.stdout, "what is meant for stderr does not land on stdout"
    assert len(list(tmp_path.glob("samovar-runs/*warmup*"))) == 3


@pytest.mark.parametrize("both", [">/dev/full 2>/dev/full", ">&- 2>&-"])
def test_a_benchmark_that_can_say_nothing_is_kept(both: str, tmp_path: Path) -> None:
    """Neither the page nor a message: the files are there."""
    assert shell(tmp_path, f"bench --cold-control 0 {both}").returncode == 3
    assert len(list(tmp_path.glob("samovar-runs/*warmup*"))) == 3


def test_a_verb_whose_stdout_is_closed_says_so(tmp_path: Path) -> None:
    """It is no defect."""
    done = shell(tmp_path, "price - --model claude-sonnet-5 <<< '{\"input_tokens\": 5}' >&-")
    assert done.returncode == 3
    assert "stdout is closed" in done.stderr
    assert "defect" not in done.stderr


def test_a_usage_error_that_nobody_hears_stays_one(tmp_path: Path) -> None:
    """The exit code is what is left of it."""
    assert shell(tmp_path, "bench --fixture huge 2>/dev/full").returncode == 2
