"""Passages that a search put into the prompt: they follow the question, so they change with it."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Final

from samovar.lint.finding import Confidence
from samovar.lint.remembered import remembered
from samovar.lint.text.found import ASKED, FOUND, PASSAGES, findings
from samovar.lint.text.late import late
from samovar.lint.text.lexicon import vocabulary
from samovar.lint.text.signal import Signal, cleared, templated
from samovar.lint.text.statement import lines_of, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOUNS: Final = PASSAGES | vocabulary(
    """procedure procedures fact facts knowledge skill skills episode episodes file files code message
    messages conversation conversations question questions incident incidents issue issues thread threads
    email emails e mail web google bing internet news vector kb wiki retriever following search index rag
    query recall"""
)
"""Words one of which is in every heading of what a search found."""
_THINGS: Final = (
    r"(?:procedures?|memor(?:y|ies)|documents?|docs|passages?|chunks?|snippets?|facts?|context"
    r"|knowledge|articles?|excerpts?|sources?|skills?|results?|examples?|notes?|episodes?|entries|records?"
    r"|files?"
    r"|code|messages?|conversations?|matches|hits)"
)
_HEADING: Final = late(
    r"(?:^|\n)[ \t]*(?P<head>(?:#+\s|==+\s?|\*\*|--+\s?|\[|<)?(?:here\sare\s)?(?:some\s"
    r"|the\s+)?(?:potentially\s|possibly\s|most\s|highly\s)?"
    rf"(?:(?:recalled|retrieved|recollected|fetched|matching|matched|similar|relevant|related"
    rf"|top[- ]?\d+|most relevant|auto-?recalled)[ _-](?:[\w-]+[ _-]){{0,2}}?{_THINGS}"
    rf"|top\s(?:\w+\s)?(?:matches|hits|results|chunks|passages|documents|articles|snippets)\b"
    rf"|{_THINGS}\s(?:for\s[\"\u201c'`]|(?:\w+\s){{0,4}}?(?:that|which)\smatch\w*)"
    rf"|(?:[\w'-]+\s){{0,2}}?{_THINGS}\s(?:\w+\s){{0,2}}?(?:(?:most|closely)\s)?(?:relevant|related"
    rf"|similar|closest|pertinent|close|matching)"
    rf"\s(?:to|for)\b"
    rf"|(?:[\w'-]+[ _-]){{0,3}}?{_THINGS}\s(?:that|which)\s(?:may|might|could|can"
    rf"|will)\s(?:be\s)?(?:help\w*|apply|relevant"
    rf"|useful|answer)\b"
    rf"|(?:similar|matching|related)[ _-](?:\w+[ _-]){{0,2}}?(?:tickets?|cases?|questions?|incidents?"
    rf"|issues?|threads?"
    rf"|e-?mails?)"
    rf"|(?:web|google|bing|internet|news|vector|kb|faq|wiki)[ _-](?:search[ _-])?(?:results?|hits?|matches)"
    rf"|(?:[\w'-]+ ){{0,4}}(?:vector (?:store|database|index)|retriever|search|knowledge base"
    rf"|index)\s(?:has\s)?(?:returned|found"
    rf"|retrieved|gave)"
    rf"|(?:based on|for|from|given) [^\n]{{0,40}}(?:passages?|documents?|excerpts?|memor(?:y|ies)|chunks?"
    rf"|articles?"
    rf"|snippets?|following)[^\n]{{0,24}}(?:selected|chosen|retrieved|found|picked|recalled|(?:may|might"
    rf"|could) be)"
    rf"|{_THINGS}\s?\((?:ranked|sorted|ordered|top|best|by|k\s?=|n\s?=|most)"
    rf"|{_THINGS}\s(?:that (?:were|was)\s)?(?:retrieved|recalled|found|fetched|selected"
    rf"|matched)\b(?=[^\n]*(?:for|:|\())"
    rf"|(?:search|retrieval|rag|query|vector|semantic|knowledge[ _-]?base)[ _-](?:results?"
    rf"|context|hits?|matches|memor(?:y|ies)|excerpts?|documents?)"
    rf"|memor(?:y|ies)[ _-](?:context|recall|window|search|results?)|recall(?:ed)?[ _-]context)"
    r"[^\n]{0,80})(?:\n|$)",
    re.IGNORECASE,
    words=_NOUNS,
    where="head",
)
_INLINE: Final = late(
    r"(?P<head><(?:memory_context|memories|retrieved(?:_\w+)?|relevant(?:[_-]\w+)?"
    r"|recalled(?:[_-]\w+)?|search(?:_results?)?|rag(?:_\w+)?|"
    r"knowledge_context|retrieval(?:_\w+)?|context_documents|auto_?recall)(?:\s[\w-]+=[^<>]*)?>)\s*(?=\S)",
    re.IGNORECASE,
    mark=r"<[a-zA-Z_-]+[ >]",
)
_SCORED: Final = late(
    r"(?:^|\n)\W{0,3}\(0\.\d{2,}\)\s|[\[(]?\b(?:score|similarity|relevance|distance|cosine"
    r"|rank(?:ing)?)\b\s?(?:score)?\"?\s?[:=]?\s?\"?(?:0?\.\d{2,}|1\.0+"
    r"|\d{1,2}(?:\.\d+)?\s?%)\s?[\])]?",
    re.IGNORECASE,
    mark=r"\.\d\d|\d\s?%|1\.0",
    reach=(40, 16),
)
_QUERIED: Final = late(
    r"\b(?:for|to|match(?:ing|es)?|matched by|relevant to|related to|based on|with) (?:this|the|your|current"
    r"|user'?s?)(?: current| last| latest)? (?:query|question|message|request|turn|task|input|issue"
    r"|problem|one"
    r"|conversation)\b|\btop[- ]?\d+\b|\b(?:web|vector|kb) (?:search )?(?:results?|hits?)\b|\breturned\b"
    r"|\bfor [\"\u201c'`]|\btop\b"
    r"|\b(?:ranked|sorted|ordered) by\b",
    re.IGNORECASE,
)
_ITEM: Final = late(
    r"^\s*(?:[-*•]|\d{1,2}[.)]|\(0?\.?\d{1,2}\)|(?:doc(?:ument)?|chunk|passage|source|excerpt|snippet"
    r"|result|article|Q)"
    r"[ _#-]?(?:\d{1,4}|[A-H])?\s?[:.)]|\[(?:doc|source|chunk|passage|ref)?[ _-]?\d{1,2}\]"
    r"|<(?:doc|document|item|memory|chunk|source|result)\b)",
    re.IGNORECASE,
)


_SLOT: Final = late(r"\{\{|\{%|\$\{|\{[a-z_.]{2,40}\}")
_CHOSEN: Final = late(
    r"(?:[#*=\[-]+\s?(?:retrieved|recalled|auto-?recalled)\b|(?:[#*=\[-]+\s?)?(?:rag|retrieval) context"
    r"|(?:retrieved|recalled)\b[^.\n]{0,60}:$)",
    re.IGNORECASE,
)
"""A heading that says by itself that a search chose what follows."""
_SENTENCE: Final = 20
"""Characters of a first line that is text and no name of a section."""


_HANDED: Final = late(
    r"(?:^|\n|[.:] )(?P<head>(?:use|using|answer|given|consider|based on|here (?:is|are)|read)\b[^\n.]{0,60}"
    r"\b(?:following|below)\b[^\n.]{0,40}\b(?:context|passages?|documents?|excerpts?|information|articles?"
    r"|sources?|snippets?)"
    r"\b[^\n]{0,80}\b(?:question|query|request|message)\b[^\n]{0,60}\n(?:[^\n]{0,200}\n){0,4}?)"
    r"[ \t]*(?:-{3,}|={3,}|\"{3}|`{3}|(?:context|documents?|passages?|sources?|information)\s?:"
    r"|<(?:context|documents?|sources?)>)"
    r"[ \t]*\n?[ \t]*(?P<first>[^\n\s][^\n]{19,})",
    re.IGNORECASE,
    near=("following", "below"),
)
"""The prompt of many a chain: a sentence that hands passages over for the question, a rule, the passages."""
_LABELLED: Final = late(
    r"(?:^|\n)(?P<head>(?:#+\s|\*\*|<)?(?:context|documents?|passages?|sources?|retrieved|evidence"
    r"|grounding)(?:\*\*"
    r"|>)?:?[ \t]*\n)"
    r"[ \t]*(?:\[1\]|\[doc(?:ument)? ?1\]|<(?:doc|document|passage|chunk"
    r"|source)\s[^>\n]*>)(?P<first>(?! (?:is|are|holds)\b)[^\n]{10,})",
    re.IGNORECASE,
    words=_NOUNS | {"retrieved", "grounding"},
    where="head",
)
_NUMBERED: Final = late(
    r"(?:^|\n)(?P<head>[ \t]*(?:source|document|doc|chunk|passage|excerpt|snippet|result"
    r"|article)[ #_-]?\d{1,3}"
    r" ?[(\[][^)\]\n]{3,80}[)\]] ?:?)(?P<first> ?\S[^\n]{9,})\n[ \t]*\S+[ #_-]?\d{1,3} ?[(\[]",
    re.IGNORECASE,
    words=_NOUNS,
    where="head",
)
"""Passages with a number and, in brackets, where they are from, one a line."""
_REFERENCE: Final = late(r"\b(?:19|20)\d\d[a-z]?[,.):]|\bdoi\b|\bet al\b|…|\.\.\.", re.IGNORECASE)
"""A bibliography, or dots where passages will be."""


_RULE: Final = late(
    r"\b(?:must|should|never|always|(?:may|will|can) be)\b|[:.]\s(?:use|cite|quote|call)\b|^\W*(?:use"
    r"|cite)\b",
    re.IGNORECASE,
)
"""What is said about passages, and none of them."""


_TOLD_OF: Final = re.compile(r"You (?:may|might|will|can|are)\b")
"""How such a section begins when it tells what would stand in it."""
_STEP: Final = re.compile(r"\s*(?:\d{1,2}[.)]|[-*\u2022])\s")
"""What opens an item of a list."""


@remembered
def retrievals(text: str) -> Iterator[Signal]:
    """Yield what search results look like: scored items, or a heading that says so with items under it.

    `end` is where the retrieved section seems to end.
    """
    seen = -1
    for found in _INLINE.finditer(text):
        name = re.match(r"<(\w+)", found["head"])
        close = text.find(f"</{name[1]}" if name else "</", found.end())
        end = close if close >= 0 else _section_end(text, found.end())
        if found.start() < seen or cleared(text, found.start()) or not text[found.end() : end].strip():
            continue
        opening = text[found.end() : end].lstrip()[:_LONG].split("\n", 1)[0]
        if _SLOT.search(opening[:80]) or _TOLD_OF.match(opening):
            continue
        seen = end
        yield Signal(found.start(), end, "passages that a search chose")
    for found in _HEADING.finditer(text):
        start = found.start("head")
        if start < seen or cleared(text, start):
            continue
        end = _section_end(text, found.end())
        under = text[found.end() : end]
        first = next((line for line in under.split("\n") if line.strip()), "")
        evidence = (
            bool(_SCORED.search(under))
            + bool(_QUERIED.search(found["head"]) and _heads(found["head"], first))
            + bool(_ITEM.match(first))
            + bool(_CHOSEN.match(found["head"].rstrip()) and len(first) > _SENTENCE)
        )
        listed = _STEP.match(found["head"]) is not None and _STEP.match(first) is not None
        if templated(first) or not first or not evidence or _RULE.search(first) or listed:
            continue
        seen = end
        yield Signal(start, end, "passages that a search chose")
    yield from _given(text, seen)
    yield from _weighed(text, seen)
    for start, end in findings(text):
        if start >= seen and not cleared(text, start):
            blank = text.find("\n\n", end)
            yield Signal(start, blank if blank >= 0 else len(text), "passages that a search chose")
    scored = [
        found
        for found in _SCORED.finditer(text)
        if found.start() >= seen and not cleared(text, found.start())
    ]
    opens = scored[0].start() + (text[scored[0].start()] == "\n") if scored else 0
    if len(scored) >= 2 and _ITEM.match(_line_from(text, opens)):  # noqa: PLR2004  # one score may be a rule's own number
        start = text.rfind("\n", 0, opens) + 1
        yield Signal(start, _section_end(text, scored[-1].end()), "scored search results", Confidence.LIKELY)


def _heads(head: str, first: str) -> bool:
    """Whether a line is a heading of what follows, and no sentence of its own."""
    return not head.rstrip().endswith((".", "!", "?")) or _ITEM.match(first) is not None


_SHARE: Final = re.compile(r"(?<![\d.])(?:0?\.\d{2,}|1\.00?)(?![\d.])")
_ENOUGH: Final = 5
_LONG: Final = 240


def _weighed(text: str, seen: int) -> Iterator[Signal]:
    """Yield sections whose heading speaks of passages, of their finding and of what they were found for."""
    lines = lines_of(text).lines
    for line, below in itertools.pairwise(lines):
        if line.start < seen or not line.words & PASSAGES or line.end - line.start > _LONG:
            continue
        head = text[line.start : line.end]
        scores = len(_SHARE.findall(head)) + len(_SHARE.findall(text[below.start : below.end]))
        weight = _WEAK + _WEAK * bool(line.words & FOUND) + bool(line.words & ASKED) + min(scores, 1) * _WEAK
        if (not scores and (head.rstrip().endswith((".", "!", ";")) or not _THIS_ASKED.search(head))) or (
            _CODED.search(head)
        ):
            continue
        plain = _QUOTED.sub(" ", head)
        if (
            weight < _ENOUGH
            or _RULE.search(plain)
            or _STEADY.intersection(words_of(plain))
            or cleared(text, line.start)
        ):
            continue
        under = text[below.start : below.end]
        listed = _STEP.match(head) is not None and _STEP.match(under) is not None
        if not listed and not templated(under) and not _RULE.search(under) and not _SLOT.search(under[:80]):
            yield Signal(line.start, _section_end(text, below.start), "passages that a search chose")
            return


_WEAK: Final = 2
_THIS_ASKED: Final = late(
    r"\b(?:this|your|the|current|user'?s?|diese[rn]?|cette|esta|questa)\s(?:\w+\s)?(?:question|query"
    r"|request|message|issue|prompt"
    r"|turn|frage|anfrage|pregunta|domanda|requête)\b",
    re.IGNORECASE,
)
_CODED: Final = re.compile(r"[{}|`]|//|\\|\"\w+\":|\*\*|^\s*- ")
"""Marks of schemas, tables and manuals."""
_QUOTED: Final = re.compile(r"\"[^\"\n]*\"|“[^”\n]*”|«[^»\n]*»")
_STEADY: Final = vocabulary(
    """if when may can could should must always never use quote cite search searches returns return are"""
)
"""Words of a rule about passages."""


_LOCATED: Final = late(
    r"(?:^|\n)(?P<head>[ \t>*-]{0,4}\[?(?:passage|chunk|excerpt|snippet|hit|match|doc(?:ument)?|result"
    r"|treffer|extrait"
    r"|pasaje|brano|trecho)[ #_-]?\d{1,5}(?:/\d+)?\]?[ \t]?(?:source=\S+"
    r"|[(\[][^)\]\n]{0,60}[/.:#][^)\]\n]{1,60}[)\]]"
    r"|[(\[,;|]?[ \t]?(?:score|sim(?:ilarity)?|distance|relevance|cosine"
    r"|rank)\w*[ \t]?[:=]?[ \t]?[01]?[.,]\d{2,4}[)\]]?)"
    r"[ \t]?[:.)|\u2013-]?)(?P<first>[ \t]?\S[^\n]{14,})",
    re.IGNORECASE,
    words=_NOUNS,
    where="head",
)
"""One passage with its number and, beside that, where it is from or how near it is."""


def _given(text: str, seen: int) -> Iterator[Signal]:
    """Yield passages that a sentence hands over, and short numbered ones under a bare label."""
    for pattern in (_HANDED, _LABELLED, _NUMBERED, _LOCATED):
        for found in pattern.finditer(text):
            start, first = found.start("head"), found["first"]
            if start < seen or cleared(text, start) or templated(first) or _REFERENCE.search(first):
                continue
            yield Signal(start, _section_end(text, found.end()), "passages that a search chose")


def _line_from(text: str, at: int) -> str:
    return text[text.rfind("\n", 0, at) + 1 : at + 1]


def _section_end(text: str, at: int) -> int:
    """Return where the next heading begins, or the end of the text."""
    found = re.compile(r"\n(?=#{1,6}\s|==+\s?\w|--+\s?\w|\*\*\w|</?\w)").search(text, at)
    return found.start() if found else len(text)
