"""A marked prefix is shorter than the shortest that the model caches.

What it does
------------
Counts the tokens up to the last marker, as a band where the tokenizer is not published. When even that one
lies below the model's floor on its platform (certain by the highest count, likely by the estimate), reports
the last marker of tools and system prompt, or that of the messages where there are no others: a
conversation behind marked tools may still grow.

Why it costs
------------
There is no error: nothing is written and nothing is read, and both counters stay zero. The marker takes one
of four slots for nothing.

Example
-------
    system[0]: 377 tokens with cache_control, model claude-opus-4-6 (floor 4,096)

Use instead
-----------
Move the marker behind more stable text (tools count, they are rendered first), or leave it out.

Fix safety
----------
Unsafe: removing the marker changes what is cached if the prompt grows.

Sources
-------
Facts anthropic.below-floor and the model's anthropic.floor.*.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.lint.finding import Confidence, Found, Severity
from samovar.lint.rule import Case, Rule
from samovar.lint.size import by_bytes, estimate, tokens
from samovar.providers.rules import Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.request import Request
    from samovar.lint.settings import Settings


def _request(request: Request, _: Settings) -> Iterator[Found]:
    if request.call is None or not request.markers or not request.model:
        return
    floor = request.rules.floor
    last = request.markers[-1]
    about = max(by_bytes(request, last), estimate(request, last))
    if about >= floor.hi:
        return
    sure = Confidence.CERTAIN if tokens(request, last).hi < floor.lo else Confidence.LIKELY
    if request.facts.known == "guess":
        sure = min(sure, Confidence.LIKELY)
    if floor.lo <= 1:
        # Nobody says where this model's floor lies: the band only bounds it.
        sure = Confidence.GUESS
    said = (
        f"{floor.lo:,.0f}"
        if floor.lo == floor.hi
        else f"{floor.lo:,.0f} to {floor.hi:,.0f}, as sources differ,"
    )
    stable = [at for at in request.markers if request.blocks[at].level is not Level.MESSAGES]
    at = (stable or list(request.markers))[-1]
    size = max(by_bytes(request, at), estimate(request, at))
    yield Found(
        path=request.marker_path(at),
        level=request.blocks[at].level.name.lower(),
        message=(
            f"about {size:,} tokens (at most {tokens(request, at).hi:,.0f}) up to this marker, and "
            f"{request.facts.id} caches from {said} on: nothing is written"
        ),
        confidence=sure,
        trace=(f"fact {request.facts.floor_fact}",) if request.facts.floor_fact else (),
    )


def _body(system: str) -> dict[str, object]:
    block = {"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}
    return {
        "model": "claude-opus-4-6",
        "system": [block],
        "messages": [{"role": "user", "content": "Hello."}],
    }


RULE = Rule(
    code="MK005",
    name="below-floor",
    doc=__doc__ or "",
    severity=Severity.MEDIUM,
    logged=False,
    request=_request,
    valid=(Case(body=_body("Use the ledger for sums, and never the memory of a sum. " * 900)),),
    invalid=(Case(body=_body("Use the ledger for sums. " * 20), path="system[0]"),),
)
