"""Personal data stands in text that other requests share.

What it does
------------
Looks for mail addresses, telephone numbers, payment cards, bank accounts, national ids, network addresses
and postal addresses in tools and system prompt of a request, and in prompt files. Checksums, forms and the
words nearby decide. The newest turn and the conversation are the user's own; turns that are examples are
not: those that a body calls so, and in a log those that several tenants send in the same bytes. The value is
never printed.
Presidio joins where `[lint] detectors` asks for it.

Why it costs
------------
What stands above a marker is declared interchangeable between requests: it is stored with the provider for
the entry's lifetime, it is sent with every request of every user, and no deletion reaches it in between.

Example
-------
    system: "Example: 'Please call Anna Berg, +46 8 …' → {…}"

Use instead
-----------
Made-up values of the reserved kind (example.com, 555-01xx) in examples; what is real in the newest turn.

Fix safety
----------
Unsafe: another value is another prompt.

Sources
-------
Fact anthropic.storage; the checksums' own standards, named in the code.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from samovar.lint.fewshot import common_turns, examples
from samovar.lint.finding import Confidence, Found, Severity
from samovar.lint.personal import masked, told_by
from samovar.lint.personal.fiction import fictional
from samovar.lint.personal.recall import recalled
from samovar.lint.rule import Case, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.log import Log
    from samovar.lint.personal.hit import Hit
    from samovar.lint.prompt_file import PromptFile
    from samovar.lint.request import Passage, Request
    from samovar.lint.settings import Settings


def _request(request: Request, settings: Settings) -> Iterator[Found]:
    for passage in request.shared:
        yield from _passage(passage, settings, "in what requests share")
    for passage in examples(request):
        for found in _passage(passage, settings, "in an example that requests share"):
            yield replace(found, confidence=min(found.confidence, Confidence.LIKELY))


def _log(log: Log, settings: Settings) -> Iterator[Found]:
    for call, passage, tenants in common_turns(log):
        for found in _passage(passage, settings, "in an example that requests share"):
            who = "several tenants" if tenants else "several sessions"
            sure = found.confidence if tenants else min(found.confidence, Confidence.LIKELY)
            trace = (f"{who} send this turn in the same bytes", *found.trace)
            yield replace(found, confidence=sure, trace=trace, call=call.index)


def _passage(passage: Passage, settings: Settings, where: str) -> Iterator[Found]:
    """Yield the first value of a string, and how many it has of each kind."""
    found = settings.beside.joined(recalled(passage.text), passage.text)
    hits = [
        each
        for each in found
        if not each.secret
        and not settings.allows(passage.text[each.start : each.end])
        and _belief(each, passage.text) >= settings.least
    ]
    if hits:
        first = hits[0]
        kinds = Counter(each.kind for each in hits)
        others = ", ".join(f"{count} of {kind}" for kind, count in kinds.items())
        shown = masked(first.kind, passage.text[first.start : first.end])
        yield Found(
            about=tuple(sorted({passage.text[each.start : each.end] for each in hits})),
            path=passage.path,
            level=passage.level,
            message=f"personal data {where}: {first.kind} {shown}",
            confidence=_belief(first, passage.text),
            offset=first.start,
            length=first.end - first.start,
            trace=(f"in this text: {others}", *told_by(first)),
        )


def _prompt(prompt: PromptFile, settings: Settings) -> Iterator[Found]:
    for each in settings.beside.joined(prompt.hits, prompt.text):
        value = prompt.text[each.start : each.end]
        if not each.secret and not settings.allows(value):
            yield Found(
                about=(value,),
                message=f"personal data in a prompt: {each.kind} {masked(each.kind, value)}",
                confidence=_belief(each, prompt.text),
                offset=each.start,
                length=each.end - each.start,
                trace=told_by(each),
            )


def _belief(hit: Hit, text: str) -> Confidence:
    """Return how sure it is that this is somebody's: little, where the text calls them invented."""
    if fictional(text, hit.start):
        return Confidence.GUESS
    return Confidence.CERTAIN if hit.sure else Confidence.LIKELY


def _body(system: str, user: str = "Hello.") -> dict[str, object]:
    block = {"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}
    return {"model": "claude-sonnet-4-6", "system": [block], "messages": [{"role": "user", "content": user}]}


_WHO: Final = "priya.raman@northwind.example"

RULE = Rule(
    code="PD001",
    name="personal-data-in-prefix",
    doc=__doc__ or "",
    severity=Severity.CRITICAL,
    request=_request,
    log=_log,
    prompt=_prompt,
    whole=True,
    valid=(
        Case(body=_body("Write to support@example.com.", f"I am {_WHO}.")),
        Case(text="Ayla is invented, and so is her address ayla@example.com.\n"),
        Case(text="Order 4539148803436467-22 of 2026-03-06, version 10.15.7.2.\n"),
        Case(text=f"Write to {_WHO}.\n", settings={"allow": (r".*@northwind\.example",)}),
    ),
    invalid=(
        Case(body=_body(f"Example: write to {_WHO}."), path="system[0].text"),
        Case(text="Example account: DE89 3704 0044 0532 0130 00\n"),
    ),
)
