"""A marker is too far from where an earlier call wrote.

What it does
------------
In a log: a call of a session whose history begins with what an earlier call wrote, but none of whose
markers can look back to it. In one body: a newest marker twenty or more positions behind the previous turn
(a guess, since the calls between may have written), or behind the answer whose results it marks (no call
can have written in between).

Why it costs
------------
A marker checks its own position and the nineteen before it. Whatever was written earlier is not found, so
the whole history is written again at the write price.

Example
-------
    turn n writes at position 12 · 40 tool blocks · the only message marker at position 53

Use instead
-----------
Keep a marker where the previous turn ended, or put one every 15 positions in long tool loops.

Fix safety
----------
No fix: it adds markers, of which there are four.

Sources
-------
Fact anthropic.lookback.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from samovar.lint.finding import Confidence, Found, Severity
from samovar.lint.rule import Case, Rule
from samovar.prefix.divergence import common_positions
from samovar.providers.rules import Level, MarkerRules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.log import Log
    from samovar.lint.request import Request
    from samovar.lint.settings import Settings


def _log(log: Log, _: Settings) -> Iterator[Found]:
    before: dict[str, list[Request]] = defaultdict(list)
    told: set[str] = set()
    for earlier, later in log.turns:
        session = str(later.session)
        before[session].append(earlier)
        rules = later.rules
        if not isinstance(rules, MarkerRules) or not later.markers or session in told:
            continue
        written = [at for each in before[session] for at in _readable(each, later)]
        reach = rules.lookback
        deepest = max(written, default=-1)
        found = any(at <= marker < at + reach for at in written for marker in later.markers)
        last = later.markers[-1]
        if (
            deepest >= 0
            and not any(deepest <= marker < deepest + reach for marker in later.markers)
            and (not found or last > deepest)
        ):
            told.add(session)
            why = (
                f"the nearest write lies {last - deepest} positions before this marker, which looks "
                f"back over {reach}"
            )
            yield Found(path=later.path(last), level="messages", message=why, call=later.index)


def _readable(earlier: Request, later: Request) -> Iterator[int]:
    """Yield where the earlier call wrote in messages that both calls begin with."""
    if earlier.call is None or later.call is None:
        return
    shared = common_positions(earlier.call, later.call)
    yield from (at for at in earlier.markers if at < shared and earlier.blocks[at].level is Level.MESSAGES)


def _request(request: Request, _: Settings) -> Iterator[Found]:
    rules = request.rules
    if not isinstance(rules, MarkerRules) or not request.markers or request.call is None:
        return
    last = request.markers[-1]
    before = _before_turn(request, last)
    if (
        before >= 0
        and last - before >= rules.lookback
        and not any(before <= at < last for at in request.markers)
    ):
        why = (
            f"one turn added {last - before} positions before this marker, which looks back over"
            f" {rules.lookback}"
        )
        yield Found(path=request.path(last), level="messages", message=why, confidence=Confidence.LIKELY)
        return
    turns = [
        i
        for i in range(last)
        if request.blocks[i].role == "user"
        and request.blocks[i].kind == "text"
        and request.blocks[i + 1].role == "assistant"
    ]
    if (
        turns
        and last - turns[-1] >= rules.lookback
        and not any(turns[-1] <= at < last for at in request.markers)
    ):
        why = f"the previous turn ended {last - turns[-1]} positions before this marker"
        yield Found(path=request.path(last), level="messages", message=why, confidence=Confidence.GUESS)


def _before_turn(request: Request, last: int) -> int:
    """Return the last position that a call before the newest answer can have marked; -1 without an answer.

    An answer and the results that it asked for come in one piece: no call in between can have written.
    """
    at = last
    while (
        at >= 0 and request.blocks[at].role in {"user", "tool"} and request.blocks[at].kind == "tool_result"
    ):
        at -= 1
    if at == last or at < 0 or request.blocks[at].role != "assistant":
        return -1
    while at >= 0 and request.blocks[at].role == "assistant":
        at -= 1
    return at


def _call(i: int, calls: int) -> dict[str, object]:
    mark = {"cache_control": {"type": "ephemeral"}}
    first = {"type": "text", "text": "Sum up.", **({} if calls else mark)}
    messages: list[dict[str, object]] = [{"role": "user", "content": [first]}]
    for n in range(calls):
        messages.append(
            {
                "role": "assistant",
                "content": [{"type": "tool_use", "id": f"t{n}", "name": "read", "input": {}}],
            }
        )
        messages.append(
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": f"t{n}", "content": "x"}]}
        )
    if calls:
        messages.append({"role": "assistant", "content": "Done."})
        messages.append({"role": "user", "content": [{"type": "text", "text": "And now?", **mark}]})
    body = {"model": "claude-sonnet-4-6", "messages": messages}
    return {
        "id": f"x{i}",
        "provider": "anthropic",
        "endpoint": "/v1/messages",
        "session": "s",
        "request": body,
    }


RULE = Rule(
    code="MK006",
    name="lookback-exceeded",
    doc=__doc__ or "",
    severity=Severity.MEDIUM,
    request=_request,
    log=_log,
    valid=(Case(log=(_call(1, 0), _call(2, 5))),),
    invalid=(Case(log=(_call(1, 0), _call(2, 20)), path="messages[42].content[0]"),),
)
