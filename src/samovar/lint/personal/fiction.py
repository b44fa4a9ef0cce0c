"""Whether a text says of somebody in it that they do not exist.

The word has to be said of the person or of the data, in the sentence of the value or in the one before:
"never answer with made-up prices" and "the man who invented the kettle" say nothing of whoever follows.
"""

from __future__ import annotations

import re
from typing import Final

_INVENTED: Final = re.compile(
    r"\b(?:fictional|fictitious|specimens?|invented|imaginary|made[- ]up|imaginaires?|fictifs?|fictives?"
    r"|inventée?s?|erfunden\w*|fiktiv\w*|ausgedacht\w*|ficticios?|ficticias?|inventad[oa]s?|fittizi[oae]"
    r"|inventat[oaie]|fictief|verzonnen)\b"
    r"|架空|虚构|가상",
    re.IGNORECASE,
)
"""No "example": an example can be about somebody real, and often is."""
_DENIED: Final = re.compile(
    r"\b(?:never|no|not|nor|without|avoid\w*|(?:do|is|are)n[\u2019']?t|nothing|instead of|rather than"
    r"|nie|niemals|kein\w*|nicht|jamais|pas|sans|nunca|sin|mai|non|senza|geen|nooit|niet|aldrig|inte)"
    r"\b[^.!?:;\n]{0,40}$",
    re.IGNORECASE,
)
_INVENTOR: Final = re.compile(
    r"\b(?:who|which|that|he|she|they|we|i|has|have|had|having|first|be)\s(?:also\s|first\s)?$",
    re.IGNORECASE,
)
_INVENTION: Final = re.compile(
    r"\s(?:the|a|an|by|his|her|its|their|this|in (?:1[5-9]|20)\d\d)\b", re.IGNORECASE
)
_NUMBERS: Final = re.compile(r"\s(?:numbers?|parts?|units?|axis)\b", re.IGNORECASE)
"""What is imaginary in mathematics."""
_OF: Final = re.compile(
    r"\s(?:[^\W\d_][\w-]*\s){0,2}?(?:persons?|people|customers?|clients?|users?|characters?|personas?"
    r"|patients?|employees?|names?|contacts?|data|details|address(?:es)?|e-?mails?|phones?|numbers?"
    r"|accounts?|cards?|compan(?:y|ies)|firms?|tenants?|examples?|samples?|records?|profiles?|values?"
    r"|identit(?:y|ies)|conversations?|dialogues?|letters?|tickets?|cases?"
    r"|class(?:es)?|schools?|towns?|villages?|cit(?:y|ies)|famil(?:y|ies)|households?|stor(?:y|ies)"
    r"|scenes?|worlds?"
    r"|teams?|hospitals?|shops?|hotels?|klassen?|schulen?|städte?|familien?|classes?|villes?|familles?"
    r"|personen|kund\w+|namen?|daten|adressen?|beispiele?|personnes?|noms?|données|adresses?|exemples?"
    r"|clientes?|nombres?|datos|direcci\w+|ejemplos?|persone|clienti|nomi|dati|indirizz\w+|esempi\w*"
    r"|klanten?|gegevens|voorbeeld\w*)\b",
    re.IGNORECASE,
)
"""Whom or what the word has to stand before, where it stands before something."""
_GOES_ON: Final = re.compile(
    r"[\"'\u2019\u201d*_`)\]]{0,2}\s(?!(?:and|or|but|und|et|y|e|en|as|too|here)\b)[^\W\d_]"
)
_END: Final = re.compile(r"(?<=[^\W\d_]{3})[.!?][\"'\u2019\u201d)]{0,2}\s")
_NEAR: Final = 400
"""Characters before and behind the value in which such a sentence may stand."""


def fictional(text: str, at: int) -> bool:
    """Whether the sentence around `at`, or the one before it in the line, calls what it tells of invented."""
    start = max(text.rfind("\n", 0, at) + 1, at - _NEAR)
    line = text.find("\n", at, at + _NEAR)
    end = line if line >= 0 else min(len(text), at + _NEAR)
    found = [each for each in _INVENTED.finditer(text, start, end) if _said(text, each, start)]
    if not found:
        return False
    stops = [each.end() for each in _END.finditer(text, start, at)]
    begin = stops[-2] if len(stops) > 1 else start
    stop = _END.search(text, at, end)
    return any(begin <= each.start() < (stop.start() if stop else end) for each in found)


def _said(text: str, word: re.Match[str], start: int) -> bool:
    """Whether the word is said of persons or data, and not denied."""
    before, behind = text[start : word.start()], text[word.end() : word.end() + 60]
    if _DENIED.search(before) or _INVENTION.match(behind):
        return False
    if _INVENTOR.search(before) or _NUMBERS.match(behind):
        return False
    if before.endswith("(") and behind.startswith(")"):
        return True
    return _GOES_ON.match(behind) is None or _OF.match(behind) is not None
