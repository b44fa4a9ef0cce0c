"""Clocks: a time of day that a label calls the present. Dates alone change once a day and are left alone."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final

from samovar.lint.finding import Confidence
from samovar.lint.remembered import remembered
from samovar.lint.text.late import late
from samovar.lint.text.pair import runs
from samovar.lint.text.signal import Signal, cleared, line_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_MONTH: Final = (
    r"(?:Jan(?:uary|uar)?|Feb(?:ruary|ruar)?|M(?:ar(?:ch)?|ärz)|Apr(?:il)?|Ma[yi]|June?|Juni|July?|Juli|"
    r"Aug(?:ust)?|Sept?(?:ember)?|O[ck]t(?:ober)?|Nov(?:ember)?|De[cz](?:ember)?|"
    r"janvier|février|mars|avril|juin|juillet|août|septembre|octobre|novembre|décembre|"
    r"enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)"
)
_DAY: Final = (
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Montag|Dienstag|Mittwoch|Donnerstag|Freitag|Samstag|Sonntag|lundi"
    r"|mardi|"
    r"mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|miércoles|jueves|viernes|sábado|domingo)"
    r"(?:day|sday|nesday|rsday|urday)?\.?"
)
_DATE: Final = (
    rf"(?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{2,4}}|"
    rf"(?:{_DAY},?\s+)?(?:{_MONTH}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?(?:\s+\d{{4}})?|"
    rf"\d{{1,2}}(?:st|nd|rd|th|\.)?\s+(?:de\s+)?{_MONTH}\.?,?(?:\s+(?:de\s+)?\d{{4}})?)"
    rf"|\d{{4}}年\d{{1,2}}月\d{{1,2}}日|{_DAY})"
)
_TIME: Final = (
    r"(?<![\d:])(?:[01]?\d|2[0-3])(?::|時|点|\s?h\s?)[0-5]\d(?:分)?(?::[0-5]\d(?:[.,]\d+)?|[0-5]\d秒)?"
    r"(?:\s?(?:[AaPp]\.?[Mm]\.?)\b)?(?![\d:])"
)
_STAMP: Final = rf"(?:{_DATE}(?:\s*(?:,|at|um|à|a las|T|@|-|/|\|)?\s*))?{_TIME}"
_EPOCH: Final = r"(?<![\w.])1[5-9]\d{8}(?:\d{3})?(?:\.\d+)?(?![\w])"
_GAP: Final = (
    r"[\s:\uff1a=*_`\"'>(\[\-\u2013\u2014]{0,8}(?:(?:is|was|ist|est|es|now)\b[\s:*`\"'(]{0,4})?(?:UTC"
    r"|GMT|local"
    r"|ISO)?[\s:=)\"'`]{0,4}"
)

_STRONG: Final = (
    r"(?:the\s+)?(?:current|present|actual|system|server|local|host|wall[- ]?clock)[ _-]*"
    r"(?:(?:utc|gmt|local|unix|epoch|system|server)[ _-]*)?"
    r"(?:(?:date|day)[ _-]*(?:and|&|/|\+)?[ _-]*)?(?:time(?:[ _-]?stamp)?|datetime|clock|moment|instant)"
    r"|(?:time(?:stamp)?|date(?:time)?|clock)[ _-]+(?:now|right now)|now(?=[\"'*`]{0,2}\s*[:=])"
    r"|it(?:'s|\s+is)\s+(?:now|currently|presently)|(?<=[.\n])\s?currently(?:\s+it(?:'s|\s+is))?"
    r"|right\s+now\s+(?:it\s+)?is"
    r"|the\s+time(?:\s+in\s+[\w ]{2,20}?)?\s+(?:now\s+)?is(?:\s+now)?|now\s+it(?:'s|\s+is)"
    r"|today(?:'s\s+date)?(?:\s+is)?(?=[^\n]{0,40}\d:\d)|(?:current"
    r"|system)[ _-]*date"
    r"|(?:conversation|chat|query)\s(?:was\s)?(?:started|began|received|opened)(?:\s(?:at|on))?"
    r"|(?:request|message|turn|session)\s(?:was\s)?(?:received|opened|sent|began|begun)(?:\s(?:at|on))?"
    r"|time(?:stamp)?\sof\s(?:the\s|this\s)?(?:request|prompt|message|turn|session|call|rendering|writing)"
    r"|wall[- ]?time|(?:conversation|chat|server|prompt|query)[ _]timestamp|(?:unix|epoch"
    r"|posix)[ _-]?(?:time(?:stamp)?|seconds|millis(?:econds)?|ms)"
    r"|at\sthe\stime\sof\s(?:writing|rendering|this)(?:\s\w+){0,2}\s(?:it|this)\s(?:is|was)"
    r"|heure\s(?:locale|actuelle)|hora\slocal|ora\slocale|ortszeit"
    r"|clock\s(?:reads|shows|says)"
    r"|(?:system[ _-])?prompt\s(?:was\s)?(?:last\s)?(?:re-?)?(?:compiled|rendered|generated|built"
    r"|assembled|refreshed)"
    r"(?:\s(?:at|on))?"
    r"|now[_-]?(?:utc|iso|ts)|utc[_-]?now|current_timestamp|(?:request|message|turn"
    r"|session)[ _-]+(?:time(?:stamp)?|started(?:[ _-]+at)?)"
    r"|aktuelle(?:s|r)?\s+(?:uhrzeit|zeit|datum(?:\s+und\s+uhrzeit)?)|jetzt\s+ist\s+es|heute\s+ist"
    r"|(?:date\s+et\s+)?heure\s+(?:actuelle|courante)s?|date\s+et\s+heure(?:\s+actuelles)?"
    r"|(?:fecha\s+y\s+)?hora\s+actual(?:es)?"
    r"|ora\s+(?:attuale|corrente)|data\s+e\s+ora(?:\s+attual[ei])?|(?:data\s+e\s+)?hora\s+atual"
    r"|huidige\s+tijd"
    r"|текущее\s+время|сейчас|当前时间|当前日期|现在是|現在時刻|現在の日時|現在日時|현재\s*시(?:간|각)"
)
_MARK: Final = r"\d\s?[:h時点]\s?\d|\b1[5-9]\d{8}"
"""Without digits on both sides of a colon, or an epoch, nothing is a time of day."""
_REACH: Final = (120, 40)
"""Characters that a label, a gap and a date can fill in front of a time, and seconds and zone behind it."""
_PRESENT: Final = (
    *("time", "clock", "moment", "instant", "date", "now", "currently", "presently", "today", "prompt"),
    *("began", "received", "opened", "sent"),
    *(
        "started",
        "begun",
        "epoch",
        "unix",
        "posix",
        "hora",
        "zeit",
        "datum",
        "jetzt",
        "heute",
        "heure",
        "ora",
        "tijd",
        "время",
        "сейчас",
        "时间",
    ),
    *("日期", "现在", "時刻", "日時", "시간", "시각"),
)
"""Words one of which is in every label of the present."""
_MADE: Final = (
    *("as of", "as at", "last sync", "generated", "rendered", "updated", "refreshed", "synced", "fetched"),
    *("retrieved", "loaded", "captured", "snapshot", "assembled", "compiled", "built", "taken", "stand"),
)
"""Words one of which is in every label of when a text was made."""
_LABELLED: Final = late(
    rf"(?P<strong>{_STRONG})(?:\s?\([^)\n\d]{{1,40}}\)|\s(?:in|at"
    rf"|for)\s(?-i:[A-Z])[\w/-]{{1,24}}(?=\s?[:=]))?{_GAP}(?P<stamp>{_STAMP}|{_EPOCH})",
    re.IGNORECASE,
    mark=_MARK,
    reach=_REACH,
    near=_PRESENT,
)
_KEYED: Final = late(
    rf"(?:^|[\n<\s\"'(\[])(?P<label>date(?:[ /_-]?time)?|time(?:stamp)?|ts|timestamp_ms|clock"
    rf"|datum|uhrzeit|fecha|hora|ora|now)(?:\s?\([^)\n\d]{{1,40}}\))?"
    rf"(?:[\"'*`]{{0,2}}\s?[:=\uff1a]\s?[\"'*`]{{0,2}}|>\s?)(?P<stamp>{_DATE}[T,\s]+{_TIME}|{_EPOCH}"
    rf"|(?:[01]?\d"
    rf"|2[0-3]):[0-5]\d:[0-5]\d)",
    re.IGNORECASE,
    mark=_MARK,
    reach=_REACH,
)
_DATED: Final = late(
    rf"(?P<label>as of|as at|last (?:updated|refreshed|synced|sync)|(?:generated|rendered|updated"
    rf"|refreshed|synced|fetched|"
    rf"retrieved|loaded|captured|snapshot|assembled|compiled|built|taken|stand)(?:[ _-]?(?:at|on"
    rf"|time|vom|am))?)"
    rf"[\s:=(*\"'`]{{1,4}}(?:at\s|on\s)?(?P<stamp>{_DATE}[T,\s]+(?:at\s|um\s)?{_TIME})",
    re.IGNORECASE,
    mark=_MARK,
    reach=_REACH,
    near=_MADE,
)
_BARE: Final = late(rf"(?P<stamp>\d{{4}}-\d{{2}}-\d{{2}}[T ]{_TIME})", mark=_MARK, reach=_REACH)
_MACHINE: Final = late(
    rf"(?<![\w:])(?P<stamp>(?:Mon|Tue|Wed|Thu|Fri|Sat"
    rf"|Sun),? {_MONTH} {{1,2}}\d{{1,2}}(?: \d{{4}})? \d\d:\d\d:\d\d"
    rf"(?: [A-Z]{{2,5}})?(?:[+-]\d{{4}})?(?: \d{{4}})?|\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d[.,]\d{{6}}(?!\d))",
    mark=r"\d:\d\d:\d\d",
    reach=(40, 24),
)
"""How C, JavaScript and Python print the present when nobody asks for a format: no hand writes that."""
_TRAILED: Final = late(
    rf"(?:^|\n)[\s\[(<]{{0,3}}(?P<stamp>{_DATE}[T,\s]+{_TIME})[^\s\w]{{0,3}}\s(?:the\s|new\s)?(?:system\s)?"
    r"(?:prompt|session|conversation|context|request|chat|agent|turn)\s(?:was\s|has\s)?"
    r"(?:\w+ed|began|built|begun|sent|start)\b"
    rf"|\bit(?:'s|\s+is)\s+(?P<told>{_DATE}[,\s]+(?:at\s)?{_TIME})"
    rf"|\bit(?:'s|\s+is)\s+(?:already\s)?(?P<short>{_TIME})\s?(?:here|now|in\sthe\suser|for\sthe\suser"
    rf"|local\stime)",
    re.IGNORECASE,
    mark=_MARK,
    reach=_REACH,
    near=(
        "prompt",
        "session",
        "conversation",
        "context",
        "request",
        "chat",
        "agent",
        "turn",
        "it's",
        "it is",
    ),
)
_PAIRED: Final = late(
    r"(?P<now>\b(?:now|today|currently|right now|clock)\b)|\b(?:time|moment|timestamp|rendered|datetime)\b"
)
_FIXED: Final = late(
    r"\b(?:limit|zone|format|opens?|closes?|opening|closing|starts?|ends?|deadline|until|from|window"
    r"|max\w*|min\w*"
    r"|duration|departures?|arrivals?|running|cooking|record|best|total|lap|run|time ?out|created|updated"
    r"|published|every"
    r"|example|release\w*|build|delivery|check)\b"
)
"""Words of a time that somebody has set or measured."""
_VALUE: Final = late(rf"(?P<stamp>(?:{_DATE}(?:[T,\s]|\s?\(\w+\)){{1,4}})?{_TIME})", re.IGNORECASE)
_RANGE: Final = late(
    r"\s?(?:-|\u2013|\u2014|\u2192|to|until|till|bis|through|and|,|/)\s?(?:tomorrow\s"
    r"|today\s)?(?:[01]?\d|2[0-4]):[0-5]\d"
)
_ZONE: Final = late(r"(?:UTC|GMT|offset|zone)\s?[+-]?$", re.IGNORECASE)
_HEAD: Final = 40
"""Characters of a short heading: a stamp in it needs no label."""
_FRESHLY: Final = late(
    r"(?:rendered|assembled|refreshed|synced|captured|taken|loaded|snapshot|as (?:of|at))", re.IGNORECASE
)
_SECONDS: Final = late(r"\d:\d{2}:(?!00)\d{2}")
"""What was made to the second was made for this prompt; a document is updated on a day."""
_ISO_DAY: Final = late(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")


@remembered
def clocks(text: str, today: dt.date | None = None) -> Iterator[Signal]:
    """Yield the clocks in a text.

    `today` is the day on which the request is sent: a stamp of that very day is a clock even where its
    label would fit a fixed date as well.
    """
    seen: list[tuple[int, int]] = []
    if re.search(_MARK, text) is None:
        return
    for pattern, sure in (
        (_LABELLED, True),
        (_KEYED, True),
        (_TRAILED, True),
        (_MACHINE, True),
        (_DATED, False),
        (_BARE, False),
    ):
        for found in pattern.finditer(text):
            start, end = found.span("stamp")
            if start < 0:
                start, end = found.span(str(found.lastgroup))
            if any(a < end and start < b for a, b in seen) or _excused(text, found.start(), start, end):
                continue
            fresh = _same_day(text[start:end], today)
            if pattern is _BARE and not (fresh and start < _HEAD):
                continue
            if pattern is _KEYED and not (fresh or _opens_line(text, found.start("label"))):
                continue
            seen.append((start, end))
            made = pattern is _DATED and _FRESHLY.match(found["label"]) and _SECONDS.search(found["stamp"])
            confidence = Confidence.LIKELY if sure or fresh or made else Confidence.GUESS
            yield Signal(start, end, "a time of day that a label calls the present", confidence)
    for each in _paired(text):
        if not any(a < each.end and each.start < b for a, b in seen):
            yield each


def _paired(text: str) -> Iterator[Signal]:
    """Yield times that stand behind a label of the present, whatever else the label says."""
    for pair in (pair for run in runs(text) for pair in run):
        found = _VALUE.match(pair.value)
        label = _PAIRED.search(pair.label)
        if found is None or label is None or _FIXED.search(pair.label):
            continue
        start = text.index(pair.value, pair.start) + found.start("stamp")
        end = start + len(found["stamp"])
        exact = _SECONDS.search(found["stamp"]) is not None or label["now"] is not None
        if exact and not _excused(text, pair.start, start, end):
            yield Signal(start, end, "a time of day that a label calls the present")


def _excused(text: str, at: int, start: int, end: int) -> bool:
    before = text[max(0, start - 12) : start]
    return (
        cleared(text, start)
        or _RANGE.match(text, end) is not None
        or _ZONE.search(before) is not None
        or "{" in line_of(text, at)[: start - at + 200].split(text[start:end])[0][-3:]
    )


def _same_day(stamp: str, today: dt.date | None) -> bool:
    found = _ISO_DAY.search(stamp)
    if found is None or today is None:
        return False
    try:
        day = dt.date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return False
    return abs((day - today).days) <= 1


def _opens_line(text: str, at: int) -> bool:
    """Whether only marks stand before `at` on its line, or a tag opens there."""
    before = text[text.rfind("\n", 0, at) + 1 : at]
    return (
        re.fullmatch(
            r"[\s#<>*`\"'\[({-]*|.*<[\w:-]+(?:\s[^<>]*)?\s|\W*date\W{1,3}[\d./-]{6,10}\W*",
            before,
            re.IGNORECASE,
        )
        is not None
    )
