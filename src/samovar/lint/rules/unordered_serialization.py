"""The same meaning, serialised in another order.

What it does
------------
In a log: a block that is equal to the earlier call's but for the order of its object keys, or a system
prompt that holds the same lines in another order. In one body: inputs of one tool whose keys stand in
different orders (a guess, since models order keys as they please).

Why it costs
------------
A provider reads text, not meaning: another order is another prefix from there on.

Example
-------
    turn 1: {"city": "Tokyo", "unit": "celsius"} · turn 2, same call: {"unit": "celsius", "city": "Tokyo"}

Use instead
-----------
Keep the bytes that were sent, or serialise with sorted keys everywhere. Beware of stores that do not keep
key order, and of maps with random iteration.

Fix safety
----------
No fix: it lies in the code that serialises.

Sources
-------
Fact anthropic.key.content.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from samovar.lint.finding import Confidence, Found, Severity
from samovar.lint.locate import resolve
from samovar.lint.rule import Case, Rule
from samovar.lint.text.unordered import unordered
from samovar.lint.values import changes, reordered
from samovar.lint.volatile import in_request
from samovar.prefix.divergence import Change, divergence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.log import Log
    from samovar.lint.request import Request
    from samovar.lint.settings import Settings


def _log(log: Log, _: Settings) -> Iterator[Found]:
    told: set[str] = set()
    for earlier, later in log.turns:
        if earlier.call is None or later.call is None:
            continue
        where = divergence(earlier.call, later.call)
        if where is not None and where.change is Change.RESERIALIZED and where.path not in told:
            told.add(where.path)
            yield _told(
                later, where.path, where.level.name.lower(), "the same keys in another order", earlier.id
            )
    for slot in changes(log):
        if slot.where.path not in told and (reordered(slot) or slot.where.change is Change.RESERIALIZED):
            told.add(slot.where.path)
            level = slot.where.level.name.lower()
            yield _told(
                slot.later,
                slot.path if reordered(slot) else slot.where.path,
                level,
                "the same content in another order",
                slot.earlier.id,
            )


def _told(call: Request, path: str, level: str, what: str, before: str) -> Found:
    why = f"{what} than in the call before: another prefix from here on"
    return Found(
        path=path, level=level, message=why, call=call.index, trace=(f"calls {before} and {call.id}",)
    )


def _request(request: Request, _: Settings) -> Iterator[Found]:
    yield from in_request(request, unordered, "what stands behind it is another prefix each time")
    orders: dict[tuple[str, frozenset[str]], tuple[str, ...]] = {}
    for position, block in enumerate(request.blocks):
        if block.kind != "tool_use" or not request.passages:
            continue
        path = request.path(position)
        keys = _keys(resolve(request.body, path))
        if keys is None:
            continue
        name, order = keys
        known = orders.setdefault((name, frozenset(order)), order)
        if known != order:
            yield Found(
                path=path,
                level="messages",
                message=f"input of {name} with its keys in another order than before",
                confidence=Confidence.GUESS,
            )
            return


def _keys(value: object) -> tuple[str, tuple[str, ...]] | None:
    if not isinstance(value, dict):
        return None
    function = value.get("function") if isinstance(value.get("function"), dict) else value
    given = function.get("input", function.get("arguments")) if isinstance(function, dict) else None
    if isinstance(given, str):
        try:
            given = msgspec.json.decode(given)
        except (msgspec.DecodeError, RecursionError):
            return None
    if not isinstance(given, dict) or len(given) < 2 or not isinstance(function, dict):  # noqa: PLR2004  # one key has one order
        return None
    return str(function.get("name")), tuple(map(str, given))


def _turn(i: int, *inputs: dict[str, str]) -> dict[str, object]:
    messages: list[dict[str, object]] = [{"role": "user", "content": "Weather?"}]
    for n, given in enumerate(inputs):
        messages.append(
            {
                "role": "assistant",
                "content": [{"type": "tool_use", "id": f"t{n}", "name": "get", "input": given}],
            }
        )
        messages.append(
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": f"t{n}", "content": "21"}]}
        )
    body = {"model": "claude-sonnet-4-6", "messages": messages}
    return {
        "id": f"x{i}",
        "provider": "anthropic",
        "endpoint": "/v1/messages",
        "session": "s",
        "request": body,
    }


def _prompt(system: str) -> dict[str, object]:
    block = {"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}
    return {
        "model": "claude-sonnet-4-6",
        "system": [block],
        "messages": [{"role": "user", "content": "Hello."}],
    }


_ONE, _OTHER = {"city": "Tokyo", "unit": "c"}, {"unit": "c", "city": "Tokyo"}

RULE = Rule(
    code="PR006",
    name="unordered-serialization",
    doc=__doc__ or "",
    severity=Severity.HIGH,
    breaks=True,
    request=_request,
    log=_log,
    valid=(
        Case(log=(_turn(1, _ONE), _turn(2, _ONE, _OTHER))),
        Case(body=_prompt("Colours: {'blue', 'green', 'red'}. Write sets as {\"a\": 1}.")),
    ),
    invalid=(
        Case(body=_prompt("Scenes: {'market', 'archive', 'gate'}"), path="system[0].text"),
        Case(log=(_turn(1, _ONE), _turn(2, _OTHER, _ONE)), path="messages[1].content[0]"),
    ),
)
