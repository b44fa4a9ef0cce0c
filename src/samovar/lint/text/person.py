"""Sections about one user: what is said of them cannot be shared with the next."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.lint.remembered import remembered
from samovar.lint.text.counterpart import counterparts
from samovar.lint.text.late import late
from samovar.lint.text.lexicon import vocabulary
from samovar.lint.text.profile import profiles
from samovar.lint.text.signal import Signal, cleared, templated

if TYPE_CHECKING:
    from collections.abc import Iterator

_WHO: Final = (
    r"(?:user|customer|caller|requester|requestor|sender|speaker|member|client|patient|student"
    r"|employee|subscriber|account holder|account owner|guest|assignee)"
)
_ROLES: Final = vocabulary(
    """user customer caller requester requestor sender speaker member client patient student employee
    subscriber holder owner guest assignee"""
)
_HEADS: Final = vocabulary(
    """memory memories group channel room utente cliente benutzer nutzer benutzerprofil nutzerprofil
    kundenprofil benutzerdaten nutzerdaten kundendaten benutzerinformationen nutzerinformationen
    kundeninformationen kunden kund kundin utilisateur client usuario usuário gebruikersprofiel
    klantprofiel gebruikersgegevens klantgegevens gebruikers klant профиль пользователя 사용자"""
)
_NAME: Final = r"(?-i:\"?[A-ZÀ-ÞА-Я][\w'\u2019.-]{1,30}(?:[ \t]+[A-ZÀ-ÞА-Я][\w'\u2019.-]{0,30}){0,3}\"?)"
_ABROAD: Final = (
    r"(?:profilo|dati|memorie|informazioni)\s(?:dell[o'\u2019]\s?|sull[o'\u2019]\s?)?(?:utente|cliente)"
    r"|(?:benutzer|nutzer|kunden)(?:profil|daten|informationen)"
    r"|(?:über|informationen (?:über|zu))\s(?:den|die)\s(?:benutzer|nutzer|kund)(?:in|en)?"
    r"|(?:profil|données|informations)\s(?:de l[\u2019']|du |sur l[\u2019'])?(?:utilisateur|client)"
    r"|(?:perfil|datos|información)\s(?:del |sobre el |do |de )?(?:usuario|usuário|cliente)"
    r"|(?:gebruikers|klant)(?:profiel|gegevens)|профиль пользователя|用户(?:信息|资料|档案|画像)"
    r"|ユーザー(?:情報|プロフィール)|사용자 (?:정보|프로필)"
)
"""Headings of a user's section in other languages."""
_SECTION: Final = late(
    rf"(?:^|\n)[ \t]*(?:#+\s|==+\s?|\*\*|\[|<)?(?:here(?:'s"
    rf"|\sis)\s)?(?P<head>(?:(?:(?:long[- ]?term )?memor(?:y|ies)"
    rf"|facts|notes?|preferences|profile|information|info|details|what (?:you|we) (?:know"
    rf"|remember)|background|context|history|summary)"
    rf"\s(?:about|of|on|for|from)\s(?:the\s|this\s|your\s)?(?:current\s)?{_WHO})"
    r"|(?:saved |user |long[- ]?term )?memor(?:y|ies)(?=\W{0,4}\n)"
    rf"|(?:about|who is)\s(?:the\s|this\s)?(?:current\s)?{_WHO}"
    rf"|(?:current\s)?{_WHO}(?:'s)?[ _-](?:profile|memor(?:y|ies)|preferences|details"
    rf"|info(?:rmation)?|data|record|context|facts)"
    rf"|(?:current|active|authenticated|logged[- ]in)\s{_WHO}"
    rf"|group[:\s][^\n]{{0,60}}|(?:channel|room)\s(?:members|participants)|{_ABROAD})"
    rf"[^\n:]{{0,40}}?(?:\*\*|\]|>|\s?==+)?:?\s*\n(?P<under>(?:[ \t]*(?:[-*•]"
    rf"|\w[\w ]{{0,24}}[:=])[^\n]+(?:\n|$))+)",
    re.IGNORECASE,
    words=_ROLES | _HEADS,
    where="head",
)
_VALUE: Final = late(
    rf"(?:^|[\n.(>;]\s?|[-*•] )[\"*`]{{0,2}}(?P<label>(?:current |active |authenticated "
    rf"|(?:logged|signed)[- ]in |this )?{_WHO}(?:[ _'\u2019]s)?(?:[ _-](?:name|full name|e-?mail|id"
    rf"|handle|login"
    rf"|username))?"
    r"|requested by|message from|sent by|logged in as|signed in as|on behalf of|acting for)"
    rf"[\"*`]{{0,2}}\s?[:=]?\s[\"*`]{{0,2}}(?P<value>{_NAME}(?:\s?[(<,]\s?[^\n)>]{{2,60}}[)>]?)?"
    rf"|[\w.+-]+@[\w-]+\.[\w.-]+|@\w{{3,}}|(?<=in as: )[a-z][\w.-]+@[\w-]+)",
    re.IGNORECASE,
    words=_ROLES | {"requested", "message", "sent", "logged", "signed", "behalf", "acting"},
    where="line",
)
_TALKING: Final = late(
    rf"\b(?:you are|you're|currently|now)\s(?:talking|speaking|chatting)\s(?:to|with)\s(?P<value>{_NAME})"
    rf"|\b(?:the|your)\s(?:current\s|logged[- ]in\s)?{_WHO}(?:(?:'s)?\s(?:full\s|first\s)?name\sis"
    rf"|\sis\s(?:called|named))\s"
    r"(?P<called>(?-i:[A-ZÀ-Þ][\w'\u2019-]+(?: [A-ZÀ-Þ][\w'\u2019-]+)*))(?=[,.(;\n]|\sand\b)"
    rf"|\bthe\s(?:current|logged[- ]in|active)\s{_WHO}\sis\s"
    r"(?P<current>(?-i:[A-ZÀ-Þ][\w'\u2019-]+(?: [A-ZÀ-Þ][\w'\u2019-]+)*))(?=[,.(;\n])"
    rf"|\bthe person you are (?:talking|speaking|chatting) (?:to|with) is (?:called "
    rf"|named )?(?P<person>{_NAME})"
    rf"|(?:^|[\n.]\s?)(?:group |channel |room |chat )?(?:members|participants|attendees)\s?[:=]\s"
    rf"(?P<members>{_NAME}(?:\s\([^)\n]{{1,30}}\))?(?:,\s(?:and\s)?{_NAME}(?:\s\([^)\n]{{1,30}}\))?)+)"
    rf"|(?:^|\n)[ \t>*-]*(?:user|customer|member|client|account|patient|student)[_ -]?id\s?[:=]\s?[\"']?"
    r"(?P<number>[\w-]*\d{3,}[\w-]*)(?=[\"']?\s*(?:\n|$))"
    r"|\b(?:you are|you're)\s(?:now\s|currently\s)?(?:helping|assisting|supporting|serving)\s"
    r"(?P<served>(?-i:[A-ZÀ-Þ][a-zà-ÿ'\u2019-]+(?: [A-ZÀ-Þ][a-zà-ÿ'\u2019-]+)*))(?=[,.(;\n]|\swho\b)",
    re.IGNORECASE,
    words=(
        *(
            "talking",
            "speaking",
            "chatting",
            "name",
            "called",
            "named",
            "current",
            "logged",
            "active",
            "members",
        ),
        *("participants", "attendees", "id", "helping", "assisting", "supporting", "serving"),
    ),
    where="line",
)
_NOBODY: Final = late(
    r"^[\"']?(?:The|A|An|Any|Unknown|None|Null|User|Users|Customer|Name|Your|You|Their|First"
    r"|Last|Full|Must|May|Can|Should|Never|Always|If|When|"
    r"And|Or|Not|No|Is|Are|Has|Claude|GPT|ChatGPT|Assistant|Anthropic|OpenAI|N/A|TBD|True|False"
    r"|Yes|String|Number|Object|English|German|French|Spanish|"
    r"Anonymous|Guest|Admin|Default|Required|Optional|John Doe|Jane Doe|Support|Feedback|Input"
    r"|Data|Id|ID|Email|Message|Question|Query|Request|Requests|Interface|Agreement|Experience"
    r"|Guide|Manual|Stories|Story)\b",
)
_SENTENCE: Final = late(r",\s?(?:[a-zà-ÿ][\w'\u2019]*\s+){2}|[?!][\"*]*$")
_ANSWER_LINE: Final = (
    r"\s*(?:[#*>-]\s*)?\**(?:assistant|agent|bot|ai|model|claude|gpt|chatgpt|gemini|output|response"
    r"|answer|system)"
    r"\**\s?:"
)
_ANSWER: Final = late(_ANSWER_LINE, re.IGNORECASE)
_ANSWERED: Final = late(rf"\n{_ANSWER_LINE}", re.IGNORECASE)
_FULL: Final = late(
    r"\"?(?!Hi|Hello|Hey|Good|Please|Thank|Dear)(?:[A-ZÀ-Þ][\w'\u2019-]+|[A-ZÀ-Þ]\.) [A-ZÀ-Þ][\w'\u2019-]+"
)
"""Two names, or an initial and a name."""
_PERSONAL: Final = late(
    r"(?:^|\n)\s*(?:[-*•]\s*)?[*\"]{0,2}(?:(?:full |first |last )?name|nome|nom|nombre|naam|vorname|имя"
    r"|姓名|名前|氏名|이름"
    r"|alter|età|edad|âge|leeftijd|年龄|年齢|e-?mail|phone|born"
    r"|birthday|age|lives in|location|city|works? (?:at|as|for)|role|job|manages|"
    r"prefers?|likes?|reads|speaks|dislikes|wants|is|has|uses|owns|allergic|interested|timezone"
    r"|(?:the\s)?user(?:'s)?\s(?:name|likes|prefers|is|has|works|lives|wants|asked|said|uses|speaks)"
    r"|language|plan|tier|members?|joined|id)(?:\b|(?<=[^\x00-\x7f]))[*\"]{0,2}\s?[:=]?\s?\S",
    re.IGNORECASE,
)
_RULES: Final = late(r"\b(?:must|should|never|always|shall|do not|don't|required|ask|only)\b", re.IGNORECASE)


@remembered
def persons(text: str) -> Iterator[Signal]:
    """Yield sections and values that belong to one user; placeholders and rules about users do not count.

    `end` is where the section ends: what stands behind it waits for what is shared again.
    """
    seen = -1
    for found in _SECTION.finditer(text):
        under = found["under"]
        lines = [line for line in under.splitlines() if line.strip()]
        facts = [line for line in lines if not _RULES.search(line) and not templated(line)]
        told = [line for line in facts if _PERSONAL.search(line)]
        if cleared(text, found.start("head")) or 2 * len(facts) < len(lines) or not told:
            continue
        seen = found.end("under")
        yield Signal(found.start("head"), seen, "what is known of one user")
    for pattern in (_VALUE, _TALKING):
        for found in pattern.finditer(text):
            name = found.lastgroup if pattern is _TALKING and found.lastgroup else "value"
            start, value = found.start(name), found[name]
            if start < seen or _NOBODY.match(value) or cleared(text, start) or templated(value):
                continue
            if re.search(r"\w\(", value) or re.match(
                r"\(|\sv?\d", text[found.end(name) : found.end(name) + 3]
            ):
                continue
            if pattern is _VALUE and (not _keyed(text, found) or _spoken(text, found.end("value"), value)):
                continue
            yield Signal(start, found.end(name), "who the user is")
    yield from profiles(text)
    yield from counterparts(text)


def _spoken(text: str, at: int, value: str) -> bool:
    """Whether a line such as "User: Hello there" is a turn of a dialogue and not a name."""
    if _SENTENCE.search(value) and not _FULL.match(value):
        return True
    line, _, rest = text[at : at + 400].partition("\n")
    if text[max(0, at - 80) : at].rpartition("\n")[2].count('"') % 2 and '"' in line + rest[:400]:
        return True
    if _FULL.match(value) and not line.lstrip().startswith(("!", "?")) and not _ANSWER.match(rest):
        return False
    spoken_before = _ANSWERED.search(text[max(0, at - 400) : at])
    return bool(re.match(r"[,!?]?\s+[a-zà-ÿ]|\s*[!?]", line) or _ANSWER.match(rest) or spoken_before)


def _keyed(text: str, found: re.Match[str]) -> bool:
    """Whether label and value are a pair, and not a sentence about a user whose verb has a capital."""
    between = text[found.end("label") : found.start("value")]
    if ":" in between or "=" in between:
        return True
    return found["label"].lower() in {
        "requested by",
        "logged in as",
        "signed in as",
        "on behalf of",
        "acting for",
    }
