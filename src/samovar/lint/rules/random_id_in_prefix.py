"""An identifier made for one request, session or process stands in shared text.

What it does
------------
Finds values that a label calls a session, request, trace or run ("Session: 8b2f47ec"), headers with a
digest of the request, unlabelled random UUIDs at the very start of a block, and names of temporary
directories. Commits, versions, example UUIDs and ids of fixed things are left alone. The identifier of a
newest turn is nobody's business here.

Why it costs
------------
A value that is new each time ends the readable prefix where it stands.

Example
-------
    system: "Run 755427f5. You are a coding agent. <rules>"

Use instead
-----------
Send it as metadata or as a header; put it into the newest turn if the model must repeat it.

Fix safety
----------
No fix: the model reads the value.

Sources
-------
Facts anthropic.key.content, openai.boundary.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.lint.finding import Severity
from samovar.lint.rule import Case, Rule
from samovar.lint.text.identifiers import identifiers, made
from samovar.lint.volatile import in_prompt, in_request, in_slots, in_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.call import Block
    from samovar.lint.finding import Found
    from samovar.lint.log import Log
    from samovar.lint.prompt_file import PromptFile
    from samovar.lint.request import Request
    from samovar.lint.settings import Settings
    from samovar.lint.values import Slot

_WHY: Final = "it is new each time, and nothing behind it is read again"
_NAMES: Final = re.compile(
    r"uuid|nanoid|\btraceparent\b"
    r"|\b(?:session|request|trace|run|conversation|thread|correlation|message|invocation|job) id\b"
    r"|\bnonce\b|\brandom\b",
    re.IGNORECASE,
)
_TIME: Final = re.compile(r"\d{1,2}[:時点]\d{2}")
_MADE: Final = re.compile(r"(?=[\w-]*\d)(?=[\w-]*[a-f])[0-9a-f-]{5,}", re.IGNORECASE)


def _request(request: Request, _: Settings) -> Iterator[Found]:
    yield from in_request(request, identifiers, _WHY)


def _told(block: Block | None, offset: int) -> bool:
    """Whether an identifier stands at a place of a block."""
    return block is not None and any(each.start <= offset < each.end for each in identifiers(block.text))


def _log(log: Log, _: Settings) -> Iterator[Found]:
    yield from in_values(log, _new, "an identifier", _WHY)


def _new(slot: Slot) -> bool:
    one, other = slot.before, slot.after
    if _TIME.search(other):
        return False
    if bool(_MADE.search(one) and _MADE.search(other)) or (made(one) and made(other)):
        return True
    at = slot.where.offset
    return _told(slot.where.earlier, at) and _told(slot.where.later, at)


def _prompt(prompt: PromptFile, _: Settings) -> Iterator[Found]:
    yield from in_prompt(prompt, identifiers, _WHY)
    yield from in_slots(prompt, _NAMES.search, "an identifier of one request")


def _body(system: str) -> dict[str, object]:
    block = {"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}
    return {
        "model": "claude-sonnet-4-6",
        "system": [block],
        "messages": [{"role": "user", "content": "Hello."}],
    }


RULE = Rule(
    code="PR002",
    name="random-id-in-prefix",
    doc=__doc__ or "",
    severity=Severity.HIGH,
    breaks=True,
    request=_request,
    log=_log,
    prompt=_prompt,
    valid=(
        Case(
            body=_body(
                "Built from commit 4f2a9c1e77b0. Session ids look like sess_8f3a2c91d0. Model v2.4.11."
            )
        ),
        Case(body=_body("The tenant's schema is urn:uuid:0b6c1f57-3c1d-4b52-9a55-5f8de1a8b6f2.")),
    ),
    invalid=(
        Case(
            body=_body("Session ID: 7f3c9a52-61d4-4e0b-a1c7-93d80f2b6e15\nBe brief."), path="system[0].text"
        ),
        Case(
            body=_body("x-billing-header: cc_version=2.4.11; cch=ae695;\n\nBe brief."), path="system[0].text"
        ),
        Case(text="Request {{ request_id }}\n" + "Be brief. " * 30),
    ),
)
