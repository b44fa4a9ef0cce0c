"""What speaks for a label with a value being a reading of the moment, "Tickets (open): 17", and what against.

Settings, rules, clocks and pieces of programs are none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.lint.text.late import late
from samovar.lint.text.lexicon import (
    ACTS,
    BEING,
    DOING,
    GAUGES,
    LATELY,
    MOVES,
    NOW,
    PHRASES,
    RULE,
    RULED,
    SETTLED,
    STATUS,
    SWITCH,
    among,
    vocabulary,
)
from samovar.lint.text.manual import (
    BEHIND,
    CASES,
    compounds_of,
    imperative,
    instructs,
)
from samovar.lint.text.pair import programmed
from samovar.lint.text.reading import FINE, JOINTS, LITTLE, NUMBER, PART, PLACED, PRICED, SCALE, STRONG, WEAK
from samovar.lint.text.statement import words_of

if TYPE_CHECKING:
    from samovar.lint.text.pair import Pair


PAIR: Final = 4
"""Weight from which on a label with a value is a state."""
_LABEL: Final = 7
"""Words of the longest label."""
_FIRST: Final = 3
"""Words at the start of a value among which its status stands."""
_ABOUT: Final = (
    r"(?:(?:about|around|approx\.?|roughly|nearly|almost|just over|just under|etwa|rund|ca\.?"
    r"|environ|unos|circa)\s)?"
)
QUANTITY: Final = late(
    rf"[(\[]?{_ABOUT}{NUMBER}(?![\w.]*[-\u2013:][$\u20ac\u00a3]?\d)(?!\d|\.\d+\.)(?<!\d{{9}})"
)
_COUNTS: Final = late(
    r"(?:[^\W\d][\w' -]{1,24}?[ :x\u00d7(=]{1,2}\d[\d.,]*(?: ?[\w%\u00b0\u20ac]{1,6}(?: left)?)?"
    r"\)?(?:, (?:and )?"
    r"|; | and |$|\.$))+$"
    r"|(?:\d[\d.,]* (?!of\b)[^\W\d][\w' -]{1,24}(?:, (?:and )?|; | and |$|\.$))+$"
)
"""Things, each with how many of it there are."""
_NAME: Final = late(r"[A-ZÀ-ÞА-Я][\w'\u2019.-]+(?: [A-ZÀ-ÞА-Я][\w'\u2019.-]*)*")
_DUTY: Final = late(
    (
        r"\b(?:on[ -]?call|on[ -]duty|duty \w+|on[ -]shift|shift lead\w*|pager|pagers?|standby|on stand-?by"
        r"|now playing)\b"
    ),
    re.IGNORECASE,
)
"""Labels of who does today what others do tomorrow."""
_RENEWED: Final = late(
    r"\b(?:updat|refresh|chang|poll)\w*\s(?:every|each|once a|hourly|live|continuously)\b", re.IGNORECASE
)
"""A reading that says how often it is another."""
_REMAINS: Final = late(
    (
        r"[\d][\d,.]* \w+ (?:left|remaining|to go|restantes?|\u00fcbrig)\b(?! (?:side|column|hand|of|to"
        r"|on)\b)"
    ),
    re.IGNORECASE,
)
_JOINED: Final = vocabulary("connected attached mounted running")
"""How what is there for the moment is there."""
_FOR_NOW: Final = late(
    (
        r"\b(?:for|of|in|on) this (?:request|turn|session|conversation|call|run|user|visit"
        r"|message)\b"
    ),
    re.IGNORECASE,
)
_SWITCHED: Final = late(r"\b(?:on|off|true|false|enabled|disabled|[A-Z])\W*$")
_PARTLY: Final = late(r"\(\d+\s?(?:/|of|out of)\s?\d+\s\w+\)")
_ODD: Final = late(
    r"(?!(?:2|4|8|16|32|64|128|256|512|\d*[05])\b)\d{1,6}(?:\W*$| (?![kKMGT]?i?[BW]h?\b|m?m\b|cm\b|km"
    r"|k?g\b|cores|mAh|l\b|a\b|each|per)[(\w])"
)
"""A count that nobody would choose: no power of two, no multiple of five, no physical unit behind it."""
_PLACES: Final = vocabulary("line row column page position index offset start end cursor number")
"""Labels of a place in a file, whose number is as odd as it comes."""
_SLOTS: Final = late(r"\d{1,2}[:h]\d\d(?:, ?\d{1,2}[:h]\d\d)+\.?$")
_WORDED: Final = late(r"[a-z_]+(?:, (?:or )?[a-z_]+){2,}\W*$")
"""Words to choose from, and no state."""
_MARKS: Final = re.compile(r"['\"`]")
_TOGGLED: Final = late(r"[\w.-]{2,30} (?:on|off)(?:, [\w.-]{2,30} (?:on|off))*\.?$")
_LISTED: Final = late(r"[\w.-]{2,30}(?: [\w.-]{2,30})?(?:, (?:and )?[\w.-]{2,30}(?: [\w.-]{2,30})?)*\.?$")
_LASTING: Final = late(r"\d\+?\s(?:days|weeks|months|years)\b(?! ago)")
_LASTED: Final = re.compile(r"\d+\s?(?:h|m|min)\s?\d|\d+(?:\.\d+)?\s?(?:s|ms|m|min|minutes|seconds)\b")
"""How long something took."""
_TIMES: Final = vocabulary(
    """time date datetime clock timestamp uhrzeit datum zeitstempel heure hora fecha orario"""
)
"""Labels of clocks, which another rule reads."""


_THERE: Final = vocabulary("inside aboard onboard sold sent taken left won lost drawn")
_NO_COUNT: Final = vocabulary("need speed seed feed bed red combined weighted estimated related based fixed")
"""Words in -ed behind a noun that count nothing: "responses received" are counted so far."""
_PRESENT: Final = vocabulary(
    "current ongoing active aktueller aktuelle aktuelles actuel actuelle actual attuale"
)
"""Adjectives of what is there just now."""


_PLACED: Final = re.compile(r"/\w|0\d+\b(?![.:])")
"""A path, or a number with zeros in front, which counts nothing."""
_TERM: Final = re.compile(r"(?:the |an? )?(?P<noun>[a-z]{4,})\b", re.IGNORECASE)
_ABOVE: Final = late(
    r"\d+\s?%\+|[\d.,]+\+\s|[A-Za-z_]+(?:, [A-Za-z_]+)+,? or [A-Za-z_]+\W*$|.*\bregardless\b", re.IGNORECASE
)
"""What is asked for at least, choices, and what holds whatever happens."""


_ROUND: Final = late(r"\d*[05]\s?%\W*$")
"""How much a criterion weighs."""


def _defined(label: tuple[str, ...], value: str) -> bool:
    """Whether a value begins with the noun that it explains: "Pending commands: commands queued by …"."""
    found = _TERM.match(value)
    return found is not None and found["noun"].lower() == label[-1] and len(words_of(value)) > _LABEL


def _fixed(label: tuple[str, ...], value: tuple[str, ...], pair: Pair) -> bool:
    """Whether a pair is a rule, a setting, a clock, a piece of a program, or an instruction."""
    if (
        among(label, RULE, RULED)
        or SETTLED.intersection(label)
        or among(value, RULE - {"min", "max", "per"}, RULED)
        or label[0] in CASES
        or (len(label) > WEAK and instructs(label) and label[0] not in MOVES)
        or (_TIMES.intersection(label) and not _LASTED.match(pair.value))
        or programmed(pair.value)
        or imperative(value, pair.value)
    ):
        return True
    if (
        pair.value.endswith((";", "{"))
        or _WORDED.match(_MARKS.sub("", pair.value))
        or (value and value[0] in ACTS)
        or PLACED.search(pair.value)
        or _ABOVE.match(pair.value)
        or _defined(label, pair.value)
        or (label[-1] == "score" and _ROUND.match(pair.value) and not among(label, NOW | LATELY, PHRASES))
        or label[-2:] == ("status", "code")
        or "name" in label
        or _PLACED.match(pair.value)
        or (label[-1] == "line" and {"first", "last", "start", "end"}.intersection(label))
    ):
        return True
    return _LASTING.search(pair.value) is not None and not GAUGES.intersection(label)


def _named_by(label: tuple[str, ...]) -> frozenset[str]:
    """Return what of a label names its subject and tells no status: "error handling"."""
    return frozenset() if label[-1] == "error" else frozenset({"error"})


def weigh_pair(pair: Pair) -> int:
    """Return what speaks for a label with a value being a reading of the moment, less what speaks against."""
    label, value = words_of(pair.label), words_of(pair.value)
    if not label or len(label) > _LABEL or (BEING | DOING).intersection(label):
        return 0
    if _REMAINS.match(pair.value) or (_FOR_NOW.search(pair.label) and _SWITCHED.search(pair.value)):
        return PAIR
    renewed = _RENEWED.search(pair.value) is not None and QUANTITY.match(pair.value) is not None
    if renewed and not among(label, RULE, RULED):
        return PAIR
    if _fixed(label, value, pair):
        return 0
    bound = {*LATELY, *STATUS, *SWITCH, *_THERE}.intersection(label) - {"since"} - _named_by(label)
    bound |= {word for word in label[1:] if word.endswith("ed") and word not in _NO_COUNT}
    moment = STRONG if among(label, NOW, PHRASES) else WEAK if bound else 0
    if not moment:
        moment = WEAK if among(value, NOW, PHRASES) else LITTLE if LATELY.intersection(value) else 0
    subject = STRONG if GAUGES.intersection(label) else WEAK if MOVES.intersection(label) else 0
    part = PART.match(pair.value) or _PARTLY.search(pair.value)
    if part and not SCALE.intersection(label):
        return PAIR
    quantity = QUANTITY.match(pair.value) is not None and not re.fullmatch(r"(?:19|20)\d\d", pair.value)
    if quantity:
        told = LITTLE + (FINE.search(pair.value) is not None and not PRICED.intersection(label))
        told -= "per" in value
        moving = MOVES.intersection(label) and not _PLACES.intersection(label)
        told += _ODD.match(pair.value) is not None and bool(moving) and told == LITTLE
    elif _stands(value, pair.value) and not STATUS.issuperset(label) and (subject or moment == STRONG):
        told = WEAK
    elif (
        (value and value[0] in SWITCH and len(value) <= _FIRST)
        or (subject and bound & {"left", "free", "available", "open"} and _SLOTS.match(pair.value))
        or (
            (bound & (SWITCH | _JOINED) or moment == STRONG)
            and subject
            and _LISTED.match(pair.value)
            and value
            and value[0] not in {"true", "false", "yes"}
        )
    ):
        told = LITTLE
    elif subject and (_TOGGLED.match(pair.value) or _several(pair.value)):
        told = WEAK
    elif (
        subject
        and label[0] in _PRESENT
        and not label[-1].endswith("s")
        and len(value) <= _LABEL
        and CASES.isdisjoint(value[:1])
    ):
        told = LITTLE
    elif _DUTY.search(pair.label) and _NAME.search(pair.value) and "=" not in pair.value:
        return STRONG + WEAK
    else:
        return 0
    if label[-1] in {"temperature", "p", "penalty"} and re.match(
        r"[01]?\.\d|[012]\b(?!\s?\u00b0)", pair.value
    ):
        return 0
    return moment + subject + told


def _several(value: str) -> bool:
    """Whether a value counts several things: "bolts 1200, nuts 15"."""
    return sum(value.count(mark) for mark in (", ", "; ", " and ")) > 0 and _COUNTS.match(value) is not None


def _stands(words: tuple[str, ...], value: str) -> bool:
    """Whether a status opens a value, and is not what some other noun is like: "late finish"."""
    for at, word in enumerate(words[:_FIRST]):
        if word in STATUS and word not in compounds_of(value):
            found = re.search(rf"\b{word}\b\W*", value, re.IGNORECASE)
            behind = words[at + 1] if at + 1 < len(words) else ""
            if behind == "and" and word.endswith("ing"):
                return False
            apart = found is None or len(found[0].rstrip()) > len(word)
            return not behind or apart or behind in JOINTS or behind in BEHIND or behind in STATUS
    return False
