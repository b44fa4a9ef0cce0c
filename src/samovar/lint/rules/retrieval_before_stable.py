"""What a search found for this question stands in front of text that stays the same.

What it does
------------
Finds recalled memories, retrieved documents and scored passages in the system prompt when stable text or
the conversation's history follows, or when the block's own marker covers them. Fixed reference text is left
alone: a heading must say that a search chose the passages, or the passages carry scores.

Why it costs
------------
The search follows the question, so its results change with nearly every turn; all that stands behind them
is computed and paid again.

Example
-------
    system: "== Recalled procedures (top 2 for this query) == 1. (score 0.83) …  == Base instructions == …"

Use instead
-----------
Put what was found into the newest user turn, behind everything stable.

Fix safety
----------
No fix: the order of a prompt is the author's.

Sources
-------
Facts anthropic.key.content, openai.boundary.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.lint.finding import Found, Severity
from samovar.lint.rule import Case, Rule
from samovar.lint.text.retrieval import retrievals
from samovar.lint.volatile import STABLE, in_log, in_slots, shared_after, signals_of, stable_after
from samovar.providers.rules import Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.log import Log
    from samovar.lint.prompt_file import PromptFile
    from samovar.lint.request import Passage, Request
    from samovar.lint.settings import Settings

_NAMES: Final = re.compile(
    r"\b(?:retrieved|recalled|relevant) \w+|\bsearch (?:results?|hits?)\b|\b(?:documents|docs|passages"
    r"|chunks|(?:kb|faq|vector|wiki) (?:results?|hits?|articles?|matches)"
    r"|snippets|memories)\b|\brag (?:context|docs)\b|\bcontext docs\b",
    re.IGNORECASE,
)


def _request(request: Request, _: Settings) -> Iterator[Found]:
    history = any(block.level is Level.MESSAGES and block.role == "assistant" for block in request.blocks)
    for passage in request.shared:
        if passage.level == "tools":
            continue
        for signal in retrievals(passage.text):
            after = shared_after(request, passage.position, passage.path, signal.end)
            if after >= STABLE:
                why = f"{after:,} characters of stable text follow"
            elif history:
                why = "the whole conversation follows"
            elif _marked(request, passage):
                why = "the marker behind them writes what no other question reads"
            else:
                continue
            yield Found(
                path=passage.path,
                level=passage.level,
                message=f"{signal.what}: {why}",
                confidence=signal.confidence,
                offset=signal.start,
            )
            break


def _marked(request: Request, passage: Passage) -> bool:
    return request.needs_markers and passage.position in request.markers


def _log(log: Log, _: Settings) -> Iterator[Found]:
    yield from in_log(log, retrievals, "what follows is computed for each question anew")


def _prompt(prompt: PromptFile, _: Settings) -> Iterator[Found]:
    for signal in signals_of(prompt, retrievals):
        if stable_after(prompt, signal.end) >= STABLE:
            yield Found(
                message=f"{signal.what}, in front of stable text",
                confidence=signal.confidence,
                offset=signal.start,
            )
    yield from in_slots(prompt, _NAMES.search, "what a search finds")


def _body(system: str) -> dict[str, object]:
    messages = [{"role": "system", "content": system}, {"role": "user", "content": "Hello."}]
    return {"model": "qwen3-30b-a3b", "messages": messages}


_FOUND: Final = (
    "== Recalled notes (top 2 for this query) ==\n1. (score 0.83) Weigh twice.\n2. (score 0.71) Ask.\n"
)
_BASE: Final = "== Base instructions ==\n" + "Use the ledger for sums. " * 20

RULE = Rule(
    code="PR005",
    name="retrieval-before-stable",
    doc=__doc__ or "",
    severity=Severity.HIGH,
    breaks=True,
    request=_request,
    log=_log,
    prompt=_prompt,
    valid=(
        Case(body=_body(_BASE + "\n" + _FOUND), provider="llamacpp"),
        Case(body=_body("# Relevant laws\n1. Article 5.\n" + _BASE), provider="llamacpp"),
        Case(text=_BASE + "\n{{ documents }}\n"),
    ),
    invalid=(
        Case(body=_body(_FOUND + _BASE), provider="llamacpp", path="messages[0].content"),
        Case(
            body=_body("<memory_context>\n- likes tea\n</memory_context>\n" + _BASE),
            provider="llamacpp",
            path="messages[0].content",
        ),
        Case(text="{{ retrieved_chunks }}\n" + _BASE),
    ),
)
