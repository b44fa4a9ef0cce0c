"""What is said of one person only: age, home, health, family, plan, job, money, and what they have done.

One pattern is one kind of fact; how many kinds meet in a sentence tells how surely it is about somebody.
"""

from __future__ import annotations

import re
from typing import Final

from samovar.lint.text.late import late

_FACTS: Final = (
    r"[\w.+-]+@[\w-]+\.[\w.-]+",
    r"\+\d[\d ()-]{7,}\d",
    (
        r"\b(?:aged?\s?\d{1,3}|\d{1,3}[- ]?(?:years?[- ]old|yo\b|y/o|yrs?\b)|(?:fe)?male\b|\d{2}, ?[FM]\b"
        r"|[,(]"
        r" ?\d{2}(?=[,)])|: \d{2}, [a-z]|\bis \d{2}(?=[,.;]|$| and))|\b(?:Jahre alt|ans\b|años\b|anni\b"
        r"|anos\b)"
    ),
    r"\bborn\b|\bgeboren\b|\bnée?\b|\bnacid[oa]\b|\bnat[oa] (?:il|a)\b|\bdob\b|\bbirthday\b",
    r"\b(?:since|seit|depuis|desde|dal|sinds|sedan)\s(?:\w+\s)?(?:19|20)\d\d\b",
    (
        r"\b(?:silver|platinum|premium|enterprise|vip|basic|pro|freemium|trial|family|diamond|bronze|komfort"
        r"|plus|família|familia|familie)\b|(?<!old )\bgold\b|会员|等级|権限|プラン"
    ),
    (
        r"\b(?:tier|plan|subscription|forfait|tarif|abonnement|contrat|segment|status|credit limit|cost"
        r" cent(?:re|er)|membership|policy number|loyalty|entitlements?|permissions?|privileges|seats?)\b"
    ),
    (
        r"\b(?:prefers?|likes?|dislikes?|hates?|loves?|struggles?|mixes|owns|lives?|works?|speaks?|studies"
        r"|travels?|moved|drives?|watche[sd]|attends?|collects?|earned|graduated|enjoys?|uses|wears?"
        r"|suffers?|manages|commutes?|runs|teaches|lost|bought|ordered"
        r"|wants|plays|avoids?|trains)\b(?! (?:of|in the form))"
    ),
    (
        r"\b(?:bevorzugt|wohnt|arbeitet|mag|spricht|préfère|habite|travaille|parle|aime|prefiere|vive|trabaja"
        r"|habla|preferisce|abita|lavora|parla|prefere|mora|trabalha|fala|woont|werkt|bor|arbetar)\b"
    ),
    (
        r"\b(?:allerg\w+|hypertens\w+|iperteso|celiac|dyslex\w+|left-handed|deaf|blind|vegan|vegetarian"
        r"|diabet\w+|asthma\w*|pregnan\w+|wheelchair|gluten|dyslexi\w+|colou?r-?blind|hard of hearing"
        r"|medication|metformin|diagnos\w+|insulin|pacemaker)\b"
    ),
    (
        r"\b(?:kids?|children|grandchildren|toddlers?|adults?|daughters?|sons?|family|household|husband|wife"
        r"|spouse|partner|married|divorced|widow\w*|retired|twins|dog|cat)\b"
    ),
    r"\b(?:he|she|his|her|hers|him|ihr|sein|elle|ella|lui|lei|ela)\b",
    (
        r"\b[a-z]{2}-[A-Z]{2}\b|\b(?:Europe|America|Asia|Africa|Australia|Pacific)/[A-Z]\w+|\b(?:CHF|EUR|USD"
        r"|GBP|SEK|NOK|DKK|PLN|JPY|CAD|AUD)\b|\bUTC[+-]\d"
    ),
    (
        r"\b(?:English|German|French|Spanish|Italian|Portuguese|Dutch|Swedish|Danish|Norwegian|Finnish|Polish"
        r"|Czech|Greek|Turkish|Arabic|Hebrew|Hindi|Chinese|Mandarin|Japanese|Korean|Russian|Catalan"
        r"|Ukrainian|Vietnamese|Thai)\b"
    ),
    (
        r"\b(?:part-time|full-time|contract|office [A-Z]|large print|screen reader|returning|first-time"
        r"|retired|badge|crew|department|team|room \d|seat|size [SMLX]+|mother tongue|native|autopay"
        r"|account manager|renewal|admin\w*|editor|owner|viewer|manager|director|nurse|teacher|lawyer"
        r"|accountant|buyer|analyst|head of|lead|senior|junior|intern|carpenter|baker|farmer|pilot|surgeon"
        r"|beginner|intermediate|advanced|CFO|CTO|COO|CMO|first name|surname|brother|sister|degree)\b"
    ),
    r"\b(?:grade|year|level|class|klasse|niveau|stufe) ?\d{1,2}\b|\bin (?:grade|year) \w+|\bsemester\b",
    r"(?:\bno\.?|\bnumber|#|\bid)\W{0,3}[A-Z]{0,4}-?\d{3,}|\b[A-Z]{1,4}-\d{3,}\b",
    (
        r"\b(?:language|locale|ruolo|rolle|rôle|rol|has an?|time ?zone|units?|hometown|home (?:depot|town"
        r"|address|branch|airport)|favou?rite|preferred|preferences?|nickname|pronouns?|role|job title"
        r"|department|household|birthday|occupation|weight|height|diet|kontakt)\b"
    ),
    r"\[\"[\w:.*-]+\"",
    (
        r"\bjoined\b|\bregistered\b|\bmember since\b|^\W*(?:member|customer|client|subscriber|patient"
        r"|account)\W{1,3}[A-Z]{0,4}[\d-]{4,}"
    ),
    r"\b(?:from|in|near|at|to|off) (?-i:[A-ZÀ-Þ][a-zß-ÿ]{2,})(?! (?:of|mode|format))",
    (
        r"\b(?:lost|forgot|missed|paid|called|wrote|asked|arrived|returned|cancelled|complained|visited"
        r"|signed"
        r"|married|failed|passed|broke|changed|booked|reported)\b"
    ),
    (
        r"\b(?:yesterday|tomorrow|tonight|on (?:mon|tues|wednes|thurs|fri|satur|sun)day|last (?:week|month"
        r"|year|time))\b"
    ),
    (
        r"\b(?:karma|rating|store credit|credit score|balance|moderator|licen[cs]e|points|follows|seats?|late"
        r" payments|purchases|handicap|elo)\b.{0,12}\d|\d.{0,12}\b(?:nights|late payments|karma|followers"
        r"|NFTs)\b"
    ),
    r"\b(?:age|aged|edad|âge|alter|età|nivel|niveau|livello)\W{0,3}\d{1,3}\b",
    r"\b(?:expert|novice|newcomer|native|fluent|mother tongue|level [ABC][12])\b",
    (
        r"\b\d+ (?:deaths|orders|visits|points|lessons|bookings|earlier calls|tickets|miles|purchases"
        r"|children"
        r"|kids)\b"
    ),
    r"\bsize \d{2}\b|\blast (?:two|three|four|five|\d) (?:orders|bookings|visits|trips|purchases|calls)\b",
)
"""What is said of one person only, one kind of fact a pattern."""
_CASED: Final = ("[A-Z", "[a-z]{2}-")
KINDS: Final = tuple(
    late(each, 0 if any(mark in each for mark in _CASED) and "(?-i:" not in each else re.IGNORECASE)
    for each in _FACTS
)
INTIMATE: Final = KINDS[2:4] + KINDS[7:12]
"""Facts that nobody tells of a colleague."""
CERTAIN: Final = KINDS[2:4] + KINDS[9:11]
"""Those of age, health and family: "he wants", "she loves" is said of anybody in a story."""
HARD: Final = (27, 23, 24, 26, 13, 0, 1, 2, 3, 4, 5, 9, 10, 12, 15, 16, 18, 19)
"""Facts of `_FACTS` that a rule about anybody does not tell: figures, dates, places, health, family."""
