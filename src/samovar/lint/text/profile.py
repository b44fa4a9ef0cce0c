"""Who the user is, as records print it and sentences say it."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from samovar.lint.remembered import remembered
from samovar.lint.text.late import late
from samovar.lint.text.lexicon import vocabulary
from samovar.lint.text.pair import runs
from samovar.lint.text.signal import Signal, cleared, templated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.text.pair import Pair, Run

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
    r"|salutation|form of address|anrede|tratamiento|nick ?name(?: (?:in|on|at) (?:the|this) \w+)?"
    rf"|{_WHO}(?:'s)? (?:nick ?name|alias|display name|screen name)(?: (?:in|on|at) (?:the|this) \w+)?"
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
    r"|(?:date of )?birth\w*|born|dob|e ?mail|mail|mobile|cell|(?:mobile |cell )?phone|home address"
    r"|open (?:orders|tickets|claims)"
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
_LABELS: Final = vocabulary(
    """user customer client patient student learner pupil employee member caller subscriber requester
    account guest passenger policyholder policy cardholder card player applicant borrower
    candidate donor tenant users speaking talking chatting line owner admin holder name profile
    record file prepared assigned logged signed requested acting serving username login handle
    tier plan seats seat since joined balance points subscription last segment birth dob email
    mail phone address orders tickets claims allergies allergy diagnosis insurance lifetime age
    sex gender blood pronouns locale language languages zone timezone tone units location city
    country role roles team department company job title interests interest hobbies likes
    dislikes diet skill experience grade goals goal preferences settings details info context
    data memory salutation anrede tratamiento address nickname alias display renewal renews
    renewed birthday birthdate born mobile cell viewer visitor reader traveller buyer shopper"""
)
"""Words one of which is in every label that is asked for here."""
_FOREIGN: Final = {
    word: label
    for label, words in {
        "name": (
            "nome nom nombre naam vorname nachname prénom apellido apellidos cognome imię имя 姓名 名前"
            " 氏名 이름"
        ),
        "role": "ruolo rolle rôle rol papel função роль 角色 役割 역할",
        "city": "città ville ciudad stadt wohnort cidade stad città domicile domicilio город 城市 都市 도시",
        "language": "lingua langue idioma sprache língua taal język язык 语言 言語 언어",
        "age": "età âge edad alter idade leeftijd возраст 年龄 年齢 나이",
        "plan": "forfait abonnement abbonamento plano tarif tarifa тариф 套餐 プラン 요금제",
        "tier": "livello nivel niveau stufe nível 等级 会員ランク 등급",
        "company": "firma azienda empresa entreprise unternehmen bedrijf компания 公司 会社 회사",
        "department": "abteilung reparto departamento département service afdeling отдел 部门 部署 부서",
        "job": "beruf professione profesión métier profession profissão beroep должность 职业 職業 직업",
        "allergies": "allergien allergie alergias allergies",
        "account holder": (
            "titular inhaber kontoinhaber titulaire titolare intestatario rekeninghouder kontoinnehavare"
        ),
        "email": "correo courriel mail e-mail posta",
        "phone": (
            "móvil teléfono telefon handy mobil téléphone portable cellulare telefono telemóvel telefoon"
        ),
        "birth": (
            "geboren geburtsdatum né née nacimiento nacido nacida nato nata nascita geboortedatum nascimento"
        ),
        "salutation": "trato tratamiento anrede civilité aanhef",
        "interests": "interessi intereses intérêts interessen interesses hobbys",
    }.items()
    for word in words.split()
}
"""First words of labels in other languages, by the English label that they stand for."""
_SINCE: Final = re.compile(r"\w+ (?:seit|depuis|desde|dal|sinds)$")
"""Since when somebody is a customer or a member."""
_ASKED: Final = _LABELS | _FOREIGN.keys()
_CONCRETE: Final = late(
    r"[\"']?(?:[A-ZÀ-ÞА-Я][\w'\u2019-]*\.?(?:\s[A-ZÀ-ÞА-Я][\w'\u2019.-]*){0,3}(?=[\s,.;(\"'/|]"
    r"|$)(?! v?\d+(?:\.\d+)*$)|[\w.+-]+@[\w-]+\.\w"
    r"|[\w#-]*\d{3,}|\+\d[\d ()-]{6,}|[a-z]+[._]\w+|[\u3040-\u9fff\uac00-\ud7af]{2,8}(?=\W|$))"
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
        rf"\byou are (?P<who>{_FULL}(?<!'s)(?<!\u2019s))(?:'s|\u2019s?|') (?:(?:very|trusted|friendly|AI) )?"
        r"(?:own|personal|private|executive|dedicated)\b"
        rf"|\byou are the (?:personal|private|executive|dedicated) \w+ (?:\w+ )?(?:of|for|to)"
        rf" (?P<of>{_FULL})",
        re.IGNORECASE,
        words=("own", "personal", "private", "executive", "dedicated"),
    ),
    late(
        r"\bwhat (?:we|you|i) (?:know|remember|have learned|learned) (?:so far )?about"
        rf" (?P<who>{_FULL})\W{{0,4}}\n",
        re.IGNORECASE,
        words=("know", "remember", "learned"),
    ),
    late(
        r"(?:^|\n)[#*\s]*(?P<own>(?:personal|custom|saved|standing) instructions (?:from|of|by)"
        r" (?:the |this )?(?:user|customer|member))\W{0,4}\n(?=\W*\w)"
        r"|(?:^|\n)[#*\s]*(?P<me>about me)\**(?::?\**\s(?=\W*(?:i|my)\b)|:\**[ \t](?=\w))",
        re.IGNORECASE,
        words=("instructions", "me"),
    ),
)
"""Sentences about one user. Whoever wrote them for all users would not have a name to put there."""


_WHOLE: Final = frozenset({"own", "me"})
"""Groups that hold more than a name."""
_VALUE: Final = 32
"""Characters of the longest value of what an account has, where nothing says whose it is."""
_FIELD: Final = 80
"""Characters of the longest value of a field."""


@remembered
def profiles(text: str) -> Iterator[Signal]:
    """Yield records and sentences that tell who the user is."""
    for run in runs(text, _ASKED):
        yield from _of_run(text, tuple(map(_translated, run)))
    for pattern in _SAID:
        for found in pattern.finditer(text):
            name = str(found.lastgroup)
            start = found.start(name)
            nobody = _NOBODY.match(found[name]) is not None and name not in _WHOLE
            if not nobody and not cleared(text, start) and not _quoted(text, start):
                yield Signal(start, found.end(name), "who the user is")


def _translated(pair: Pair) -> Pair:
    """Return a pair under the English label that its own one stands for."""
    label = "member since" if _SINCE.match(pair.label) else _FOREIGN.get(pair.label.split(" ", 1)[0])
    return pair if label is None else pair._replace(label=label)


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
        if re.match(
            r"(?:user|customer|client|member|patient|account|guest|subscriber|viewer|visitor|reader"
            r"|caller|traveller"
            r"|buyer|shopper|learner|student|player|requester|passenger) \w+",
            pair.label,
        ) and not _vague(pair.value):
            prefixed.append(pair)
    if any(_speaks(text, pair.end) for pair in who):
        return
    owned = [
        pair for pair in run if (_IDENTITY.match(pair.label) and pair in who) or _OWNER.match(pair.label)
    ]
    strong = strong or any(re.search(r",\s?\d{1,3} ?(?:years|yrs|y)\b", pair.value) for pair in who)
    strong = strong or (bool(about) and any(re.match(r"user ?name|login|handle", pair.label) for pair in who))
    kinds = Counter(label.split()[0] for label in {pair.label for pair in prefixed})
    several = max(kinds.values(), default=0) >= _SOME
    account = {pair.label.split()[-1] for pair in more if len(pair.value) <= _VALUE}
    if several or len(account) >= _SOME or (who and (strong or more)) or (owned and about):
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
