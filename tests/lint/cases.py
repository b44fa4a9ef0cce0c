"""The examples that stand in the rules' own files, run as a user's file would be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from samovar.lint.finding import Confidence, Finding
from samovar.lint.registry import RULES
from samovar.lint.run import lint
from samovar.lint.settings import Settings

if TYPE_CHECKING:
    from samovar.lint.rule import Case, Rule


def examples(*, good: bool) -> list[tuple[Rule, Case]]:
    """Return every rule with each of its valid (or invalid) examples."""
    return [(rule, case) for rule in RULES for case in (rule.valid if good else rule.invalid)]


def ids(value: object) -> str:
    """Return a readable id of a rule in a table of tests."""
    return getattr(value, "code", "")


def findings(case: Case, *codes: str, least: Confidence = Confidence.LIKELY) -> tuple[Finding, ...]:
    """Lint one example with the rules of these codes."""
    if case.body is not None:
        name, data = "request.json", json.dumps(case.body).encode()
    elif case.text is not None:
        name, data = case.file, case.text.encode()
    else:
        name = "log.jsonl"
        data = b"\n".join(json.dumps(each).encode() for each in case.log)
    settings = Settings(
        provider=case.provider if case.body is not None else "",
        endpoint=case.endpoint,
        select=codes,
        least=least,
        **(case.settings or {}),  # type: ignore[arg-type]  # a case names the members that differ
    )
    report = lint({name: data}, settings)
    assert not report.problems, report.problems
    return report.findings
