"""Clocks: a time of day by its shape, and the words beside it that call it the present.

Dates alone change once a day and are left alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.lint.remembered import remembered
from samovar.lint.text.day import day_in
from samovar.lint.text.late import late
from samovar.lint.text.lexicon import vocabulary
from samovar.lint.text.signal import Signal, cleared, narrated, sentence
from samovar.lint.text.statement import lines_of, statements, words_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from samovar.lint.text.statement import Line, Statement

_CLEAR: Final = 3
"""Weight from which on a time is the present."""
_TIME: Final = late(
    r"(?:(?<![\d:.,/-])|(?<=\d{4}:)|(?<=\d{4}-)|(?<=\d\d[/-]\d\d[-_]))(?:"
    r"(?:\d{4}[-/.]?\d\d[-/.]?\d\d[T ]?)?(?:[01]?\d"
    r"|2[0-3])(?::[0-5]\d){1,2}(?:[.,]\d{1,9})?(?:\s?[ap]\.?m\b\.?)?Z?"
    r"|(?:[01]?\d|2[0-3])(?:\s?[hH]\s?|時|点|时|시\s?)[0-5]\d(?:分|분)?(?:[0-5]?\d(?:秒|초)|m[0-5]\ds?)?"
    r"|(?:1[0-2]|0?\d)(?:[:.][0-5]\d)?\s?(?:[ap]\.?\s?m\b|o['\u2019]clock\b|in the (?:morning|afternoon"
    r"|evening)\b|Uhr\b(?!\s?bis))"
    r"|(?:[01]\d|2[0-3])[0-5]\dZ\b|(?:[01]?\d|2[0-3])\sUhr\s[0-5]\d"
    r"|\d{8}T\d{4,6}(?:Z|[+-]\d{4})?"
    r"|1[5-9]\d{8}(?:\d{3})?(?:\.\d+)?(?![\w-])"
    r")(?![\d:])"
    r"|\b(?:half past|quarter (?:past|to)|(?:five|ten|twenty|twenty-five) (?:minutes )?(?:past|to)"
    r"|(?:one|two|three|four|six|seven|eight|nine|eleven|twelve|thir\w+|four\w+|six\w+|seven\w+|eigh\w+"
    r"|nine\w+"
    r"|twenty[- ]\w+|\d{1,2}) minutes? (?:past|to)) (?:\w+)\b"
    r"|\b(?:midnight|noon|mitternacht|mittag|minuit|midi|medianoche|mediodía)\b"
    r"|(?:午前|午後|上午|下午|오전|오후)\s?\d{1,2}(?:時|点|:|시)\s?(?:\d{2}分?)?",
    re.IGNORECASE,
)
_MARK: Final = re.compile(
    r"\d(?:\s?[:hH時点时시T]\s?\d|\s?(?:[AaPp]\.?\s?[Mm]\b|o['\u2019]clock|Uhr\b|in the [mae])|\d{9}|\d{3}Z\b"
    r"|\d?[時点时시])"
)
"""Without one of these, and without a word of `_SAID`, no line tells a time."""
_SAID: Final = vocabulary(
    """past quarter half midnight noon mitternacht mittag minuit midi medianoche mediodía"""
)
_FULL: Final = late(r"\d{4}[-/.]?\d\d[-/.]?\d\d[T ]|1[5-9]\d{8}|\d{8}T\d{4}")
_EXACT: Final = late(r"\d\d:\d\d:\d\d|\dh\d\dm\d\d|1[5-9]\d{8}|T\d{6}|\d分\d")
_DATE: Final = late(
    r"\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.](?:\d\d?|[A-Z][a-z]{2})[-/.]\d{2,4}|月\d+日"
    r"|\d\s?(?:de\s)?(?:jan|feb|m[aä]r|apr|ma[iy]|ju[nl]|aug|sep|o[ck]t|nov|de[cz])"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*\s\d|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|\b(?:lunes|martes|miércoles|jueves|viernes|sábado|domingo|lundi|mardi|mercredi|jeudi|vendredi"
    r"|samedi|dimanche"
    r"|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lunedì|martedì|mercoledì|giovedì"
    r"|venerdì|sabato|domenica)\b",
    re.IGNORECASE,
)
_ALONE: Final = late(
    r"\W*(?:[\w ./-]{1,40}(?:[:=]|=>)|\W*[\w]{3,16})?[\s\"'(\[<]*(?:[\w]{2,10},?\s)?[\w./,-]{0,12}[\s:T,-]*"
    r"(?:\d{1,2} \w{3,9} \d{4},? )?"
)
"""In front of a stamp that is all that a label has."""
_EDITED: Final = vocabulary(
    """created updated modified published released reviewed revised approved effective expires expiry valid
    since fetched retrieved changed issued recorded incident occurred deployed shipped introduced
    deprecated copyright lastmod generation due archived accessed signed filed born uploaded committed
    merged example"""
)
"""What a document says of itself."""
_EXAMPLE: Final = late(r"\b(?:such as|as in|e\.g\.|for example|like|z\. ?B\.)\s\S*$", re.IGNORECASE)
_THIS: Final = late(
    r".{0,40}\bago\b|.{0,40}\bthis (?:morning|afternoon|evening)\b|.{0,16}\b(?:today|tonight)\b",
    re.IGNORECASE,
)
NOW: Final = vocabulary(
    """now currently presently today tonight heute jetzt gerade maintenant aujourd actuellement ahora hoy
    adesso oggi agora hoje nu vandaag сейчас сегодня 지금 teraz obecnie nyní anda şu nyt most"""
)
_LABELS: Final = vocabulary(
    """asof dated time timestamp datetime clock epoch utc gmt uhrzeit zeit heure hora ora orario tijd время
    now ts utcnow stand walltime uhr moment instant zeitpunkt datum fecha data date klok klokken tid hour
    zeitstempel stempel horodatage zegar saat klockan kello ura óra zegar czas godzina час stamp datestamp
    display screen pantalla anzeige écran schermo ecrã wall heures horas stunde"""
)
"""Words that name a time of day, or its reading."""
_OWNERS: Final = vocabulary(
    """local server system host current present actual wall unix epoch posix market user device machine utc
    gmt sys serveur servidor sistema système office store shop conversation chat session request prompt
    message turn snapshot render actuelle actual actuales attuale corrente aktuelle aktuelles lokale
    locale huidige observed reference"""
)
"""Whose clock is the present one."""
_MADE: Final = vocabulary(
    """rendered generated assembled printed compiled captured logged synced built composed prepared issued
    opened started began begun received sent submitted created dispatched refreshed updated taken exported
    pulled loaded recompiled stamped written wrote produced queried polled measured observed joined
    connected arrived booted eröffnet angelegt erstellt erzeugt généré générée imprimé generado iniciada
    iniciado generato avviata gerado"""
)
"""What is done once for a prompt."""
_THINGS: Final = vocabulary(
    """prompt conversation chat session request message briefing snapshot context page turn call brief digest
    instructions instruction visit thread lesson feed data dashboard export handover ticket summary render
    by meta query ping webhook report exchange agent you user customer caller chatbot assistant gespräch
    sitzung conversation discussion conversación sesión"""
)
_SET: Final = vocabulary(
    """opens closes open closed opening closing every each daily nightly weekly deadline cutoff cut departs
    departure arrives arrival leaves leave starts ends meeting meetings appointment scheduled schedule
    handover shift standup backup backups batch cron quiet window slot slots hours session_length lasts
    duration limit timeout maximum minimum max min policy effective format example zone timezone flight
    train bus match kick must should always never if when unless use write store convert geöffnet ouvert
    abierto ouverture fermeture öffnungszeiten sprechzeiten horario horaires apertura cierre chiusura
    founded landed born fell signed released published approved revised review festgelegt freeze freezes
    frozen fixture fixtures mock pinned takes took recording long maintenance release expires expiry due
    valid fires fire"""
)
"""Words of a time that somebody has set, or of one long past."""
_SPAN: Final = _SET | {"minutes", "hours", "minuten", "stunden"}
_UNTIL: Final = vocabulary("until till from after before between by bis ab jusqu à hasta fino tot")
"""Words directly in front of a time that is set."""
_SPOKEN: Final = late(
    r"\b(?:at the (?:moment|time) of (?:writing|rendering|this \w+),?|it['\u2019]?s|it is|it was|it has|it"
    r" just|il est|wir haben|estamos|siamo|son las|es la|sono le|são|es ist|het is|det är|klockan är|right"
    r" now|as of|nous sommes|now)"
    r"(?:\s(?:just|now|already|gone|about|exactly|currently|gone|nearly|almost|here|\w+day,?|\w+(?:tag"
    r"|abend|morgen|mittag)\w*,?))*\W{0,3}$",
    re.IGNORECASE,
)
_IT_IS: Final = late(
    r"\b(?:it['\u2019]?s|it is|es ist|il est|son las|es la|sono le|s\u00e3o|het is|det \u00e4r)"
    r"\s(?:\w+\s){0,3}\W{0,3}$",
    re.IGNORECASE,
)
_SPOKEN_DAY: Final = late(
    (
        r"(?:^|[.!?,;]\s)\W*(?:it['\u2019]?s|it is|es ist|il est|nous sommes|wir haben|estamos a|siamo|het"
        r" is)\s(?:the\s|der\s|le\s)?[\w]{2,10}(?:[ ,.]{1,2}[\w]{1,10}){0,4}[ ,.]{1,2}$"
    ),
    re.IGNORECASE,
)
"""The same with the day between."""
_PRINTED: Final = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? (?:\d{1,2} )?[A-Z][a-z]{2} +(?:\d{1,2} |\d{4} )?$"
)
"""How C, JavaScript and Python print the present when nobody asks for a format: no hand writes that."""
_MICRO: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.,]\d{6}")
_OPENING: Final = re.compile(r"\W*(?:[\d/. -]{6,11}|\d{4}-\d\d-\d\d[T ])?\W*")
_BOUND: Final = late(
    (
        r"(?:[:=\uff1a>]|\b(?:is|ist|est|es|è|reads|shows|says|lautet|at|on))[\s\"'*`(\[]*(?:\w+day,?\s)?[\w"
        r" .,/-]{0,40}$"
    ),
    re.IGNORECASE,
)
_FILLED: Final = re.compile(r"\{\{|\{%|\$\{|\{[a-z_.]{2,40}\}")
_HUMP: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_MEMBER: Final = re.compile(r"\w\"\s?:\s?\"?$")
"""In front of the value of a member of a JSON object."""
_ARGUMENT: Final = re.compile(r"\w\([^()\n]{0,60}\\?[\"']$")
"""In front of what a function is called with."""
_RANGE: Final = late(
    r"\s?(?:-(?!\d{2}:?\d\d\b(?!\s?[ap]\.?m))|\u2013|\u2014|\u2192|to\b|until\b|till\b|bis\b|à\s\d|a\s\d"
    r"|tot\b|through\b|,\s?\d|/\s?\d|or\s\d|(?:y|e|et|und|en)\s(?:a\s)?(?:las\s|les\s|le\s)?\d"
    r"|and\s(?:ends?|closes?|\d\d?:\d\d[^\d:]*$))"
)
_QUOTED: Final = re.compile(r"[\"“']\s*$")
_AFTER: Final = 120
"""Characters behind a statement in which a question makes it part of a puzzle."""
_NEAR: Final = 10
"""Words in front of a time that tell what it is."""


@remembered
def clocks(text: str, today: dt.date | None = None) -> Iterator[Signal]:
    """Yield times that the words beside them, or the day of the request, call the present.

    `today` is the day on which the request is sent: a stamp of that very day is a clock even where its
    label would fit a fixed date as well, and one of another month is none.
    """
    index = lines_of(text)
    if index.digit:
        for found in _LEFT.finditer(text):
            if not cleared(text, found.start("left")) and not _SUPPOSED.search(sentence(text, found.start())):
                yield Signal(found.start("left"), found.end("left"), "a time that is told from now")
    if not index.digit and _SAID.isdisjoint(index.words):
        return
    above: Line | None = None
    for line in index.lines:
        if (line.digit and _MARK.search(text, line.start, line.end)) or line.words & _SAID:
            for statement in statements(text, line):
                yield from _of(text, line, statement, today, _headed(text, above))
        above = line


def _headed(text: str, above: Line | None) -> bool:
    """Whether the line before is a heading that names the present time and nothing else."""
    return (
        above is not None
        and bool(above.words & _LABELS)
        and above.words <= _OWN
        and text[above.start] in "#*="
    )


_SHOWS: Final = late(
    r"\b(?:says|shows|reads|displays|stands at|is down to|zeigt|affiche|marca|indica)\s(?:now\s)?$",
    re.IGNORECASE,
)
_PAST: Final = late(
    (
        r"\b(?:came|left|hit|went|began|sent|ran|reached|entered|fired|landed|dropped|arrived|got|was|were"
        r"|been|being|\w{3,}ed)\b[^.]{0,40}\b(?:at|on|um|à|a las|alle)\s[\w ,]{0,20}$"
    ),
    re.IGNORECASE,
)
"""What has happened at that time."""
_PLAIN: Final = late(r"(?:[:=>\uff1a]|\b(?:is|ist|est|es|è|reads))[\s\"'*`(\[]*$", re.IGNORECASE)
_EVENTS: Final = vocabulary(
    """prompt conversation chat session request message briefing brief snapshot context turn digest thread
    you gateway query"""
)
"""What happens once, and now."""
_OWN: Final = (
    _OWNERS | _THINGS | _LABELS | NOW | vocabulary("the of day at this s in der die das la le l el du")
)


_OLD: Final = 2_022
"""A stamp of an earlier year is an example, whatever stands beside it: the prompt is younger."""


def _of_today(text: str, start: int, end: int, today: dt.date | None) -> int:
    """Return what the day beside a time says of it."""
    day = day_in(text[max(0, start - 32) : end + 2])
    if day is None:
        return 0
    if day.year < _OLD or (today is not None and abs((day - today).days) > _MONTH):
        return -_CLEAR
    return _CLEAR - 1 if today is not None and abs((day - today).days) <= 1 else 0


_MONTH: Final = 31


def _before_label(said: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words of a sentence up to the last that names a time; a word of no use without one."""
    at = max((i for i, word in enumerate(said) if word in _LABELS), default=-1)
    return said[:at] if at >= 0 else ("",)


def _of(
    text: str, line: Line, statement: Statement, today: dt.date | None, headed: object
) -> Iterator[Signal]:
    times = list(_TIME.finditer(text, statement.start, statement.end))
    asks = text.find("?", statement.start, min(line.end, statement.end + _AFTER)) >= 0
    if not times or asks:
        return
    clear = _CLEAR + _CLEAR * narrated(text, line.start, line.end, asked=False)
    for found in times:
        start, end = found.span()
        weight = _weigh(text, statement, start, end)
        if weight >= (_CLEAR if today is None else 1):
            weight += _of_today(text, start, end, today)
        if headed and _OPENING.fullmatch(text, line.start, start):
            weight += _CLEAR
        if weight >= clear and not cleared(text, start):
            yield Signal(start, end, "a time of day that a label calls the present")
            return


def _weigh(text: str, statement: Statement, start: int, end: int) -> int:
    """Return what speaks for a time being the present, less what speaks against."""
    before, behind = text[statement.start : start], text[end : statement.end]
    said = words_of(before)
    if _placed(before, behind) or _ruled(before, behind, said):
        return 0
    label = said[-_NEAR:]
    known = frozenset(label)
    every = frozenset(statement.words)
    weight = 3 * bool(known & NOW or _SPOKEN.search(before) or _SPOKEN_DAY.search(before))
    if known & {"clock", "klok"}:
        weight += 3
    elif (known & _LABELS and _BOUND.search(before)) or (label and label[-1] in _LABELS):
        weight += 2
    weight += bool(known & _OWNERS)
    if known & _MADE and not (known & _EDITED and _MEMBER.search(before)):
        weight += 1 + bool(every & _THINGS or len(label) <= 1 or said[0] in _MADE)
    weight += 3 * bool(_SHOWS.search(before) and not re.match(r"\s?[-\u2013]", behind))
    weight += 3 * bool(every & _EVENTS and _PAST.search(before))
    weight += bool(_PLAIN.search(before) and _OWN.issuperset(_before_label(said)))
    weight += 2 * bool(_THIS.search(before) or _THIS.match(behind))
    weight += 3 * bool(_ROUGHLY.search(before))
    if _HERE.match(behind) and _OPENING.fullmatch(before):
        weight += 3
    if _ITS_TIME.match(behind):
        weight += 2
    elif _HERE.match(behind):
        weight += 1
    if _DAY_BEHIND.match(behind) and weight:
        weight += 1
    return weight + _shape(text[start:end], before)


def _placed(before: str, behind: str) -> bool:
    """Whether a time is part of something else: a slot, a range, an offset, a title between quotes."""
    if (
        _FILLED.search(before + behind)
        or _RANGE.match(behind)
        or _ZONE.search(before)
        or _RANGED.search(before)
    ):
        return True
    if _ARGUMENT.search(before):
        return True
    opened = before.rfind('"')
    if before.count('"') % 2 and '"' in behind and not _KEYED.search(before[:opened]):
        return True
    quoted = _QUOTED.search(before) and re.match(r"[\"\u201d']", behind)
    return bool(quoted) and not re.search(r"[:=]\s*[\"']$", before)


def _ruled(before: str, behind: str, said: tuple[str, ...]) -> bool:
    """Whether the clause in front of a time, or the words around it, set it for all days."""
    clause = words_of(re.split(r"[,;\u2013\u2014]\s|\(\s?|\s(?:and|und|et|y|e|en)\s", before)[-1])
    here = clause if len(clause) > 1 else said
    return bool(
        (_SET.intersection(here) and not NOW.intersection(said[-1:]) and not _IT_IS.search(before))
        or _UNTIL.intersection(said[-1:])
        or (_SPAN.intersection(words_of(behind)[:2]) and not _SHOWS.search(before))
        or _EXAMPLE.search(before)
    )


def _shape(stamp: str, before: str) -> int:
    """Return what the form of a time says: what a machine made, to the second, was made just now."""
    exact = _EXACT.search(stamp) is not None
    dated = _DATE.search(before[-40:]) is not None or _FULL.search(stamp) is not None
    edited = not _EDITED.isdisjoint(words_of(_HUMP.sub(" ", before)))
    weight = int(exact or dated)
    if (exact and _PRINTED.search(before)) or _MICRO.fullmatch(stamp):
        weight += _CLEAR
    weight += bool(exact and not edited and re.match(r"[^:]*:\d\d:\d\d[.,]\d", stamp))
    return weight + 2 * bool(exact and dated and not edited and _ALONE.fullmatch(before))


_SUPPOSED: Final = re.compile(r"\b(?:if|when|whenever|once|unless|until|example)\b[^,]*$", re.IGNORECASE)
_LEFT: Final = late(
    r"\b(?:closes?|opens?|starts?|begins?|ends?|expires?|arrives?|leaves?|departs?|boards?|due"
    r"|lands?)\s(?:again )?in\s"
    r"(?P<left>(?!\d*[05]\b)\d{1,3} (?:minutes?|min|seconds?|hours?))\b(?! (?:of|or|after|from|before)\b)",
    re.IGNORECASE,
    words=(
        *("closes", "close", "opens", "open", "starts", "start", "begins", "begin", "ends", "end", "expires"),
        *("expire", "arrives", "arrive", "leaves", "leave", "departs", "depart", "boards", "due", "lands"),
    ),
    where="line",
)
"""How long until something happens, to the odd minute: nobody sets such a rule."""
_KEYED: Final = re.compile(r"[\"']\s?:\s?$|\w=$|^\W*\w+:\s?$")
"""In front of the quoted value of a member or an attribute."""
_ROUGHLY: Final = late(
    r"^\W*(?:just (?:gone|past|after|before|turned)|(?:shortly|a little|a bit|well) (?:after|before|past)"
    r"|nearly"
    r"|almost|coming up (?:to|on|for)|getting on for|kurz (?:nach|vor)|peu (?:apr\u00e8s"
    r"|avant))\s(?:\w+\s)?$",
    re.IGNORECASE,
)
"""How somebody begins who tells the time in words."""
_DAY_BEHIND: Final = late(
    r",?\s(?:on\s)?(?:(?:\w{3,9},?\s)?\d{1,2}(?:st|nd|rd|th)?\s[A-Z][a-z]{2,8}\.?,?\s(?:19|20)\d\d\b"
    r"|\d{1,2}[./]\d{1,2}[./]\d{4})"
)
"""The day of a time, told behind it."""
_ITS_TIME: Final = late(
    r"\s?(?-i:[A-Z]\w+(?: [A-Z]\w+)?) time\b|\s?(?:server|system|local|ship['\u2019]?s|store|desk|station"
    r"|wall[- ]clock|game) time\b"
)
_HERE: Final = late(r"\s?(?:here|now|local|Uhr|in the user|for the user)\b")
_RANGED: Final = late(r"\d[:h]\d\d\s?(?:-|\u2013|y|to|a|bis|\u00e0|and|und|et)\s?(?:las\s|les\s)?$")
"""In front of the end of a range."""
_ZONE: Final = late(r"(?:UTC|GMT|offset|zone)\s?[+-]?$")
