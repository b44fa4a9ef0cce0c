"""Findings for people, for programs and for a pull request. What is personal stays masked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from samovar.lint.beside import NOTHING, Beside
from samovar.lint.personal import Hit, cover, everywhere

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samovar.lint.finding import Finding, Problem
    from samovar.lint.run import Report

WIDTH: Final = 96
_CELL: Final = 256 * 1024
"""Bytes of a file that are looked at at once for what has to be masked."""
_MARGIN: Final = 32 * 1024
"""Bytes before and behind these; no value is longer."""
_LEVELS: Final = {"critical": "error", "high": "error", "medium": "warning", "low": "notice"}


def as_text(report: Report, sources: Mapping[str, bytes], beside: Beside = NOTHING) -> str:
    """Return the page for a terminal: findings, what could not be read, and the count.

    `beside` is what other detectors found, so that it is masked as well.
    """
    pages = {file: Page(sources.get(file, b""), beside) for file in {each.file for each in report.findings}}
    for each in report.findings:
        pages[each.file].hide(each)
    parts = [_paragraph(each, pages[each.file]) for each in report.findings]
    parts += [
        f"{each.file}: {'not linted: ' if each.unread else ''}{each.reason}" for each in report.problems
    ]
    count = len(report.findings)
    said = "no findings" if not count else f"{count} finding{'s' if count > 1 else ''}"
    parts.append(f"{said} in {report.files} file{'' if report.files == 1 else 's'}")
    return "\n".join(parts) + "\n"


def _paragraph(finding: Finding, page: Page) -> str:
    where = f"{finding.file}:{finding.line}:{finding.column}"
    at = f" at {finding.path}" if finding.path else ""
    call = f" in call {finding.call}" if finding.call else ""
    head = (
        f"{where}: {finding.code} {finding.name} ({finding.severity.value}, "
        f"{finding.confidence.word}){at}{call}"
    )
    lines = [head, f"    {finding.message}"]
    shown = page.excerpt(finding.line, finding.column)
    if shown:
        lines.append(f"    | {shown}")
    if finding.cost:
        lines.append(f"    $ {finding.cost}")
    lines += [f"    · {step}" for step in finding.trace]
    return "\n".join(lines)


class Page:
    """A file from which excerpts are shown, with what is personal or secret in it masked."""

    def __init__(self, source: bytes, beside: Beside = NOTHING) -> None:
        """Take the bytes of the file, and what other detectors found in it."""
        self._source = source
        self._beside = beside
        self._starts = [0]
        self._cells: dict[int, tuple[int, tuple[Hit, ...]]] = {}
        self._told: dict[int, list[tuple[int, int]]] = {}

    def hide(self, finding: Finding) -> None:
        """Keep the value of a finding out of all excerpts, however it is spelt."""
        if finding.length:
            first = max(0, finding.column - 1)
            self._told.setdefault(finding.line, []).append((first, first + finding.length))

    def excerpt(self, line: int, column: int) -> str:
        """Return what stands around a place, at most `WIDTH` characters."""
        begin = self._line(line)
        if begin is None:
            return ""
        end = self._source.find(b"\n", begin)
        text = self._source[begin : end if end >= 0 else None].decode("utf-8", "replace").rstrip("\r")
        first = min(max(0, column - 1 - WIDTH // 3), len(text))
        at, hits = self._cell(begin + len(text[:first].encode()))
        start = len(self._source[at : begin + len(text[:first].encode())].decode("utf-8", "replace"))
        near = [hit._replace(start=hit.start - start, end=hit.end - start) for hit in hits]
        near += [
            Hit("", told - first, until - first, secret=True) for told, until in self._told.get(line, ())
        ]
        shown = text[first : first + WIDTH]
        return " ".join(cover(shown, near).replace("\\n", " ").split())

    def _line(self, line: int) -> int | None:
        """Return where a line begins, counted from 1."""
        starts = self._starts
        while len(starts) < line:
            at = self._source.find(b"\n", starts[-1])
            if at < 0:
                return None
            starts.append(at + 1)
        return starts[line - 1]

    def _cell(self, at: int) -> tuple[int, tuple[Hit, ...]]:
        """Return the part of the file around a byte: where it begins, and what of it is to be masked."""
        number = at // _CELL
        if number not in self._cells:
            start = max(0, number * _CELL - _MARGIN)
            text = self._source[start : (number + 1) * _CELL + _MARGIN].decode("utf-8", "replace")
            self._cells[number] = start, (*everywhere(text), *self._beside.shown(text))
        return self._cells[number]


def excerpt(source: bytes, line: int, column: int, beside: Beside = NOTHING) -> str:
    """Return what stands around a place of a file, with values masked."""
    return Page(source, beside).excerpt(line, column)


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
