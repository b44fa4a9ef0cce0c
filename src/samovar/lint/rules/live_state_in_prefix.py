"""State that moves during a conversation stands in shared text.

What it does
------------
Finds counters with their limits ("[49% - 1,085/2,200 chars]"), meters, the status of a working tree, open
documents, selections and running tasks inside the cacheable span.

Why it costs
------------
The state is rendered again with every turn. When it differs by one character, everything behind it is
computed and paid again.

Example
-------
    system: "MEMORY [49% - 1,085/2,200 chars]: … <rules>"

Use instead
-----------
Render state into the newest turn, or append it as a message when it changes; leave out counters that the
model does not need.

Fix safety
----------
No fix: the model reads the state.

Sources
-------
Facts anthropic.key.content, openai.boundary.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.lint.finding import Severity
from samovar.lint.rule import Case, Rule
from samovar.lint.text.bound import bound
from samovar.lint.text.identifiers import made
from samovar.lint.text.lexicon import GAUGES, MACHINERY, MOVES, vocabulary
from samovar.lint.text.live import live_state
from samovar.lint.volatile import in_prompt, in_request, in_slots, in_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.finding import Found
    from samovar.lint.log import Log
    from samovar.lint.prompt_file import PromptFile
    from samovar.lint.request import Request
    from samovar.lint.settings import Settings
    from samovar.lint.values import Slot

_WHY: Final = "it is rendered anew with every turn, and nothing behind it is read again"
_NAMES: Final = re.compile(
    r"\bgit ?status\b|\bopen (?:files|tabs|documents)\b|\bselection\b|\bcursor\b|\bdoc ?tree\b|\bcwd\b"
    r"|\b(?:unread|pending|queue|backlog|remaining|weather|battery|inventory|balance|cart|basket|eta"
    r"|headcount)\b"
    r"|^(?:current )?(?:step|turn|iteration|attempt|round)(?: (?:no|number|index|count))?$"
    r"|\b(?:workspace|current|session) state\b|\btodo ?list\b|\btokens? (?:used|left)\b|\busage\b",
    re.IGNORECASE,
)
_COUNT: Final = re.compile(r"\d+(?:[.,]\d+)?\s?%|\d[\d,]*\s?/\s?\d|\bcwd\b|/\w+/\w")


_MEASURED: Final = vocabulary(
    "open left free pending count current live available waiting taken sold level length"
)
"""Words that make the name of a thing that moves the name of its reading."""
_OTHERS: Final = vocabulary(
    """user users customer customers client account message messages prompt input question request session
    chat conversation index code type name plan model tool tools task test tests file max min limit default"""
)
"""Words of names that other rules read, or that are set."""


def _moving(words: str) -> bool:
    """Whether the name of a slot is that of a reading: `openTickets`, `stock_level`, `seats_left`."""
    known = frozenset(words.split())
    if _NAMES.search(words) or not known.isdisjoint(GAUGES - {"depth"}):
        return True
    things = (MOVES & known) - MACHINERY - _MEASURED - {"status", "state"}
    return bool(things) and known.isdisjoint(_OTHERS) and not known.isdisjoint(_MEASURED)


def _request(request: Request, _: Settings) -> Iterator[Found]:
    yield from in_request(request, live_state, _WHY)


def _log(log: Log, _: Settings) -> Iterator[Found]:
    yield from in_values(log, _moved, "state", _WHY)


def _moved(slot: Slot) -> bool:
    one, other = slot.before, slot.after
    return bool(_COUNT.search(one) and _COUNT.search(other)) and not (made(one) and made(other))


def _prompt(prompt: PromptFile, _: Settings) -> Iterator[Found]:
    yield from in_prompt(prompt, lambda text: bound(text, live_state(text)), _WHY)
    yield from in_slots(prompt, _moving, "the state of the session")


def _body(system: str) -> dict[str, object]:
    messages = [{"role": "system", "content": system}, {"role": "user", "content": "Hello."}]
    return {"model": "qwen3-30b-a3b", "messages": messages}


RULE = Rule(
    code="PR003",
    name="live-state-in-prefix",
    doc=__doc__ or "",
    severity=Severity.HIGH,
    breaks=True,
    request=_request,
    log=_log,
    prompt=_prompt,
    valid=(
        Case(
            body=_body("Answer in at most 2,000 tokens. Pass 80% of the tests. Keep 3/4 of the budget."),
            provider="llamacpp",
        ),
        Case(
            body=_body(
                "Context: the shop sells tea. Turn off the lights at night. Step 3 of 10 is optional."
            ),
            provider="llamacpp",
        ),
    ),
    invalid=(
        Case(
            body=_body("MEMORY [49% - 1,085/2,200 chars]\n- likes tea"),
            provider="llamacpp",
            path="messages[0].content",
        ),
        Case(body=_body("DocTree: [Body, Pad]\nBe brief."), provider="llamacpp", path="messages[0].content"),
        Case(text="Tree: {{ git_status }}\n" + "Be brief. " * 30),
        Case(text="In: ${stock_level} of the warehouse\n" + "Be brief. " * 30),
    ),
)
