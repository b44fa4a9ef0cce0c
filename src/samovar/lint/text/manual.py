"""Sentences of manuals: instructions, what always happens, what is done for good, and words in hyphens.

They speak of the same things as statements about the moment, and say nothing of it.
"""

from __future__ import annotations

import re
from typing import Final

from samovar.lint.text.late import late
from samovar.lint.text.lexicon import (
    ACTS,
    BEING,
    BETWEEN,
    DETERMINER,
    DOING,
    LATELY,
    NOW,
    NUMBERS,
    ON,
    PHRASES,
    STATUS,
    STILL,
    among,
    vocabulary,
)
from samovar.lint.text.statement import words_of

_NOUNS: Final = vocabulary(
    """limit turn call list report show quote offer round format rank group address flag count log handle
    process state plan book issue order file track monitor pass mark name cap note match split check start
    stop help guide run set wait reply answer search press click type move review print store cancel
    redirect route be output"""
)
"""Verbs that are nouns as well."""
LEFT: Final = vocabulary("pending queued remaining outstanding elapsed latest ongoing awaiting overdue")
"""Words of the moment that a story tells as well."""
_DONE: Final = vocabulary("completed complete done finished passed achieved")
_EDITED: Final = vocabulary("published updated reviewed created edited posted written modified")
_AHEAD: Final = late(r"\b(?:days?|weeks?|months?|years?) (?:ahead|behind)\b", re.IGNORECASE)
"""How long beforehand something is done, whenever it is done."""
_AGE: Final = late(r"\b(?:\d+|an?) (?:days?|weeks?|months?|years?) ago\b", re.IGNORECASE)
_APART: Final = late(
    r"(?<!\S):[a-z]\w+"
    r"|\bto be \w+|\bdue(?= (?:to|by|on|date|in|at|for|the)\b)|\bused(?= (?:to|at|for|as|in|by|with|when"
    r"|only)\b)",
    re.IGNORECASE,
)
"""English words that are numbers elsewhere, or that tell of a use and not of what is used up."""
_DEFINED: Final = re.compile(r"\W*\w+\W{0,2}:\s(?:the|a|an)\s(?!.*\d)", re.IGNORECASE)
"""A word of a status, and what it means."""
_DIGIT: Final = re.compile(r"\d")
_TWO: Final = 2
_LEADING: Final = vocabulary(
    """so then first next also and but otherwise instead finally maybe perhaps just please"""
)
"""Words that an instruction may begin with."""
_OPENINGS: Final = vocabulary(
    """for upon with in on at to by from after before during within of when where while as"""
)
CASES: Final = vocabulary("for when where while")
_ARTICLED: Final = vocabulary("the an your its their all any each")
_FRONT: Final = vocabulary(
    """not both all half only even since until near about over under behind outside inside per quite what and
    except because due again auf bei par de en such this that here there meanwhile plus minus than or like
    between against around past through beyond beneath across along above below beside besides despite
    throughout toward towards via without onto off out up down nothing thanks"""
)
BEHIND: Final = vocabulary("now today still again of to but or a the about approx out down up this")
_COMPOUND: Final = late(r"\b[^\W\d_]+(?:-[^\W\d_]+)+\b")
TOLD_YOU: Final = late(
    r"\byou(?:['\u2019]ll| will| need to| have to| are to| would)\b|\b(?:don|doesn|shouldn)['\u2019]t\b",
    re.IGNORECASE,
)
QUOTED: Final = late(r"[\s*>\u2022:,+-]*[\"\u201c](?![\w .-]{1,40}\"\s?:)")
"""A sentence that opens with a quotation mark."""


def instructs(words: tuple[str, ...]) -> bool:
    """Whether a sentence opens as an instruction."""
    return words[0] in ACTS and (
        words[0] not in _NOUNS or len(words) < _TWO or words[1] in DETERMINER or words[1].endswith("ing")
    )


def orders(words: tuple[str, ...], said: str) -> bool:
    """Whether a sentence is an instruction, at its start or behind the case that it is for."""
    at = next((i for i, word in enumerate(words) if word not in _LEADING), 0)
    if instructs(words[at:]) or imperative(words[at:], said):
        return True
    cases = said.split(":")[1:]
    if words[0] in _OPENINGS and not among(words[:5], NOW, PHRASES):
        cases += said.split(",")[1:]
    for each in cases:
        clause = words_of(each)
        if len(clause) > _TWO and instructs(clause) and (clause[0] not in _NOUNS or clause[1] in DETERMINER):
            return True
    return False


def generic(words: tuple[str, ...], said: str) -> bool:
    """Whether a sentence tells what always happens, what has been done for good, or how old a text is."""
    known = set(words)
    if (words[0] == "all" and known & _DONE) or (_DEFINED.match(said) and words[0] in STATUS | LEFT):
        return True
    if _AGE.search(said) and known & _EDITED:
        return True
    passive = len(words) > _TWO and words[0].endswith("s") and words[1] in BEING and words[2].endswith("ed")
    adverbs = among(words[3:], NOW - LEFT, PHRASES) or (LATELY | STILL).intersection(words)
    return passive and not adverbs and _DIGIT.search(said) is None


def plain(said: str) -> str:
    """Return a sentence without the words that would be taken for what they are not."""
    if "-" in said and (compounds := compounds_of(said)):
        said = _COMPOUND.sub(lambda found: "" if compounds.issuperset(words_of(found[0])) else found[0], said)
    return _AHEAD.sub("", _APART.sub("", said))


def compounds_of(said: str) -> frozenset[str]:
    """Return the words in hyphens, such as those of "left-aligned", that make no phrase of the moment."""
    return frozenset(
        word
        for found in _COMPOUND.finditer(said)
        if not among(words_of(found[0]), frozenset(), PHRASES) and not ON.intersection(words_of(found[0]))
        for word in words_of(found[0])
    )


def imperative(words: tuple[str, ...], said: str) -> bool:
    """Whether a first word before an article is no adverb or preposition: "Scan the files"."""
    return (
        len(words) > 1
        and words[1] in _ARTICLED
        and not words[0].endswith(("ing", "ed"))
        and f"{words[0]} {words[1]}" in said.lower()
        and not any(
            words[0] in each for each in (_OPENINGS, NOW, LATELY, BEING, DOING, BETWEEN, NUMBERS, _FRONT)
        )
    )
