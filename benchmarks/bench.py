"""What a benchmark run costs: 10², 10³ and 10⁴ calls in virtual time, each in a process of its own.

The workload is the built-in one with as many essays as it takes. Processor time and memory are those of the
whole command: both sides of every call, the judging, the journal, the page and the artefacts.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec
from measure import report

from samovar.bench.fixture import built_in

SIZES = ((10, 10), (32, 32), (100, 100))
SECONDS, MEGABYTES = 60, 300
"""What 10⁴ calls may take."""


def fixture(folder: Path, anchors: int, students: int) -> Path:
    """Write the built-in workload with that many essays, each a little different."""
    plain = built_in("full")
    [assignment] = plain.assignments
    essays = [*assignment.anchors, *assignment.students]

    def made(kind: str, count: int) -> list[dict[str, object]]:
        return [
            {"id": f"{kind}{n:04}", "text": f"{n}. {essays[n % len(essays)].text}", "quality": n % 7 - 3.0}
            for n in range(count)
        ]

    whole = msgspec.to_builtins(plain)
    whole["assignments"][0] |= {"anchors": made("a", anchors), "students": made("s", students)}
    path = folder / "fixture.json"
    path.write_bytes(msgspec.json.encode(whole))
    return path


def measured(folder: Path, path: Path) -> tuple[float, float, int]:
    """Run the command; return its processor seconds, peak megabytes and how many calls hit."""
    child = subprocess.Popen(
        [sys.executable, "-m", "samovar", "bench", "--fixture-path", str(path), "--out", str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"the run of {path} ended with status {status}")
    [artefact] = folder.glob("*warmup.json")
    hits = json.loads(artefact.read_bytes())["summary"]["hit_rate"]["part"]
    scale = 1024 if sys.platform != "darwin" else 1024 * 1024
    return used.ru_utime + used.ru_stime, used.ru_maxrss / scale, hits


def main() -> None:
    """Print the table; exit 1 when the goals are missed."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    rows = []
    seconds = megabytes = 0.0
    for anchors, students in SIZES:
        with tempfile.TemporaryDirectory() as name:
            path = fixture(Path(name), anchors, students)
            seconds, megabytes, hits = measured(Path(name) / "runs", path)
        calls = anchors * students
        goal = f"< {SECONDS} s, < {MEGABYTES} MB" if calls == SIZES[-1][0] * SIZES[-1][1] else "-"
        each = f"{seconds * 1000 / calls:.2f} ms a call"
        rows.append(
            (f"{calls:,} calls ({hits:,} hits)", f"{seconds:.1f} s, {megabytes:.0f} MB, {each}", goal)
        )
    report("A benchmark run, processor time and peak memory", rows)
    if seconds > SECONDS or megabytes > MEGABYTES:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
