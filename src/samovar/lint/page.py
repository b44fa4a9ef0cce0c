"""A rule's page, made of its docstring: what the command prints and what stands in the documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.lint.registry import RULES
from samovar.lint.rule import SECTIONS

if TYPE_CHECKING:
    from samovar.lint.rule import Rule


def page(rule: Rule) -> str:
    """Return the page of one rule as Markdown."""
    preview = " · preview: only when selected" if rule.preview else ""
    lines = [
        f"# {rule.code} {rule.name}",
        "",
        rule.summary,
        "",
        f"Severity {rule.severity.value}{preview}.",
        "",
    ]
    for title in SECTIONS:
        lines += [f"## {title}", "", _section(rule, title), ""]
    return "\n".join(lines).rstrip() + "\n"


def _section(rule: Rule, title: str) -> str:
    text = rule.section(title)
    if title != "Example":
        return text
    return "```text\n" + "\n".join(line.removeprefix("    ") for line in text.splitlines()) + "\n```"


def listing() -> str:
    """Return one line a rule: code, name, severity, summary."""
    wide = max(len(rule.name) for rule in RULES)
    return "".join(
        f"{rule.code}  {rule.name:<{wide}}  {rule.severity.value:<8}  {rule.summary}\n" for rule in RULES
    )


def index() -> str:
    """Return the index page of the documentation."""
    rows = "".join(
        f"| [{r.code}]({r.code}.md) | `{r.name}` | {r.severity.value} | {r.summary} |\n" for r in RULES
    )
    return f"# Lint rules\n\n| code | name | severity | what |\n|---|---|---|---|\n{rows}"
