"""Findings for people, for programs and for a pull request. What is personal stays masked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from samovar.lint.beside import NOTHING, Beside
from samovar.lint.personal import masked, scan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samovar.lint.finding import Finding, Problem
    from samovar.lint.run import Report

WIDTH: Final = 96
_AROUND: Final = 3
"""Lines above and below that are looked at."""
_WIDE: Final = 400
"""Characters before and behind the window that are looked at."""
_LEVELS: Final = {"critical": "error", "high": "error", "medium": "warning", "low": "notice"}


def as_text(report: Report, sources: Mapping[str, bytes], beside: Beside = NOTHING) -> str:
    """Return the page for a terminal: findings, what could not be read, and the count.

    `beside` is what other detectors found, so that it is masked as well.
    """
    parts = [_paragraph(each, sources.get(each.file, b""), beside) for each in report.findings]
    parts += [
        f"{each.file}: {'not linted: ' if each.unread else ''}{each.reason}" for each in report.problems
    ]
    count = len(report.findings)
    said = "no findings" if not count else f"{count} finding{'s' if count > 1 else ''}"
    parts.append(f"{said} in {report.files} file{'' if report.files == 1 else 's'}")
    return "\n".join(parts) + "\n"


def _paragraph(finding: Finding, source: bytes, beside: Beside) -> str:
    where = f"{finding.file}:{finding.line}:{finding.column}"
    at = f" at {finding.path}" if finding.path else ""
    call = f" in call {finding.call}" if finding.call else ""
    head = (
        f"{where}: {finding.code} {finding.name} ({finding.severity.value}, "
        f"{finding.confidence.word}){at}{call}"
    )
    lines = [head, f"    {finding.message}"]
    shown = excerpt(source, finding.line, finding.column, beside)
    if shown:
        lines.append(f"    | {shown}")
    if finding.cost:
        lines.append(f"    $ {finding.cost}")
    lines += [f"    · {step}" for step in finding.trace]
    return "\n".join(lines)


def excerpt(source: bytes, line: int, column: int, beside: Beside = NOTHING) -> str:
    """Return what stands around a place, at most `WIDTH` characters, with personal values masked.

    The lines around it are looked at too: a word that names the value may stand above it, and the value may
    go on below.
    """
    lines = source.split(b"\n", line + _AROUND)
    if len(lines) < line:
        return ""
    near = [
        each.decode("utf-8", "replace").rstrip("\r")
        for each in lines[max(0, line - 1 - _AROUND) : line + _AROUND]
    ]
    at = min(line - 1, _AROUND)
    text = near[at]
    begin = sum(len(each) + 1 for each in near[:at])
    whole = "\n".join(near)
    start = begin + max(0, column - 1 - WIDTH // 3)
    # A value that the window cuts would not be recognised, so that is masked before it is cut.
    margin = max(_WIDE, beside.longest)
    wide, end = max(0, start - margin), start + WIDTH + margin
    shown = list(whole)
    for hit in (*scan(whole[wide:end]), *beside.shown(whole[wide:end])):
        first, last = max(wide + hit.start, begin), min(wide + hit.end, begin + len(text))
        if first < last:
            value = masked(hit.kind, whole[wide + hit.start : wide + hit.end])
            shown[first:last] = value.ljust(last - first)[: last - first]
    clean = "".join(shown[start : min(start + WIDTH, begin + len(text))])
    return " ".join(clean.replace("\\n", " ").split())


def as_json(report: Report) -> str:
    """Return one JSON document: `findings`, `problems`, `files`."""
    document = {
        "findings": [_row(each) for each in report.findings],
        "problems": [{"file": each.file, "reason": each.reason} for each in report.problems],
        "files": report.files,
    }
    return msgspec.json.format(msgspec.json.encode(document)).decode() + "\n"


def _row(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "confidence": finding.confidence.word,
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "level": finding.level,
        "path": finding.path,
        "message": finding.message,
        "trace": [*([f"in call {finding.call}"] if finding.call else ()), *finding.trace, *_money(finding)],
    }


def _money(finding: Finding) -> tuple[str, ...]:
    return (finding.cost,) if finding.cost else ()


def as_github(report: Report) -> str:
    """Return workflow commands, which GitHub shows as annotations of a pull request."""
    lines = [
        f"::{_LEVELS[each.severity.value]} file={_property(each.file)},line={each.line},col={each.column},"
        f"title={_property(f'{each.code} {each.name}')}::{_data('; '.join((each.message, *_money(each))))}"
        for each in report.findings
    ]
    lines += [_problem(each) for each in report.problems]
    return "".join(f"{line}\n" for line in lines)


def _problem(problem: Problem) -> str:
    title = "not linted" if problem.unread else "lint"
    return f"::warning file={_property(problem.file)},title={title}::{_data(problem.reason)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
