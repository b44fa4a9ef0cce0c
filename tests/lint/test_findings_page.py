"""docs/lint-findings.md lists what the linter says about captures and traces, and most of it is true."""

from __future__ import annotations

import gzip
import json
import re
from typing import TYPE_CHECKING

from samovar.lint.run import lint
from samovar.lint.settings import Settings
from tests.corpus import cases
from tests.house.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (ROOT / "docs" / "lint-findings.md").read_text("utf-8")
DATA = ROOT / "tests" / "data"


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table under a heading."""
    section = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")][1:]
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines]


def unpacked(path: Path) -> bytes:
    """Return the bytes of a compressed file."""
    return gzip.decompress(path.read_bytes())


def test_what_is_said_of_captures_and_traces_is_on_the_page() -> None:
    """Each body alone, each agent as a log, each session of the traces: no finding more, none less."""
    tree: dict[str, bytes] = {}
    for agent in ("claude-code", "codex", "opencode"):
        bodies = [unpacked(path) for path in sorted((DATA / "captures" / agent).glob("*.json.gz"))]
        tree[f"{agent}.jsonl"] = b"".join(json.dumps(json.loads(each)).encode() + b"\n" for each in bodies)
        tree |= {f"{agent}-{n}.json": each for n, each in enumerate(bodies)}
    for path in sorted((DATA / "traces" / "lmcache_agent").glob("*.jsonl.gz")):
        tree[path.name.removesuffix(".gz")] = unpacked(path)
    report = lint(tree, Settings())
    assert not report.problems
    assert report.files == len(tree) >= 40
    said = {
        (each.file.removesuffix(".jsonl"), each.call[-3:], each.code, each.path) for each in report.findings
    }
    told = {
        (*re.findall(r"captures/([\w-]+), call (\d+)", where)[0], rule.split()[0], path)
        for where, rule, path, *_ in rows("Captures of coding agents, and published agent traces")
    }
    assert said == told


def test_what_is_said_of_incident_logs_is_on_the_page() -> None:
    """By case and rule; and nothing is said about a control."""
    told = {
        (case, rule.split()[0])
        for where, rule, *_ in rows("Logs of public incidents")
        for case in where.split(", ")
    }
    said = set()
    for case in cases("log", "control"):
        if case.id.startswith("d") and "exchanges.jsonl" in case.files:
            found = lint({"log.jsonl": case.files["exchanges.jsonl"].encode()}, Settings()).findings
            said |= {(case.id, each.code) for each in found}
            assert case.kind == "log" or not found
    assert said == told


def test_at_least_nine_in_ten_are_true() -> None:
    """As read by hand; a verdict is one of two words, and has a reason."""
    verdicts = [
        (row[3], row[4])
        for heading in ("Captures of coding agents, and published agent traces", "Logs of public incidents")
        for row in rows(heading)
    ]
    assert {verdict for verdict, _ in verdicts} <= {"true", "false"}
    assert all(reason for _, reason in verdicts)
    assert sum(verdict == "true" for verdict, _ in verdicts) >= 0.9 * len(verdicts)
