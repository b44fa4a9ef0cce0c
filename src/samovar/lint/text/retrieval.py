"""Passages that a search put into the prompt: they follow the question, so they change with it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.lint.finding import Confidence
from samovar.lint.remembered import remembered
from samovar.lint.text.late import late
from samovar.lint.text.signal import Signal, cleared, templated

if TYPE_CHECKING:
    from collections.abc import Iterator

_THINGS: Final = (
    r"(?:procedures?|memor(?:y|ies)|documents?|docs|passages?|chunks?|snippets?|facts?|context"
    r"|knowledge|articles?|excerpts?|results?|examples?|notes?|episodes?|entries|records?|files?"
    r"|code|messages?|conversations?|matches|hits)"
)
_HEADING: Final = late(
    r"(?:^|\n)[ \t]*(?P<head>(?:#+\s|==+\s?|\*\*|--+\s?|\[|<)?(?:here\sare\s)?(?:some\s|the\s+)?"
    rf"(?:(?:recalled|retrieved|recollected|fetched|matching|matched|similar|relevant|related"
    rf"|top[- ]?\d+|most relevant|auto-?recalled)[ _-](?:[\w-]+[ _-]){{0,2}}?{_THINGS}"
    rf"|{_THINGS}\s(?:that (?:were|was)\s)?(?:retrieved|recalled|found|fetched|selected"
    rf"|matched)\b(?=[^\n]*(?:for|:|\())"
    rf"|(?:search|retrieval|rag|query|vector|semantic|knowledge[ _-]?base)[ _-](?:results?"
    rf"|context|hits?|matches|memor(?:y|ies)|excerpts?|documents?)"
    rf"|memor(?:y|ies)[ _-](?:context|recall|window|search|results?)|recall(?:ed)?[ _-]context)"
    r"[^\n]{0,80})(?:\n|$)",
    re.IGNORECASE,
)
_INLINE: Final = late(
    r"(?P<head><(?:memory_context|memories|retrieved(?:_\w+)?|relevant(?:[_-]\w+)?"
    r"|recalled(?:[_-]\w+)?|search_results?|rag(?:_\w+)?|"
    r"knowledge_context|retrieval(?:_\w+)?|context_documents|auto_?recall)(?:\s[\w-]+=[^<>]*)?>)\s*(?=\S)",
    re.IGNORECASE,
)
_SCORED: Final = late(
    r"[\[(]?\b(?:score|similarity|relevance|distance|cosine"
    r"|rank(?:ing)?)\b\s?(?:score)?\s?[:=]?\s?(?:0?\.\d{2,}|1\.0+"
    r"|\d{1,2}(?:\.\d+)?\s?%)\s?[\])]?",
    re.IGNORECASE,
    mark=r"\d",
)
_QUERIED: Final = late(
    r"\b(?:for|matching|relevant to|related to|based on) (?:this|the|your|current"
    r"|user'?s?)(?: current| last| latest)? (?:query|question|message|request|turn"
    r"|conversation)\b|\btop[- ]?\d+\b",
    re.IGNORECASE,
)
_ITEM: Final = late(
    r"^\s*(?:[-*•]|\d{1,2}[.)]|\[(?:doc|source|chunk|passage|ref)?[ _-]?\d{1,2}\]"
    r"|<(?:doc|document|item|memory|chunk|source|result)\b)",
    re.IGNORECASE,
)


_SLOT: Final = late(r"\{\{|\{%|\$\{|\{[a-z_.]{2,40}\}")
_CHOSEN: Final = late(
    r"(?:[#*=\[-]+\s?(?:retrieved|recalled|auto-?recalled)\b|(?:retrieved|recalled)\b[^.\n]{0,60}:$)",
    re.IGNORECASE,
)
"""A heading that says by itself that a search chose what follows."""
_SENTENCE: Final = 20
"""Characters of a first line that is text and no name of a section."""


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
        if _SLOT.search(text[found.end() : end][:80].split("\n", 1)[0]):
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
            + bool(_QUERIED.search(found["head"]))
            + bool(_ITEM.match(first))
            + bool(_CHOSEN.match(found["head"].rstrip()) and len(first) > _SENTENCE)
        )
        if templated(first) or not first or not evidence:
            continue
        seen = end
        yield Signal(start, end, "passages that a search chose")
    scored = [
        found
        for found in _SCORED.finditer(text)
        if found.start() >= seen and not cleared(text, found.start())
    ]
    if len(scored) >= 2 and _ITEM.match(_line_from(text, scored[0].start())):  # noqa: PLR2004  # one score may be a rule's own number
        start = text.rfind("\n", 0, scored[0].start()) + 1
        yield Signal(start, _section_end(text, scored[-1].end()), "scored search results", Confidence.LIKELY)


def _line_from(text: str, at: int) -> str:
    return text[text.rfind("\n", 0, at) + 1 : at + 1]


def _section_end(text: str, at: int) -> int:
    """Return where the next heading begins, or the end of the text."""
    found = re.compile(r"\n(?=#{1,6}\s|==+\s?\w|--+\s?\w|\*\*\w|</?\w)").search(text, at)
    return found.start() if found else len(text)
