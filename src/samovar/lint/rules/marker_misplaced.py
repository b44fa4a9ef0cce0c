"""The marker stands behind what varies, so that what it writes is never read.

What it does
------------
In a log: plays the calls of one kind, two seconds apart, against the model of the provider's cache. Where
calls begin with the same text, longer than the floor, and the model still reads nothing, no marker stands
at the end of what they share. It reports the first marker behind the place where they part; for OpenAI's
implicit breakpoint, which stands at the end of the newest message, that message. In one body: the first
marker stands on a short block that holds a clock or a state of the moment, behind text of its own that is
longer than the floor and has no marker.

Why it costs
------------
An entry is made at a marker only. Behind text that varies it is written with every call, at the write
price, and no other call finds it.

Example
-------
    system (4,000 tokens, no marker) · messages[0]: document and question, with cache_control

Use instead
-----------
One marker at the end of what the calls share, and the one at the end of the conversation if it goes on.

Fix safety
----------
No fix: it is a new marker, of which there are four.

Sources
-------
Facts anthropic.write-at-marker, anthropic.lookback, openai.writes, openai.implicit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samovar.cache import CacheModel
from samovar.lint.finding import Confidence, Found, Severity
from samovar.lint.rule import Case, Rule
from samovar.lint.size import estimate, prompt, tokens
from samovar.lint.text.clock import clocks
from samovar.lint.text.live import live_state
from samovar.lint.text.retrieval import retrievals
from samovar.prefix.divergence import common_positions
from samovar.providers.rules import BreakpointRules, Level, MarkerRules

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from samovar.lint.log import Log
    from samovar.lint.request import Request
    from samovar.lint.settings import Settings

_APART: Final = 2.0
"""Seconds between two calls of the play: more than any visibility lag that is documented."""
_SHORT: Final = 1_000
"""Characters of a block that is there for what varies."""
_CALLS: Final = 200
"""Calls of one kind that are played."""


def _log(log: Log, _: Settings) -> Iterator[Found]:
    for group in log.kinds:
        calls = [call for call in group[:_CALLS] if call.blocks]
        if len(calls) > 1 and isinstance(calls[0].rules, MarkerRules | BreakpointRules):
            yield from _play(calls)


def _request(request: Request, _: Settings) -> Iterator[Found]:
    if not request.needs_markers or not request.markers or not request.markers[0]:
        return
    at = request.markers[0]
    block = request.blocks[at]
    first = block.level is Level.MESSAGES and at < request.opening
    if block.marker is None or (block.level is not Level.SYSTEM and not first):
        return
    if len(block.text) > _SHORT and not first:
        return
    if tokens(request, at - 1).lo < request.rules.floor.hi:
        return
    today = request.at
    varies = [
        each
        for each in (
            *clocks(block.text, today),
            *live_state(block.text),
            *(retrievals(block.text) if first else ()),
        )
        if each.confidence > Confidence.GUESS
    ]
    if varies:
        yield Found(
            path=request.marker_path(at),
            level=block.level.name.lower(),
            message=(
                f"the first marker stands on {varies[0].what}: what it writes is never read, nor the"
                f" text before it"
            ),
            confidence=Confidence.LIKELY,
            lost=estimate(request, at - 1),
        )


def _play(calls: Sequence[Request]) -> Iterator[Found]:
    cache = CacheModel()
    before = None
    for i, call in enumerate(calls):
        played = prompt(call)
        if played is None:
            return
        now = i * _APART
        found = cache.look_up(played, now)
        cache.admit(played, found, started_at=now, first_byte_at=now)
        if before is not None and found.read[1] == 0 and played.keys == before.keys:
            yield from _unread(calls[i - 1], call)
            return
        before = played


def _unread(before: Request, call: Request) -> Iterator[Found]:
    """Report a call that reads nothing of what it shares with the one before it."""
    if before.call is None or call.call is None:
        return
    shared = common_positions(before.call, call.call)
    size = tokens(call, shared - 1)
    if shared == 0 or size.lo < call.rules.floor.hi:
        return
    lost = estimate(call, shared - 1)
    behind = next((at for at in call.markers if at >= shared), None)
    if behind is None and (isinstance(call.rules, MarkerRules) or not call.blocks):
        return
    at = behind if behind is not None else len(call.blocks) - 1
    end = call.path(shared - 1)
    yield Found(
        path=call.marker_path(at) if behind is not None else call.path(at),
        level=call.blocks[at].level.name.lower(),
        message=(
            f"some {lost:,} tokens up to {end} are the same in both calls and are never read: "
            f"the first marker stands behind what differs"
        ),
        confidence=Confidence.LIKELY,
        call=call.index,
        lost=lost,
        trace=(f"calls {before.id} and {call.id} part at {call.path(min(shared, len(call.blocks) - 1))}",),
    )


_LONG: Final = "Use the ledger for sums, and never the memory of a sum. " * 900


def _call(i: int, *, marked: bool) -> dict[str, object]:
    mark = {"cache_control": {"type": "ephemeral"}}
    body = {
        "model": "claude-sonnet-4-6",
        "system": [{"type": "text", "text": _LONG, **(mark if marked else {})}],
        "messages": [{"role": "user", "content": [{"type": "text", "text": f"Question {i}.", **mark}]}],
    }
    return {"id": f"x{i}", "provider": "anthropic", "endpoint": "/v1/messages", "request": body}


def _implicit(i: int) -> dict[str, object]:
    body = {
        "model": "gpt-5.6",
        "instructions": _LONG,
        "input": [{"role": "user", "content": [{"type": "input_text", "text": f"Question {i}."}]}],
    }
    return {"id": f"x{i}", "provider": "openai", "endpoint": "/v1/responses", "request": body}


def _body(last: str) -> dict[str, object]:
    mark = {"cache_control": {"type": "ephemeral"}}
    system = [{"type": "text", "text": _LONG}, {"type": "text", "text": last, **mark}]
    return {
        "model": "claude-sonnet-4-6",
        "system": system,
        "messages": [{"role": "user", "content": "Hello."}],
    }


RULE = Rule(
    code="MK007",
    name="marker-misplaced",
    doc=__doc__ or "",
    severity=Severity.HIGH,
    logged=False,
    request=_request,
    log=_log,
    valid=(Case(log=(_call(1, marked=True), _call(2, marked=True))), Case(body=_body("Be brief."))),
    invalid=(
        Case(body=_body("It is now 10:15:31."), path="system[1]"),
        Case(log=(_call(1, marked=False), _call(2, marked=False)), path="messages[0].content[0]"),
        Case(log=(_implicit(1), _implicit(2)), path="input[0].content[0]"),
    ),
)
