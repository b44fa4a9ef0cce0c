"""Characters that look like others, or like nothing.

What it does
------------
Finds text that is not in Unicode's composed form (NFC), a byte order mark, invisible characters, marks that
turn the direction of text, no-break spaces among English words, letters of another alphabet inside a word,
and straight and curly apostrophes in one file. Joiners where scripts and emoji need them are left alone.

Why it costs
------------
Each is other bytes and other tokens for what a reader takes to be the same text, so that a pasted word
changes the prefix; invisible and turned text can also hide instructions from the person who reviews them.

Example
-------
    "the customer\u2019s language. Don't guess." · "café" with an accent of its own · "pay[U+200B]pal"

Use instead
-----------
Type the plain character. `samovar fmt` composes; `samovar lint --fix --unsafe-fixes` removes the others.

Fix safety
----------
Safe for the composed form and the byte order mark. Unsafe for all others: they are other characters.

Sources
-------
Unicode Standard Annex 15 (normal forms); Unicode Technical Standard 39 (confusable characters).
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from samovar.lint.finding import Confidence, Edit, Fix, Found, Safety, Severity
from samovar.lint.layout.drift import Drift, Mend, mends
from samovar.lint.layout.excused import groups
from samovar.lint.layout.fix import MARK, fix_of, lines_of
from samovar.lint.layout.guarded import guarded
from samovar.lint.rule import Case, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.prompt_file import PromptFile
    from samovar.lint.settings import Settings

_INVISIBLE: Final = re.compile("[\u200b\u2060\ufeff\u00ad\u180e\u2061-\u2064]+")
_JOINER: Final = re.compile("(?<=[\\x20-\\x7e])[\u200c\u200d]+(?=[\\x20-\\x7e])")
_TURNING: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_NO_BREAK: Final = re.compile("(?<=[a-z,])[\u00a0\u202f](?=[a-z])")
_ODD: Final = re.compile("[\u00a0\u00ad\u180e\u200b-\u200d\u202a-\u202f\u2060-\u2069\ufeff]")
_OTHER: Final = re.compile("[\u0370-\u04ff]")
_MIXED: Final = re.compile(
    "[A-Za-z]+[\u0400-\u04ff\u0370-\u03ff][A-Za-z]|[A-Za-z][\u0400-\u04ff\u0370-\u03ff][A-Za-z]+"
)
_STRAIGHT: Final = re.compile(r"(?<=[a-z])'(?=(?:s|t|re|ve|ll|d|m)\b)", re.IGNORECASE)
_CURLY: Final = re.compile("(?<=[a-z])\u2019(?=(?:s|t|re|ve|ll|d|m)\\b)", re.IGNORECASE)


def _prompt(prompt: PromptFile, _: Settings) -> Iterator[Found]:
    if prompt.bom and (prompt.part is None or prompt.part.start == 0):
        fix = Fix(Safety.SAFE, (Edit(0, MARK, b""),))
        yield Found(message="a byte order mark: three bytes in front of the first word", offset=0, fix=fix)
    text = prompt.text
    if text.isascii():
        return
    odd = _ODD.search(text) is not None
    forms = [edit for edit in mends(text, prompt.language) if edit.drift is Drift.FORM]
    for some in groups(text, forms):
        yield Found(
            message=f"{Drift.FORM.value}: two spellings of one word ({lines_of(prompt, some)})",
            offset=some[0].start,
            fix=fix_of(prompt, some),
        )
    for pattern, what, new, confidence in (
        (_INVISIBLE, "an invisible character", "", Confidence.CERTAIN),
        (_JOINER, "an invisible joiner between plain letters", "", Confidence.CERTAIN),
        (_TURNING, "a mark that turns the direction of the text", "", Confidence.LIKELY),
        (_NO_BREAK, "a no-break space between words", " ", Confidence.LIKELY),
    ):
        hits = pattern.finditer(text) if odd else ()
        found = [Mend(hit.start(), hit.end(), new, Drift.FORM) for hit in hits]
        if found and not (pattern is _TURNING and _right_to_left(text)):
            name = unicodedata.name(text[found[0].start], "unnamed")
            yield Found(
                message=f"{what} (U+{ord(text[found[0].start]):04X} {name}; {lines_of(prompt, found)})",
                offset=found[0].start,
                confidence=confidence,
                severity=Severity.HIGH if pattern is _TURNING else None,
                fix=fix_of(prompt, found, Safety.UNSAFE),
            )
    yield from _confusable(prompt)
    yield from _apostrophes(prompt)


def _right_to_left(text: str) -> bool:
    return any(unicodedata.bidirectional(char) in {"R", "AL"} for char in text)


def _confusable(prompt: PromptFile) -> Iterator[Found]:
    if _OTHER.search(prompt.text) is None:
        return
    kept = guarded(prompt.text, prompt.language)
    for hit in _MIXED.finditer(prompt.text):
        odd = next(i for i in range(hit.start(), hit.end()) if not prompt.text[i].isascii())
        if not kept.covers(odd, odd + 1):
            name = unicodedata.name(prompt.text[odd], "letter of another alphabet")
            yield Found(
                message=f"{_quoted(prompt, hit)} has a {name}",
                offset=odd,
                confidence=Confidence.LIKELY,
            )
            return


def _quoted(prompt: PromptFile, word: re.Match[str]) -> str:
    value = any(hit.start < word.end() and word.start() < hit.end for hit in prompt.hits)
    return "part of a value" if value else repr(word[0])


def _apostrophes(prompt: PromptFile) -> Iterator[Found]:
    """Yield the rarer of two spellings of the apostrophe, where both are used."""
    curly = [hit.start() for hit in _CURLY.finditer(prompt.text)]
    if not curly:
        return
    kept = guarded(prompt.text, prompt.language)
    straight = [
        hit.start() for hit in _STRAIGHT.finditer(prompt.text) if not kept.covers(hit.start(), hit.end())
    ]
    if straight:
        rare, new = (curly, "'") if len(curly) <= len(straight) else (straight, "\u2019")
        edits = [Mend(at, at + 1, new, Drift.FORM) for at in rare]
        yield Found(
            message=f"straight and curly apostrophes in one prompt ({lines_of(prompt, edits)})",
            offset=rare[0],
            confidence=Confidence.LIKELY,
            fix=fix_of(prompt, edits, Safety.UNSAFE),
        )


RULE = Rule(
    code="TX003",
    name="unicode-drift",
    doc=__doc__ or "",
    severity=Severity.LOW,
    prompt=_prompt,
    valid=(
        Case(text="Le café est «\u00a0bon\u00a0»\u202f; 👩\u200d🔬.\n"),
        Case(text="\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645\n"),
        Case(text="The customer\u2019s order and the bank\u2019s rules.\n"),
        Case(text="\u03b1 and \u03b2 are weights; \u0394t is a step.\n"),
    ),
    invalid=(
        Case(text="Offer cafe\u0301 vouchers.\n"),
        Case(text="Never mention pay\u200bpal.\n"),
        Case(text="Use the\u00a0ledger for sums.\n"),
        Case(text="Log in to p\u0430ypal first.\n"),
        Case(text="Don't guess the customer\u2019s name.\n"),
    ),
)
