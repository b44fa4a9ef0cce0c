"""A message that was sent before is not the same any more.

What it does
------------
In a log: the next turn of a session whose history is not what was sent plus something new: trimmed,
cleared, edited or rendered again. A compaction that replaces at least half of it is expected. In one body:
tool results or images replaced by a placeholder that says so.

Why it costs
------------
Everything from the changed message on is computed and paid again, each time it happens.

Example
-------
    turn 4 holds messages 1 to 8, turn 5 holds messages 3 to 10

Use instead
-----------
Append only. When the context is full, cut once and deep, at a marker, and go on appending.

Fix safety
----------
No fix: it lies in the code that keeps the history.

Sources
-------
Fact anthropic.key.content.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.lint.finding import Confidence, Found, Severity
from samovar.lint.rule import Case, Rule
from samovar.prefix.divergence import Change, divergence
from samovar.providers.rules import Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.log import Log
    from samovar.lint.request import Request
    from samovar.lint.settings import Settings

_PLACEHOLDER: Final = re.compile(
    r"^\W{0,3}(?:old |previous |earlier |the )?(?:tool )?(?:results?|outputs?|content|messages?|images?"
    r"|pictures?|photos?"
    r"|screenshots?|attachments?|files?|documents?)(?: content)?(?: (?:of|from|in) [^\n.]{1,40}?)?"
    r"(?: (?:was|were|is|are|has been|have been))? "
    r"(?:cleared|removed|omitted|truncated|elided|pruned|compacted|trimmed|dropped|stripped|redacted|taken"
    r" out|left out"
    r"|no longer (?:shown|kept))",
    re.IGNORECASE,
)


_NOTE: Final = re.compile(
    r"^[\[(<{\u27e8\u2026\u3010\u00ab\u2039*_-][^\n]{0,160}?\b(?:results?|outputs?|content|response|image"
    r"|file|messages?|turns?)\b[^\n]{0,80}?"
    r"\b(?:cleared|removed|omitted|truncated|elided|pruned|compacted|trimmed|dropped|stripped|evicted"
    r"|collapsed|archived"
    r"|offloaded|hidden|replaced|summari[sz]ed)\b[^\n]{0,80}$",
    re.IGNORECASE,
)
"""A line in brackets that stands for what was there."""


def _log(log: Log, _: Settings) -> Iterator[Found]:
    for earlier, later in log.turns:
        if earlier.call is None or later.call is None:
            continue
        where = divergence(earlier.call, later.call)
        if (
            where is None
            or _compacted(earlier, later)
            or where.appended
            or where.level is not Level.MESSAGES
            or where.change is Change.RESERIALIZED
            or not _same(earlier, later, where.position)
        ):
            continue
        yield Found(
            path=where.path,
            level="messages",
            message=f"already sent, and {where.change.value} since: the history is computed again from here",
            call=later.index,
            trace=(f"calls {earlier.id} and {later.id} share {where.position} positions",),
        )


def _same(earlier: Request, later: Request, shared: int) -> bool:
    """Whether two calls are one conversation: half of it is equal, or parts of it come again later."""
    kept = {block.rendered for block in later.blocks[shared:] if block.level is Level.MESSAGES}
    sent = [block for block in earlier.blocks if block.level is Level.MESSAGES]
    equal = len(sent) - (len(earlier.blocks) - shared)
    return 2 * equal >= len(sent) or any(block.rendered in kept for block in earlier.blocks[shared:])


def _compacted(earlier: Request, later: Request) -> bool:
    """Whether the history was replaced as a whole: a compaction, which is meant to cost once."""
    before, after = (sum(b.level is Level.MESSAGES for b in call.blocks) for call in (earlier, later))
    return 2 * after <= before


def _request(request: Request, _: Settings) -> Iterator[Found]:
    for passage in request.passages:
        if passage.cached and passage.level == "messages" and _stands_for(passage.text):
            yield Found(
                path=request.path(passage.position),
                level="messages",
                message="a placeholder stands for what was sent before",
                confidence=Confidence.LIKELY,
                severity=Severity.MEDIUM,
            )
            return


def _stands_for(text: str) -> bool:
    """Whether a text is a note in place of what was sent."""
    return _PLACEHOLDER.match(text) is not None or (
        len(text) < _BRIEF and _NOTE.match(text.strip()) is not None
    )


_BRIEF: Final = 320
"""Characters of the longest note."""


def _call(i: int, *said: str) -> dict[str, object]:
    messages = [{"role": "assistant" if n % 2 else "user", "content": text} for n, text in enumerate(said)]
    body = {"model": "claude-sonnet-4-6", "messages": messages}
    return {
        "id": f"x{i}",
        "provider": "anthropic",
        "endpoint": "/v1/messages",
        "session": "s",
        "request": body,
    }


RULE = Rule(
    code="PR007",
    name="history-mutation",
    doc=__doc__ or "",
    severity=Severity.HIGH,
    breaks=True,
    request=_request,
    log=_log,
    valid=(Case(log=(_call(1, "a"), _call(2, "a", "b", "c"))),),
    invalid=(Case(log=(_call(1, "a", "b", "c"), _call(2, "c", "d", "e")), path="messages[0].content"),),
)
