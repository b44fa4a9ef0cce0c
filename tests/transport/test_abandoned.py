"""What is left to the collector holds nothing up, and is told of."""

from __future__ import annotations

import subprocess
import sys


def test_answers_may_be_left_to_the_collector_which_runs_within_any_line() -> None:
    """Also one in which a lock is held that the end of a call takes: it is told by another thread.

    In a program of its own, because what fails here hangs.
    """
    ended = subprocess.run(
        [sys.executable, "-m", "tests.transport.abandoned"], capture_output=True, text=True, check=False
    )
    assert ended.stdout == "done\n", ended.stderr
