"""Who the prompt speaks with: one person, and facts about them that the next would not share.

A role in the singular ("this learner", "the caller's …", "Client:"), a sentence that turns the model to
somebody ("you are helping …"), a person's name, and what is said of one person only are weighed together.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.lint.text.episode import HAPPENED, aspects
from samovar.lint.text.heading import heading, over
from samovar.lint.text.late import late
from samovar.lint.text.lexicon import ACTS, vocabulary
from samovar.lint.text.manual import QUOTED
from samovar.lint.text.names import GIVEN
from samovar.lint.text.particulars import CERTAIN, HARD, INTIMATE, KINDS
from samovar.lint.text.roles import WHO
from samovar.lint.text.sheet import record, sheet
from samovar.lint.text.signal import Signal, cleared, templated
from samovar.lint.text.statement import FAR, Statement, lines_of, statements, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator


_CLEAR: Final = 4
"""Weight from which on a sentence is about one person."""
_COMPOUND: Final = vocabulary(
    """interface story stories guide manual agreement experience input message messages question questions
    query queries request requests support service services success care data records record requirements
    prompt prompts libraries library side base satisfaction facing loyalty relations relationship journey
    feedback handbook states loans agent agents portal journal rights safety portals management reviews
    review generated discounts discount edition"""
)
"""Nouns that a role stands in front of without meaning anybody."""
_POINTS: Final = vocabulary(
    """the this your our current that der die dieser diese den dem des unser unsere ihr ihre dein deine le la
    l cet cette votre notre ton ta el la este esta su tu il lo questo questa suo tuo o a este nosso seu de
    deze onze uw je den"""
) - {"a", "de", "ta", "je", "o"}
"""Words that point at one."""
_FRAME: Final = late(
    r"\byou(?:['\u2019]re|\s+are|\s+will\s+be)?\s+(?:now\s+|currently\s+|here\s+|today\s+)?(?:talk|speak"
    r"|chat|help|assist|serv|support|advis|tutor|coach|teach|work|pair|connect|accompany|writ"
    r"|answer)(?:ing|ed|e)?\b(?:\s+(?:to|with|for))?"
    r"|\b(?:logged|signed)[ -]in\b|\bon behalf of\b|\bbelongs to\b|\b(?:opened|started|requested|sent"
    r"|submitted|booked|raised) by\b"
    r"|\b(?:prepared|assembled|generated|rendered|personalised|personalized) for\b"
    r"|\bon the (?:line|phone|other end)\b|\bacross from you\b|\bin (?:the|this) (?:chat|conversation"
    r"|session|call|lesson)\b"
    r"|\bth(?:is|e current) (?:chat|conversation|session|thread|ticket|lesson|call|visit|case|account)\b"
    r"|\b(?:address|greet|call|remember) (?:\w+ ){0,3}(?:as|by|that)\b"
    r"|\b(?:who|that) (?:writes|is writing|asks|is asking|calls|is calling|chats)\b|\byou (?:help|assist"
    r"|serve|teach|support|tutor|coach|speak with|talk to|canvass|interview|train|treat|represent|care for)\b"
    r"|\bwe(?:['\u2019]re| are) (?:speaking|talking|chatting) (?:with|to)\b"
    r"|\b(?:speaking|talking|chatting|working|dealing) (?:with|to) you\b|\bwe (?:know|remember|noted)\b"
    r"|\bdu (?:sprichst|hilfst|chattest)\b|\bsie (?:sprechen|helfen)\b|\b(?:vous|tu) (?:parlez|parles"
    r"|aidez|aides|discutez)\b"
    r"|\b(?:chose|chosen|picked|ticked|set|selected|asked for|opted for)\b[^.;]{0,40}\bin (?:the |their "
    r"|his |her |your"
    r" )?(?:settings|preferences|profile|account|onboarding)\b"
    r"|\b(?:estás|está) (?:hablando|ayudando|chateando)\b|\bstai (?:parlando|aiutando)\b|\bvocê está"
    r" (?:falando|ajudando)\b",
    re.IGNORECASE,
)
"""A sentence that turns the model to one person."""
_WRITER: Final = late(
    r"\b(?:quien|qui|chi|wer|quem|who|whoever|the (?:one|person) who)\s(?:is\s|te\s|ti\s|t['\u2019]|vous\s"
    r"|nous\s|dir\s"
    r"|uns\s|sta\s|est[áa]\s|le\s|ci\s)*(?:escrib\w+|écri\w+|scriv\w+|schreibt|escrev\w+|pregunta\w*"
    r"|demande|fragt"
    r"|chied\w+|pergunta\w*|habla\w*|parl\w+|fala\w*|spricht|writes|writing)\b",
    re.IGNORECASE,
)
"""The one who writes just now, for whom no role has a name."""
_NAME: Final = late(
    r"(?<![\w.])(?:(?P<title>Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Herrn?|Frau|Mme|M\.|Mlle|[Mm]onsieur|[Mm]adame|Sra?"
    r"|[Ss]eñora?|[Ss]enhora?|[Ss]ignora?|Sig|Dott|Dra?|mevrouw|meneer)\.?\s+)?"
    r"(?P<first>[A-ZÀ-ÞĀ-Ž][a-zß-ÿā-ž'\u2019]+(?:-[A-ZÀ-ÞĀ-Ž][a-zß-ÿā-ž]+)?|[A-ZÀ-Þ]\.(?:\s?[A-Z]\.)?)"
    r"(?P<last>(?:\s+(?:van|von|de|da|di|del|della|der|den|dos|el|al|bin|ten|zu|la|le|O['\u2019]|Mc"
    r"|Mac)){0,2}\s+[A-ZÀ-ÞĀ-Ž][\w'\u2019-]+)?"
)
_NAME_FAR: Final = re.compile(
    r"[\u3400-\u9fff]{1,6}\s?(?<!客)(?<!皆)(?<!者)(?<!お子)(?<!各位)(?:さん|様|氏|先生|小姐|女士|님)|(?:姓名|名前|氏名"
    r"|이름)[:\uff1a]\s?\S{2}"
)
_NO_NAME: Final = vocabulary(
    """the a an and or but if when where what who how why this that these those please monday tuesday
    wednesday thursday friday saturday sunday january february march april may june july august september
    october november december english german french spanish italian portuguese dutch swedish chinese
    japanese google microsoft amazon azure visa paypal"""
)
_TURNED: Final = late(
    r"^\W*(?i:respond|reply|write|speak|talk|explain everything|be (?:\w+ ){1,2}(?:to|with)|answer)"
    r" (?i:(?:only |always )?(?:to|with) )?(?P<first>[A-Z][\w'\u2019-]+)\b"
    r"|^\W*(?i:hello|hi|welcome|good (?:morning|evening|afternoon)|hallo|bonjour|hola|ciao)(?: again|"
    r" back)?,? (?P<greeted>[A-Z][\w'\u2019-]+)(?=[!,.]|$)",
)
_MANY: Final = 3
_SURE: Final = 2
_MINE: Final = late(
    r"(?:^|[.!?]\s)\W*(?:my name is|i am called|i'm called|call me|ich hei(?:ß|ss)e|mein name ist|je"
    r" m'appelle|me llamo|mi nombre es|mi chiamo|meu nome é"
    r"|chamo-me|mijn naam is|ik heet|jag heter|mitt namn är|jeg heter|nazywam się|меня зовут|我叫|我的名字是"
    r"|私の名前は)\s?(?P<me>[A-ZÀ-ÞА-Я\u3040-\u9fff][\w'\u2019-]*)",
    re.IGNORECASE,
)
"""Somebody introduces themselves."""
_I_AM: Final = late(
    r"(?:^|[.!?:]\s)\W*(?:i['\u2019]m|i am|ich bin|je suis|soy|sono|eu sou"
    r"|ik ben)\s(?P<first>(?-i:[A-Z\u00c0-\u00de][\w\u2019-]+))"
    r"(?=,|\.|\s\(|\sfrom\b|\sund\b|\sand\b)",
    re.IGNORECASE,
)
"""The same by a name alone, which has to be one."""
_SELVES: Final = vocabulary(
    """my i me ich mein je me mi meu chamo mijn ik jag mitt jeg nazywam меня 我叫 我的名字是 私の名前は"""
)
_TURNING: Final = vocabulary(
    """respond reply write speak talk explain be answer hello hi welcome good hallo bonjour hola ciao"""
)
_FEW: Final = 4
_SHORT: Final = 200
"""Characters of a line whose sentences are read together."""
_SPOKEN: Final = late(
    r"^\W*\w+\s?:\s+[\"“']?(?:I|I'm|I've|My|Can|Could|What|How|Where|When|Why|Hi|Hello|Hey|Please|Thanks"
    r"|Yes|No|Ok|Okay|We|You|Is|Do|Does|Where)\b"
)
"""A turn of a dialogue."""
_OF_WHOM: Final = late(
    (
        r"\b(?:(?:of|by|for|about|on) (?:the|this|our|your|current|that)|des|der|du|de la|del|della|do|da"
        r"|van de)"
        r" (?:current |new )?(?P<role>\w+)\s?[:=\u2013-] ?\S"
    ),
    re.IGNORECASE,
)
_LOGIN: Final = late(r"^\W*\w+\s?[:=]\s?(?:[A-ZÀ-Þ][\w'\u2019-]+(?=[,(;/|])|@?[a-z]{1,20}[._-][a-z]{2,20}\b)")
_HANDLE: Final = late(
    (
        r"^\W*(?:\w+ )?(?:handle|username|user name|login|nickname|alias|screen name)(?:\s?[:=]\s?@?"
        r"|\s@)[\w.]{2,}"
    ),
    re.IGNORECASE,
)
_RULE: Final = vocabulary(
    """must should shall always never if unless whenever every each any anyone may might can could would
    cannot when example examples such like whoever or either fictional invented imaginary sample usually
    includes include including often typically ask muss soll sollte immer wenn falls jeder doit devez
    chaque debe siempre nunca cuando cada deve sempre quando ogni"""
)
_ABLE: Final = vocabulary("may might can could cannot")
_LABELLED: Final = late(
    r"^\W*(?:\w+\s){0,2}\w+ (?:of|in|on|for) th(?:is|e) (?:\w+\s)?\w+\s?:\s\S", re.IGNORECASE
)
"""A role with what it belongs to, as a label: behind it "may" tells what one person may."""
_STAFF: Final = vocabulary(
    """founder ceo authors reviewed reviewer reviewers maintainer maintainers approver approved written
    deputy secondary backup escalation extension ext press chief spokesperson signed trademark copyright
    publisher"""
)
_ACTS: Final = ACTS - vocabulary(
    """remember consider note call address name book order greet state plan account mark quote group flag
    file"""
)
"""Verbs that open an instruction, but for those that may speak of somebody, or are nouns."""


def counterparts(text: str) -> Iterator[Signal]:
    """Yield sentences about the one person whom a prompt speaks with."""
    under = 0
    for line in lines_of(text).lines:
        if over(text, line):
            under = _UNDER
            continue
        if under and heading(text, line):
            under = 0
        under = max(0, under - 1)
        if not (under or line.words & WHO or line.words & _TURNS):
            continue
        parts = [each for each in statements(text, line) if not text.startswith("?", each.end)]
        if 1 < len(parts) <= _FEW and line.end - line.start <= _SHORT and "you" not in line.words:
            parts.append(Statement(line.start, line.end, words_of(text[line.start : line.end])))
        for statement in parts:
            said = text[statement.start : statement.end]
            whole = len(parts) > 1 and statement is parts[-1]
            if (
                whole
                and _named(said, who=False) < _SURE
                and not (_OF_WHOM.search(said) or _MEMORY.match(said))
            ):
                continue
            first = statement.start == line.start
            if weigh(statement, said, under=under > 0, first=first) >= _CLEAR and not cleared(
                text, statement.start
            ):
                yield Signal(statement.start, statement.end, "who the user is")
                break


_UNDER: Final = 12
"""Lines under a heading that may speak of whom it names."""
_TURNS: Final = vocabulary(
    """quien qui chi wer quem you talking speaking chatting helping logged signed behalf belongs requested
    opened prepared chat conversation session lesson line phone ticket thread visit case account du sie
    vous tu estás está stai você remember address greet call my mijn mein mi je ich me meu jag jeg company
    first handle who he she his her him remembered memories remember known noted speak respond reply hello hi
    welcome treat write end born persona profile name"""
)


def weigh(statement: Statement, said: str, *, under: bool = False, first: bool = False) -> int:
    """Return what speaks for a sentence being about one person, less what speaks against.

    `under` is whether it stands under a heading that names the one whom the prompt speaks with, `first`
    whether it opens its line, so that "she" is nobody of whom the line has told before.
    """
    words = statement.words
    known = frozenset(words)
    if not words or templated(said) or (":" in said and (_SPOKEN.match(said) or _asks(words, said))):
        return 0
    if (known & _SELVES and (_MINE.search(said) or _introduces(said))) or record(said):
        return _CLEAR
    spoken = said.count('"') > 1 and "=" not in said and '":' not in said
    asked = said.rstrip(' "\u201d)*').endswith("?")
    if asked or _MARKED.search(said) or QUOTED.match(said) or spoken or _PERSONA.match(said):
        return 0
    if words[0] in _TURNING and _greets(known, said):
        return _CLEAR
    if "profile" in known and (found := _PROFILED.match(said)) is not None:
        rest = said[found.end() :]
        return weigh(Statement(0, 0, words_of(rest)), rest, under=True)
    labelled = _LABELLED.match(said) is not None
    if ":" in said and sheet(said):
        return _CLEAR
    begins = _clause(words) if first and words[0] in _OTHERS else known
    ruled = begins & (_RULE - _ABLE if labelled else _RULE)
    acts = words[0] in _ACTS and not known & _OTHERS and _RELATIVE.search(said) is None
    if ruled or (known & _STAFF and _SIGNED_IN.search(said) is None) or acts:
        return 0
    return _CLEAR if _turns(said) else _facts(words, said, under=under, labelled=labelled, first=first)


def _facts(words: tuple[str, ...], said: str, *, under: bool, labelled: bool, first: bool) -> int:
    """Return what a sentence that is no rule tells of one person: who it points at, a name, and facts."""
    known = frozenset(words)
    who = _pointed(words, said, named=_named(said, who=False) == _SURE) or words[0] in _OTHERS
    writer = _WRITER.search(said) is not None
    frame = writer or _FRAME.search(said) is not None
    whose = _OF_WHOM.search(said)
    held = labelled and whose is not None and whose["role"].lower() in WHO | _HELD_BY
    if not under and _RECALLED.match(said) is not None:
        under = not known.isdisjoint(_OTHERS) or (_MEMORY.match(said) is not None and ";" in said)
    roles = WHO if _named(said, who=False) else WHO - _ANYBODY
    who = who or writer or under or held or (frame and not roles.isdisjoint(words))
    name = _named(said, who=who, under=under)
    if not who and name < _SURE:
        return 0
    facts = sum(kind.search(said) is not None for kind in KINDS)
    if name == _SURE and not who and not frame:
        told = sum(kind.search(said) is not None for kind in INTIMATE[:-1])
        told += any(kind.search(said) for kind in CERTAIN) and INTIMATE[-1].search(said) is not None
        return name + min(told, _SURE)
    if not (name or facts):
        return 0
    facts += 2 * held
    facts += whose is not None and whose["role"].lower() in WHO
    facts += _NUMBERED.search(said) is not None
    happened = (
        who
        and (words[0] not in _OTHERS or first)
        and known.isdisjoint(_NO_EVENT)
        and _PROGRAM.search(said) is None
        and _AFTER.isdisjoint(words)
        and not HAPPENED.isdisjoint(aspects(words))
    )
    if happened:
        facts += 1 + (_CONCRETE.search(said) is not None)
    if (
        not name
        and known & _ANY_USER
        and not ((happened and words[0] in _OTHERS) or any(KINDS[at].search(said) for at in HARD))
    ):
        return 0
    if (
        not name
        and not labelled
        and known & _GENERIC
        and len(words) > _BRIEF
        and not (frame and facts > _MANY)
    ):
        return 0
    return 2 * who + 2 * frame + name + min(facts, _MANY)


_AFTER: Final = frozenset({"after", "once", "until", "before", "because", "who", "that"})
"""Words of clauses in which something has happened first, whoever it is."""
_PROGRAM: Final = re.compile(r"[=|*]|\w\(")
_NO_EVENT: Final = vocabulary("reader user users person human they them their assistant")
"""Words of rules about whoever has done something."""
_CONCRETE: Final = late(r"(?<=\w )(?:[A-Z\u00c0-\u00de][a-z\u00df-\u00ff]+|\d)")
"""A name or a number behind the first word."""


_OWNED_THING: Final = late(r"(?:\babout|, by|['\u2019][sS]|\b(?:the|a|an|this|that|its|your|our|their))\s$")
"""In front of the name of a thing."""
_MARKED: Final = late(r"\u2192|://|\w_\w+_\w|\*\*\w[^*]*\*\*|:\sUse\s|\]\(|`")
"""Marks of manuals."""
_ANY_USER: Final = vocabulary("user person human customer client patient student he she his her")
"""Words that rules use for whoever it is."""
_GENERIC: Final = vocabulary(
    """claude assistant ai model agent tool tools code prompt chat response task you your conversation"""
)
"""Words of instructions: in a long sentence with them somebody is anybody."""
_BRIEF: Final = 12


_ANYBODY: Final = vocabulary("author owner sender person operator colleague engineer developer driver")
"""Roles that firms and documents have too."""
_THIS_ONE: Final = vocabulary("using this you session ticket account conversation chat help she he her his")
_NUMBERED: Final = late(
    r"^\W*(?:account|member|customer|client|subscriber|patient|student|policy|guest|user|employee"
    r"|badge)(?:'s)?"
    r"(?: (?:no\.?|number|id))?\W{1,3}[A-Z]{0,4}[\d-]*\d{3,}\b",
    re.IGNORECASE,
)
_OPENS: Final = late(
    r"\W*[\w]+(?:[ _.-]\w+){0,3}\W{0,4}[:=\u2013-]|\W*\w+(?: id| number)? \+\d"
    r"|\W*\w+,? (?:#?\d{3,}|since|seit|depuis|desde|from [A-Z]|in (?:grade|year|class|seat|room)|(?:level"
    r"|grade|profile|segment|tier|plan) "
    r"|prefers|speaks|likes|lives|works|joined|has (?:been|had|an?|two|three|no|\d)|is (?:on|in|an?|allergic"
    r"|\d)|was |wants|needs|[A-Z][a-z]+ )"
)
"""A role that opens a statement as a label does, or with a fact behind it."""


_PERSONA: Final = late(
    (
        r"\W*(?:your name is|you are called|du hei(?:ß|ss)t|tu t['\u2019]appelles|te llamas|ti"
        r" chiami)\b"
    ),
    re.IGNORECASE,
)
"""Who the assistant is."""
_PROFILED: Final = late(
    (
        r"\W*(?:user|customer|client|member|patient|student)(?:'s)? (?:profile|memory|memories"
        r"|notes)\b[^:.\n]{0,60}:\s"
    ),
    re.IGNORECASE,
)


def _greets(known: frozenset[str], said: str) -> bool:
    """Whether a sentence greets or answers somebody by name."""
    turned = _TURNED.search(said)
    person = ((turned["first"] or turned["greeted"]) if turned is not None else "").lower()
    return bool(person) and (
        person in GIVEN or (not known.isdisjoint({"she", "he"}) and person not in _NO_NAME)
    )


def _turns(said: str) -> bool:
    """Whether a sentence turns to one by name and says who that is, or tells what this one's something is."""
    relative = _RELATIVE.search(said)
    if relative is not None and relative["first"].lower() in GIVEN:
        return True
    owned = _POSSESSED.match(said)
    return owned is not None and not WHO.isdisjoint(words_of(owned["role"]))


def _clause(words: tuple[str, ...]) -> frozenset[str]:
    """Return the words of a sentence about somebody in front of what follows from it."""
    at = next(
        (i for i, word in enumerate(words) if i > 1 and word in {"that", "so", "and", "but"}), len(words)
    )
    return frozenset(words[:at])


_SIGNED_IN: Final = late(r"\bsigned[- ](?:in|up|on)\b", re.IGNORECASE)


def _introduces(said: str) -> bool:
    """Whether somebody says who they are, by a given name."""
    found = _I_AM.search(said)
    return found is not None and found["first"].lower() in GIVEN


_OTHERS: Final = frozenset({"she", "he", "her", "his", "him", "hers"})
_HELD_BY: Final = frozenset({"account", "profile", "household", "subscription", "membership"})
"""What belongs to one user."""
_POSSESSED: Final = late(
    (
        r"\W*(?:this|your|our|(?:the )?current)\s(?P<role>(?:\w+\s)?\w+)(?:['\u2019]s|s['\u2019])\s[\w"
        r" -]{2,30}[:=]\s?\S"
    ),
    re.IGNORECASE,
)
"""What this one's something is."""
_RECALLED: Final = late(
    r"\W*[^:.\n]{0,40}\b(?:memor(?:y|ies)|remember\w*|recall\w*|known?|noted|notes|learn(?:ed|t)|profile"
    r"|background)\b"
    r"[^:.\n]{0,30}:\s",
    re.IGNORECASE,
)
"""A label over what is remembered of somebody."""
_MEMORY: Final = late(
    r"\W*(?:\w+ )?(?:remembered|recalled|known|noted|saved|stored) (?:facts|details|preferences|so far)\s?:",
    re.IGNORECASE,
)
"""The same without saying of whom."""
_RELATIVE: Final = late(
    r"\b(?:for|to|with|as|by)\s(?P<first>[A-ZÀ-Þ][\w'\u2019-]+)\s[A-ZÀ-Þ][\w'\u2019-]+,\swho\s(?:is|has"
    r"|uses|prefers|lives"
    r"|works|wants|needs|speaks|cannot|likes)\b"
)
"""A sentence that turns to one by name, and says something of them."""


def _asks(words: tuple[str, ...], said: str) -> bool:
    """Whether a role and a colon open a turn that asks for something."""
    return (
        len(words) > _MANY
        and words[0] in WHO
        and words[1] in _ASKS
        and re.match(r"\W*\w+\s?:", said) is not None
    )


_ASKS: Final = _ACTS | {
    "summarise",
    "summarize",
    "translate",
    "describe",
    "compare",
    "draft",
    "book",
    "cancel",
    "change",
    "set",
}


def _pointed(words: tuple[str, ...], said: str, *, named: bool) -> bool:
    """Whether a role in the singular means one person."""
    far = FAR.search(said) is not None
    if _NUMBERED.search(said) or _HANDLE.search(said):
        return True
    known = frozenset(words)
    for at, word in enumerate(words):
        if word not in WHO:
            continue
        if far and word == "user":
            return True
        behind = words[at + 1] if at + 1 < len(words) else ""
        if behind in _COMPOUND:
            continue
        before = words[at - 1] if at else ""
        if word in _ANYBODY and not known & _THIS_ONE and not named:
            continue
        if (
            (before in _POINTS and (word != "author" or "this" in known))
            or behind == "s"
            or (at == 0 and word != "author" and _OPENS.match(said))
        ):
            return True
        if at <= _MANY and word != "author" and re.match(rf"\W*(?:\w+[\s_-]){{{at}}}\w+\s?[:=]", said):
            return True
        if at >= 2 and word != "person" and words[at - 2] in _POINTS and before not in {"of", "for", "to"}:  # noqa: PLR2004  # "the signed-in user"
            return True
    return False


def _named(said: str, *, who: bool, under: bool = False) -> int:
    """Return how surely a person is named; `under` a heading over a person a given name needs no more."""
    best = 0
    for found in _NAME.finditer(said):
        first = found["first"].rstrip(".").lower().split("-")[0]
        if first in _NO_NAME or first in WHO or _OWNED_THING.search(said, 0, found.start()):
            continue
        opens = found.start() == 0 or re.search(r"[.!?:]\s*$|^\W*$", said[: found.start()]) is not None
        if found["title"] or (first in GIVEN and (found["last"] or not opens or under)):
            return 2
        if len(first) == 1 and found["last"]:
            best = max(best, 2)
        elif (found["last"] and not opens) or (
            who
            and re.search(
                r"\b(?:is|called|named|heißt|llama|chiama|s'appelle|chama-se|se chama)\s$",
                said[: found.start()],
            )
        ):
            best = max(best, 1)
    if _NAME_FAR.search(said):
        return 2
    if who and not best and _LOGIN.match(said):
        return 1
    return best
