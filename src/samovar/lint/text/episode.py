"""Episodes: what has happened, goes on or holds for a while with something definite.

A prompt that is the same for all requests gives orders, defines, and tells what holds in general. A clause in
the past, the perfect or the progressive about one thing ("The auction has had 17 bids", "Gold trades at
2,388") tells of a moment, whichever nouns it has. Each kind of evidence has a weight, and they are added.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.lint.text.late import late
from samovar.lint.text.lexicon import (
    BEING,
    GAUGES,
    LATELY,
    MACHINERY,
    MOVES,
    NOW,
    NUMBERS,
    OFFERS,
    PHRASES,
    SETTLED,
    STATUS,
    among,
    vocabulary,
)
from samovar.lint.text.names import GIVEN
from samovar.lint.text.statement import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EPISODE: Final = 5
"""Weight from which on a sentence tells of a moment."""
_PREDICATES: Final[Mapping[str, int]] = {
    "past": 2,
    "past in -ed": 1,
    "perfect": 3,
    "progressive": 3,
    "stays": 2,
    "is at": 3,
    "owns": 3,
    "is the nth": 3,
    "is due in": 1,
    "until": 2,
}
"""What is said: without one of these a sentence tells no episode."""
_WEIGHTS: Final[Mapping[str, int]] = {
    **_PREDICATES,
    "the last": 2,
    "now": 3,
    "lately": 1,
    "near": 1,
    "one": 1,
    "anyone": -2,
    "indefinite": -3,
    "plural": -2,
    "topic": 1,
    "moves": 1,
    "gauge": 1,
    "count": 1,
    "uncounted": -1,
    "counts": 1,
    "odd": 1,
    "fine": 1,
    "status": 1,
    "lasting": -3,
    "year": -4,
    "dated": -4,
    "term": -3,
    "defined": -4,
    "settled": -3,
    "offers": -2,
    "or": -2,
    "passive": -1,
    "was": -2,
    "verbless": -1,
    "gerund": -1,
    "case": -2,
    "you": -2,
    "wordy": -2,
    "long": -2,
    "heading": -3,
    "fragment": -2,
    "cut": -4,
    "bold": -2,
}
"""When it is, of what it is said, how exactly; and what speaks for a rule, a history or a manual."""
_BE: Final = vocabulary("is are s re ist est está è são")
_HAVE: Final = vocabulary("has have ve hat haben ont ha han")
_PASSED: Final = vocabulary(
    """began broke brought bought came caught chose drew drove fell flew forgot found froze gave got grew
    had heard held hit kept knew lost made met missed paid quit ran rang rose said sank sat saw sent
    shook shot slept slid sold spent spoke stood stole stuck struck swung told took thought threw went woke
    won wore wrote"""
)
"""Past forms that do not end in -ed."""
_TAKEN: Final = (
    _PASSED
    & vocabulary(
        """brought bought caught found got had heard held hit kept left lost made met missed paid quit said
    sat sent shot slept slid sold spent stood stuck struck swung told thought won"""
    )
) | vocabulary(
    """been begun broken chosen come done drawn driven fallen flown forgotten frozen given gone grown known
    run risen seen shaken spoken stolen taken thrown worn written"""
)
"""Participles that do not end in -ed."""
_NO_EVENT: Final = vocabulary(
    """need feed seed speed bed red hundred shed indeed proceed exceed embed agreed based related detailed
    advanced limited united used supposed dedicated experienced skilled unrelated nested named shared trusted
    required expected needed provided given said"""
)
_NO_DOING: Final = vocabulary(
    """missing working following existing remaining interesting including according using regarding
    concerning depending being during morning evening nothing anything everything something thing string
    building meeting ceiling pricing billing shipping helping responding answering asking reading writing
    talking speaking going warning training"""
)
"""Words in -ing that are no verb, or what an assistant does."""
_ADVERBS: Final = vocabulary(
    """now currently still already again just not all both only mostly partly fully completely temporarily
    very quite been being recently steadily slowly rapidly about also n t never yet gradually"""
)
_FRONTED: Final = _ADVERBS | vocabulary("last next only")
"""A participle behind nothing else has no subject."""
_STAYS: Final = vocabulary(
    """remain remains stands hovers trades trading stuck stays keeps averages verbleiben bleiben restent
    quedan rimangono restam"""
)
"""Verbs of being at a value, or in a state, for a while."""
_NEAR: Final = vocabulary(
    """next last latest previous only just still already yet again another nächste nächster nächstes
    prochain prochaine próximo próxima prossimo letzte dernier dernière último última ultimo"""
)
"""Words that place a thing beside the moment of speaking."""
_LASTING: Final = vocabulary(
    """founded established introduced acquired renamed built born died published discovered invented designed
    created trained developed intended launched opened incorporated authored written known called named
    defined considered described documented regarded supported released deprecated removed replaced added
    fixed improved refactored updated changed"""
)
"""Events that are told for good, and those of manuals and of lists of changes."""
_ANYONE: Final = vocabulary("you i they it user users claude assistant model agent")
_POINTED: Final = vocabulary(
    "the this our your his her its their my der die das le la el il lo o os as les los"
)
_REFERRING: Final = vocabulary("this that it these those")
"""Behind them a verb speaks of what was said before."""
_PERSONS: Final = vocabulary("he she")
_CASE: Final = vocabulary(
    "at above below over under after before within beyond on by as while although since though in for"
)
"""Words that open the case in which something happens."""
_ARTICLED: Final = (
    vocabulary("a an the any each every no of in on for with by to as and or than not be get gets been being")
    | _BE
)
"""In front of a participle they make it an adjective, or a passive."""
_BEHIND: Final = NUMBERS | vocabulary(
    """a an the at in on off out up down for from with to by since after again today yesterday tonight and
    but your his her its our their this last step steps"""
)
"""Behind a past form; before a noun it is an adjective."""
_EARLY: Final = 6
"""Words at the start of a sentence among which its verb in -ed stands."""
_SHORTEST: Final = 4
_WORDY: Final = 12
_LONG: Final = 18
_UNTIL: Final = late(
    r"\b(?:until|till|through|by|bis|jusqu'à|hasta|fino a)\s(?:about\s|at least\s)?(?:\d{1,2}[:h]\d\d|noon"
    r"|midnight|tomorrow|tonight|(?:mon|tues|wednes|thurs|fri|satur|sun)day|the end of|further|next|morgen"
    r"|montag)|\bin (?:effect|force|place|progress)\b",
    re.IGNORECASE,
)
_AT: Final = late(
    r"\b(?:(?:is|are|est|sont|está|están|ist|sind|è|sono)\s(?:now |currently |still |up |down )?(?:at|à"
    r"|al|a|bei|auf|op|på|reading|showing)|(?:trades|reads|shows|says|stands|sits|hovers)(?: at)?"
    r"|trading at)\s(?:about |around )?[$\u20ac]?\d[\d.,]*(?![\d:]|(?-i: [A-Z]))",
    re.IGNORECASE,
)
"""What is at a value is elsewhere later."""
_HELD: Final = late(
    rf"\b(?:has|have|had|holds|contains|carries|got|tem|tiene|ha|hat|heeft)\s(?:now |currently |still |only"
    rf" |just |about |already )*(?:\d[\d,.]*|one|{'|'.join(sorted(NUMBERS))})\s(?!or\b)",
    re.IGNORECASE,
)
_NTH: Final = late(
    r"\b(?:this is|(?:you|we)(?: a|')re (?:on|at|in)|it is)\s(?:the |your |my |now )?(?:turn|step|round"
    r"|iteration|attempt|try|page|level|day|week|question|call|item|stage|phase|lap|inning|episode|chapter"
    r"|retry|exercise|slide|message)\s(?:no\.? |number |#)?\d",
    re.IGNORECASE,
)
"""How far a session is."""
_DUE: Final = late(
    r"\b(?:is|are|up|due|back) in (?:about |~)?(?:\d+|[a-z]+) (?:seconds|minutes|min|hours|days)\W*$",
    re.IGNORECASE,
)
HELD_IN: Final = vocabulary(
    "basket cart trolley queue waitlist backlog warteschlange carrito panier carrello"
)
"""What holds so many for a while; a hall holds as many seats for good."""
_FINE: Final = late(
    r"\d\s?%|\d\s?\u00b0|\d[.,]\d{1,2}(?![\d.])|\d,\d{3}|\d\s?(?:/|of|out of)\s?\d|\d\s?(?:km|min|ms|kg|hPa"
    r"|bar|mm|cm|l|kW|degr\w+|Grad|euros?|EUR|USD|points)\b|\d+h ?\d+m|\d+m ?\d+s"
)
_CODED: Final = re.compile(
    r"^\W*(?:[A-Z][\w-]*\s)?[A-Za-z-]+\s(?:#?\d{1,5}\b|[A-Z]\d?\b)|^\W*[A-Z][\w]*-\w+\b"
)
"""A thing with its number or letter, at the start."""
_QUANTITY: Final = re.compile(r"(?<![\w.:/-])[$\u20ac\u00a3#~+\u2212-]?\d[\d.,]*(?![\w:/-]*\d)")
_ODD: Final = re.compile(
    r"(?<![\w.:/-])(?!(?:19|20)\d\d\b)(?:\d{1,3}(?:,\d{3})+|\d*[1-9][1-9]|\d+\.\d+)(?!\w)"
)
_YEAR: Final = re.compile(r"\b(?:1\d|20)\d\d\b")
_DATED: Final = late(
    r"\b(?:on|by|since|of) (?:the )?\d{1,2}(?:st|nd|rd|th)? (?:of )?(?:jan|feb|mar|apr|may|jun|jul|aug"
    r"|sep|oct|nov|dec)"
    r"|\b(?:january|february|march|april|june|july|august|september|october|november|december) \d"
    r"|\b(?:winter|summer|spring|autumn|year|age) of\b|\b\d{4}-\d\d-\d\d\b",
    re.IGNORECASE,
)
"""A day that stays the same: what happened then is history."""
_TERM: Final = late(
    rf"\b(?:after|within|for|every) (?:\d+|{'|'.join(sorted(NUMBERS))}) (?:days|weeks|months|years)\b",
    re.IGNORECASE,
)
_DEFINED: Final = late(r"\W*(?:\w+ )?\w+\W{0,3}:\s(?!\d)(?:\w+ ){3}")
"""A term, and what it means."""
_COMPOUND: Final = re.compile(r"\b[A-Za-z]?[a-z]+(?:-[a-z]+)+\b")
"""Words in hyphens: "shift-left", "real-time" tell nothing of left and time."""
_CLASSES: Final = {
    "lately": LATELY,
    "near": _NEAR,
    "status": STATUS,
    "topic": MOVES,
    "moves": MOVES - MACHINERY,
    "gauge": GAUGES,
    "lasting": _LASTING,
    "offers": OFFERS - {"seats"},
    "settled": SETTLED,
    "or": frozenset({"or", "oder"}),
    "you": vocabulary(
        """you user users claude person persons people somebody someone anybody anyone customer customers
    client clients caller callers member members they"""
    ),
}
_EVENTS: Final = frozenset({"past", "past in -ed", "perfect", "progressive"})
"""Clauses that tell of the moment without a number, if what they are about moves."""
_ASIDE: Final = re.compile(r"\([^()\n]*\)|[\"\u201c](?:[^\"\u201c\u201d\n]*[\"\u201d]|[^\"\u201c\u201d\n]*$)")
"""What stands in brackets, and words that somebody else says."""
_WHICH: Final = vocabulary("how what why which who whose whether where")
"""Words that open a question, or the heading of an answer."""
_HANGING: Final = vocabulary("until once before after where which who whose that because whenever unless if")
"""Words that open a clause of what may be, or of what belongs to something."""
_MODAL: Final = vocabulary("will would can could may might must should shall")
_ORDINAL: Final = vocabulary("first second third")
_GOES_ON: Final = vocabulary("the a an and or so of to with for from by than as but")
"""Words with which no sentence ends: the next line goes on."""
HAPPENED: Final = frozenset({"past", "past in -ed", "perfect"})
"""Kinds of clause that tell what has happened."""
TRIGGERS: Final = _PASSED | _TAKEN | _STAYS | _NEAR
"""Words of sentences that tell an episode without a number."""


def episode(words: tuple[str, ...], said: str) -> int:
    """Return what speaks for a sentence that gives no order telling of a moment, less what speaks against."""
    return sum(_WEIGHTS[each] for each in _evidence(words, said))


def _evidence(words: tuple[str, ...], said: str) -> set[str]:
    """Return the kinds of evidence in a sentence; none where nothing is said to happen."""
    words, said = _said(words, said)
    if not words:
        return set()
    known = frozenset(words)
    told = {kind for kind, members in _CLASSES.items() if not members.isdisjoint(known)}
    told |= _subject(words, said)
    told.update(aspects(words))
    told.update(kind for kind, pattern in _PATTERNS if pattern.search(said))
    if (
        "indefinite" not in told
        and _HELD.search(said)
        and (words[0] in _PERSONS or not known.isdisjoint(HELD_IN))
    ):
        told.add("owns")
    if told.isdisjoint(_PREDICATES):
        return set()
    rest = _CODED.sub(" ", said)
    numbers = len(_QUANTITY.findall(rest))
    if among(words, NOW, PHRASES):
        told.add("now")
    if numbers or known & (NUMBERS - _ORDINAL) or "one" in known:
        told.add("count")
    elif "status" not in told or "one" not in told:
        told.add("uncounted")
    if numbers > 1:
        told.add("counts")
    if numbers and _ODD.search(rest):
        told.add("odd")
    told.update(_form(words, said, told))
    if "past in -ed" in told and told.isdisjoint({"one", "numbered", "near"}):
        told.discard("past in -ed")
    if told & {"past", "past in -ed"} and known & {"last", "previous", "latest"}:
        told.add("the last")
    if told & {"past", "perfect"}:
        told.discard("settled")
    grounds = {"count", "moves", "gauge", "now", "status", "until", "the last", "is the nth", "is at"}
    return told - {"numbered"} if told & grounds and ("count" in told or _happens(told)) else set()


def _happens(told: set[str]) -> bool:
    """Whether a sentence without a number tells what has happened to something that moves, or just now."""
    return not told.isdisjoint(_EVENTS) if "moves" in told else told >= {"past", "now"}


def _said(words: tuple[str, ...], said: str) -> tuple[tuple[str, ...], str]:
    """Return the words of the main clause, none where it tells nothing, and the sentence without asides."""
    if words[0] in _WHICH:
        return (), said
    bare = _ASIDE.sub(" ", said)
    if bare != said:
        said, words = bare, words_of(bare)
    if "-" in said and _COMPOUND.search(said):
        words = words_of(_COMPOUND.sub(" ", said)) or words
    words = words[: next((at for at, word in enumerate(words) if at and word in _HANGING), len(words))]
    return (words if _MODAL.isdisjoint(words) else ()), said


_PATTERNS: Final = (
    ("until", _UNTIL),
    ("is at", _AT),
    ("is the nth", _NTH),
    ("is due in", _DUE),
    ("fine", _FINE),
    ("year", _YEAR),
    ("dated", _DATED),
    ("term", _TERM),
)


def _form(words: tuple[str, ...], said: str, told: set[str]) -> Iterator[str]:
    """Yield what the form of a sentence says against it."""
    if len(words) > _WORDY:
        yield "wordy"
    if len(words) > _LONG:
        yield "long"
    if words[0] in _CASE:
        yield "case"
    if _DEFINED.match(said):
        yield "defined"
    if "**" in said:
        yield "bold"
    if said.rstrip().endswith(":"):
        yield "heading"
    if said.lstrip(" -*\u2022>")[:1].islower():
        yield "fragment"
    if words[-1] in _GOES_ON:
        yield "cut"
    if words[-1].endswith("ing") or words[0].endswith("ing"):
        yield "gerund"
    if "past" not in told and (BEING | _HAVE | _BE | _STAYS).isdisjoint(words):
        yield "verbless"


def aspects(words: tuple[str, ...]) -> Iterator[str]:
    """Yield the kinds of clause that a sentence has."""
    finite = False
    for at, word in enumerate(words):
        before = words[at - 1] if at else ""
        if word in _BE or word in _HAVE:
            finite = True
            behind = next((each for each in words[at + 1 : at + 4] if each not in _ADVERBS), "")
            participle = behind.endswith("ed") and behind not in _NO_EVENT
            if word in _BE and behind.endswith("ing") and behind not in _NO_DOING:
                yield "progressive"
            elif word in _BE and behind.endswith("ed"):
                yield "passive"
            elif word in _HAVE and (behind in _TAKEN or participle or "been" in words[at + 1 : at + 3]):
                yield "perfect"
        elif word in BEING:
            finite = True
        if not at:
            continue
        if word in {"was", "were"}:
            yield "was"
        if word in _STAYS:
            yield "stays"
        elif (
            before in _ARTICLED
            or _FRONTED.issuperset(words[:at])
            or not _BE.isdisjoint(words[max(0, at - 3) : at])
        ):
            continue
        elif word in _PASSED:
            yield "past"
        elif not finite and at < _EARLY and _in_ed(word) and (*words, "a")[at + 1] in _BEHIND:
            yield "past in -ed"
        if word.endswith("ing") and before in {"keeps", "kept", "started", "stopped"}:
            yield "progressive"


def _in_ed(word: str) -> bool:
    return word.endswith("ed") and len(word) > _SHORTEST and word not in _NO_EVENT


def _subject(words: tuple[str, ...], said: str) -> set[str]:
    """Return how definite what a sentence is about is."""
    first = words[0]
    if first in _PERSONS:
        return {"one"}
    if first in _REFERRING and len(words) > 1 and (words[1].endswith("s") or words[1] in _PASSED):
        return set() if words[1] in _BE else {"anyone"}
    if first in _ANYONE or (first == "the" and len(words) > 1 and words[1] in _ANYONE):
        return {"anyone"}
    if first in {"a", "an", "any", "some"}:
        return {"indefinite"}
    if first in _POINTED or first in GIVEN or _CODED.match(said):
        return {"one"}
    if first in NUMBERS or said.lstrip(" -*")[:1].isdigit():
        return {"numbered"}
    return {"plural"} if first.endswith("s") else set()
