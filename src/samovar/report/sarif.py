"""Findings as SARIF 2.1.0 (OASIS), the form that code hosts read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import msgspec

from samovar.lint.baseline import digest
from samovar.lint.registry import RULES

if TYPE_CHECKING:
    from samovar.lint.finding import Finding
    from samovar.lint.rule import Rule
    from samovar.lint.run import Report

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: Final = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
_RANKS: Final = {"certain": 95.0, "likely": 70.0, "guess": 30.0}


def as_sarif(report: Report, version: str) -> str:
    """Return one SARIF log with one run of this version of samovar."""
    used = {each.code for each in report.findings}
    rules = [rule for rule in RULES if rule.code in used]
    order = {rule.code: i for i, rule in enumerate(rules)}
    run = {
        "tool": {
            "driver": {
                "name": "samovar",
                "version": version,
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(each, order[each.code]) for each in report.findings],
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    {"level": "warning", "message": {"text": f"{each.file}: not linted: {each.reason}"}}
                    for each in report.problems
                ],
            }
        ],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(log)).decode() + "\n"


def _rule(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": " ".join(rule.section("What it does").split())},
        "help": {"text": rule.doc.strip()},
        "defaultConfiguration": {"level": _LEVELS[rule.severity.value]},
        "properties": {"tags": [rule.name, rule.code[:2]]},
    }


def _result(finding: Finding, index: int) -> dict[str, object]:
    place: dict[str, object] = {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(finding.file)},
            "region": {"startLine": finding.line, "startColumn": finding.column},
        }
    }
    if finding.path:
        place["logicalLocations"] = [{"fullyQualifiedName": finding.path, "kind": "member"}]
    result: dict[str, object] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity.value],
        "rank": _RANKS[finding.confidence.word],
        "message": {"text": finding.message},
        "locations": [place],
        "partialFingerprints": {"samovar/v1": digest(finding)},
    }
    if finding.usd is not None:
        result["properties"] = {"usdPer1000Calls": round(finding.usd, 6), "cost": finding.cost}
    return result
