"""A clock stands in text that every request is meant to share.

What it does
------------
Finds times of day that a label calls the present ("Current time: 10:15:31") in tools, system prompt or
wrapped context inside the cacheable span. A date without a time changes once a day and is not reported;
neither are fixed dates, opening hours, ranges, examples and formats, nor clocks in the newest turn.
Two requests of one kind that show different stamps in one place make it certain.

Why it costs
------------
A prefix is read only up to its first change. A clock to the second changes with every request, so nothing
behind it is ever read, and with a marker behind it every request pays for a write.

Example
-------
    system: "You are a support agent. Current time: 2026-03-06 10:15:31. <4,000 tokens of rules>"

Use instead
-----------
Say the time in the newest user turn, or give it through a tool. If the model needs the day only, say the
day.

Fix safety
----------
No fix: moving the words changes what the model reads.

Sources
-------
Facts anthropic.key.content, openai.boundary.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.lint.finding import Confidence, Found, Severity
from samovar.lint.rule import Case, Rule
from samovar.lint.text.clock import clocks
from samovar.lint.text.signal import cleared
from samovar.lint.volatile import STABLE, in_prompt, in_request, in_slots, in_values, stable_after

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.log import Log
    from samovar.lint.prompt_file import PromptFile
    from samovar.lint.request import Request
    from samovar.lint.settings import Settings
    from samovar.lint.values import Slot

_WHY: Final = "nothing behind it is read by the next request"
_NAMES: Final = re.compile(
    r"\b(?:now|utcnow|clock|strftime|time|datetime|timestamp|date ?time|epoch|elapsed|iso ?format|to"
    r" isostring|uhrzeit|heure|hora|ora)\b(?! (?:zone|format|limit|range"
    r"|budget|s\b))"
    r"|strftime|%H:%M",
    re.IGNORECASE,
)
_STAMP: Final = re.compile(r"(?<=[:=] )%Y-%m-%d[ T]%H:%M(?::%S)?|(?<=[:=] )%H:%M(?::%S)?(?=\s|$)")
"""What a program formats the present with."""
_TIME: Final = re.compile(r"\d{1,2}(?:[:時点]|h)\d{2}|\b1[5-9]\d{8}")


def _request(request: Request, settings: Settings) -> Iterator[Found]:
    today = request.at or settings.at
    yield from in_request(request, lambda text: clocks(text, today), _WHY)


def _log(log: Log, _: Settings) -> Iterator[Found]:
    yield from in_values(log, _timed, "a time", _WHY)


def _timed(slot: Slot) -> bool:
    return bool(_TIME.search(slot.before) and _TIME.search(slot.after))


def _prompt(prompt: PromptFile, _: Settings) -> Iterator[Found]:
    yield from in_prompt(prompt, clocks, _WHY)
    yield from in_slots(prompt, _NAMES.search, "the time of rendering")
    if prompt.prose and "%H:%M" in prompt.text:
        for found in _STAMP.finditer(prompt.text):
            if not cleared(prompt.text, found.start()) and stable_after(prompt, found.end()) >= STABLE:
                yield Found(
                    message=f"the format of a time of rendering: {_WHY}",
                    confidence=Confidence.LIKELY,
                    offset=found.start(),
                )


def _body(system: str) -> dict[str, object]:
    block = {"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}
    return {
        "model": "claude-sonnet-4-6",
        "system": [block],
        "messages": [{"role": "user", "content": "Hello."}],
    }


RULE = Rule(
    code="PR001",
    name="clock-in-prefix",
    doc=__doc__ or "",
    severity=Severity.HIGH,
    breaks=True,
    request=_request,
    log=_log,
    prompt=_prompt,
    valid=(
        Case(
            body=_body(
                "Date: 2026-06-17. Release notes of 2026-02-11 are in docs/. We are open from 09:00 to 17:00."
            )
        ),
        Case(body=_body("Timestamps look like 2026-03-06T10:12:44Z. Current time zone: UTC+01:00.")),
        Case(text="Today is {{ today }}.\n" + "Be brief. " * 30),
    ),
    invalid=(
        Case(
            body=_body("Current date and time: Friday, March 6, 2026 at 10:15:31 AM"), path="system[0].text"
        ),
        Case(text="Time: {{ now() }}\n" + "Be brief. " * 30),
    ),
)
