"""Readings: numbers and states of the moment, by the shape of what is said rather than by whole phrases."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.lint.remembered import remembered
from samovar.lint.text.late import late
from samovar.lint.text.pair import runs
from samovar.lint.text.signal import Signal, cleared, line_of, templated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.text.pair import Pair, Run

_MOMENT: Final = late(
    r"\b(?:remaining|unread|pending|queued|elapsed|today'?s|today|overdue|so far|in progress|unresolved"
    r"|in use"
    r"|in stock|in the (?:last|past)|(?:used|spent|left|online|offline|waiting|running|completed|connected"
    r"|now|open|active)$)\b"
)
"""Words that bind a number to the moment by themselves."""
_LATELY: Final = late(
    r"\b(?:current(?:ly)?|active|open|live|online|running|used|connected|waiting|latest|last)\b"
)
"""Words that bind a number to the moment in front of what is measured or counted."""
_SETTING: Final = late(
    r"\b(?:max\w*|min(?:imum)?|limits?|default|sizes?|timeouts?|targets?|thresholds?|allowed|retention"
    r"|versions?|releases?|years?|models?|polic\w+|hours?|supported|rules?|criteria|per|capacity|warranty"
    r"|editions?|of the|cost of|price of|example|api|range|rates?|ports?|dates?|day|special|menu|from"
    r"|until|interval|every)\b"
)
"""Words of what somebody has set, which stays."""
_MEASURE: Final = late(
    r"\b(?:battery|cpu|gpu|ram|load|uptime|humidity|temperature|thermostat|pressure|hp|health|mana|gold|xp"
    r"|lives|score|queue|tickets|calls|balance|stock|inventory|wait|latency|turn|step|iteration|round|attempt"
    r"|progress|portfolio|speed|altitude|visitors|viewers|errors|failures|todos?|messages|tokens|context"
    r"|budget|price|quote|value|reading|wind|users|tabs|files|cases|claims|chats|deals|positions|bookings"
    r"|incidents"
    r"|alerts|players|sessions|connections|prs|issues|requests|tasks|processes|windows|occupancy|backlog"
    r"|throughput|heart rate|level|disk|memory|storage|weather|build|pipeline|deployment|scores|quota"
    r"|agents|users"
    r"|orders|jobs)\b"
)
_NUMBER: Final = r"[~\u2248+\-\u2212]?[$\u20ac\u00a3]?\s?\d[\d,.'\u202f]*\s?[kKMG]?"
_READING: Final = late(rf"(?:[A-Z]{{3}}\s|#)?{_NUMBER}(?![\w.]*[-\u2013:]\d)(?!\d|\.\d+\.)(?<!\d{{9}})")
_FRACTION: Final = late(rf"{_NUMBER}\s?(?:/|of|out of)\s?{_NUMBER}")
_GAUGED: Final = late(rf"{_NUMBER}\s?(?:%|\u00b0)")
_STOOD: Final = frozenset(
    [
        "locked",
        "unlocked",
        "offline",
        "online",
        "busy",
        "idle",
        "connected",
        "disconnected",
        "degraded",
        "healthy",
        "occupied",
        "vacant",
        "playing",
        "paused",
        "stopped",
        "running",
        "down",
        "up",
        "crashed",
        "failing",
        "passing",
        "charging",
        "armed",
        "disarmed",
    ]
)
"""Words that say how a thing is just now."""
_SWITCH: Final = frozenset({"on", "off", "open", "closed", "ok", "error"})
_SOME: Final = 2
"""As many pairs make a board of readings."""
_WORDS: Final = (4, 6)
"""Words of the longest label that names the moment, and of one that names a measure."""
_REPORT: Final = late(r"\b(?:status|state|health|metrics|readings|telemetry|vitals|sensors|load|stats)$")
_AGED: Final = late(r"^(?:conversation|chat|history|thread|transcript) (?:length|age|size)$")
_TELLS: Final = late(rf"\d|^(?:{'|'.join(sorted(_STOOD | _SWITCH))})\b", re.IGNORECASE)
_NAMES: Final = late(
    r"clipboard|files$|changes|selected|last |position|location|pose$|inventory|equipped|standing"
    r"|selection|cursor"
    r"|active|focused|hovered|open|current|online|present|duty|connected|logged|typing|room|queue|line"
    r"|hold|backlog|inbox"
    r"|ongoing|playing"
)
"""What a pair without a number or a state must have in its label to tell anything."""
_LAST: Final = late(r"\bin the (?:last|past)\b")
_SIZED: Final = late(r"\btokens\b|%|[MGT]i?B\b")
_PRESENT: Final = late(
    r"\b(?:members|users|people|agents|players|staff|colleagues|participants|devices|nodes) (?:online|present"
    r"|on duty|connected|logged in|typing|in the room)$"
    r"|\b(?:jobs|tasks|messages|calls|people|customers|users|tickets|orders|patients) (?:in"
    r"|on) (?:the )?(?:queue"
    r"|line|hold|backlog|inbox|waiting room)$"
    r"|^(?:active|ongoing) (?:alerts|incidents|outages)$|^(?:now )?playing$"
)
"""Labels of who or what is there just now."""
_SEVERAL: Final = late(rf"\b[a-z]+(?: [a-z]+)? {_NUMBER}", re.IGNORECASE)
_SAID: Final = (
    late(
        r"\b\d[\d,.]* (?:[^\s.]+ ){1,4}?(?:right now|at (?:the|this) moment|at present"
        r"|currently(?=[.,;)\n]|$)"
        r"|as of now)(?!\w)",
        re.IGNORECASE,
        mark=r"\d",
        near=("right now", "moment", "at present", "currently", "as of now"),
    ),
    late(
        r"\b(?:currently|right now|at (?:the|this) moment|as of now),? (?:there (?:are|is) |we have "
        r"|you have |showing |at )?"
        r"[$\u20ac\u00a3]?\d[\d,.]*(?![\d-])",
        re.IGNORECASE,
        mark=r"\d",
        near=("right now", "moment", "at present", "currently", "as of now"),
    ),
    late(
        r"\b(?:you|we|they|(?:the |this )?(?:user|customer|player|agent|team)) ?(?:'ve|have"
        r"|has) (?:already |now "
        r"|so far )?(?:used|spent|made|sent|taken|consumed|completed|answered) [$\u20ac\u00a3]?\d[\d,.]*k?"
        r"(?: \w+)?(?: of| out of|/| so far)",
        re.IGNORECASE,
        mark=r"(?:used|spent|made|sent|taken|consumed|completed|answered) [$\u20ac\u00a3]?\d",
        reach=(48, 40),
    ),
    late(
        r"\b(?:has|have|contains?|holds?|with|are) \d+ (?:\w+ ){1,3}?in (?:the|their|your|his|her) "
        r"(?:shopping )?(?:cart|basket|inbox|queue|bag|wishlist)\b",
        re.IGNORECASE,
        mark=r"\d",
        near=("cart", "basket", "inbox", "queue", " bag", "wishlist"),
    ),
    late(r"\d\s?\((?:live|real[- ]?time|delayed[^)\n]{0,20})\)", re.IGNORECASE, mark=r"\d"),
    late(r"\d\s?\([+\-\u2212]\d[\d.,]*\s?%[^)\n]{0,16}\)", re.IGNORECASE, mark=r"\d"),
    late(
        r"\b(?:page|screen|editor|app|window|map|chart|browser|form) (?:is )?(?:currently|now) (?:show"
        r"|display|ha[sv]|open|on)"
        r"|\b(?:you|user|customer|player|they) (?:have|has) \d+ (?:\w+ ){1,3}?(?:left|remaining)\b"
        r"|\b(?:is|are) (?:currently|now|right now) (?:red|green|failing|passing|broken|down|offline|online"
        r"|degraded|paused"
        r"|busy|idle|locked|unlocked|empty|full|out of stock|sold out)\b"
        r"|\(\d+ (?:new|unread|open|pending|overdue|waiting)\)",
        re.IGNORECASE,
        near=(
            "currently",
            " left",
            "remaining",
            " now ",
            " new)",
            " unread)",
            " open)",
            " pending)",
            " overdue)",
            " waiting)",
        ),
    ),
    late(
        r"(?:^|\n)(?:[`*\s-]*(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,12}`?\s\S[^\n]*(?:\n|$)){2,}",
        mark=r"\n[`*\s-]*[0-9a-f]{7,12}`?\s",
    ),
    late(
        r"\byou(?: are|'re) (?:now |currently )?(?:on|at|in) (?:page|step|question|level|chapter|line|room"
        r"|row) #?\d",
        re.IGNORECASE,
        mark=r"(?:page|step|question|level|chapter|line|room|row) #?\d",
        reach=(32, 2),
    ),
    late(
        r"\bworking (?:tree|copy|directory) (?:is (?:clean|dirty)|has (?:uncommitted|unstaged|\d+))\b"
        r"|\b(?:order|parcel|shipment|ticket|invoice|claim|flight) #?[\w-]*\d{3,} (?:is|has been) (?!a\b"
        r"|an\b|the\b|for\b)\w+",
        re.IGNORECASE,
    ),
    late(r"\bpid[ =:]\s?\d{2,7}\b", re.IGNORECASE, mark=r"\d"),
    late(
        rf"\b(?:turn|iteration|round|attempt) #?\d+\s?(?:/|of|out of)\s?\d+\b"
        rf"|(?:^|\n)\W{{0,4}}(?:step|task|level)\s#?\d+\s?(?:/|of|out of)\s?\d+\W{{0,2}}(?=\n|$)"
        rf"|[\[(]{_NUMBER} (?:of|out of) {_NUMBER} \w+ (?:used|left|free|remaining)[\])]",
        re.IGNORECASE,
        mark=r"\d\s?(?:/|of|out of)\s?[$\u20ac\u00a3]?\d",
    ),
)
"""Sentences and marks that bind a number to the moment."""
_COUNTED: Final = late(
    r"\b\d+ (?:\w+ )?(?:online|offline|busy|idle|waiting|in progress|queued|pending|running|unread|failed"
    r"|failing|disconnected|overdue|in stock|sold out|out of stock|left|available now|done|stopped|paused"
    r"|ready|passing|open"
    r"|new|blocked"
    r"|merged)\b(?! (?:to|from|at|for))|(?<=\d) (?:is )?(?:healthy|degraded|locked|unlocked|idle"
    r"|busy|offline|online|down"
    r"|crashed|vacant|occupied)\b",
    re.IGNORECASE,
    mark=r"\d",
    near=(
        *(
            "line",
            "busy",
            "idle",
            "wait",
            "progress",
            "queued",
            "pending",
            "running",
            "unread",
            "fail",
            "connected",
        ),
        *(
            "overdue",
            "in stock",
            "sold out",
            "out of stock",
            " left",
            "available now",
            " done",
            "passing",
            " open",
        ),
        *(
            " new",
            "blocked",
            "merged",
            "healthy",
            "degraded",
            "locked",
            " down",
            "crashed",
            "vacant",
            "occupied",
        ),
    ),
)
_BOUND: Final = late(
    r"\b(?:at most|at least|up to|max\w*|limit|if|more than|fewer|less than|when|until|every|never|always"
    r"|must"
    r"|should|may|can|was|were)\b",
    re.IGNORECASE,
)
"""Words that make a number a rule, or history."""
_BOARD: Final = late(
    r"(?:^|\n)[ \t]*(?:#+\s|\*\*|==+\s?|[-\u2022]\s)?(?P<head>[^\n:.]{0,40}\b(?:right now|now|currently"
    r"|at the moment|"
    r"live|today)\b(?! (?:and|or|to|you))[^\n:.]{0,24})(?:\*\*|\s?==+)?:?[ \t]*\n"
    r"(?P<under>(?:[ \t]*(?:[-*\u2022]|\d+\.|\|)[^\n]*(?:\n|$)){2,})",
    re.IGNORECASE,
    near=("now", "currently", "moment", "live", "today"),
)
_SHOWING: Final = late(
    r"(?:^|[\n.] ?)[\s#*>=-]{0,6}(?:(?:currently|now)[ -](?:open|connected|running|installed|enabled|playing"
    r"|selected|active|loaded"
    r"|viewing|editing|visible|focused|online|logged in)|(?:\w+ ){1,3}(?:now|currently) (?:open|connected"
    r"|running"
    r"|loaded|playing|selected|visible|shown|online))\b[\w ]{0,24}(?:\*\*)?(?::"
    r"|\n)\s?(?P<value>[^\n]{2,160})",
    re.IGNORECASE,
    near=("currently", "now ", "now-"),
)
_LISTING: Final = late(
    r"(?:^|\n)\W{0,6}(?:[\w']+ ){0,3}?(?:directory|folder|workspace|repository|repo) (?:listing|contents"
    r"|files)"
    r"[^\n:]{0,30}:?[ \t]*\n(?P<value>[^\n]*(?:\w\.\w{1,5}|/)\b[^\n]*)",
    re.IGNORECASE,
    near=("listing", "contents", "files"),
)
_POINTED: Final = late(
    r"^(?:selection|selected(?: \w+)?|cursor(?: \w+)?|active (?:file|body|tab|window|layer|document|pane|view"
    r"|object|editor|cell|sheet)"
    r"|focused(?: \w+)?|hovered(?: \w+)?|open (?:file|document|tab|window)|cursor|current (?:tab|line|url"
    r"|page"
    r"|selection|cell|room|scene))$"
)
"""Labels of what a user points at."""
_HELD: Final = late(
    r"^(?:clipboard|(?:unsaved|uncommitted|unstaged|staged|modified|untracked|dirty|changed) (?:files"
    r"|changes)(?: in \d+ files?)?"
    r"|selected text"
    r"|last (?:command|error|exit code|output|action|keystroke)|(?:player|robot|camera|mouse) (?:position"
    r"|location|pose)"
    r"|inventory|equipped|standing in)$"
)
"""Labels of what a user, a tree or a figure holds."""
_HELD_VALUE: Final = late(r"[\"'`\[(]|.*\w\.[a-z]{1,5}\b|.*\d|none$")
_PLACE: Final = late(r"\blines? \d|\w\.[a-z]{1,5}\b|:\d+")


@remembered
def readings(text: str) -> Iterator[Signal]:
    """Yield numbers and states of the moment that a text tells."""
    for run in runs(text):
        yield from _of_run(text, run)
    for pattern in _SAID:
        for found in pattern.finditer(text):
            if not _ruled(text, found.start(), found.end()):
                yield Signal(found.start(), found.end(), "a number of the moment")
    for pattern in (_SHOWING, _LISTING):
        for found in pattern.finditer(text):
            value = found["value"]
            if not templated(value) and not cleared(text, found.start("value")) and not _BOUND.search(value):
                yield Signal(found.start(), found.end(), "the state of a running session")
    for found in _BOARD.finditer(text):
        items = [line for line in found["under"].split("\n") if line.strip()]
        told = [line for line in items if re.search(r"\d", line) and not _BOUND.search(line)]
        if 2 * len(told) >= len(items) and not cleared(text, found.start("head")) and len(told) >= _SOME:
            yield Signal(found.start("head"), found.end(), "readings of the moment")
    yield from _counted(text)


def _counted(text: str) -> Iterator[Signal]:
    """Yield lines that count things by their state, at least two of them."""
    last = -1
    for found in _COUNTED.finditer(text):
        start = text.rfind("\n", 0, found.start()) + 1
        line = line_of(text, found.start())
        if start == last or not _ruled(text, found.start(), found.end()):
            if start != last and len(list(_COUNTED.finditer(line))) >= _SOME and not _BOUND.search(line):
                yield Signal(found.start(), start + len(line), "counts of the moment")
            last = start


def _ruled(text: str, start: int, end: int) -> bool:
    """Whether the sentence makes a rule or tells history."""
    before = text[max(text.rfind("\n", 0, start) + 1, text.rfind(". ", 0, start) + 1) : start]
    return cleared(text, start) or templated(text[start:end]) or _BOUND.search(before) is not None


def _of_run(text: str, run: Run) -> Iterator[Signal]:
    sure, told, stood, pointed = [], [], [], []
    for pair in run:
        if not _TELLS.search(pair.value) and not _NAMES.search(pair.label):
            continue
        settled = _SETTING.search(pair.label) is not None and _LAST.search(pair.label) is None
        if (
            len(pair.label.split()) > _WORDS[1]
            or templated(pair.value)
            or settled
            or _BOUND.search(pair.value)
        ):
            continue
        if _sure(pair):
            sure.append(pair)
        elif _MEASURE.search(pair.label) and _READING.match(pair.value):
            told.append(pair)
        elif _state(pair) in _STOOD | _SWITCH:
            stood.append(pair)
        if _POINTED.match(pair.label) and not pair.value.endswith("."):
            pointed.append(pair)
    units = [pair for pair in told if _FRACTION.match(pair.value) or _GAUGED.match(pair.value)]
    moving = [pair for pair in stood if _state(pair) in _STOOD]
    if not sure and len(told) >= _SOME and units:
        sure = told
    if not sure and len(stood) >= _SOME and moving:
        sure = stood
    if not sure and (len(pointed) >= _SOME or any(_PLACE.search(pair.value) for pair in pointed)):
        sure = pointed
    sure = [pair for pair in sure if not cleared(text, pair.start)]
    if sure:
        yield Signal(sure[0].start, sure[-1].end, "readings of the moment")


def _state(pair: Pair) -> str:
    return pair.value.lower().rstrip(".")


def _sure(pair: Pair) -> bool:
    """Whether a pair alone tells how things are just now."""
    measured = _MEASURE.search(pair.label) is not None
    several = len(list(_SEVERAL.finditer(pair.value))) >= _SOME
    return (
        _moment(pair)
        or (_AGED.match(pair.label) is not None and _READING.match(pair.value) is not None)
        or re.match(r"\d+ (?:unread|overdue|pending|unanswered)\b", pair.value) is not None
        or (_REPORT.search(pair.label) is not None and _FRACTION.match(pair.value) is not None)
        or (several and _REPORT.search(pair.label) is not None)
        or (several and measured and _LATELY.search(pair.label) is not None)
        or _PRESENT.search(pair.label) is not None
        or (_HELD.match(pair.label) is not None and _HELD_VALUE.match(pair.value) is not None)
        or (measured and _FRACTION.match(pair.value) is not None and _SIZED.search(pair.value) is not None)
    )


def _moment(pair: Pair) -> bool:
    """Whether a pair tells a number that its label or unit binds to the moment."""
    if _READING.match(pair.value) is None:
        return False
    if len(pair.label.split()) <= _WORDS[0] or _LAST.search(pair.label):
        if _MOMENT.search(pair.label) or (_LATELY.search(pair.label) and _MEASURE.search(pair.label)):
            return True
        if re.search(r"balance$|^(?:cart|basket)\b", pair.label) and re.match(
            r"(?:[A-Z]{3} )?\W?\d[\d,]*\.\d\d\b", pair.value
        ):
            return True
    return _MEASURE.search(pair.label) is not None and (
        re.search(r"\b(?:used|left|free|remaining|full|online|waiting|in progress|so far)\b", pair.value)
        is not None
    )
