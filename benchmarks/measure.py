"""How the benchmarks measure: CPU time, best of several rounds, with machine and command beside it."""

from __future__ import annotations

import gc
import os
import platform
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[1]


def machine() -> str:
    """Return processor, number of cores and Python version in one line."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line
        ]
        model = names[0] if names else model
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"


def microseconds(work: Callable[[], object], *, number: int, rounds: int = 7) -> float:
    """Return the CPU microseconds of one `work()`, the best of `rounds` of `number` runs each."""
    best = float("inf")
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            start = time.process_time()
            for _ in range(number):
                work()
            best = min(best, (time.process_time() - start) / number)
    finally:
        gc.enable()
    return best * 1e6


def report(title: str, rows: list[tuple[str, str, str]]) -> None:
    """Print a table of (what, figure, goal), the machine and the command."""
    print(f"# {title}\n")
    width = max(len(what) for what, _, _ in rows)
    for what, figure, goal in rows:
        print(f"{what:<{width}}  {figure:>14}  goal {goal}")
    print(f"\nmachine: {machine()}\ncommand: python {' '.join(sys.argv)}")
