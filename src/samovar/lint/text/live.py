"""State that moves while a conversation goes on: counters with limits, repository status, open windows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.lint.finding import Confidence
from samovar.lint.remembered import remembered
from samovar.lint.text.late import late
from samovar.lint.text.reading import readings
from samovar.lint.text.signal import Signal, cleared, templated

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNIT: Final = (
    r"(?:chars?|characters|tokens?|tok|words|bytes|[KMG]i?B|messages|turns|requests|calls|items"
    r"|entries|slots|files|tasks|steps|credits)"
)
_NUMBER: Final = r"\d[\d,.]*\s?[kKMG]?"
_GAUGE: Final = late(
    rf"[\[(]\s*\d{{1,3}}(?:\.\d+)?\s?%[^\]\n)]{{0,40}}{_NUMBER}\s?/\s?{_NUMBER}[^\]\n)]{{0,20}}[\])]"
    rf"|[\[(]\s*{_NUMBER}\s?/\s?{_NUMBER}\s?{_UNIT}[^\]\n)]{{0,20}}[\])]"
    rf"|(?:(?<=[:=(\[|])|(?<=[:=] )|(?<=\n)|^)\d{{1,3}}(?:\.\d+)?\s?%\s(?:used|full|remaining|left|free"
    rf"|consumed"
    rf"|of (?:the )?(?:context|budget|quota|memory|limit))\b",
    mark=r"\d",
)
_METER: Final = late(
    r"(?:^|\n)[\s>*#\-|\[(`\"<]*(?P<label>(?:current |total |live |session )?(?:token|context"
    r"|message|turn|request|memory|disk|cpu|gpu|"
    r"budget|quota|credit|cost|balance|load|queue|unread|pending|open|active|online|remaining"
    r"|running)s?[ _-]"
    r"(?:usage|used|left|remaining|count|window(?: usage)?|spent|so far|average|length|depth|size|level"
    r"|free|"
    r"tickets?|tasks?|jobs?|orders?|alerts?|incidents?|users?|sessions?|messages?|requests?"
    r"|agents?|budget|balance|credits?|tokens?)"
    r"|uptime|battery(?: level)?|unread|iteration|turn|steps? taken"
    r"|(?:tokens?|messages?|requests?|credits?|budget|turns?|steps?|time) (?:used|left|spent|remaining"
    r"|elapsed)"
    r"(?: so far| in this (?:session|conversation))?|(?:spent|used|cost|elapsed) so far)"
    r"[\"*`]{0,2}\s?[:=]\s?[*`\"]{0,2}(?P<value>[$€£]?"
    + _NUMBER
    + r"(?:\s?%|\s?/\s?"
    + _NUMBER
    + r"|\s+(?:of|out of)\s+\d[\d,.]*)?"
    r"(?:\s?" + _UNIT + r"|\s?(?:days?|d|h|hours?|min(?:utes)?|s|seconds|ms|%))?[^\n]{0,24})(?=\n|$)",
    re.IGNORECASE,
    mark=r"\d",
)
_GIT: Final = late(
    r"(?:current branch|on branch|git ?status|branch)\s?[:=]?\s[^\n]{1,80}\n(?:[^\n]*\n){0,6}?"
    r"(?:\s*(?:status|recent commits|changes not staged|untracked files|working tree)\b"
    r"|\s{0,2}(?:[MADRCU?]{1,2})\s+[\w./-]+\.\w+)",
    re.IGNORECASE,
)
_COMMITS: Final = late(
    r"(?:recent|last"
    r"|latest)(?: \d+| few)? commits?(?:\*\*)?:?\s*\n"
    r"(?:[\s>*-]*`?(?=[0-9a-f]*\d)[0-9a-f]{7,40}`?\s\S[^\n]*(?:\n|$))+"
    r"|\byou have \d+ (?:unread|new|pending|open|overdue) \w+",
    re.IGNORECASE,
    mark=r"\d",
)
_PORCELAIN: Final = late(
    r"(?:^|\n)(?: ?[MADRCU]{1,2} |\?\? )[\w./-]+(?:\n(?: ?[MADRCU]{1,2} |\?\? )[\w./-]+)+"
)
_SHOWN: Final = (
    r"(?:(?:current|active|live|open|visible|selected|focused|recent)(?:ly)?[ _-]*(?:open[ _-]*"
    r"|selected[ _-]*|focused[ _-]*|visible[ _-]*)?"
    r"(?:documents?|doc|files?|tabs?|editors?|windows?|selection|cursor(?: position)?|page|url"
    r"|screen|buffers?|cart|basket|page url|"
    r"pull requests?|merge requests?|prs|issues?|branches|objects?|components?|processes|terminals?"
    r"|scene|canvas|sheet|view|tasks?|todos?|alerts?"
    r"|incidents?|tickets?|orders?|"
    r"workspace state|state|status|weather|prices?|inventory|stock|git (?:branch|status|state)|branch)"
    r"|(?:(?:current|existing|all|the) )?(?:files|contents|directory (?:listing|tree|structure)|tree)"
    r" (?:in|of) (?:the |your |this )?(?:current |open )?(?:working |project |workspace )?(?:directory"
    r"|folder"
    r"|workspace|project|repo(?:sitory)?|tree)"
    r"|doc(?:ument)?[ _-]?tree|dom[ _-]?tree|object[ _-]?tree|scene[ _-]?graph|(?:progress"
    r"|findings|results|notes|completed|done|todo(?:s| list)?)"
    r"(?: so far)|(?:current |open )?to-?do(?:s| list)|git (?:branch|status)|cursor(?: position)?"
    r"|currently (?:playing|viewing|editing|selected|open)|running (?:tasks|processes"
    r"|jobs)"
    r"|weather)"
)
_STATE: Final = late(
    rf"(?:^|[\n.]\s?|[#*>\-] )[\"*`#\s-]{{0,4}}(?P<label>{_SHOWN})[\"*`]{{0,2}}\s?(?:\([^)\n]{{0,"
    rf"40}}\)\s?)?[:=]\s?[*`]{{0,2}}(?P<value>[^\n]{{1,200}})",
    re.IGNORECASE,
)
_LISTED: Final = late(
    rf"(?:^|\n)(?:#+\s|\*\*|==+\s?)?(?:your |the |my )?(?P<label>{_SHOWN})(?:\s?\([^)\n]*\))?(?:\*\*|\s?==+"
    rf"|:)?\s?\n(?:\s?\n)?(?P<value>(?:\s*(?:[-*•]|\d+\.|\[[ x~]\]|[├└│])\s?[^\n]+\n?)+)",
    re.IGNORECASE,
)
_CONCRETE: Final = late(
    r"[\[{]\s?[\"'\w]|[\w/\\.-]+\.[A-Za-z]{1,5}\b|\b(?:line|col(?:umn)?|row)\s?\d+|https?://"
    r"|\[[xX~ ]\]\s|\w\.\d{2,}\b|\b(?:rows?|pages?|lines?)\s\d|\(\d+\s\w+"
    r"|\d+(?:[.,]\d+)?\s?(?:°|%|€|\$|USD|EUR|px|ms)|[$€£]\s?\d|#\d+|(?:feature|fix|bugfix"
    r"|release)/\w"
)


_VIEWED: Final = late(
    r"(?:^|\n)[ \t]*(?:#+\s|\*\*|==+\s?|\[|<)?(?P<label>(?:current |live |active |open )?(?:document"
    r"|editor|session|page"
    r"|scene|game|world|canvas|device|screen|browser|terminal|board|workspace|ui)[ _-](?:state|status"
    r"|snapshot))"
    r"(?:\*\*|\s?==+|\]|>)?:?[ \t]*\n"
    r"(?P<value>(?:[ \t]*(?:[-*•][ \t]*)?[\w][\w ()/-]{0,40}:[ \t]*\S[^\n]*(?:\n|$)){2,})",
    re.IGNORECASE,
)


_OPEN: Final = late(
    r"(?:open|running|visible)[ _-](?:windows?|tabs?|files?|documents?|editors?|buffers?|processes)$"
)
_WORDS: Final = late(r"[\w.-]{2,24}(?:, [\w.-]{2,24}){1,12}")


def _constant(label: str, value: str) -> bool:
    """Whether a pair states a setting, or what a tool takes, and no reading."""
    if label.endswith(("budget", "size", "length", "window", "limit")):
        return re.search(r"[/%]|\bof\b", value) is None
    if label.replace("-", "").endswith(("todos", "todo list")):
        return re.search(r"\[[xX ~]\]", value) is None
    return label.endswith("weather") and (value.lstrip("`").startswith("{") or not re.search(r"\d", value))


@remembered
def live_state(text: str) -> Iterator[Signal]:
    """Yield the places where a text shows a state that later requests will show differently."""
    seen: list[tuple[int, int]] = []
    for pattern, what in (
        (_GAUGE, "a counter with its limit"),
        (_METER, "a counter"),
        (_GIT, "the state of a working tree"),
        (_PORCELAIN, "the state of a working tree"),
        (_COMMITS, "what has happened lately"),
        (_STATE, "the state of a running session"),
        (_LISTED, "the state of a running session"),
        (_VIEWED, "the state of a running session"),
    ):
        for found in pattern.finditer(text):
            named = "value" in pattern.groupindex
            start, end = found.span("value") if named else found.span()
            if named:
                start = found.start("label")
            value = text[start:end]
            if any(a < end and start < b for a, b in seen) or cleared(text, start) or templated(value):
                continue
            label = found["label"].lower() if named else ""
            told = label.endswith("so far") or (pattern is _LISTED and _OPEN.match(label))
            told = told or (label.startswith("running") and _WORDS.fullmatch(found["value"].strip()))
            shows = pattern in {_STATE, _LISTED} and not told
            if shows and _CONCRETE.search(found["value"]) is None:
                continue
            if pattern in {_METER, _STATE} and _constant(found["label"].lower(), found["value"]):
                continue
            seen.append((start, end))
            yield Signal(start, end, what, Confidence.LIKELY)
    for each in readings(text):
        if not any(a < each.end and each.start < b for a, b in seen):
            yield each
