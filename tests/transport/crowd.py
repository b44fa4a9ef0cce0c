"""Several processes, one Redis, one provider in a box, all in real time."""

from __future__ import annotations

import multiprocessing
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from tests.transport.worker import TOKENS, work

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkServerProcess
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
prefill_tokens_per_second = {rate}
jitter = 0.0
[cache]
visibility_lag = {lag}
"""
FIRST_BYTE = 5.0
"""Seconds to the first byte of a call that reads nothing of its 14,000 tokens, where no other is said."""
FORKS = multiprocessing.get_context("forkserver")
"""Processes that share nothing with this one nor with each other; the SDK is imported once for all."""
FORKS.set_forkserver_preload(["__main__", "tests.transport.worker"])


class Provider:
    """`samovar emulate`, in a process of its own."""

    def __init__(self, folder: Path, lag: float = 0.0, first_byte: float = FIRST_BYTE) -> None:
        self._file = folder / "emulator.toml"
        self._file.write_text(CONFIG.format(lag=lag, rate=TOKENS / (first_byte - 0.05)))
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
    """Processes of `tests.transport.worker`; their calls begin together, once all of them are ready."""

    def __init__(self, count: int, order: dict[str, Any]) -> None:
        self.processes: list[ForkServerProcess] = []
        self._lines: list[Connection] = []
        for _ in range(count):
            here, there = FORKS.Pipe()
            process = FORKS.Process(target=work, args=(order, there), daemon=True)
            process.start()
            there.close()
            self.processes.append(process)
            self._lines.append(here)
        for line in self._lines:
            assert heard(line) == "ready"
        self.at = time.time() + 0.3
        for line in self._lines:
            line.send(self.at)

    def wait_until(self, seconds_after_start: float) -> None:
        """Return so many seconds after the calls began."""
        time.sleep(max(0.0, self.at + seconds_after_start - time.time()))

    def told(self, dead: Sequence[ForkServerProcess] = ()) -> Told:
        """Wait for all processes but those that are `dead`; return what they say."""
        whole = Told([], [], [])
        for process, line in zip(self.processes, self._lines, strict=True):
            if process not in dead:
                said = heard(line)
                whole.begun += said["begun"]
                whole.calls += said["calls"]
                whole.outcomes += said["outcomes"]
            process.join(60)
            process.close()
            line.close()
        return whole


def heard(line: Connection) -> Any:  # noqa: ANN401  # what a process says
    """Return what a process says next, within two minutes."""
    assert line.poll(120), "a process of the crowd is silent"
    return line.recv()
