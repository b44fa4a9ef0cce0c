"""Explicit markers: what is read, written and billed, rule by rule."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from samovar.cache import Interval
from samovar.providers.models import rules_for
from samovar.providers.rules import MarkerRules, Tri, exact
from tests.bodies import Json, messages_body, text
from tests.cache.drive import Drive, numbers

FLOOR = 1024  # of the model that `messages_body` asks for


def blocks(count: int, marked: dict[int, str], tokens: int = 200, seed: str = "b") -> list[Json]:
    """Return `count` numbered blocks, counted from 1, with markers at the numbers of `marked`."""
    return [text(f"{seed}{i}", tokens, marked.get(i)) for i in range(1, count + 1)]


@pytest.mark.fact("anthropic.write-at-marker")
def test_an_entry_is_written_only_at_the_marker() -> None:
    """Moving the marker to an earlier block that no request wrote reads nothing."""
    drive = Drive()
    assert numbers(drive.run(messages_body(blocks(10, {10: ""})), 0)) == (0, {"5m": 2000}, 0)
    assert numbers(drive.run(messages_body(blocks(10, {8: ""})), 10)) == (0, {"5m": 1600}, 400)
    assert numbers(drive.run(messages_body(blocks(10, {8: ""})), 20)) == (1600, {}, 400)


@pytest.mark.fact("anthropic.lookback")
@pytest.mark.parametrize(("later", "read"), [(29, 2000), (30, 0)])
def test_look_back_checks_twenty_positions_the_marker_first(later: int, read: int) -> None:
    """An entry at block 10 is the 20th position of a marker on 29 and the 21st of one on 30."""
    drive = Drive()
    drive.run(messages_body(blocks(10, {10: ""})), 0)
    assert drive.run(messages_body(blocks(later, {later: ""})), 10).read == Interval(read, read)


@pytest.mark.fact("anthropic.mixed-ttl")
def test_mixed_ttls_are_billed_between_a_b_and_c() -> None:
    """Read A, write B-A for an hour, C-B for five minutes."""
    drive = Drive()
    first = drive.run(messages_body(blocks(30, {10: "1h", 20: "1h", 28: "5m"})), 0)
    assert numbers(first) == (0, {"1h": 4000, "5m": 1600}, 400)
    grown = drive.run(messages_body(blocks(40, {20: "1h", 32: "1h", 38: "5m"})), 10)
    assert numbers(grown) == (5600, {"1h": 800, "5m": 1200}, 400)


@pytest.mark.fact("anthropic.below-floor", "anthropic.floor.1024")
def test_a_prefix_below_the_floor_is_neither_written_nor_read() -> None:
    """No error, no counters."""
    drive = Drive()
    for at in (0.0, 10.0):
        assert numbers(drive.run(messages_body([text("s", FLOOR - 1, "")]), at)) == (0, {}, FLOOR - 1)
    assert numbers(drive.run(messages_body([text("t", FLOOR, "")]), 20)) == (0, {"5m": FLOOR}, 0)


@pytest.mark.fact("anthropic.clock", "anthropic.refresh", "anthropic.ttl.5m", "anthropic.ttl.1h")
@pytest.mark.parametrize(("ttl", "seconds"), [("5m", 299), ("1h", 3599)])
def test_the_clock_starts_at_the_start_of_the_request_and_reads_restart_it(ttl: str, seconds: int) -> None:
    """A long answer uses up the lifetime; each read grants it anew, free of charge."""
    drive = Drive()
    body = messages_body([text("s", 2000, ttl)])
    drive.run(body, 0, first_byte=240)
    assert drive.run(body, seconds - 1, first_byte=1).read.lo == 2000
    assert drive.run(body, 2 * seconds - 2, first_byte=1).read.lo == 2000
    assert drive.run(body, 3 * seconds, first_byte=1).read.hi == 0


@pytest.mark.fact("anthropic.clock", "anthropic.refresh")
def test_a_read_refreshes_when_it_starts_not_when_it_is_answered() -> None:
    """An answer that begins minutes later loses nothing: others read the entry meanwhile, and after it."""
    drive = Drive()
    body = messages_body([text("s", 2000, "")])
    drive.run(body, 0)
    prompt = drive.prompt(body)
    found = drive.model.look_up(prompt, 290)
    drive.model.refresh(prompt, found, started_at=290, answered=True)
    assert drive.look(body, 400).read == Interval(2000, 2000)
    drive.look(messages_body([text("other", 2000, "")]), 560)
    drive.model.admit(prompt, found, started_at=290, first_byte_at=580)
    assert drive.look(body, 585).read == Interval(2000, 2000)
    assert drive.look(body, 591).read == Interval(0, 0)


@pytest.mark.fact("anthropic.refresh")
def test_a_call_that_may_still_fail_refreshes_perhaps() -> None:
    """Until a client sees the answer begin, the longer life is possible and not promised."""
    drive = Drive()
    body = messages_body([text("s", 2000, "")])
    drive.run(body, 0)
    prompt = drive.prompt(body)
    drive.model.refresh(prompt, drive.model.look_up(prompt, 290), started_at=290)
    assert drive.look(body, 299).read == Interval(2000, 2000)
    assert drive.look(body, 400).read == Interval(0, 2000)
    assert drive.look(body, 591).read == Interval(0, 0)


def test_where_lifetimes_are_absolute_a_read_refreshes_nothing() -> None:
    """An entry of such a provider dies on its day, however often it is read."""
    drive = Drive()
    drive.rules = replace(rules_for("anthropic", "claude-sonnet-4-5"), refresh_on_read=False)
    body = messages_body([text("s", 2000, "")])
    drive.run(body, 0)
    assert drive.run(body, 200).read == Interval(2000, 2000)
    assert drive.look(body, 301).read == Interval(0, 0)


@pytest.mark.fact("bedrock.no-automatic")
def test_a_top_level_marker_marks_only_where_there_is_such_a_thing() -> None:
    """The older integration on Bedrock knows explicit markers alone."""
    drive = Drive()
    drive.rules = rules_for("anthropic", "claude-opus-4-6", "bedrock")
    body = messages_body([text("s", 9000)], model="claude-opus-4-6", cache_control={"type": "ephemeral"})
    assert numbers(drive.run(body, 0)) == (0, {}, 9000)


@pytest.mark.fact("anthropic.visible")
def test_parallel_cold_calls_all_write() -> None:
    """An entry is readable from the writer's first byte, the earliest writer's at that."""
    drive = Drive()
    body = messages_body([text("s", 2000, "")])
    assert numbers(drive.run(body, 0, first_byte=5))[0] == 0
    assert numbers(drive.run(body, 1, first_byte=9))[0] == 0
    assert numbers(drive.look(body, 4.9))[0] == 0
    assert numbers(drive.look(body, 5.0))[0] == 2000


@pytest.mark.fact("anthropic.visible", "anthropic.ttl.1h")
@pytest.mark.parametrize("ttls", [("", "1h"), ("1h", "")])
def test_parallel_writers_of_two_tiers_leave_the_longer_life(ttls: tuple[str, str]) -> None:
    """Neither saw the other: both wrote, and the hour holds, also for what later reads refresh."""
    drive = Drive()
    for at, ttl in enumerate(ttls):
        assert drive.run(messages_body([text("s", 2000, ttl)]), at, first_byte=10).read.hi == 0
    read = messages_body([text("s", 2000)], [text("a", 10)], [text("q", 10, "")])
    assert drive.run(read, 400).read == Interval(2000, 2000)
    assert drive.look(read, 400 + 3500).read.lo >= 2000


@pytest.mark.fact("anthropic.visible", "anthropic.clock")
def test_an_answer_that_begins_after_its_entry_has_ended_leaves_nothing() -> None:
    """A life counts from the start of the request; another's entry ends when it would have without this."""
    drive = Drive()
    body = messages_body([text("s", 2000, "")])
    assert numbers(drive.run(body, 0, first_byte=400))[0] == 0
    assert numbers(drive.look(body, 400))[0] == 0
    assert numbers(drive.run(body, 500, first_byte=5))[0] == 0
    assert numbers(drive.run(body, 502, first_byte=398))[0] == 0
    read = {at: drive.look(body, at).read for at in (504, 505, 799, 801, 901)}
    assert [read[at].hi for at in read] == [0, 2000, 2000, 0, 0]
    assert all(tokens.exact for tokens in read.values())


@pytest.mark.fact("anthropic.visible", "anthropic.ttl.1h")
@pytest.mark.parametrize("late", [0, 1])
def test_between_writers_whose_windows_do_not_meet_nothing_is_read(late: int) -> None:
    """The one's entry ends before the other's first byte; each is read in its own time alone."""
    drive = Drive()
    calls = [("", 5), ("1h", 400)]
    for at, (ttl, first_byte) in enumerate(calls if late else reversed(calls)):
        body = messages_body([text("s", 2000, ttl)])
        assert drive.run(body, at, first_byte=first_byte - at).read.hi == 0
    looked = messages_body([text("s", 2000)], [text("a", 10)], [text("q", 10, "")])
    read = {at: drive.look(looked, at).read for at in (4, 5, 299, 302, 399, 400, 3599, 3602)}
    assert [read[at].hi for at in read] == [0, 2000, 2000, 0, 0, 2000, 2000, 0]
    assert all(tokens.exact for tokens in read.values())


@pytest.mark.fact("anthropic.key.content", "anthropic.key.messages", "anthropic.isolation")
def test_levels_keep_what_a_change_does_not_reach() -> None:
    """tool_choice loses the messages only; tools lose all; another workspace shares nothing."""
    drive = Drive()
    tool = {"name": "t", "description": text("tool", 1500)["text"], "cache_control": {"type": "ephemeral"}}
    system = [text("sys", 1500, "")]

    def body(**rest: Any) -> bytes:  # noqa: ANN401  # members of a body are JSON
        return messages_body([text("q", 1500, "")], system=system, **{"tools": [tool], **rest})

    whole = drive.run(body(), 0).write_total.lo
    assert numbers(drive.run(body(), 5))[0] == whole
    chosen = drive.look(body(tool_choice={"type": "any"}), 10)
    assert numbers(chosen)[0] == whole - 1500
    edited = drive.look(body(tools=[{**tool, "name": "u"}]), 10)
    assert numbers(edited)[0] == 0
    assert numbers(drive.look(body(model="claude-opus-4-1"), 10))[0] == 0
    assert numbers(drive.look(body(), 10, domain="other"))[0] == 0
    searching = drive.look(body(tools=[{"type": "web_search_20260209", "name": "web_search"}, tool]), 10)
    assert searching.read.lo == whole - 3000


@pytest.mark.fact("anthropic.key.thinking", "anthropic.key.speed")
def test_unknown_level_keys_make_an_interval() -> None:
    """Whether effort reaches tools and system depends on the model: the client expects a band."""
    drive = Drive(banded=True)
    system = [text("sys", 1500, "")]
    drive.run(messages_body([text("q", 1500, "")], system=system), 0)
    found = drive.look(
        messages_body([text("q", 1500, "")], system=system, output_config={"effort": "low"}), 10
    )
    assert found.read == Interval(0, 1500)
    assert found.reasons


@pytest.mark.fact("anthropic.automatic", "anthropic.automatic.same-ttl")
def test_the_automatic_marker_sits_on_the_last_block_that_can_carry_one() -> None:
    """It walks back over thinking and empty text, and is no second marker on a marked block."""
    drive = Drive()
    tail = [{"type": "thinking", "thinking": "hm", "signature": "s"}, {"type": "text", "text": ""}]
    body = messages_body([text("q", 1500)], [text("a", 500), *tail], cache_control={"type": "ephemeral"})
    found = drive.run(body, 0)
    assert numbers(found)[1] == {"5m": 2000}
    once = drive.prompt(
        messages_body([text("q", 1500, "1h")], cache_control={"type": "ephemeral", "ttl": "1h"})
    )
    assert [tuple(m) for m in once.markers] == [(0, "1h")]


@pytest.mark.fact("anthropic.upgrade")
def test_an_hour_asked_for_on_a_live_five_minute_entry_is_unknown() -> None:
    """The client expects either a read or a rewrite, and afterwards at least what both leave."""
    drive = Drive(banded=True)
    drive.run(messages_body([text("s", 2000, "5m")]), 0)
    found = drive.run(messages_body([text("s", 2000, "1h")]), 100)
    assert found.read == Interval(0, 2000)
    assert found.written["1h"] == Interval(0, 2000)
    assert drive.look(messages_body([text("s", 2000, "1h")]), 390).read.hi == 2000
    five = messages_body([text("s", 2000, "5m")])
    assert drive.look(five, 390).read.lo == 2000
    assert drive.look(five, 1000).read == Interval(0, 2000)


@pytest.mark.fact("anthropic.refresh.ancestors")
def test_whether_ancestors_are_refreshed_is_unknown() -> None:
    """Reading a deep entry may or may not keep a shorter unmarked one alive."""
    drive = Drive(banded=True)
    drive.run(messages_body(blocks(10, {10: ""})), 0)
    drive.run(messages_body(blocks(20, {20: ""})), 10)
    drive.run(messages_body(blocks(20, {20: ""})), 250)
    assert drive.look(messages_body(blocks(10, {10: ""})), 400).read == Interval(0, 2000)
    assert drive.look(messages_body(blocks(20, {20: ""})), 400).read == Interval(4000, 4000)


@pytest.mark.fact("anthropic.visibility-lag")
def test_inside_the_visibility_lag_either_answer_is_expected() -> None:
    """A read right after the writer's first byte may miss."""
    drive = Drive(banded=True)
    body = messages_body([text("s", 2000, "")])
    drive.run(body, 0, first_byte=1)
    assert drive.look(body, 1.2).read == Interval(0, 2000)
    assert drive.look(body, 1.6).read == Interval(2000, 2000)


def test_a_granted_tier_below_the_asked_one_lives_shorter() -> None:
    """What was granted decides, not what was asked for."""
    drive = Drive()
    body = messages_body([text("s", 2000, "1h")])
    drive.run(body, 0, granted={"1h": "5m"})
    assert drive.look(body, 290).read.lo == 2000
    assert drive.look(body, 400).read.hi == 0


@pytest.mark.fact("anthropic.key.thinking-stripped")
def test_models_that_strip_thinking_lose_the_messages_after_it() -> None:
    """A new question removes earlier thinking from the prompt; tool results keep it."""
    from samovar.call import SegmentMemo, dialect_for  # noqa: PLC0415  # only this test builds its own reader
    from samovar.prefix.chain import chain, stripped_thinking  # noqa: PLC0415  # as above

    memo = SegmentMemo()
    thought: list[Json] = [
        {"type": "thinking", "thinking": "hm", "signature": "s"},
        {"type": "tool_use", "id": "1", "name": "t", "input": {}},
    ]
    result = [{"type": "tool_result", "tool_use_id": "1", "content": "ok"}]

    def call(*turns: list[Json]) -> tuple[bytes, ...]:
        parsed = dialect_for("/v1/messages").parse(messages_body(*turns), memo)
        return chain(parsed, memo, stripped_thinking(parsed))

    asked = call([text("q", 10)], thought, result)
    kept = call([text("q", 10)], thought, result, [text("a", 5)])
    stripped = call([text("q", 10)], thought, result, [text("a", 5)], [text("next", 5)])
    assert kept[: len(asked)] == asked
    assert stripped[0] == asked[0]
    assert stripped[2] != asked[2]


@pytest.mark.fact("anthropic.upgrade", "anthropic.visibility-lag")
def test_tiers_mixed_inside_the_visibility_lag_leave_only_what_is_common_sure() -> None:
    """A 1h marker 0.2 s after a 5m write may have read that entry: after 1,000 s it may be gone."""
    drive = Drive(banded=True)
    five, hour = (messages_body([text("s", 2000, ttl)]) for ttl in ("5m", "1h"))
    drive.run(five, 0, first_byte=0.1)
    drive.run(hour, 0.2, first_byte=0.1)
    assert drive.look(five, 1000).read == Interval(0, 2000)


@pytest.mark.fact("anthropic.key.deferred-tools")
def test_deferred_tools_are_not_in_the_prompt() -> None:
    """Adding one, before or after the marked tool, keeps every prefix."""
    drive = Drive()
    tool = {"name": "t", "description": text("tool", 1500)["text"], "cache_control": {"type": "ephemeral"}}
    later = {"name": "z", "description": "found by search", "defer_loading": True}
    whole = drive.run(messages_body([text("q", 100, "")], tools=[tool]), 0).write_total.lo
    for tools in ([later, tool], [tool, later]):
        assert numbers(drive.look(messages_body([text("q", 100, "")], tools=tools), 10))[0] == whole


def test_an_interval_holds_its_ends() -> None:
    """A reported number on either end is inside."""
    assert [tokens in Interval(5, 7) for tokens in (4, 5, 6, 7, 8)] == [False, True, True, True, False]


@pytest.mark.fact("anthropic.upgrade")
def test_a_provider_that_rewrites_gives_the_hour() -> None:
    """Where the longer marker rewrites a live entry, it is written again and lives for its own tier."""
    drive = Drive(banded=True)
    point_rules = exact(rules_for("anthropic", "claude-sonnet-4-5"))
    assert isinstance(point_rules, MarkerRules)
    drive.rules = replace(point_rules, upgrade=Tri.YES)
    drive.run(messages_body([text("s", 2000, "")]), 0)
    found = drive.run(messages_body([text("s", 2000, "1h")]), 100)
    assert (found.read, dict(found.written)) == (Interval(0, 0), {"1h": Interval(2000, 2000)})
    assert drive.look(messages_body([text("s", 2000, "1h")]), 3_600).read == Interval(2000, 2000)
    assert drive.look(messages_body([text("s", 2000, "1h")]), 3_701).read == Interval(0, 0)
