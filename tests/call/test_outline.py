"""A body that repeats another one's beginning and end is read as if it stood alone."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samovar.call import DIALECTS, SegmentMemo
from samovar.call.order import in_order
from samovar.call.outline import KEPT, Frame, M, Outlines, outlined, spans_of
from samovar.errors import MalformedBody
from samovar.prefix.chain import walk
from samovar.providers.rules import Level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msgspec import Raw

    from samovar.call import Call, Dialect, Placed, Segment

LONG = "a text that is long enough to be worth remembering. " * 100
BUILT = {
    "Anthropic Messages": ("messages", "system"),
    "OpenAI Chat Completions": ("messages", "functions"),
    "OpenAI Responses": ("input", "instructions"),
}
OUTLINING = [dialect for dialect in DIALECTS if dialect.name in BUILT]


def turn(number: int, text: str = LONG) -> dict[str, Any]:
    """Return a message."""
    return {"role": "user" if number % 2 == 0 else "assistant", "content": f"{number}: {text}"}


def conversation(dialect: Dialect, turns: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a body with a large member on either side of the long array."""
    array, large = BUILT[dialect.name]
    tools = [{"name": "t", "function": {"name": "t"}, "description": LONG}]
    return {
        "model": "some-model",
        "tools": tools,
        array: turns,
        "max_tokens": 10,
        large: tools if large == "functions" else LONG,
    }


def going_on(dialect: Dialect, first: int, last: int, text: str = LONG) -> list[bytes]:
    """Return bodies of a conversation from one number of turns to another."""
    return [
        json.dumps(conversation(dialect, [turn(number, text) for number in range(turns)])).encode()
        for turns in range(first, last)
    ]


def read(dialect: Dialect, body: bytes, memo: SegmentMemo) -> Call | str:
    """Return the call, or what is wrong with it."""
    try:
        return dialect.parse(body, memo)
    except MalformedBody as error:
        return str(error)


def same(dialect: Dialect, bodies: Sequence[bytes]) -> SegmentMemo:
    """Assert that a memory of all bodies reads each as a memory of nothing does; return the former."""
    memo = SegmentMemo()
    for body in bodies:
        assert read(dialect, body, memo) == read(dialect, body, SegmentMemo())
    return memo


@pytest.fixture(params=OUTLINING, ids=lambda dialect: str(dialect.name))
def dialect(request: pytest.FixtureRequest) -> Dialect:
    """Return each dialect."""
    found: Dialect = request.param
    return found


def decoded(dialect: Dialect, bodies: Sequence[bytes]) -> list[int]:
    """Return how many bytes of each body were decoded."""
    sizes: list[int] = []

    class Counting(Outlines):
        def go_on(self, frame: Frame[M], body: bytes, memo: M, endpoint: str) -> Call | None:
            sizes.append(0)

            def counted(before: Sequence[Placed], raws: list[Raw], memo: M) -> list[Segment]:
                sizes[-1] += sum(len(bytes(raw)) for raw in raws)
                return frame.read(before, raws, memo)

            call = super().go_on(replace(frame, read=counted), body, memo, endpoint)
            if call is None:
                sizes[-1] = len(body)
            return call

    memo = SegmentMemo()
    memo.outlines = Counting()
    for body in bodies:
        dialect.parse(body, memo)
    return sizes


TURN = len(json.dumps(turn(0)))


def test_of_a_conversation_that_goes_on_only_what_is_new_is_decoded(dialect: Dialect) -> None:
    """With what was new in the turn before, at most."""
    bodies = going_on(dialect, 2, 12)
    same(dialect, bodies)
    assert max(decoded(dialect, bodies)[4:]) < 3 * TURN


def test_a_mark_that_moves_with_the_conversation_is_new_as_well(dialect: Dialect) -> None:
    """The turn that it has left is decoded again."""
    bodies = []
    for turns in range(4, 12):
        said = [turn(number) for number in range(turns)]
        said[-1]["content"] = [{"type": "text", "text": LONG, "cache_control": {"type": "ephemeral"}}]
        bodies.append(json.dumps(conversation(dialect, said)).encode())
    same(dialect, bodies)
    assert max(decoded(dialect, bodies)[4:]) < 4 * TURN


def test_conversations_that_take_turns_are_each_known(dialect: Dialect) -> None:
    """As many as are kept for one beginning; of a new one, what all begin and end with."""
    sides = [going_on(dialect, 1, 9, LONG.replace("text", name)) for name in "abcdefgh"[:KEPT]]
    bodies = [body for turns in zip(*sides, strict=True) for body in turns]
    same(dialect, bodies)
    assert max(decoded(dialect, bodies)[5 * KEPT :]) < 3 * TURN
    assert decoded(dialect, [*bodies, going_on(dialect, 1, 2, "new")[0]])[-1] < TURN


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": "), (" ,\n", "\t:  ")])
def test_the_spelling_of_a_body_does_not_matter(dialect: Dialect, separators: tuple[str, str]) -> None:
    """White space, the order of members, escapes in their names: what is read is the same."""
    bodies = []
    for turns in range(2, 7):
        body = conversation(dialect, [turn(number) for number in range(turns)])
        ordered = dict(sorted(body.items())) if turns % 2 else body
        text = json.dumps(ordered, separators=separators)
        bodies += [text.encode(), text.replace('"tools"', '"t\\u006fols"').encode()]
    same(dialect, bodies)


def test_what_lies_between_must_be_whole_elements(dialect: Dialect) -> None:
    """An end that is the known one byte for byte, but within a string, is read as a string."""
    body = going_on(dialect, 3, 4)[0].decode()
    at = body.rindex("]", 0, body.rindex('"max_tokens"'))
    inside = body[:at] + ', {"role": "user", "content": '
    end = body[at:]
    odd = [
        inside + json.dumps(end) + "}" + end,
        inside + '"' + end,
        inside + '""}, ' + end,
        inside + '""}' + end + end,
        body[:at] + ", 1" + end,
        body[:at] + end[:-1],
        body.replace('"max_tokens": 10', '"max_tokens": 10, "messages": []'),
        body.replace('"role"', '"role", "role"', 1),
    ]
    same(dialect, [body.encode()] * 3 + [text.encode() for text in odd for _ in range(2)] + [body.encode()])


PIECES = [b"", b'"', b"{}", b"],", b"0", b'{"role": "user"}', b", ", b"\\", b"\xff"]


@given(st.data())
def test_no_byte_of_a_body_is_taken_for_granted(data: st.DataObject) -> None:
    """A body changed anywhere, by anything, is read as it is or refused with the same words."""
    dialect = data.draw(st.sampled_from(OUTLINING))
    text = going_on(dialect, 3, 4)[0].replace(LONG.encode(), b"text")
    bodies = [text, text]
    for _ in range(4):
        at = data.draw(st.integers(0, len(text)))
        to = data.draw(st.integers(at, min(len(text), at + 8)))
        bodies += [text[:at] + data.draw(st.sampled_from(PIECES)) + text[to:], text]
    same(dialect, bodies)


def test_a_body_that_is_not_built_as_usual_is_not_outlined() -> None:
    """A name that is said twice, an array of anything but objects."""
    assert spans_of(b'{"a": 1, "b": [2]}') == {"a": (6, 7), "b": (14, 17)}
    assert spans_of(b'{"a": 1, "a": 2}') is None
    assert outlined("messages", b'{"messages": "text"}', 0) is None
    assert outlined("messages", b'{"messages": [1, 2]}', 2) is None
    assert outlined("messages", b'{"messages": [{}, {}]}', 2) == (14, 16, 20)


def test_what_a_turn_switched_on_goes_with_it() -> None:
    """A parameter that only the newest turn had is none of a call whose newest turn is another."""
    dialect = DIALECTS[0]
    shown = {"role": "user", "content": [{"type": "image", "source": {"type": "url", "url": "https://x/y"}}]}
    said = [turn(0), turn(1)]
    bodies = [json.dumps(conversation(dialect, [*said, each])).encode() for each in (shown, shown, turn(2))]
    memo = same(dialect, bodies)
    params = [dict(dialect.parse(body, memo).params) for body in bodies]
    assert params == [{"images": "true"}, {"images": "true"}, {}]


def test_of_another_endpoint_a_body_is_the_call_of_that_endpoint(dialect: Dialect) -> None:
    """Gateways and clouds serve the same bodies below other paths."""
    memo = SegmentMemo()
    endpoints = [dialect.read(body, memo, f"/{i}").endpoint for i, body in enumerate(going_on(dialect, 2, 6))]
    assert endpoints == ["/0", "/1", "/2", "/3"]


def test_a_call_of_other_places_begins_anew() -> None:
    """What follows from a beginning is not taken for that of the same places in another order."""
    dialect, memo = DIALECTS[0], SegmentMemo()
    call = [dialect.parse(body, memo) for body in going_on(dialect, 2, 6)][-1]
    assert call.stem is not None
    walk(call, memo)
    moved = in_order(call, (Level.SYSTEM, Level.TOOLS, Level.MESSAGES))
    assert walk(moved, memo) == walk(moved, SegmentMemo()) != walk(call, memo)


def test_outlines_take_no_more_than_they_may(dialect: Dialect) -> None:
    """Old ones are forgotten; a body that alone would take a good part of it is not remembered."""
    memo = SegmentMemo()
    memo.outlines = Outlines(heaviest=2_000_000)
    for number in range(200):
        for body in going_on(dialect, 1, 4, f"{number}{LONG}"):
            dialect.parse(body, memo)
    assert memo.outlines.size < 2 * 2_000_000
    before = memo.outlines.size
    for body in going_on(dialect, 1, 4, LONG * 20):
        dialect.parse(body, memo)
    assert memo.outlines.size <= before


def test_where_too_many_conversations_begin_alike_each_is_read_whole(dialect: Dialect) -> None:
    """Those that are known stay known: the others do not push them out one after the other."""
    sides = [going_on(dialect, 4, 12, f"{number}{LONG}") for number in range(KEPT + 4)]
    bodies = [body for turns in zip(*sides, strict=True) for body in turns]
    same(dialect, bodies)
    last = decoded(dialect, bodies)[-len(sides) :]
    assert sum(size < 3 * TURN for size in last) >= KEPT - 1
    assert max(last) < 1.5 * len(bodies[-1])
