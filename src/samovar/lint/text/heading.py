"""Headings, and those that say that what follows is about the one whom the prompt speaks with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.lint.text.late import late
from samovar.lint.text.lexicon import vocabulary

if TYPE_CHECKING:
    from samovar.lint.text.statement import Line

_LONGEST: Final = 70
"""Characters of the longest heading."""
_MARKED: Final = re.compile(
    r"\s*(?:#{1,6}\s|\*\*[^*]+\*\*:?\s*$|==+\s|--+\s|\[[^\]]+\]\s*$|<[\w -]+>\s*$|[^.!?]+:\s*$)"
)
_WHO: Final = (
    r"(?:user|customer|client|caller|requester|requestor|sender|speaker|member|patient|student|learner|pupil"
    r"|employee|subscriber|guest|visitor|reader|person|asker|interlocutor|counterpart|passenger|player"
    r"|account holder|contact|benutzers?|nutzers?|kunden?|anrufers?|gesprächspartners?|patienten|schülers?"
    r"|utilisateur|utilisatrice|client[ea]?|appelant|interlocuteur|élève|usuario|usuária|usuário|alumn[oa]"
    r"|paciente|interlocutor|utente|studente|paziente|interlocutore|gebruiker|klant)"
)
_OVER: Final = late(
    rf"\W*(?:about|who is|know|meet|facts about|notes on|what (?:we|you|i) (?:know|remember)(?: (?:about"
    rf"|of))?)"
    rf"\s(?:the|this|your|our|current)\s(?:current\s)?{_WHO}(?:\s(?:you|who|that|we"
    rf"|i)\b[\w\s'\u2019]{{0,30}})?\W*$"
    rf"|\W*{_WHO}(?:\.md|[\s_-](?:profile|info|details|context|data|card|facts))?\W*$"
    rf"|\W*(?:the\s)?(?:current|this|present|active|calling|writing|signed[- ]in|logged[- ]in)\s{_WHO}\W*$"
    rf"|\W*(?:die person|zur person|über (?:den|die|deinen|ihren)|à propos (?:de|du)|sur|sobre|acerca"
    rf" de(?:l)?|su|sul"
    rf"|over)\s(?:l['\u2019]|le\s|la\s|el\s|il\s|lo\s|votre\s|ton\s|de\s)?{_WHO}\W*$"
    r"|\W*(?:who|wer|qui|quién|quien|chi|quem|wie)\s(?:is|are|te|ti|t['\u2019]|vous|nous|dir|ihnen|uns|sta"
    r"|est[áa]|le|ci"
    r"|you|schreibt|spricht|escribe|escreve|scrive|parle|habla)\b[\w\s'\u2019]{0,30}"
    r"(?:writ\w+|talk\w+|speak\w+|ask\w*|chat\w+|escrib\w+|écri\w+|scriv\w+|schreibt|escrev\w+|pregunt\w+"
    r"|demand\w+"
    r"|fragt|chied\w+|pergunt\w+|habl\w+|parl\w+|fal\w+|spricht)?(?:\s(?:to|with|here|now|you|dir|ihnen"
    r"|hier))*\W*$"
    r"|\W*(?:あなたと話している人|利用者について|ユーザーについて"
    r"|相手について|关于用户|当前用户|用户信息|현재 사용자)\W*$",
    re.IGNORECASE,
)
_CUES: Final = vocabulary(
    """customer client caller member patient student about who know meet current this present active calling
    writing signed logged person zur über propos sur sobre acerca su sul over wer qui quién quien chi quem
    wie user"""
)


def heading(text: str, line: Line) -> bool:
    """Whether a line is marked as a heading, or opens what stands under it."""
    return line.end - line.start <= _LONGEST and _MARKED.match(text, line.start, line.end) is not None


def over(text: str, line: Line) -> bool:
    """Whether a line is a heading over what is known of the one whom the prompt speaks with."""
    return (
        bool(line.words & _CUES)
        and heading(text, line)
        and _OVER.match(text, line.start, line.end) is not None
    )
