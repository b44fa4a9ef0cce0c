"""How fast and in how much memory `samovar explain --format json` explains logs: the whole verb, one core.

    python benchmarks/explain.py [--megabytes 50] [--calls 10000 100000]

Each figure is one run of the command in a process of its own, start-up included: processor time of user and
system, and peak memory. Bodies are those of `reading.py`, record files those of `record_traffic.py`; they
are written to a temporary folder first. For a million calls say `--calls 1000000` (1.3 GB of records).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

sys.path.insert(0, str(Path(__file__).parent))
from measure import report  # the folder is no package
from reading import Traffic
from record_traffic import RecordTraffic

if TYPE_CHECKING:
    from collections.abc import Iterable


class Run(NamedTuple):
    """Processor seconds and peak memory in MB."""

    seconds: float
    memory: float


COUNTED = """
import resource, sys
from pathlib import Path
from samovar.cli import main
code = main(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_SELF)
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(code, used.ru_utime + used.ru_stime, status["VmHWM"].split()[0], file=sys.stderr)
"""
"""Runs the verb and says what it used; the peak is of this program alone, not of who started it."""


def explained(log: Path) -> Run:
    """Explain a log in a process of its own."""
    command = [sys.executable, "-c", COUNTED, "explain", "--format", "json", str(log)]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True, text=True)
    code, seconds, memory = done.stderr.splitlines()[-1].split()
    if code != "0":
        raise SystemExit(f"explain ended with {code}: {done.stderr}")
    return Run(float(seconds), float(memory) / 1024)


def written(path: Path, lines: Iterable[bytes]) -> Path:
    """Write a log."""
    with path.open("wb") as file:
        file.writelines(lines)
    return path


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=50)
    parser.add_argument("--calls", type=int, nargs="*", default=[10_000, 100_000])
    args = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        traffic = Traffic(1)
        for what, turns, openai in (
            ("Anthropic bodies, sessions of 15 turns", 15, False),
            ("Anthropic bodies, nothing repeated", 1, False),
            ("OpenAI bodies, sessions of 15 turns", 15, True),
            ("OpenAI bodies, nothing repeated", 1, True),
        ):
            data = traffic.log(args.megabytes * 1_000_000, turns, openai=openai)
            run = explained(written(folder / "bodies.jsonl", [data]))
            rows.append((what, f"{len(data) / run.seconds / 1e6:,.0f} MB/s", "25"))
            rows.append(("  peak memory", f"{run.memory:,.0f} MB", "< 300"))
        for calls in args.calls:
            records = RecordTraffic(1)
            log = written(folder / "records.jsonl", [records.head()])
            with log.open("ab") as file:
                file.writelines(records.lines(calls))
            run = explained(log)
            rows.append((f"{calls:,} records of 8 blocks", f"{calls / run.seconds:,.0f} calls/s", "25,000"))
            rows.append(("  peak memory", f"{run.memory:,.0f} MB", "< 500"))
    report("Explaining logs", rows)


if __name__ == "__main__":
    main()
