"""Choices that exclude one another: one language, one format, one tone at a time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from samovar.lint.instructions.lexicon import words

if TYPE_CHECKING:
    from collections.abc import Iterator

_TELLS: Final = (
    r"(?:answers?|respond|responses?|reply|replies|return|outputs?|write|speak|format|produce|use|provide"
    r"|be|communicate|text)"
)
_LANGUAGE: Final = re.compile(
    r"\b(?:answers?|respond|responses?|reply|replies|speak|write|communicate|text"
    r"|be)\b(?P<what>(?: \w+){0,3}?) (?:only )?in (?:the )?"
    r"(?P<value>english|german|french|spanish|italian|portuguese|dutch|polish|russian|chinese|japanese"
    r"|korean|arabic|turkish|hindi"
    r"|swedish|(?:same )?language (?:of|as) the (?:user|customer|question)|(?:user|customer)'s language)\b"
    r"(?! (?:pounds?|words? for|class|course))",
    re.IGNORECASE,
)
_FORMAT: Final = re.compile(
    rf"\b{_TELLS}\b(?:[^.]{{0,40}}?(?<!readable )\b(?:in|as|be|using|with|use|only|valid))?\s+(?:a "
    rf"|an |valid |only |well-formed |raw |pure |strict )*"
    r"(?P<value>json|xml|yaml|csv|html|markdown|plain text|prose)\b(?! (?:code|block|blocks|fence|table"
    r"|key|schema))",
    re.IGNORECASE,
)
_CONCISE: Final = r"concise(?:ly)?|brief(?:ly)?|terse(?:ly)?|succinct(?:ly)?|as short as possible"
_DETAILED: Final = (
    r"(?:as )?detailed(?: as possible)?|verbose(?:ly)?|exhaustive(?:ly)?|lengthy|as long as possible"
)
_FORMAL: Final = r"(?<!in)formal(?:ly)?|professional(?:ly)?"
_INFORMAL: Final = r"informal(?:ly)?|casual(?:ly)?|colloquial(?:ly)?|slang"
_PAIRS: Final = (
    ("register", (_FORMAL, _INFORMAL)),
    ("length", (_CONCISE, _DETAILED)),
    ("person", (r"first[- ]person", r"third[- ]person", r"second[- ]person")),
    ("variant", (r"british (?:english|spelling)", r"american (?:english|spelling)|us english")),
    ("units", (r"metric (?:system|units)", r"imperial (?:system|units)")),
    ("tense", (r"present tense", r"past tense")),
)
_STYLE: Final = re.compile(
    r"^(?:(?:always|please|you (?:must|should)|must|should|it is|do|only)\s+)*(?:be|use|write|speak|keep"
    r"|respond|reply|answer|stay|sound|remain|prefer|address|talk|sign)\b(?P<rest>.*)$",
    re.IGNORECASE,
)
_OTHER: Final = re.compile(
    r"\b(?:in|for|with|to|of|on|about)\s+(?:the |your |a |an |all )?(?P<what>[a-z]+)", re.IGNORECASE
)
_TONE: Final = words(
    """
    tone style manner register language voice english spelling person system units tense way answer
    answers reply replies response responses possible point everyone
    everybody users user customers customer
    """
)

_SMALL: Final = words(
    "to the a an all every each only always your any must should be is are written with back"
)


class Choice(NamedTuple):
    """A value of a thing of which there is one at a time."""

    of: str
    value: str


def choices(clause: str) -> Iterator[Choice]:
    """Yield what a clause chooses for the answer as a whole."""
    lowered = clause.lower().replace("\u2019", "'")
    if (found := _LANGUAGE.search(lowered)) is not None and not _elsewhere(lowered[found.end() :]):
        value = found["value"]
        what = frozenset(found["what"].split()) - _TONE - _SMALL
        of = " of ".join(["language", *sorted(what)])
        yield Choice(of, "the user's" if "language" in value else value)
    if (found := _FORMAT.search(lowered)) is not None and not _elsewhere(lowered[found.end() :]):
        yield Choice("format", found["value"])
    style = _STYLE.match(lowered)
    if style is not None:
        for of, words in _PAIRS:
            for i, word in enumerate(words):
                hit = re.search(rf"\b(?:{word})\b", style["rest"])
                if hit is not None and not _elsewhere(style["rest"][hit.end() :]):
                    yield Choice(of, str(i))


def _elsewhere(rest: str) -> bool:
    """Whether what follows narrows the choice to something other than the answer."""
    return any(found["what"] not in _TONE for found in _OTHER.finditer(rest))
