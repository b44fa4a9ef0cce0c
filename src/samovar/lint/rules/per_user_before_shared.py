"""What belongs to one user stands in front of what all users share.

What it does
------------
Finds sections about the user ("Memories about the current user", "Requester: Alice (member)") in tools or
system prompt that shared text follows, and such sections at the end of a long block whose only marker
covers both. At the very end, behind the marker of the shared part, they are where they belong. In a log,
one user's name in a place where another call says another name is certain; so are a few words that differ
in front of shared text, between requests without times, as a test gives them. With `[lint.scopes]` in
samovar.toml, a part that is declared `user` or `tenant` in front of a wider one is certain as well.

Why it costs
------------
The prefix forks at the first word about a user: each user writes the whole shared part for themselves, and
reads nobody else's.

Example
-------
    system: "<toolsets>  # Memories about the current user  - Name: …  # Shared data sources …"

Use instead
-----------
Put shared text first, with a marker at its end, and the user's part behind it.

Fix safety
----------
No fix: the order of a prompt is the author's.

Sources
-------
Facts anthropic.key.content, anthropic.write-at-marker.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.lint.finding import Found, Severity
from samovar.lint.rule import Case, Rule
from samovar.lint.text.person import persons
from samovar.lint.text.retrieval import retrievals
from samovar.lint.volatile import STABLE, in_log, in_slots, in_words, shared_after, signals_of, stable_after

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.log import Log
    from samovar.lint.prompt_file import PromptFile
    from samovar.lint.request import Passage, Request
    from samovar.lint.settings import Settings

_NAMES: Final = re.compile(
    r"\b(?:user|username|customer|requester|member|client|patient|profile|account)\b|\bmemories\b"
    r"|\b(?:first|last|full|given|family) ?name\b|\bsalutation\b|^ip(?: address)?$|\bgeo\b"
    r"|\b(?:prenom|prénom|vorname|nachname|nombre|apellidos?|cognome|utilisateur|nutzer|benutzer|kunde"
    r"|usuario|utente)\b"
    r"|\b(?:question|query)\b(?! (?:language|schema|format|type|template|rule|syntax|guide|count))"
    r"|\b(?:last|latest|current) (?:message|input)\b",
    re.IGNORECASE,
)
_LONG: Final = 1_000
"""Characters of shared text in one block with the user's part from which on a marker of its own pays."""


_WIDTH: Final = {"user": 0, "tenant": 1, "global": 2}


def _declared(request: Request, settings: Settings) -> Iterator[Found]:
    """Report the first part that is narrower than a cached one behind it, by what the user declares."""
    parts = [(each, who) for each in request.passages if each.cached and (who := settings.scope(each.path))]
    for i, (passage, who) in enumerate(parts):
        wider = next((other for _, other in parts[i + 1 :] if _WIDTH[other] > _WIDTH[who]), "")
        if wider:
            yield Found(
                path=passage.path,
                level=passage.level,
                message=f"declared {who}, in front of what is declared {wider}: each {who} writes that anew",
            )
            return


def _request(request: Request, settings: Settings) -> Iterator[Found]:
    yield from _declared(request, settings)
    for passage in request.shared:
        for signal in persons(passage.text):
            after = shared_after(request, passage.position, passage.path, signal.end)
            if after >= STABLE:
                why = f"{after:,} characters of shared text follow"
            elif _one_marker(request, passage) and signal.start >= _LONG:
                why = f"one marker covers it and the {signal.start:,} shared characters before it"
            else:
                continue
            yield Found(
                path=passage.path,
                level=passage.level,
                message=f"{signal.what}: {why}, so that each user writes them anew",
                confidence=signal.confidence,
                offset=signal.start,
            )
            break


def _one_marker(request: Request, passage: Passage) -> bool:
    """Whether the first marker that covers the passage is on its own block, behind the shared text."""
    if not request.needs_markers:
        return False
    covering = [at for at in request.markers if at >= passage.position]
    return bool(covering) and covering[0] == passage.position


def _followed(log: Log, found: Found) -> bool:
    """Whether enough shared text stands behind what is said of a user."""
    call = log.calls[found.call]
    passage = next((each for each in call.passages if each.path == found.path), None)
    at = found.offset or 0
    return passage is None or shared_after(call, passage.position, passage.path, at) >= STABLE


def _log(log: Log, _: Settings) -> Iterator[Found]:
    found = in_log(log, persons, "each user writes what follows anew")
    said = [each for each in found if _followed(log, each)]
    searched = {each.path for each in in_log(log, retrievals, "")}
    yield from said
    yield from in_words(log, searched | {each.path for each in said})


def _prompt(prompt: PromptFile, _: Settings) -> Iterator[Found]:
    for signal in signals_of(prompt, persons):
        if stable_after(prompt, signal.end) >= STABLE:
            yield Found(
                message=f"{signal.what}, in front of shared text",
                confidence=signal.confidence,
                offset=signal.start,
            )
    yield from in_slots(prompt, _NAMES.search, "what belongs to one user")


def _body(*system: str) -> dict[str, object]:
    blocks = [{"type": "text", "text": text, "cache_control": {"type": "ephemeral"}} for text in system]
    return {
        "model": "claude-sonnet-4-6",
        "system": blocks,
        "messages": [{"role": "user", "content": "Hello."}],
    }


_USER: Final = "# Memories about the current user\n- Name: Priya\n- Prefers bullet points\n"
_SHARED: Final = "# Data sources\n" + "Use the ledger for sums. " * 20

RULE = Rule(
    code="PR004",
    name="per-user-before-shared",
    doc=__doc__ or "",
    severity=Severity.HIGH,
    breaks=True,
    request=_request,
    log=_log,
    prompt=_prompt,
    valid=(
        Case(body=_body(_SHARED, _USER)),
        Case(body=_body("Ask the user: what is your name? Customer names must be spelt in full. " + _SHARED)),
        Case(text=_SHARED + "\nUser: {{ user.name }}\n"),
    ),
    invalid=(
        Case(body=_body(_USER + _SHARED), path="system[0].text"),
        Case(body=_body("Requester: Alice (member)\n" + _SHARED), path="system[0].text"),
        Case(text="User: {{ user.name }}\n" + _SHARED),
    ),
)
