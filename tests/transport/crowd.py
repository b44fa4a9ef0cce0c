"""Several processes, one Redis, one provider in a box, all in real time."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from tests.house.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CONFIG = """
clock = "real"
port = 0
tokens = "chars/4"
gzip = false
[account]
unlimited = true
[latency]
base = 0.05
prefill_tokens_per_second = 2829
jitter = 0.0
[cache]
visibility_lag = {lag}
"""
FIRST_BYTE = 5.0
"""Seconds to the first byte of a call that reads nothing: 14,000 tokens at 2,829 a second, and 0.05."""


class Provider:
    """`samovar emulate`, in a process of its own."""

    def __init__(self, folder: Path, lag: float = 0.0) -> None:
        self._file = folder / "emulator.toml"
        self._file.write_text(CONFIG.format(lag=lag))
        self.base_url = ""

    def __enter__(self) -> Self:
        words = [sys.executable, "-m", "samovar", "emulate", "--config", str(self._file)]
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        found = re.search(r"provider (http://\S+)", self._process.stdout.readline())
        assert found is not None
        self.base_url = found[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()


@dataclass(slots=True)
class Told:
    """What all processes that lived to tell have told."""

    begun: list[float]
    calls: list[dict[str, Any]]
    outcomes: list[dict[str, Any]]

    @property
    def errors(self) -> list[str]:
        """Calls that did not complete."""
        return [call["error"] for call in self.calls if "error" in call]

    def writes(self, least: int = 1) -> int:
        """Return how many calls wrote at least so many tokens."""
        return sum(call.get("written", 0) >= least for call in self.calls)


class Crowd:
    """Processes of `tests.transport.worker`, started together."""

    def __init__(self, count: int, order: dict[str, Any]) -> None:
        self.at = time.time() + 4.0
        whole = json.dumps({**order, "at": self.at})
        words = [sys.executable, "-m", "tests.transport.worker", whole]
        self.processes = [
            subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(count)
        ]

    def wait_until(self, seconds_after_start: float) -> None:
        """Return so many seconds after the calls began."""
        time.sleep(max(0.0, self.at + seconds_after_start - time.time()))

    def told(self, dead: Sequence[subprocess.Popen[str]] = ()) -> Told:
        """Wait for all processes but those that are `dead`; return what they say."""
        whole = Told([], [], [])
        for process in self.processes:
            out, _ = process.communicate(timeout=120)
            if process in dead:
                continue
            line = json.loads(out.splitlines()[-1])
            whole.begun += line["begun"]
            whole.calls += line["calls"]
            whole.outcomes += line["outcomes"]
        return whole
