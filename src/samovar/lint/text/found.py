"""What a search found, told in one line: the passages, that they were chosen, and for what.

"Nearest examples to the present input (k=2): …" has a noun of passages, a word of their finding, the question
that they answer, and the passages themselves behind a colon. Each counts, whatever the words are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.lint.text.late import late
from samovar.lint.text.lexicon import vocabulary
from samovar.lint.text.manual import orders
from samovar.lint.text.signal import templated
from samovar.lint.text.statement import FAR, lines_of, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.text.statement import Line

PASSAGES: Final = vocabulary(
    """passage passages document documents doc docs chunk chunks snippet snippets excerpt excerpts article
    articles result results hit hits match matches memory memories source sources entry entries note
    notes record records page pages section sections paragraph paragraphs clause clauses faq faqs case
    cases example examples ticket tickets fragment fragments context evidence textstellen fundstellen
    treffer dokumente abschnitte extraits passages documents résultats pasajes documentos resultados
    fragmentos brani documenti risultati trechos"""
)
"""Nouns of what a search finds."""
FOUND: Final = vocabulary(
    """found retrieved ranked matching matched returned selected recalled fetched closest nearest similar
    relevant related top chosen pulled picked surfaced hits best gefunden ausgewählt passende relevante
    trouvés trouvées pertinents pertinentes encontrados encontradas recuperados relevantes trovati
    rilevanti"""
)
"""Words of their having been found."""
ASKED: Final = vocabulary(
    """question query request message issue prompt turn search asked frage anfrage pregunta consulta domanda
    requête bm25 dense cosine similarity score embedding embeddings vector reranked reranker"""
)
"""Words of what they were found for, or by."""
_PASSAGES: Final = (PASSAGES - {"case"}) | vocabulary(
    """procedures procedure facts letters letter answers answer replies threads files quotes quotations
    books products recipes reviews minutes precedents clauses stelle stellen dokument beiträge
    einträge réponses articles fiches respuestas artículos risposte articoli respostas artigos"""
)
_FOUND: Final = (FOUND - {"top", "best", "related", "returned"}) | vocabulary(
    """grounding lookup looked located recollected search searched semantic recall matches came fetched
    rag web google bing internet passend ähnliche ähnlichste nächste nächsten gefundene proches
    similaires cercanos cercanas parecidos similares simili vicini próximos semelhantes
    recuperado relevanz bm25 cosine similarity"""
)
_ASKED: Final = (ASKED - {"issue", "search", "score", "similarity", "cosine"}) | vocabulary(
    """input incoming mail customer's wrote written asked email intent conversation utterance anliegen
    nachricht eingabe mensaje domanda messaggio mensagem entrée demande graph ticket now"""
)
_STORE: Final = late(
    r"\b(?:knowledge (?:base|graph)|vector (?:store|index|db)|search index|document store|archive|faq index"
    r"|wissens(?:datenbank|basis)|base de connaissances|base de conocimientos?|retriever|graph lookup)\b",
    re.IGNORECASE,
)
_SHARE: Final = re.compile(
    r"(?<![\d.,])(?:0?[.,]\d{2,3}|1[.,]00?)(?![\d.,]\d)|\bk\s?=\s?\d|\btop[ -]?\d", re.IGNORECASE
)
_PAYLOAD: Final = re.compile(
    r"(?:[:\uff1a]\s?(?=[^\n]{9})|\.\s(?=\[?1[\].]))(?!\s)|:?\s(?=#?[A-Z]{1,4}-\d{2,}|#\d{3,})"
)
"""Passages behind what says that they are some."""
_CUES: Final = _PASSAGES | vocabulary(
    """knowledge vector index store archive wissensdatenbank wissensbasis connaissances conocimiento
    conocimientos retriever lookup"""
)
_FOR: Final = re.compile(r"\bfor [\"\u201c'`]|\((?:bm25|cosine|dense|hybrid|ranked|top)\b", re.IGNORECASE)
"""What was searched for, or how."""
_SAID: Final = re.compile(r"[:\uff1a]\s?(?:[\"\u201c\u201e\u00ab\u300c]|#\d|\[?1[\].)])")
"""Passages in quotation marks, or numbered."""
_RECALLED: Final = frozenset({"retrieved", "recalled", "recollected", "auto-recalled"})
"""Words of nothing but a search."""
_RULED: Final = vocabulary(
    """must should shall always never if when unless may might can could whenever every each any not must your
    include provide list return returns support supports use uses"""
)
_ENOUGH: Final = 6
_LONG: Final = 400
_HEAD: Final = 18
"""Words of the longest clause in front of the passages."""
_WEAK: Final = 2
_FAR: Final = re.compile(
    r"(?=[^\n]*(?:\u8cea\u554f|\u554f\u3044\u5408\u308f\u305b|\u5fdc\u5bfe|\u95ee\u9898|\u67e5\u8be2"
    r"|\u63d0\u95ee|\uc9c8\ubb38|\ubb38\uc758))"
    r"[^\n]*(?:\u8fd1\u3044|\u985e\u4f3c|\u95a2\u9023|\u691c\u7d22|\u76f8\u5173|\u76f8\u4f3c|\u68c0\u7d22"
    r"|\uac80\uc0c9|\uad00\ub828|\uc720\uc0ac)[^\n]*"
)
"""A question, and what is near to it."""
_MARKED: Final = late(
    r"(?:^|\n)[ \t]*(?P<head>(?:<{0,3}|\[|#+ ?|-{2,} ?|={2,} ?)(?:RAG|RETRIEV\w+|SEARCH|KB|GROUNDING"
    r"|RECALL\w*)[ _-]?\w*[ _-](?:START|BEGIN|OPEN)\W*\n"
    r"|<(?:documents|results|passages|chunks|hits|context|search\w*)\s[^>\n]*\b(?:query|q|k|score"
    r"|top_k)=[^>\n]*>"
    r"|[^\n]{0,40}\b(?:retrieve|search|similarity_search|query)\w*\([^)\n]*\)\s?(?:->|=>|:"
    r"|=)\s?\[)\s*(?=[^\s{$])",
    mark=r"START|BEGIN|OPEN|(?:query|q|k|score|top_k)=|\)\s?(?:->|=>|:|=)\s?\[",
    reach=(200, 200),
)
"""Marks of a program around what it has found."""
_RECORDS: Final = re.compile(
    r"\{[^{}\n]*\"(?:score|similarity|distance|relevance)\"\s?:\s?[\d.]+[^{}\n]*\"(?:text|content|snippet"
    r"|body|title)\"\s?:\s?\"[^{}\n]+\}"
    r"(?:,\s*\{[^{}\n]*\"(?:score|similarity|distance|relevance)\")"
)
"""Hits as JSON, each with its score."""


def findings(text: str) -> Iterator[tuple[int, int]]:
    """Yield where a line begins, and ends, that tells what a search found."""
    index = lines_of(text)
    if not index.words.isdisjoint(_PASSAGES | _FOUND):
        for line in index.lines:
            if line.end - line.start <= _LONG and not line.words.isdisjoint(_CUES) and _tells(text, line):
                yield line.start, line.end
    if FAR.search(text):
        for found in _FAR.finditer(text):
            if _SHARE.search(text, found.start(), found.end() + _LONG // 4):
                yield found.span()
    for found in _MARKED.finditer(text):
        if not templated(text[found.end() : found.end() + _LONG]):
            yield found.span("head")
    if '"score"' in text or '"similarity"' in text or '"distance"' in text or '"relevance"' in text:
        for found in _RECORDS.finditer(text):
            yield found.span()


def _tells(text: str, line: Line) -> bool:
    """Whether a line tells of passages that were found for a question, and goes on with them."""
    stored = _STORE.search(text, line.start, line.end)
    if line.words.isdisjoint(_PASSAGES) and not stored:
        return False
    said = text[line.start : line.end]
    payload = _PAYLOAD.search(said)
    if payload is None or templated(said):
        return False
    head = said[: payload.start()]
    words = words_of(head)
    known = frozenset(words)
    if (
        not words
        or len(words) > _HEAD
        or orders(words, head)
        or not known.isdisjoint(_RULED)
        or "`" in said
        or "**" in said
    ):
        return False
    noun = not known.isdisjoint(_PASSAGES)
    found = not known.isdisjoint(_FOUND)
    weight = _WEAK * noun + _WEAK * bool(stored) + _WEAK * found
    weight += _WEAK * ((noun or bool(stored)) and _SAID.match(said, payload.start()) is not None)
    weight += _WEAK * (not known.isdisjoint(_RECALLED))
    weight += _WEAK * (_FOR.search(head) is not None)
    weight += _WEAK * (not known.isdisjoint(_ASKED)) + _WEAK * (_SHARE.search(said) is not None)
    return (found or bool(stored)) and weight >= _ENOUGH
