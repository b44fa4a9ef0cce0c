"""Lint a tree: bytes by path in, findings and problems out. One bad file never hides the others."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from samovar.call import SegmentMemo
from samovar.errors import InputUnreadable, MalformedBody
from samovar.lint.codes import called
from samovar.lint.cost import loss
from samovar.lint.finding import Finding, Problem
from samovar.lint.locate import in_string, place, resolve, spot
from samovar.lint.log_file import LogFile, Source, unread
from samovar.lint.prompt_file import PROSE, TABLES, PromptFile, prompts_in
from samovar.lint.registry import RULES
from samovar.lint.request import read_request
from samovar.lint.settings import Settings
from samovar.lint.source.decode import LARGEST, LARGEST_LOG, decoded
from samovar.lint.source.kind import language
from samovar.lint.suppress import suppressions

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping

    from samovar.lint.finding import Found
    from samovar.lint.log import Log
    from samovar.lint.request import Request
    from samovar.lint.rule import Rule
    from samovar.lint.settings import Exemption
    from samovar.record.observation import BadLine

Check: TypeAlias = "Callable[[PromptFile, Settings], Iterator[Found]]"
LOGS: Final = frozenset({"jsonl", "ndjson", "har"})
FAILED: Final = "samovar has a defect and could not go on"
STDIN: Final = "-"
"""The name of what comes from a pipe."""
_OBJECT: Final = re.compile(rb'\s*\{\s*"')
_BODY: Final = frozenset({"messages", "contents", "input", "systemInstruction", "system_instruction"})


@dataclass(frozen=True, slots=True)
class Report:
    """What a run found: findings in order of file, line and code; problems; how many files were read."""

    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]
    files: int


def lint(tree: Mapping[str, bytes], settings: Settings) -> Report:
    """Return what the rules say about each file of the tree."""
    findings: list[Finding] = []
    problems: list[Problem] = []
    read = 0
    memo = SegmentMemo(5_000)
    for file, data in tree.items():
        try:
            for each in lint_file(file, data, settings, memo):
                if isinstance(each, Problem):
                    problems.append(each)
                else:
                    findings.append(each)
            read += 1
        except (MalformedBody, InputUnreadable) as error:
            problems.append(Problem(file, error.what.removeprefix(f"{file} ")))
        except Exception as error:  # noqa: BLE001  # a defect of ours must not hide the other files' findings
            problems.append(_defect(file, FAILED, error))
    findings.sort(key=lambda each: (each.file, each.line, each.column, each.code))
    return Report(tuple(findings), tuple(problems), read)


def lint_file(
    file: str, data: bytes, settings: Settings, memo: SegmentMemo | None = None
) -> Iterator[Finding | Problem]:
    """Yield the findings of one file, and the lines of a log that hold no call.

    Raises `MalformedBody` or `InputUnreadable` when it cannot be read as what it is.
    """
    memo = memo if memo is not None else SegmentMemo(1_000)
    suffix = file.rsplit(".", 1)[-1].lower()
    if suffix in LOGS:
        if len(data) > LARGEST_LOG:
            raise MalformedBody(f"larger than {LARGEST_LOG // 2**20} MB: cut it into pieces")
        yield from _log(file, data, settings, memo)
        return
    if len(data) > LARGEST:
        raise MalformedBody(f"larger than {LARGEST // 2**20} MB")
    if suffix == "json" or file == STDIN:
        named = bool(settings.provider or settings.endpoint)
        kind = _json_kind(data.removeprefix(BOM_UTF8), stdin=file == STDIN, named=named)
        if kind == "log":
            yield from _log(file, data, settings, memo)
            return
        if kind == "body" or (settings.endpoint and kind == "object"):
            yield from _request(file, data, settings, memo)
            return
    if suffix not in PROSE | TABLES and "." in file.rsplit("/", 1)[-1]:
        return
    yield from _prompt(file, decoded(data), settings, bom=data.startswith(BOM_UTF8))


def _defect(file: str, what: str, error: Exception) -> Problem:
    return Problem(file, f"{what}: {type(error).__name__}: {error}. Please report it.", defect=True)


def _whole(file: str, rule: Rule, found: Iterator[Found]) -> Iterator[Found | Problem]:
    """Yield what a rule finds; a defect in it costs what it would have found from there on, no other rule."""
    try:
        yield from found
    except (MalformedBody, InputUnreadable):
        raise
    except Exception as error:  # noqa: BLE001  # as above: a defect of ours
        yield _defect(file, f"{rule.code} {FAILED}", error)


def _json_kind(data: bytes, *, stdin: bool, named: bool) -> str:
    """Return "log", "body", "object" or "other".

    What comes from a pipe may be text, unless it begins as a body and a provider is `named`.
    """
    try:
        value = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        return "log" if data.lstrip()[:1] == b"[" and _readable(data) else "other"
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if stdin and data.lstrip()[:1] == b"{" and _readable(data):
            return "log"
        if stdin and not (named and _OBJECT.match(data)):
            return "other"
        raise MalformedBody(f"not JSON: {error}") from error
    if ("request" in value and ("endpoint" in value or "provider" in value)) or "resourceSpans" in value:
        return "log"
    if b"entries" in bytes(value.get("log", b"")):
        return "log"
    if _BODY & value.keys() and value.get("type") is None and "$schema" not in value:
        return "body"
    return "object"


def _readable(data: bytes) -> bool:
    """Whether some importer knows the bytes as a log."""
    try:
        LogFile(STDIN, data)
    except InputUnreadable:
        return False
    return True


def _wanted(settings: Settings, file: str) -> tuple[Rule, ...]:
    """Return the rules that are on for a file: the same for all files where none has an exemption."""
    return _chosen(settings.select, settings.ignore, settings.exemptions, file if settings.exemptions else "")


@lru_cache(1_024)
def _chosen(
    select: tuple[str, ...], ignore: tuple[str, ...], exemptions: tuple[Exemption, ...], file: str
) -> tuple[Rule, ...]:
    settings = Settings(select=select, ignore=ignore, exemptions=exemptions)
    return tuple(
        rule
        for rule in RULES
        if settings.wants(rule.code, rule.name, file)
        and (not rule.preview or any(word == rule.name or word.upper() == rule.code for word in select))
    )


def _request(file: str, data: bytes, settings: Settings, memo: SegmentMemo) -> Iterator[Finding | Problem]:
    data = data.removeprefix(BOM_UTF8)
    request = read_request(
        data, provider=settings.provider, endpoint=settings.endpoint, memo=memo, at=settings.at
    )
    text = data.decode()
    found = (
        (rule, each)
        for rule in _wanted(settings, file)
        if rule.request
        for each in _whole(file, rule, rule.request(request, settings))
    )
    for rule, each in found:
        if isinstance(each, Problem):
            yield each
        elif _sure(each, settings):
            yield _finding(rule, each, file, Source(text, 0, ""), request, settings.today)


def _log(file: str, data: bytes, settings: Settings, memo: SegmentMemo) -> Iterator[Finding | Problem]:
    source = LogFile(file, data)
    bad: list[BadLine] = []
    calls = 0
    seen: set[tuple[object, ...]] = set()
    for log, unreadable in source.windows(memo, settings.provider, settings.at):
        bad += unreadable
        calls += len(log.calls)
        for rule, each in _found_in(log, settings, file):
            if isinstance(each, Problem):
                yield each
                continue
            call = log.calls[each.call]
            key = (
                rule.code,
                each.path,
                call.provider,
                call.model,
                log.seen[each.call].labels.get("call_site"),
            )
            if not _sure(each, settings) or key in seen:
                continue
            seen.add(key)
            place_of = source.source(log.seen[each.call].place)
            yield _finding(rule, each, file, place_of, call, settings.today)
    if not calls:
        raise MalformedBody(bad[0].reason if bad else "an empty log")
    yield from unread(file, bad)


def _found_in(log: Log, settings: Settings, file: str) -> Iterator[tuple[Rule, Found | Problem]]:
    for rule in _wanted(settings, file):
        if rule.log is not None:
            yield from ((rule, each) for each in _whole(file, rule, rule.log(log, settings)))
        if rule.request is not None and rule.logged:
            for call in log.calls:
                for each in _whole(file, rule, rule.request(call, settings)):
                    yield rule, each if isinstance(each, Problem) else replace(each, call=call.index)


def _asked(whole: PromptFile, rules: list[tuple[Rule, Check]]) -> Iterator[tuple[PromptFile, Rule, Check]]:
    """Yield what each rule is asked about: the prompts of a file, and a table as a whole."""
    table = language(whole.file) in TABLES
    prompts = list(prompts_in(whole.file, whole.text, bom=whole.bom)) if table else [whole]
    for rule, check in rules:
        for prompt in (*prompts, whole) if table and rule.whole else prompts:
            yield prompt, rule, check


def _prompt(file: str, text: str, settings: Settings, *, bom: bool) -> Iterator[Finding | Problem]:
    excused = suppressions(text)
    rules = [(rule, rule.prompt) for rule in _wanted(settings, file) if rule.prompt is not None]
    seen: dict[tuple[str, int, str], Finding] = {}
    also: dict[tuple[str, int, str], list[str]] = {}
    whole = PromptFile(file, text, bom=bom)
    for prompt, rule, check in _asked(whole, rules):
        for each in _whole(file, rule, check(prompt, settings)):
            if isinstance(each, Problem):
                yield each
                continue
            if not _sure(each, settings):
                continue
            at = prompt.place(each.offset or 0)
            length = prompt.place((each.offset or 0) + each.length) - at if each.length else 0
            placed = replace(each, offset=at, length=length, path=prompt.path and whole.shown(prompt.path))
            finding = _finding(rule, placed, file, Source(text, 0, ""), None)
            told = (rule.code, finding.line, finding.message)
            also.setdefault(told, []).extend(finding.about)
            if told not in seen and not excused.covers(finding):
                seen[told] = finding
    yield from (replace(each, about=tuple(sorted(set(also[told])))) for told, each in seen.items())
    names = [(rule.code, rule.name) for rule in RULES]
    ran = [(rule.code, rule.name) for rule, _ in rules]
    for line, said in excused.complaints(
        lambda given: any(called(*each, (given,)) for each in names),
        lambda given: any(called(*each, (given,)) for each in ran),
    ):
        yield Problem(f"{file}:{line}", said, unread=False)


def _sure(found: Found, settings: Settings) -> bool:
    return found.confidence >= settings.least


def _finding(
    rule: Rule,
    found: Found,
    file: str,
    source: Source,
    request: Request | None,
    today: dt.date | None = None,
) -> Finding:
    from samovar.lint.personal import hidden  # noqa: PLC0415  # loaded with the first finding

    text, above, under = source
    length = found.length
    lost = loss(request, found, today, breaks=rule.breaks) if request is not None else None
    if request is None:
        where = spot(text, found.offset or 0)
    else:
        path = f"{under}.{found.path}" if under and found.path else (under or found.path)
        at = place(text, path) if path else 0
        if isinstance(resolve(request.body, found.path), str):
            begin = at
            at = in_string(text, begin, found.offset) if found.offset else begin
            length = in_string(text, begin, (found.offset or 0) + length) - at if length else 0
        where = spot(text, at)
    return Finding(
        code=rule.code,
        name=rule.name,
        severity=found.severity or rule.severity,
        confidence=found.confidence,
        file=file,
        line=where.line + above,
        column=where.column,
        level=found.level,
        path=hidden(found.path),
        message=hidden(found.message),
        trace=tuple(hidden(step) for step in found.trace),
        fix=found.fix,
        call=request.id if request is not None else "",
        length=length,
        usd=lost.usd if lost else None,
        cost=lost.said if lost else "",
        about=found.about,
    )
