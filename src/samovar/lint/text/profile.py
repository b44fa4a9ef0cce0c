"""Who the user is, as records print it and sentences say it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.lint.remembered import remembered
from samovar.lint.text.late import late
from samovar.lint.text.pair import runs
from samovar.lint.text.signal import Signal, cleared, templated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.text.pair import Run

_WHO: Final = (
    r"(?:user|customer|client|patient|student|learner|pupil|employee|member|caller|subscriber|requester"
    r"|account|"
    r"guest|passenger|policy ?holder|card ?holder|player|applicant|borrower|candidate|donor|tenant)"
)
_IDENTITY: Final = late(
    rf"^(?P<strong>(?:current|signed in|logged in|authenticated|active|calling) )?{_WHO}(?:'s)?"
    r"(?: (?:name|full name|first name|id|number|no|handle|login))?$"
    r"|^(?P<facing>(?:speaking|talking|chatting) (?:with|to)|on the line|(?:owner|admin|holder) of th(?:e"
    r"|is) (?:account|workspace|session|device|conversation|ticket)"
    rf"|name of (?:the |this |your )?{_WHO}|profile|(?:patient|customer"
    r"|client|member) (?:record|file)|prepared for|assigned user"
    r"|account holder"
    r"|logged in as|signed in as|requested by|acting for|serving)$"
)
_NUMBERED: Final = late(rf"^(?!client|tenant|account){_WHO}(?:'s)? (?:id|number|no)$")
_OWNER: Final = late(
    rf"^{_WHO}(?:'s)? (?:preferences|settings|profile|record|details|info|context|data|memory|card)$"
)
_NAMED: Final = late(r"^(?:(?:full|first|last|display|given|preferred) )?name$|^(?:user ?name|login|handle)$")
_ACCOUNT: Final = late(
    r"^(?:tier|plan|seats?|renew\w*|(?:member|customer|client|user|active) since|joined|signed up|balance"
    r"|(?:loyalty )?points|subscription\w*|last (?:order|login|visit|purchase|seen|contact)|segment"
    r"|(?:date of )?birth\w*|dob|e ?mail|(?:mobile |cell )?phone|home address|open (?:orders|tickets|claims)"
    r"|orders|allerg\w+"
    r"|diagnosis|insurance\w*|policy (?:no|number)|customer (?:no|number)|lifetime value|age|sex|gender"
    r"|blood type|pronouns)$"
)
"""Labels that a persona of the assistant does not have."""
_ABOUT: Final = late(
    r"^(?:locale|(?:preferred )?languages?|time ?zone|tone|units|location|city|country|roles?|team|department"
    r"|company|job(?: title)?|title|interests?|hobb\w+|likes|dislikes|diet|skill level|experience|grade"
    r"|goals?)$"
)
_CONCRETE: Final = late(
    r"[\"']?(?:[A-ZÀ-ÞА-Я][\w'\u2019-]*\.?(?:\s[A-ZÀ-ÞА-Я][\w'\u2019.-]*){0,3}(?=[\s,.;(\"'/|]"
    r"|$)(?! v?\d+(?:\.\d+)*$)|[\w.+-]+@[\w-]+\.\w"
    r"|[\w#-]*\d{3,}|\+\d[\d ()-]{6,}|[a-z]+[._]\w+)"
)
_TWO: Final = late(
    r"[A-ZÀ-ÞА-Я][\w'\u2019.-]+(?: [A-ZÀ-ÞА-Я][\w'\u2019.-]*)*|[\w.+-]+@[\w-]+\.\w|[a-z]+[._]\w+"
)
_NOBODY: Final = late(
    r"[\"']?(?:the|an?|any|unknown|none|null|users?|customers?|name|your|you|their|first|last|full|string"
    r"|number"
    r"|required|optional|anonymous|guest|default|admin|john doe|jane doe|tbd|n/a|true|false|yes|no|see|ask"
    r"|use"
    r"|call|read|write|whoever|i|hi|hello|hey|good|please|thanks?|thank|can|what|where|how|why|when|my|is"
    r"|do|it"
    r"|ok|okay|must|never|always|one|what|only)\b",
    re.IGNORECASE,
)
_FULL: Final = r"(?-i:[A-ZÀ-ÞА-Я][\w'\u2019-]+(?: [A-ZÀ-ÞА-Я][\w'\u2019.-]*){0,3})"
_SOME: Final = 2
"""As many fields of one prefix, such as `user_name` and `user_plan`, make a record."""
_SAID: Final = (
    late(
        r"\b(?:address|call|greet|refer to) (?:the (?:user|customer|caller|client|patient)|them|him|her)"
        rf" (?:as |by (?:the |their |his |her )?(?:first )?names?,? )?(?P<who>{_FULL})",
        re.IGNORECASE,
        near=("address ", "call ", "greet ", "refer to "),
    ),
    late(
        rf"\bthe (?:current )?{_WHO}, (?P<who>{_FULL})(?=,| \()",
        re.IGNORECASE,
        mark=r", [A-ZÀ-ÞА-Я]",
        reach=(40, 80),
    ),
    late(
        r"\bth(?:is|e current) (?:chat|conversation|session|ticket|call|thread|request|case) (?:is|was|comes)"
        rf" (?:with|opened by|started by|from|about|on behalf of|for) (?P<who>{_FULL})(?=[\s,.(;]|$)",
        re.IGNORECASE,
        near=(" is with", " by ", " from ", " about ", " behalf of", " for "),
    ),
    late(
        rf"\byou are (?P<who>{_FULL}(?<!'s)(?<!\u2019s))(?:'s|\u2019s?|') (?:(?:very|trusted|friendly|AI) )?"
        r"(?:own|personal|private|executive|dedicated)\b"
        rf"|\byou are the (?:personal|private|executive|dedicated) \w+ (?:\w+ )?(?:of|for|to)"
        rf" (?P<of>{_FULL})",
        re.IGNORECASE,
        near=(" own", "personal", "private", "executive", "dedicated"),
    ),
    late(
        rf"\byour (?:user|customer|client|caller|patient|student) (?:today |now )?is (?P<who>{_FULL})"
        r"(?=[\s,.(;]|$)",
        re.IGNORECASE,
        near=("your ",),
    ),
    late(
        r"\bwhat (?:we|you|i) (?:know|remember|have learned|learned) (?:so far )?about"
        rf" (?P<who>{_FULL})\W{{0,4}}\n",
        re.IGNORECASE,
        near=("what we ", "what you ", "what i "),
    ),
    late(
        rf"(?:^|[\n.] ?)(?P<in>{_FULL}) is (?:currently )?(?:logged|signed) in\b"
        rf"|\b(?P<number>{_WHO} #?\w*\d{{3,}}\b)[^.\n]{{0,40}} is (?:currently )?(?:logged|signed) in\b",
        re.IGNORECASE,
        near=("logged in", "signed in"),
    ),
    late(
        rf"(?:^|[\n.] ?)(?:the |this |her |his )?(?P<who>{_WHO}(?:'s)?"
        rf" (?:(?:loyalty|account|current|remaining"
        r"|home|last|date of|phone) )*"
        r"(?:balance|points|order|plan|subscription|age|address|birth(?:day|date)?|phone|number|name|tier)"
        r"(?: number| id)? (?:is|was) (?!(?:\w+ )?(?:\d+ (?:characters|digits)))"
        r"[#$\u20ac\u00a3\"']?[\w-]*\d[\w-]*)",
        re.IGNORECASE,
        mark=r" (?:is|was) [#$\u20ac\u00a3\"']?[\w-]*\d",
        reach=(90, 40),
    ),
    late(
        rf"\bthe {_WHO} is (?:an? )?(?P<age>\d{{1,3}}(?: years old|[- ]year[- ]old))",
        re.IGNORECASE,
        near=("years old", "year-old", "year old"),
    ),
    late(
        rf"(?:^|[\n.] ?)(?P<numbered>(?!client|account|tenant){_WHO} (?:no\.|number|id|#) ?\d{{4,}})",
        re.IGNORECASE,
        mark=r"[o.drD#] ?\d{4}",
        reach=(40, 20),
    ),
    late(
        rf"\b{_WHO}'s (?:\w+ )?(?:language|city|country|location|employer|company|hometown|job) is"
        rf" (?!English)(?P<trait>{_FULL})(?! if| unless| by default| or)",
        re.IGNORECASE,
        near=("'s ",),
    ),
    late(
        rf"\bthe (?:person|human|one) (?:who is )?(?:writing|asking|calling|chatting|speaking"
        rf"|texting)(?: to you)? is (?P<who>{_FULL})"
        rf"|\b(?:account|order|session|device|subscription|workspace|phone) belongs to (?P<owner>{_FULL})",
        re.IGNORECASE,
        near=("the person ", "the human ", "the one ", " belongs to "),
    ),
    late(
        rf"\byou (?:help|assist|serve|support|advise|coach|tutor|work for) (?P<who>{_FULL})(?=, who\b)"
        rf"|\b(?:our|this|your) {_WHO} (?P<ours>{_FULL}) (?:wrote|has|is|asked|called|reports|says|wants"
        rf"|needs)\b",
        re.IGNORECASE,
        near=(", who", "our ", "this "),
    ),
    late(
        rf"\bremember(?: that|:)? (?P<who>{_FULL})"
        r"(?:'s \w+ is| prefers| likes| hates| works| lives| has| is an?| wants) ",
        re.IGNORECASE,
        near=("remember",),
    ),
    late(
        r"\b(?:serve|assist|help|support|represent|act for|work for)s? (?:only )?"
        r"(?:one |a single |the |our |your )?"
        rf"(?:client|customer|user|member|patient),? (?P<served>{_FULL})",
        re.IGNORECASE,
        near=("client", "customer ", "customer, ", "user, ", "user ", "member", "patient"),
    ),
    late(
        rf"(?:^|[\n.] ?)(?P<told>(?:known |stored |saved )?"
        r"(?:facts|notes|memor(?:y|ies)|details|background|preferences)"
        rf" (?:known )?(?:about|of|on) (?:the |this )?{_WHO}): (?!\W)"
        r"(?![^\n]*\b(?:must|should|never|always)\b)[^\n;]+;[^\n;]+;?",
        re.IGNORECASE,
        near=("facts", "notes", "memor", "details", "background", "preferences"),
    ),
    late(
        rf"(?:^|\n)[-*\u2022 \t]*(?:my name is|call me|i live in|i'm called|i am called) (?P<who>{_FULL})"
        r"|(?:^|\n)[#*\s]*(?P<own>(?:personal|custom|saved|standing) instructions (?:from|of|by)"
        r" (?:the |this )?(?:user|customer|member))\W{0,4}\n(?=\W*\w)"
        r"|(?:^|\n)[#*\s]*(?P<me>about me)\**:?\**\s(?=\W*(?:i|my)\b)",
        re.IGNORECASE,
        near=("my name is", "call me", "i live in", "i'm called", "i am called", "instructions ", "about me"),
    ),
)
"""Sentences about one user. Whoever wrote them for all users would not have a name to put there."""


_WHOLE: Final = frozenset({"own", "number", "age", "numbered", "told", "me"})
"""Groups that hold more than a name."""
_FIELD: Final = 80
"""Characters of the longest value of a field."""


@remembered
def profiles(text: str) -> Iterator[Signal]:
    """Yield records and sentences that tell who the user is."""
    for run in runs(text):
        yield from _of_run(text, run)
    for pattern in _SAID:
        for found in pattern.finditer(text):
            name = str(found.lastgroup)
            start = found.start(name)
            nobody = _NOBODY.match(found[name]) is not None and name not in _WHOLE and not _who(found[name])
            if not nobody and not cleared(text, start) and not _quoted(text, start):
                yield Signal(start, found.end(name), "who the user is")


def _who(value: str) -> bool:
    return re.match(rf"{_WHO}\b", value, re.IGNORECASE) is not None and bool(re.search(r"\d", value))


def _quoted(text: str, at: int) -> bool:
    """Whether `at` stands between quotes on its line."""
    before = text[text.rfind("\n", 0, at) + 1 : at]
    return bool(before.count('"') % 2 or before.count("\u201c") > before.count("\u201d"))


def _of_run(text: str, run: Run) -> Iterator[Signal]:
    who, more, about, prefixed, strong = [], [], [], [], False
    for pair in run:
        if templated(pair.value) or cleared(text, pair.start):
            continue
        concrete = _CONCRETE.match(pair.value) is not None and not _NOBODY.match(pair.value)
        identity = _IDENTITY.match(pair.label)
        if concrete and identity:
            who.append(pair)
            strong = strong or bool(
                identity["strong"]
                or (identity["facing"] and _TWO.match(pair.value))
                or _NUMBERED.match(pair.label)
            )
        elif concrete and _NAMED.match(pair.label):
            who.append(pair)
        elif _ACCOUNT.match(pair.label) and not _vague(pair.value):
            more.append(pair)
        elif _ABOUT.match(pair.label) and identity is None:
            about.append(pair)
        if re.match(r"(?:user|customer|client|member|patient) \w+", pair.label) and not _vague(pair.value):
            prefixed.append(pair)
    if any(_speaks(text, pair.end) for pair in who):
        return
    owned = [
        pair for pair in run if (_IDENTITY.match(pair.label) and pair in who) or _OWNER.match(pair.label)
    ]
    strong = strong or any(re.search(r",\s?\d{1,3} ?(?:years|yrs|y)\b", pair.value) for pair in who)
    strong = strong or (bool(about) and any(re.match(r"user ?name|login|handle", pair.label) for pair in who))
    several = len({pair.label for pair in prefixed}) >= _SOME
    if several or (who and (strong or more)) or (owned and about):
        every = sorted((*who, *more, *about, *prefixed), key=lambda pair: pair.start)
        yield Signal(every[0].start, every[-1].end, "what is known of one user")


def _vague(value: str) -> bool:
    """Whether a value is a rule or a description of what goes there."""
    rule = re.search(r"\b(?:costs?|must|should|never|always|points\))\b", value)
    return len(value) > _FIELD or _NOBODY.match(value) is not None or rule is not None


def _speaks(text: str, at: int) -> bool:
    """Whether an answer follows: then "User: Thanks" is a turn of a dialogue."""
    rest = text[at : at + 300]
    return (
        re.search(r"\n\W*(?:assistant|agent|bot|ai|model|answer|a)\W{0,3}:", rest, re.IGNORECASE) is not None
    )
