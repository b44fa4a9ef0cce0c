"""The independent server against the worked examples and tables of the providers' pages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.independent.messages import FLOORS
from tests.independent.server import Choices, Provider, readings

if TYPE_CHECKING:
    from tests.independent.entries import Body

MODEL = "claude-sonnet-4-5"
HOUR = {"type": "ephemeral", "ttl": "1h"}
FIVE = {"type": "ephemeral"}


def part(name: str, tokens: int = 200, mark: Body | None = None) -> Body:
    """Return a text block of so many tokens that starts with its name."""
    block: Body = {"type": "text", "text": name.ljust(4 * tokens, ".")}
    return block | ({"cache_control": mark} if mark else {})


def tool(name: str, tokens: int, mark: Body | None = None) -> Body:
    """Return a tool whose JSON has so many tokens."""
    value: Body = {"name": name, "description": "", "input_schema": {"type": "object"}}
    value["description"] = "d" * (4 * tokens - len(json.dumps(value, separators=(",", ":"))))
    return value | ({"cache_control": mark} if mark else {})


def user(*parts: Body) -> Body:
    """Return a user message."""
    return {"role": "user", "content": list(parts)}


def sent(
    provider: Provider, body: Body, now: float = 0.0, first: float | None = None, key: str = "k"
) -> Body:
    """Return the JSON of a request that must be accepted."""
    status, reply = post(provider, "/v1/messages", {"model": MODEL, "max_tokens": 9} | body, now, first, key)
    assert status == 200, reply
    return reply


def post(
    provider: Provider, path: str, body: Body, now: float = 0.0, first: float | None = None, key: str = "k"
) -> tuple[int, Body]:
    """Send one request."""
    headers = {"X-Api-Key": key, "samovar-now": str(now)}
    headers |= {} if first is None else {"samovar-first-byte": str(first)}
    return provider.handle(path, headers, json.dumps(body).encode())


def bill(reply: Body) -> tuple[int, int, int, int]:
    """Return read, 5m-written, 1h-written and plain input tokens."""
    usage = reply["usage"]
    written = usage["cache_creation"]
    five, hour = written["ephemeral_5m_input_tokens"], written["ephemeral_1h_input_tokens"]
    assert usage["cache_creation_input_tokens"] == five + hour
    return usage["cache_read_input_tokens"], five, hour, usage["input_tokens"]


def growing(blocks: int, *marked: int) -> Body:
    """Return a conversation of so many blocks of 200 tokens, marked at these positions (from 1)."""
    return {
        "messages": [user(*(part(f"b{i}", 200, FIVE if i in marked else None) for i in range(1, blocks + 1)))]
    }


def refusal(body: Body) -> str:
    """Return the message of the 400 that this request gets."""
    status, reply = post(Provider(), "/v1/messages", {"model": MODEL, "max_tokens": 9} | body)
    assert status == 400
    assert reply["error"]["type"] == "invalid_request_error"
    return str(reply["error"]["message"])


# ── look-back ────────────────────────────────────────────────────────────────────────────────────────


def test_the_growing_conversation_of_the_page() -> None:
    """10, 15 and 35 blocks: written, read at 10, and missed by one position."""
    provider = Provider()
    assert bill(sent(provider, growing(10, 10))) == (0, 2000, 0, 0)
    assert bill(sent(provider, growing(15, 15))) == (2000, 1000, 0, 0)
    assert bill(sent(provider, growing(35, 35))) == (0, 7000, 0, 0)


@pytest.mark.parametrize(("marks", "read"), [((34,), 3000), ((15, 35), 3000), ((35,), 0)])
def test_twenty_positions_count_the_breakpoint_itself(marks: tuple[int, ...], read: int) -> None:
    """From 34 back to 15 are twenty; a second breakpoint has a window of its own."""
    provider = Provider()
    sent(provider, growing(15, 15))
    assert bill(sent(provider, growing(35, *marks)))[0] == read


def test_look_back_finds_writes_and_not_stable_content() -> None:
    """A marker on the varying block writes each time; on the block before it, everything is read."""
    static = [part(f"s{i}", 400) for i in range(4)]
    late, early = Provider(), Provider()
    for turn in range(3):
        varying = part(f"time {turn}", 50)
        assert bill(sent(late, {"messages": [user(*static, varying | {"cache_control": FIVE})]}))[0] == 0
        marked = [*static[:3], static[3] | {"cache_control": FIVE}]
        expected = (1600, 0, 0, 50) if turn else (0, 1600, 0, 50)
        assert bill(sent(early, {"messages": [user(*marked, varying)]})) == expected


# ── lifetimes and billing ────────────────────────────────────────────────────────────────────────────


def test_the_three_billing_positions() -> None:
    """Read up to A, 1h-written up to B, 5m-written up to C, the rest is input."""
    provider = Provider()

    def body(last: str) -> Body:
        said = user(part("docs", 500, HOUR), part(last, 300, FIVE), part("tail", 7))
        return {"system": [part("sys", 1500, HOUR)], "messages": [said]}

    assert bill(sent(provider, body("one"))) == (0, 300, 2000, 7)
    assert bill(sent(provider, body("one"))) == (2300, 0, 0, 7)
    assert bill(sent(provider, body("two"))) == (2000, 300, 0, 7)
    assert bill(sent(provider, body("two"), now=400)) == (2000, 300, 0, 7)
    changed = body("two")
    changed["messages"][0]["content"][0]["text"] += "more"
    assert bill(sent(provider, changed, now=500)) == (1500, 300, 501, 7)


@pytest.mark.parametrize(("mark", "lifetime"), [(FIVE, 300), (HOUR, 3600)])
def test_lifetime_slides_and_counts_from_the_start_of_requests(mark: Body, lifetime: int) -> None:
    """A four-minute answer does not prolong; each read does."""
    body = {"messages": [user(part("x", 1200, mark))]}
    provider = Provider()
    sent(provider, body, now=0, first=240)
    assert bill(sent(provider, body, now=lifetime - 2))[0] == 1200
    assert bill(sent(provider, body, now=2 * lifetime - 4))[0] == 1200
    assert bill(sent(provider, body, now=3 * lifetime - 2))[0] == 0


def test_parallel_cold_requests_all_write() -> None:
    """An entry is readable when the first answer begins, not before."""
    body = {"messages": [user(part("x", 1200, FIVE))]}
    provider = Provider()
    reads = [bill(sent(provider, body, now=at, first=at + 3))[0] for at in (0.0, 1.0, 2.9, 3.0)]
    assert reads == [0, 0, 0, 1200]


@pytest.mark.parametrize(("model", "floor"), FLOORS.items())
def test_floor(model: str, floor: int) -> None:
    """One token less than the floor: both counters are zero and there is no error."""
    below = {"model": model, "messages": [user(part("x", floor - 1, FIVE))]}
    at = {"model": model, "messages": [user(part("x", floor, FIVE))]}
    provider = Provider()
    assert [bill(sent(provider, below)) for _ in "ab"] == [(0, 0, 0, floor - 1)] * 2
    assert bill(sent(provider, at)) == (0, floor, 0, 0)
    assert bill(sent(provider, at)) == (floor, 0, 0, 0)


def test_prewarm() -> None:
    """`max_tokens: 0` writes at the marker and says nothing; it is refused where output is implied."""
    warm: Body = {"max_tokens": 0, "system": [part("s", 2000, FIVE)], "messages": [user(part("warmup", 2))]}
    provider = Provider()
    reply = sent(provider, warm)
    assert (reply["content"], reply["stop_reason"], reply["usage"]["output_tokens"]) == ([], "max_tokens", 0)
    assert bill(reply) == (0, 2000, 0, 2)
    assert bill(sent(provider, warm | {"max_tokens": 9, "messages": [user(part("hi", 5))]})) == (
        2000,
        0,
        0,
        5,
    )
    for extra in ({"stream": True}, {"thinking": {"type": "enabled"}}, {"tool_choice": {"type": "any"}}):
        assert refusal(warm | extra)


# ── the automatic marker ─────────────────────────────────────────────────────────────────────────────


def test_the_automatic_marker_moves_with_the_conversation() -> None:
    """The table of three requests."""
    provider, said, reads = Provider(), [user(part("u1", 600)), user(part("u2", 600))], []
    for turn in range(3):
        reads.append(bill(sent(provider, {"cache_control": FIVE, "messages": said})))
        said = [*said, {"role": "assistant", "content": [part(f"a{turn}", 50)]}, user(part(f"v{turn}", 30))]
    assert reads == [(0, 1200, 0, 0), (1200, 80, 0, 0), (1280, 80, 0, 0)]


@pytest.mark.parametrize("last", [{"type": "thinking", "thinking": "hm" * 8}, {"type": "text", "text": ""}])
def test_the_automatic_marker_walks_back(last: Body) -> None:
    """Thinking and empty text cannot carry it; the block before does, and what follows is input."""
    said = [user(part("u", 1200)), {"role": "assistant", "content": [part("a", 100), last]}]
    _, five, _, rest = bill(
        sent(Provider(), {"cache_control": FIVE, "messages": said, "model": "claude-sonnet-5"})
    )
    assert (five, rest) == (1300, 4 if "thinking" in last else 1)


def test_edge_cases_of_the_automatic_marker() -> None:
    """Same TTL on the last block: nothing new. Another TTL, or no slot left: refused."""
    four = [part(f"p{i}", 500, FIVE) for i in range(4)]
    assert bill(sent(Provider(), {"cache_control": FIVE, "messages": [user(*four)]})) == (0, 2000, 0, 0)
    assert refusal({"cache_control": HOUR, "messages": [user(*four[:1])]})
    no_slot = {"cache_control": FIVE, "messages": [user(*four, part("last"))]}
    assert refusal(no_slot) == "A maximum of 4 blocks with cache_control may be provided. Found 5."
    late_hour = {"cache_control": HOUR, "messages": [user(*four[:1], part("z"))]}
    assert "must not come after" in refusal(late_hour)


# ── errors ───────────────────────────────────────────────────────────────────────────────────────────


def test_error_texts() -> None:
    """Too many markers, an hour after five minutes, a marker on nothing."""
    five = [part(f"p{i}", 9, FIVE) for i in range(5)]
    assert refusal({"messages": [user(*five)]}) == (
        "A maximum of 4 blocks with cache_control may be provided. Found 5."
    )
    assert refusal({"tools": [tool("t", 50, FIVE)], "messages": [user(part("a"), part("b", 9, HOUR))]}) == (
        "messages.0.content.1.cache_control.ttl: a ttl='1h' cache_control block must not come after a "
        "ttl='5m' cache_control block. Note that blocks are processed in the following order: "
        "`tools`, `system`, `messages`."
    )
    in_system = {"system": [part("a", 9, FIVE), part("b", 9, HOUR)], "messages": [user(part("c"))]}
    assert refusal(in_system).startswith("system.1.cache_control.ttl: a ttl='1h'")
    empty = {"messages": [user(part("a"), {"type": "text", "text": "", "cache_control": FIVE})]}
    assert refusal(empty) == "messages.0.content.1.text: cache_control cannot be set for empty text blocks"


def test_a_refused_request_leaves_no_trace() -> None:
    """What an error carried is not in the cache."""
    provider = Provider()
    bad = [part("x", 1200, FIVE), part("y", 9, HOUR)]
    assert post(provider, "/v1/messages", {"model": MODEL, "messages": [user(*bad)]})[0] == 400
    assert bill(sent(provider, {"messages": [user(bad[0])]}))[0] == 0


# ── what invalidates ─────────────────────────────────────────────────────────────────────────────────

IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}
TABLE = [
    ({}, 6000),
    ({"model": "claude-sonnet-4-6"}, 0),
    ({"tools": [tool("other", 1500, FIVE)]}, 0),
    ({"speed": "fast"}, 1500),
    ({"system": [part("other", 1500, FIVE)]}, 1500),
    ({"tool_choice": {"type": "any"}}, 3000),
    ({"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}}, 3000),
    ({"thinking": {"type": "enabled", "budget_tokens": 2000}}, 3000),
    ({"output_config": {"effort": "low"}}, 3000),
    ({"messages": [user(part("hello", 1500, FIVE), part("more", 1500, FIVE)), user(IMAGE)]}, 3000),
    ({"messages": [{"role": "assistant", "content": [part("hello", 1500, FIVE)]}]}, 3000),
    ({"messages": [user(part("hello", 1500)), user(part("more", 1500, FIVE))]}, 6000),
    ({"max_tokens": 77, "metadata": {"user_id": "u"}, "stop_sequences": ["x"]}, 6000),
]


@pytest.mark.parametrize(("change", "read"), TABLE)
def test_what_a_change_leaves_readable(change: Body, read: int) -> None:
    """The invalidation table: tools end at 1500, system at 3000, messages at 6000."""
    body: Body = {
        "tools": [tool("t", 1500, FIVE)],
        "system": [part("sys", 1500, FIVE)],
        "messages": [user(part("hello", 1500, FIVE), part("more", 1500, FIVE))],
    }
    provider = Provider()
    sent(provider, body)
    assert bill(sent(provider, body | change))[0] == read


def test_two_keys_share_nothing() -> None:
    """Isolation."""
    provider, body = Provider(), growing(10, 10)
    assert [bill(sent(provider, body, key=key))[0] for key in ("a", "b", "a")] == [0, 0, 2000]


def test_ids_do_not_matter_and_key_order_does() -> None:
    """Protocol ids and escapes are not rendered; the input of a tool call is, in its order."""

    def body(name: str, given: Body) -> Body:
        call = {"type": "tool_use", "id": name, "name": "f", "input": given}
        result = {"type": "tool_result", "tool_use_id": name, "content": "yes", "cache_control": FIVE}
        asked = {"role": "assistant", "content": [call]}
        return {"messages": [user(part("q", 1200)), asked, user(result)]}

    provider = Provider()
    assert bill(sent(provider, body("id1", {"a": "é", "b": 2})))[1] == 1200 + 4 + 1
    assert bill(sent(provider, body("id2", {"a": "é", "b": 2})))[0] == 1205
    assert bill(sent(provider, body("id3", {"b": 2, "a": "é"})))[0] == 0


@pytest.mark.parametrize(("model", "read"), [("claude-opus-5", 1302), ("claude-sonnet-4-5", 0)])
def test_earlier_thinking_is_kept_or_dropped(model: str, read: int) -> None:
    """The page's tool loop: a new user text drops the thinking of older models, and the cache with it."""
    thought = {"type": "thinking", "thinking": "t" * 400}
    call = {"type": "tool_use", "id": "1", "name": "f", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "1", "content": "yes"}
    loop = [user(part("q", 1200)), {"role": "assistant", "content": [thought, call]}]
    end = {"role": "assistant", "content": [part("a", 30)]}
    provider = Provider()
    first = [*loop, user(result | {"cache_control": FIVE})]
    assert bill(sent(provider, {"model": model, "messages": first}))[1] == 1302
    later = [*loop, user(result), end, user(part("next", 30, FIVE))]
    assert bill(sent(provider, {"model": model, "messages": later}))[0] == read


# ── open questions ───────────────────────────────────────────────────────────────────────────────────


TOOLED: Body = {"tools": [tool("t", 1200, FIVE)], "messages": [user(part("m", 1200))]}
OPEN: dict[str, tuple[list[tuple[float, Body]], int, int]] = {
    "refresh_ancestors": (
        [(0, growing(6, 6)), (100, growing(8, 8)), (200, growing(9, 9)), (450, growing(6, 6))], 0, 1200
    ),
    "longest_ttl_wins": (
        [(t, {"messages": [user(part("h", 1200, m))]}) for t, m in ((0, FIVE), (1, HOUR), (900, FIVE))],
        0, 1200,
    ),
    "write_below_hit": ([(0, growing(8, 8)), (1, growing(8, 6, 8)), (2, growing(6, 6))], 1200, 0),
    "speed_keeps_tools": ([(0, TOOLED), (1, TOOLED | {"speed": "fast"})], 1200, 0),
    "thinking_keeps_static": ([(0, TOOLED), (1, TOOLED | {"output_config": {"effort": "low"}})], 1200, 0),
    "inclusive_expiry": ([(0, growing(6, 6)), (300, growing(6, 6))], 1200, 0),
}  # fmt: skip
"""Choice: a story (seconds, request), and what its last request reads as assumed and in the other reading."""


def test_every_choice_is_switched_once() -> None:
    """The readings are the default and one flip each, or all combinations."""
    flips = list(readings())
    assert flips[0] == Choices()
    assert len(flips) == 1 + len(OPEN)
    assert len(set(readings(full=True))) == 2 ** len(OPEN)


@pytest.mark.parametrize("name", OPEN)
def test_every_choice_can_be_seen(name: str) -> None:
    """Only the flip of this choice answers its story differently."""
    story, assumed, other = OPEN[name]
    for choices in readings():
        provider = Provider(choices)
        last = [bill(sent(provider, body, now=now))[0] for now, body in story][-1]
        assert last == (assumed if getattr(choices, name) == getattr(Choices(), name) else other)
