"""What a clause tells a model to do: an act, on what, and whether it is asked for, allowed or forbidden.

Acts are small classes of verbs that mean the same to a model; objects are the words left when all that says
nothing of the matter is taken away.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from samovar.lint.instructions.lexicon import words

_NEGATIVE: Final = re.compile(
    r"\b(?:never|do not|don't|do n't|must not|mustn't|should not|shouldn't|shall not|may not|can not"
    r"|cannot|can't|will not|won't"
    r"|are not to|is not to|not allowed to|not permitted to|forbidden to|prohibited from|refrain from"
    r"|avoid|no longer)\b"
    r"|^no\b|\b(?:is|are) (?:forbidden|prohibited|banned|not allowed|not permitted)\b",
    re.IGNORECASE,
)
_TWICE: Final = re.compile(
    r"\b(?:never|don't|do not|not) (?:fail|forget|hesitate|neglect|omit|skip|be afraid|only|just"
    r"|necessarily|always)\b|^not\b",
    re.IGNORECASE,
)
_ALLOWED: Final = re.compile(
    r"\b(?:may|can|might|could|feel free to|allowed to|free to|permitted to)\b", re.IGNORECASE
)
_MODAL: Final = re.compile(
    r"^(?:(?:please|always|never|also|then|first|instead|and|but|so|it is (?:forbidden|prohibited"
    r"|required|important|essential)(?: to| that)?"
    r"|you(?:'ll| will)?|the (?:model|assistant|agent|bot)|must|should|shall|will|can|may|might|could|do"
    r"|does|not|don't|cannot|can't"
    r"|mustn't|shouldn't|won't|need to|have to|has to|are|is|to|be sure to|make sure(?: to| that)?"
    r"|ensure(?: that)?|remember to"
    r"|feel free to|allowed to|free to|permitted to|required to|expected to|refrain from|avoid|try to"
    r"|strictly|only|under no circumstances)\b[,\s]*)+",
    re.IGNORECASE,
)
_PASSIVE: Final = re.compile(
    r"^(?P<what>[\w' -]{2,60}?) (?:must|should|may|can|shall|will|is|are)(?: not| never| always"
    r"| only)?(?: to)? be (?P<verb>\w+)(?P<rest>.*)$",
    re.IGNORECASE,
)
_SUBJECT: Final = re.compile(
    r"^(?:the |your |all |each |every |any )?(?P<what>answers?|repl(?:y|ies)|responses?|outputs?"
    r"|messages?|texts?|it|results?) (?:(?:must|should|may|can|shall|will|cannot|mustn't|shouldn't|needs? to"
    r"|has to|have to) |(?=(?:contains?|includes?|has|have|is|are|ends?|begins?|starts?)\b))"
    r"(?P<rest>(?:not |never |always )?[a-z]+ .*)$",
    re.IGNORECASE,
)
_CLASSES: Final = {
    "answer": (
        "answer respond reply return output produce write provide format give generate speak "
        "deliver written given spoken"
    ),
    "use": "use used using employ apply utilise utilize",
    "include": "include add insert contain put have incorporate",
    "tell": (
        "mention name disclose reveal share discuss talk state say tell show present display expose "
        "told shown said"
    ),
    "ask": "ask request inquire query",
    "call": "call invoke run execute trigger",
    "explain": "explain describe justify elaborate",
    "apologise": "apologise apologize apology sorry",
    "guess": "guess speculate assume invent fabricate",
    "cite": "cite quote reference",
    "summarise": "summarise summarize",
    "keep": "keep preserve retain leave kept left",
    "delete": "delete remove drop erase",
    "begin": "begin start open",
    "end": "end finish close conclude",
    "wrap": "wrap enclose surround",
}
_VERBS: Final = {verb: kind for kind, verbs in _CLASSES.items() for verb in verbs.split()}
_EMPTY: Final = words(
    """
    a an the any some all every each this that these those your you their his her its our my it them of
    in to with for as by at on into from and or but be is are was being been do does so very really
    strictly always never only just also ever please make sure ensure such there here own answer answers
    reply replies response responses output outputs message messages text result results user users
    customer customers explicitly directly under circumstances way when possible must should first
    before after use using used clearly simply kind sort valid proper properly carefully
    """
)
_SUFFIX: Final = re.compile(r"(?:'s|s')$")


_MANNER: Final = re.compile(r"\b(?:step by step|word for word|one by one|in (?:full )?detail|at all)\b")
"""How something is done, which says nothing of what."""


_NOUNS: Final = words("the a an our your their its this that these those other all each any")
"""Words behind "to" that begin a noun: then it says where, not what for."""
_AVOIDED: Final = re.compile(
    r"(?P<before>^(?!you )\w+ [\w' -]*?\w)(?<!\btry)(?<!\bsure)(?<!\bremember)(?<!\bneed)(?<!\bhave)"
    r"(?<!\bcare)(?<!\bhow) to avoid\b"
)
"""What something is done against, which forbids nothing else."""
_REASON: Final = re.compile(r",?\s+(?:because|since|so that|in order to)\b|,\s+(?:with|without|as)\b")
"""Where a clause stops telling what to do and says why, or how."""
_WELCOME: Final = re.compile(
    r"^(?P<what>[\w' -]{2,60}?) (?:is|are) (?:not |never |always )?(?:allowed|permitted|forbidden"
    r"|prohibited|banned|welcome"
    r"|fine|ok)$"
)
_NEGATED: Final = {
    "refus": "answer",
    "declin": "answer",
    "omit": "include",
    "exclud": "include",
    "hid": "tell",
    "conceal": "tell",
    "withhold": "tell",
    "reject": "accept",
}
"""Verbs that ask for not doing something, by their stems, and what they forbid."""


class Modality(Enum):
    """Whether an act is asked for, allowed or forbidden."""

    ASKED = "asked for"
    ALLOWED = "allowed"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class Act:
    """What a clause is about: the class of its verb, and the words for what it acts on."""

    verb: str
    objects: frozenset[str]
    modality: Modality
    purpose: frozenset[str] = frozenset()
    """What a thing is used for."""


def stem(word: str) -> str:
    """Return a word without the endings that English puts on it; crude, the same for all."""
    word = _SUFFIX.sub("", word.lower())
    for ending, instead in (
        ("ies", "y"),
        ("sses", "ss"),
        ("ing", ""),
        ("ied", "y"),
        ("es", "e"),
        ("ed", ""),
        ("s", ""),
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith(("ss", "us", "is")):  # noqa: PLR2004  # shorter ones are words
            word = word[: -len(ending)] + instead
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":  # noqa: PLR2004  # "stopp" is "stop"
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 3 else word  # noqa: PLR2004  # "use" stays


_STEMMED: Final = {stem(verb): kind for verb, kind in _VERBS.items()}
NOTHING: Final = frozenset(stem(word) for word in _EMPTY) | _EMPTY


def act(clause: str) -> Act | None:
    """Return what a clause tells to do; None when it tells nothing."""
    lowered = _REASON.split(_MANNER.sub(" ", clause.strip().lower().replace("\u2019", "'")), maxsplit=1)[0]
    lowered = _AVOIDED.sub(r"\g<before> to prevent", lowered)
    negative = len(_NEGATIVE.findall(lowered)) % 2 == 1
    if _TWICE.search(lowered):
        if re.match(r"not (?:only|just)\b", lowered):
            return None
        negative = False
    said = _said(lowered)
    if not said:
        return None
    verb = _STEMMED.get(stem(said[0]), stem(said[0]))
    if verb in _NEGATED:
        verb, negative = _NEGATED[verb], not negative
    if verb == "use" and len(said) > 1 and stem(said[1]) in _STEMMED and said[1].endswith("ing"):
        said = said[1:]
        verb = _STEMMED[stem(said[0])]
    purpose = frozenset[str]()
    if verb == "use" and "to" in said[2:-1] and said[said.index("to", 2) + 1] not in _NOUNS:
        # What it is used for is a purpose, not another thing.
        at = said.index("to", 2)
        purpose = frozenset(stem(word) for word in said[at + 1 :]) - NOTHING
        said = said[:at]
    objects = frozenset(stem(word.strip("'-")) for word in said[1:]) - NOTHING - {""}
    if negative:
        return Act(verb, objects, Modality.FORBIDDEN, purpose)
    allowed = _ALLOWED.search(lowered) or _WELCOME.match(lowered)
    return Act(verb, objects, Modality.ALLOWED if allowed else Modality.ASKED, purpose)


def _said(lowered: str) -> list[str]:
    """Return the verb of a clause and the words behind it; what is done comes before whom it is done to."""
    welcome = _WELCOME.match(lowered)
    if welcome is not None:
        return ["use", *welcome["what"].split()]
    passive = _PASSIVE.match(lowered)
    if passive is not None and passive["verb"] not in {"a", "an", "the", "in", "at", "no"}:
        return [passive["verb"], *passive["what"].split(), *passive["rest"].split()]
    rest = _MODAL.sub("", lowered)
    subject = _SUBJECT.match(rest)
    rest = _MODAL.sub("", subject["rest"] if subject else rest)
    rest = re.sub(r"^(?:fail|forget|hesitate|neglect|omit) to\b", "", rest).strip()
    said = re.findall(r"[\w'\u25a1-]+", rest)
    if said and said[0] == "no":
        return ["use", *said[1:]]
    if said and re.search(r"\bavoid\b", lowered) and not said[0].endswith("ing"):
        return ["use", *said]
    return said
