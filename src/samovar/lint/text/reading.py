"""What speaks for a sentence being a reading of the moment, and what speaks against.

For it: a noun of what moves, a number or a status, and words that bind to now. Against it: words of a rule,
a standard or an instruction, a subject that may be any, a time that somebody has set, a story.
"""

from __future__ import annotations

import re
from typing import Final

from samovar.lint.text.episode import EPISODE, HELD_IN, episode
from samovar.lint.text.late import late
from samovar.lint.text.lexicon import (
    BEING,
    BETWEEN,
    DOING,
    GAUGES,
    LATELY,
    MACHINERY,
    MOVES,
    NOW,
    NUMBERS,
    OFFERS,
    ON,
    PHRASES,
    RULE,
    RULED,
    SETTLED,
    STATUS,
    STILL,
    SWITCH,
    among,
    vocabulary,
)
from samovar.lint.text.manual import (
    LEFT,
    QUOTED,
    TOLD_YOU,
    generic,
    orders,
    plain,
)
from samovar.lint.text.names import GIVEN
from samovar.lint.text.statement import words_of

STRONG, WEAK, LITTLE = 3, 2, 1
SENTENCE: Final = 5
"""Weight from which on a sentence tells a state."""
NUMBER: Final = r"[~\u2248+\-\u2212]?(?:[A-Z]{3}\s|[$\u20ac\u00a3\u00a5#])?\s?\d[\d,.'\u202f]*\s?[kKMG]?"
FINE: Final = late(
    rf"{NUMBER}\s?(?:%|\u00b0|/\s?{NUMBER}|(?:of|out of)\s{NUMBER})|\d[.,]\d{{1,2}}(?![\d.])"
    rf"|\d\.\d{{4,5}}(?![\d.])|(?:\b0|\d\d)\.\d{{3}}(?![\d.])(?!\s?EUR)|\d,(?!000)\d{{3}}(?![\d,])"
    r"|\b\d+\s?(?:h|m|min)\s?\d+\s?(?:m|min|s|sec)?\b"
)
"""A share, a fraction, a part of a unit, thousands to the last one: what is measured rather than set."""
_OUT_OF: Final = late(r"\w \bout of (?:service|order|stock|action|office)\b", re.IGNORECASE)
_AGO: Final = late(
    r"\b(?:half )?(?:an?|one) (?:second|minute|hour|day|week)()(?: ago\b)|(\d)\s?min\b", re.IGNORECASE
)
"""How long ago it was, and minutes: words that rules have as well."""
_FROM: Final = late(r"\W*\w+s (?:over|above|under|below|from|up to) [$\u20ac\u00a3]?\d", re.IGNORECASE)
"""Things from so much on: a tariff."""
_MANNED: Final = late(
    r"\b(?i:on[ -]call|on[ -]duty|on shift|on standby)(?: \w+){0,2} (?:is|are|ist|est|es|è) [A-ZÀ-Þ][a-zß-ÿ]+"
    r"|\b[A-ZÀ-Þ][a-zß-ÿ]+(?: [A-ZÀ-Þ][\w'\u2019-]+)? (?i:is|are) (?:now |currently |still )?(?:on[ -]call"
    r"|on[ -]duty|on shift)\b"
)
"""Who does for now what others do tomorrow, in a sentence."""
_SET_TIME: Final = late(
    r"\b(?:after|from|before|between|by|at|to)\s\d{1,2}(?:[:h]\d\d|\s?[ap]\.?m|\b(?=\s(?:to|and|until)\s\d))"
    r"|\b(?:on|to|and|from)\s(?:mon|tues|wednes|thurs|fri|satur|sun)day",
    re.IGNORECASE,
)
_TERM: Final = late(
    r"\b(?:after|within|for)\s\d+\s(?:second|minute|hour|day|week|month|year)s?\b", re.IGNORECASE
)
_CODE: Final = late(
    r"\w\(\)|=>|\s--\w|\b(?:SELECT|INSERT|UPDATE|CREATE)\s|;\s*$|\bdef \w+\(|^\s*(?:const|let|var|import"
    r"|from)\s\w+"
)
_YEAR: Final = late(r"\b(?:19|20)\d\d\b")
SOME: Final = 2
PART: Final = late(
    rf"{NUMBER}\s?(?:/\s?|(?:of|out of|von|sur|de|di)\s){NUMBER}(?![\w/.-]*\d)(?!\s?(?:a|per)\b)"
)
"""So many of so many: a setting has one number."""
SCALE: Final = vocabulary(
    """mark grade pass ratio aspect scale quorum majority score share odds fraction page chapter step part
    section time signature date dates season rgb"""
)
PRICED: Final = vocabulary("price prices cost costs fee charge spend budget")
"""Labels whose cents tell nothing: prices have them too."""
_RULE_SAID: Final = RULE - {"per", "once"}
_GIVEN: Final = vocabulary("at above below over under after before within beyond on by")
"""Words that open a condition: "At 40 % the pump starts"."""
_TRAILING: Final = range(3, 12)
"""Words of a line that tells a status without a verb."""
JOINTS: Final = vocabulary(
    """for on in at by with until since except and from to because due again bei auf par en de"""
)
_ARTICLES: Final = vocabulary("a an the any is are be as and or of to not only")
_FREE: Final = late(
    rf"\b(?:\d+|{'|'.join(sorted(NUMBERS))}) \w+ (?:free|available|open|vacant|left|taken)\b(?! \w+s\b)",
    re.IGNORECASE,
)
_UNTIL: Final = late(
    (
        r"\b(?:until|till|bis|jusqu'à|hasta|fino a|tot)\s(?:about\s)?(?:\d{1,2}[:h]\d\d|tomorrow|\w+day\b"
        r"|monday|further|morgen|demain)"
    ),
    re.IGNORECASE,
)
_STATE_AT: Final = late(
    (
        r"\b(?:state|status|situation|position|board|count|stock|inventory|lage|stand|état|estado"
        r"|stato)s?\b[^:.]{0,24}?\b(?:at|as of|um|à|a las|alle)\s\d"
    ),
    re.IGNORECASE,
)
"""How things stand at a time that is told."""
_SINCE: Final = late(
    r"\b(?:since|seit|depuis|desde|dalle|sinds)\s(?:\w{2,3}\s)?\d{1,2}[:h]\d\d", re.IGNORECASE
)
_OF_SO_MANY: Final = late(
    (
        rf"\b(?:\d+|{'|'.join(sorted(NUMBERS))}) (?:of|von|sur|de) (?:the |our |den )?(?:\d+"
        rf"|{'|'.join(sorted(NUMBERS))}) (?!cases\b|times\b|people\b)\w+"
    ),
    re.IGNORECASE,
)
"""So many of so many things."""
_AT: Final = late(
    (
        r"\b(?:is|are|est|sont|está|están|ist|sind|è|sono|is)\s(?:now |currently )?(?:at|à|al|bei|a|op"
        r"|på)\s[$\u20ac]?\d[\d.,]*\s?(?:%|\w)"
    ),
    re.IGNORECASE,
)
"""What is at a value is elsewhere later."""
_SIGNED: Final = late(r"(?<![\w.])[+\u2212\u25b2\u25bc-]\d[\d.,]*\s?%|\((?:up|down) \d")
"""A change in percent."""
_IS_SAID: Final = late(
    r"\W*(?:you(?:['\u2019]re| are) (?:not|an?|the)|that(?:['\u2019]s| is)) ", re.IGNORECASE
)
"""Who the model is, and what was said before."""
_BARE: Final = 14
PLACED: Final = late(r"\d\.\d{4,}\W{0,3}[NSEW]\b|\d\.\d{4,}, ?-?\d")
"""Coordinates."""
_TOLD: Final = vocabulary("was were had did wurde wurden war waren était étaient fue fueron era era")
"""Verbs of a story."""
_EVENT: Final = late(
    (
        r"\b(?:left|went|came|arrived|was|were|had|fell|rose|broke|began|won|lost|sent|took|since|seit|depuis"
        r"|desde|\w{2,}ed)\b"
    ),
    re.IGNORECASE,
)
"""Verbs of what has happened."""
_WHEN: Final = late(
    r"\b(?:this (?:morning|afternoon|evening|week)|today|tonight|yesterday|ago|last (?:night|hour)|since"
    r" (?:midnight|noon|yesterday|\w+day|this|last)"
    r"|heute|gestern|hier|ayer|ieri|ontem|seit|depuis|desde)\b",
    re.IGNORECASE,
)
"""A time that is told from now."""
_VERBS: Final = (
    BEING
    | OFFERS
    | DOING
    | vocabulary("cost takes needs makes gives goes get gets pays applies holds contains get")
)
_NUMBERED: Final = re.compile(
    r"^\W*\d{1,2}[.)]\s|^\W*#\s[\d.]+\s|(?<=[a-z,] )[A-Z][\w.]*[a-z] \d+(?:\.\d+)?\b"
    r"|\b(?:on|than) \d+(?:\.\d)?\b"
    r"|\b(?:by|from|see|per) (?:[A-Z]\w+ \d+ )?(?:step|phase|section) \d+"
    r"|^\W*(?i:step|phase|part|stage|section|option|rule|example|question|chapter) \d+\s?[:.)\u2014-]"
)
"""The number of an item, and of a product's version."""
_ITEM: Final = re.compile(r"^\W*\d{1,2}(?:\.\d{1,2})+\.?\s(?=[A-Z\u00c0-\u00de][a-z\u00df-\u00ff]+\s[a-z])")
"""The number of a rule within its section: "3.4 Infants need a ticket"."""
_QUOTES: Final = 3
"""Quotation marks beyond which a sentence gives words to say."""
_LONG: Final = 28
"""Words of the longest sentence that tells a state."""
_TECHNICAL: Final = re.compile(
    r"[\u2265\u2264\u2248\u00a7\u0394\u00d7]|\d\s?/\s?\d+\s?/\s?\d|\dpx\b| \| |\|\s*$|`|\u2192|://|\\[#"
    r"|[{};]\s*$"
    r"|^\s*//|</\w|\b(?:score|similarity|relevance|distance) ?[:=]? ?0?\.\d|\w_\w+_\w|[a-z]_[a-z]"
    r"|#(?=\d*[A-Fa-f])[0-9A-Fa-f]{6}\b|\*\*[^*]+\*\*[^:]*\u2014|^\W*\*\*\w+\*\* \([^)]*\) [-\u2013]"
    r"|[<>]\s?\d|(?<![-+#\w.])[45]\d\d [A-Z][a-z]+|\bv?\d+\.\d+\.\d+\b|\b\d+\.x\b|(?:^|\s)\.NET \d"
    r"|\b[A-Z][a-z]+(?:\.js)? \d+/\w"
)
"""Marks of code, of tables, and of manuals."""
_ANYONE: Final = vocabulary("you user users person human claude assistant model they i we it")
"""Subjects of instructions: without a number nothing is said of now."""
_SHORT: Final = 12
"""Words of the longest sentence that tells a status without a number."""
_ONE: Final = vocabulary("a an one ein eine einen un une una uno um uma een")
"""Words in front of what may be any: a rule tells of it."""
_HOLDS: Final = frozenset({"holds", "contains"})
_HAS: Final = _HOLDS | {"has"}
"""Verbs of a capacity as well as of a content."""
_THIS: Final = vocabulary("the this our your there der die das le la les el los il lo de het")
_VALUE: Final = late(
    r"(?<![A-Za-z0-9_.:/-])(?!(?:19|20)\d\d\b)[$\u20ac\u00a3#~+\u2212-]?\d[\d,.]*(?:%|[kKMG]\b"
    r"|(?![A-Za-z0-9_:-]))"
)
_GAUGED: Final = late(rf"\b(?:{'|'.join(sorted(GAUGES))})\b\W{{0,3}}(?:\w+\W){{0,2}}\d", re.IGNORECASE)
_PLAIN_WORDS: Final = vocabulary(
    """is are was the a an of in on at to for and or per as by once with from that which minutes hours days
    weeks months years seconds minute hour day week month year"""
)
_ADJECTIVES: Final = vocabulary(
    """missing working supported limited included required allowed used building meeting parking opening
    closing training reading writing morning evening shipping pricing billing red need feed speed seed bed
    hundred fixed united printed based following remaining existing warning warnings thing string spring
    king ring"""
)
"""Words in -ing and -ed that tell of nothing that goes on."""
_COUNTS: Final = vocabulary("online left open done new waiting")
_COUNTED: Final = late(
    r"(?<![\d.:])(?<!after )(?<!than )(?<!within )(?<!for )(?<!before )\b(\d+|[^\W\d_]{3,6})"
    r" (?=[^\W\d_])(?:(?:[^\W\d_]+ )(?=[^\W\d_]+))?([^\W\d_]+)(?: ([^\W\d_]+))?"
)


def _subject(known: set[str], *, person: bool, clear: bool) -> int:
    """Return the weight of what a sentence is about; machinery counts where the rest is clear."""
    if known & GAUGES:
        return STRONG
    moving = known & MOVES
    return WEAK if person or (moving if clear else moving - MACHINERY) else 0


def _set(words: tuple[str, ...], said: str) -> bool:
    """Whether a sentence is too long, technical, an instruction, a rule, code, or words to say."""
    if len(words) > _LONG or among(words, _RULE_SAID, RULED):
        return True
    if orders(words, said) or TOLD_YOU.search(said) or QUOTED.match(said):
        return True
    if said.count('"') > _QUOTES and "=" not in said and '":' not in said:
        return True
    return _TECHNICAL.search(said) is not None or _CODE.search(said) is not None


def _meant(words: tuple[str, ...], said: str) -> tuple[tuple[str, ...], str]:
    """Return the words of a sentence, and the sentence, as they count; no words for those of manuals."""
    if not words or _set(words, said):
        return (), said
    bare = plain(said)
    if bare != said:
        words = words_of(bare)
    return (() if not words or generic(words, bare) else words), bare


def _spelt(found: re.Match[str]) -> str:
    return f"{found[2]} minutes" if found[2] else "ago"


def weigh(words: tuple[str, ...], said: str) -> int:
    """Return what speaks for a sentence telling a state of the moment, less what speaks against."""
    if (plainer := _AGO.sub(_spelt, said)) != said:
        said = plainer
        words = words_of(said)
    words, said = _meant(words, _ITEM.sub("", said))
    if not words:
        return 0
    if _FROM.match(said):
        return 0
    if _MANNED.search(said):
        return STRONG + WEAK
    return max(_told(words, said), episode(words, said) - EPISODE + SENTENCE)


def _told(words: tuple[str, ...], said: str) -> int:
    """Return what speaks for a sentence that is no rule and no instruction telling a state of the moment."""
    known = set(words)
    number = _VALUE.search(_NUMBERED.sub(" ", said)) is not None
    counts = number or bool(known & NUMBERS) or words[0] in {"no", "keine", "aucun", "ningún", "nessun"}
    status = _status(words, said)
    if known & _TOLD and not known & (NOW - LEFT):
        return 0
    if words[0] in {"you", "that"} and _IS_SAID.match(said):
        return 0
    now = among(words, NOW, PHRASES) or _SINCE.search(said) is not None or _STATE_AT.search(said) is not None
    verbless = not _VERBS.intersection(words)
    told = counts or _UNTIL.search(said) or _SINCE.search(said)
    trailing = told and _trails(words) and (verbless or words[-1].endswith("ing"))
    if not status and (trailing or (verbless and len(words) <= _SHORT and _OUT_OF.search(said))):
        status = WEAK
    partly = _OF_SO_MANY.search(said) is not None and not known & SCALE
    if now and not status and _WHEN.search(said) and _EVENT.search(said):
        status = LITTLE
    if not (counts or status) or (not counts and (known & _ANYONE or len(words) > _SHORT)):
        return 0
    moment = STRONG if now else WEAK if LATELY.intersection(words) else 0
    gauge = known & GAUGES
    at = _AT.search(said) is not None
    if status == LITTLE and counts and not moment:
        status = 0
    fine = counts and FINE.search(said) is not None and not known & PRICED
    bare = fine and _bare(words, said)
    signed = _SIGNED.search(said) is not None
    bound = now or status or signed or bare or partly or at or known & (BEING | DOING | STILL)
    if not bound and not (gauge and _GAUGED.search(said)):
        return 0
    person = words[0] in GIVEN and len(words) > 1 and words[1] in BEING
    subject = _subject(known, person=person, clear=bool(now or (counts and (status > LITTLE or gauge))))
    if not (subject or status or now or partly or at or PART.search(said)) or not (
        counts or subject or _WHEN.search(said)
    ):
        return 0
    weight = moment + status + subject
    weight -= words[0] in _ONE and WEAK
    weight += bool(status and not now and "from" not in known and _UNTIL.search(said)) * WEAK
    weight += partly * STRONG + at * WEAK + bool(status and verbless)
    weight += words[0] in _THIS or re.search(r"#\d|\b[A-Za-z]{2,}-?\d", said) is not None
    if counts:
        weight += (
            LITTLE + bool(known & DOING and (number or gauge or known & _HOLDS)) + fine + bare + signed * WEAK
        )
        weight -= words[0] in _GIVEN and WEAK
        if _TERM.search(said) and "been" not in known:
            weight -= WEAK if now else STRONG
        elif not now and _YEAR.search(said):
            weight -= STRONG
    if _SET_TIME.search(said):
        weight -= WEAK if now else STRONG
    if (
        "or" in known
        or "oder" in known
        or (known & _HAS and not moment and not status and known.isdisjoint(HELD_IN))
    ):
        weight -= WEAK
    return (
        weight
        - (WEAK if known & OFFERS and status != WEAK else 0)
        - (STRONG + LITTLE if known & SETTLED else 0)
    )


def _trails(words: tuple[str, ...]) -> bool:
    """Whether a status stands behind its noun, without a verb: "meeting room occupied until 15:30"."""
    if len(words) not in _TRAILING:
        return False
    for at in range(1, len(words)):
        behind = words[at + 1] if at + 1 < len(words) else "for"
        if (
            words[at] in STATUS
            and behind in JOINTS
            and (words[at - 1] not in _ARTICLES or (words[at - 1] == "and" and words[at].endswith("ing")))
        ):
            return True
    return False


def _bare(words: tuple[str, ...], said: str) -> bool:
    """Whether a short line of several numbers has no verb: readings as instruments print them."""
    several = len(_VALUE.findall(said)) >= SOME and not re.match(r"\W*\d", said) and "|" not in said
    return several and len(words) <= _BARE and not _VERBS.intersection(words) and not PLACED.search(said)


def _status(words: tuple[str, ...], said: str) -> int:
    """Return the weight of a status that a verb binds to a subject, or that things are counted by."""
    weight = 0
    for at, word in enumerate(words):
        if word in BEING:
            behind = next((each for each in words[at + 1 :] if each not in BETWEEN), "")
            weight = max(weight, WEAK if behind in STATUS else LITTLE if behind in SWITCH else 0)
            if behind == "on" and ON.intersection(words[at + 1 : at + 5]):
                weight = WEAK
    return max(weight, _counted(said))


def _counted(said: str) -> int:
    """Return the weight of things counted by their status: "3 online, 1 busy", "two pages unacknowledged"."""
    hits = 0
    for found in _COUNTED.finditer(said.lower()):
        number, one, other = found.groups()
        if number.isdigit() or number in NUMBERS:
            both = {one, other or ""} if number.isdigit() else {other or one}
            if both & _PLAIN_WORDS:
                both = {one} - _PLAIN_WORDS
            rest = said[found.end() :].lstrip().split(" ", 1)[0].strip(",.;:)").lower()
            if rest and rest not in JOINTS and not said[found.end() : found.end() + 1].strip():
                both &= STATUS | _COUNTS
            hits += bool(both & (STATUS | _COUNTS)) or any(
                each.endswith(("ing", "ed")) and each not in _ADJECTIVES for each in both
            )
    return min(hits + (_FREE.search(said) is not None), 2) * WEAK
