"""A marked prefix is shorter than the shortest that the model caches.

What it does
------------
Counts the tokens up to each marker, as a band where the tokenizer is not published, and reports the markers
that lie below the model's floor on its platform even by the highest count.

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
from samovar.lint.size import by_bytes, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.request import Request
    from samovar.lint.settings import Settings


def _request(request: Request, _: Settings) -> Iterator[Found]:
    if request.call is None or not request.needs_markers:
        return
    floor = request.rules.floor
    for at in request.markers:
        if by_bytes(request, at) >= floor.lo:
            return
        size = tokens(request, at)
        if size.hi >= floor.lo:
            return
        automatic = request.blocks[at].marker is None
        yield Found(
            path="cache_control" if automatic else request.path(at),
            level=request.blocks[at].level.name.lower(),
            message=(
                f"{int(size.hi):,} tokens at most up to this marker, and {request.facts.id} caches "
                f"from {int(floor.lo):,}"
            ),
            confidence=Confidence.LIKELY if request.facts.known == "guess" else Confidence.CERTAIN,
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
