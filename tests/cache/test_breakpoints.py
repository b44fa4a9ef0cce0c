"""OpenAI from gpt-5.6: exact boundaries, implicit and explicit."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from samovar.cache import Interval
from samovar.providers.models import rules_for
from samovar.providers.rules import Band, BreakpointRules, exact, point
from tests.bodies import Json, words
from tests.cache.drive import Drive, numbers


def message(role: str, seed: str, tokens: int, *, mark: str | None = None) -> Json:
    """Return a Responses message of one part, marked where `mark` is not None."""
    part: Json = {"type": "output_text" if role == "assistant" else "input_text", "text": words(seed, tokens)}
    if mark is not None:
        part["prompt_cache_breakpoint"] = {"mode": "explicit", **({"ttl": mark} if mark else {})}
    return {"type": "message", "role": role, "content": [part]}


def body(*items: Json, mode: str | None = None, **rest: object) -> bytes:
    """Return a Responses body."""
    whole: Json = {"model": "gpt-5.6-terra", "input": list(items), **rest}
    if mode:
        whole["prompt_cache_options"] = {"mode": mode}
    return json.dumps(whole).encode()


def drive(*, banded: bool = False) -> Drive:
    """Return a model driven with Responses bodies."""
    return Drive("/v1/responses", banded=banded)


@pytest.mark.fact("openai.explicit-only")
def test_explicit_mode_without_a_breakpoint_caches_nothing() -> None:
    """Neither read nor written, however long the prompt."""
    run = drive()
    for at in (0.0, 10.0):
        assert numbers(run.run(body(message("user", "q", 3000), mode="explicit"), at)) == (0, {}, 3000)


@pytest.mark.fact("openai.implicit", "openai.boundary")
def test_the_implicit_trap() -> None:
    """One breakpoint on the varying tail: written each time, never read; no falling back."""
    run = drive()
    shared = message("user", "shared", 3000)
    shared["content"].append({"type": "input_text", "text": words("one", 50)})
    other = json.loads(json.dumps(shared))
    other["content"][1]["text"] = words("two", 50)
    assert numbers(run.run(body(shared), 0)) == (0, {"30m": 3050}, 0)
    assert numbers(run.run(body(other), 10)) == (0, {"30m": 3050}, 0)


@pytest.mark.fact("openai.lookup.implicit")
def test_implicit_mode_reads_earlier_message_endings_and_the_developer_run() -> None:
    """A next turn reads its predecessor; another conversation reads the shared developer messages."""
    run = drive()
    start = [message("developer", "rules", 2000), message("user", "q1", 100)]
    run.run(body(*start), 0)
    turn = [*start, message("assistant", "a1", 50), message("user", "q2", 100)]
    assert numbers(run.run(body(*turn), 10)) == (2100, {"30m": 150}, 0)
    developer_only = body(message("developer", "rules2", 2000))
    run.run(developer_only, 20)
    assert (
        numbers(run.run(body(message("developer", "rules2", 2000), message("user", "x", 10)), 30))[0] == 2000
    )


@pytest.mark.fact("openai.lookup.implicit")
@pytest.mark.parametrize(("turns", "found"), [(20, True), (21, False)])
def test_at_most_twenty_earlier_endings_are_looked_up(turns: int, *, found: bool) -> None:
    """The twenty-first earlier message ending is out of reach."""
    run = drive()
    first = message("user", "q", 1500)
    run.run(body(first), 0)
    more = [message("user", f"q{i}", 10) for i in range(turns)]
    assert numbers(run.run(body(first, *more), 10))[0] == (1500 if found else 0)


@pytest.mark.fact("openai.writes", "openai.floor.1024")
def test_at_most_four_writes_the_latest_explicit_ones() -> None:
    """Implicit mode: one implicit and the latest three explicit; what lies below the floor is not written."""
    run = drive()
    items = [message("user", f"u{i}", 600, mark="") for i in range(6)]
    run.run(body(*items), 0)
    for i in range(1, 7):
        found = run.look(body(*items[:i], message("user", "other", 10), mode="explicit"), 10)
        # Written at blocks 4, 5, 6 (and implicitly after 6): only 4 and deeper can be read back.
        assert numbers(found)[0] == (600 * i if i >= 4 else 0)


@pytest.mark.fact("openai.boundary", "openai.explicit-only")
def test_switching_from_implicit_to_explicit_loses_the_entry() -> None:
    """Unless an explicit breakpoint stands exactly where the implicit one stood."""
    run = drive()
    asked = message("user", "q", 2000)
    run.run(body(asked), 0)
    later = message("user", "more", 50, mark="")
    assert numbers(run.look(body(asked, later, mode="explicit"), 10))[0] == 0
    marked = message("user", "q", 2000, mark="")
    assert numbers(run.look(body(marked, later, mode="explicit"), 10))[0] == 2000


@pytest.mark.fact("openai.breakpoint.carriers")
def test_a_tool_output_carries_a_breakpoint() -> None:
    """As in the guide's agent: a breakpoint after each tool result."""
    run = drive()
    part = {"type": "input_text", "text": words("r", 2000), "prompt_cache_breakpoint": {"mode": "explicit"}}
    result: Json = {"type": "function_call_output", "call_id": "c", "output": [part]}
    run.run(body(result, mode="explicit"), 0)
    assert numbers(run.run(body(result, message("user", "x", 10), mode="explicit"), 10)) == (2000, {}, 10)


@pytest.mark.fact(
    "openai.key.partition", "openai.key.settings", "openai.key.service-tier", "openai.key.tool-choice"
)
def test_what_partitions_and_what_does_not() -> None:
    """Key, effort, verbosity, format and tier separate; tool_choice does not."""
    run = drive()
    item = message("user", "q", 2000)
    run.run(body(item), 0)
    assert numbers(run.look(body(item, tool_choice="none"), 10))[0] == 2000
    for change in (
        {"prompt_cache_key": "k"},
        {"reasoning": {"effort": "high"}},
        {"text": {"verbosity": "low"}},
        {"text": {"format": {"type": "json_object"}}},
        {"parallel_tool_calls": False},
        {"service_tier": "flex"},
    ):
        assert numbers(run.look(body(item, **change), 10))[0] == 0, change


@pytest.mark.fact("openai.default-ttl", "openai.ttl.30m", "openai.ttl.12h", "openai.refresh")
def test_lifetimes_are_minimums_and_slide() -> None:
    """30 minutes are promised; what happens later is the provider's business."""
    run = drive(banded=True)
    run.rules = rules_for("openai", "gpt-5.6-terra")
    item = message("user", "q", 2000)
    run.run(body(item), 0)
    assert run.look(body(item), 5000).read == Interval(0, 2000)
    exact = drive()
    exact.run(body(item), 0)
    assert numbers(exact.run(body(item), 1700))[0] == 2000
    assert numbers(exact.run(body(item), 3400))[0] == 2000
    assert numbers(exact.run(body(item), 5300))[0] == 0
    long = body(message("user", "long", 2000, mark="12h"), mode="explicit")
    assert numbers(exact.run(long, 6000))[1] == {"12h": 2000}
    assert numbers(exact.run(long, 40000))[0] == 2000


@pytest.mark.fact("openai.routing")
def test_routing_may_always_miss_for_a_client() -> None:
    """A client can never be sure of a read: the entry lives on one machine."""
    run = drive(banded=True)
    item = message("user", "q", 2000)
    run.run(body(item), 0)
    assert run.look(body(item), 60).read == Interval(0, 2000)


@pytest.mark.fact("openai.lookup.first", "openai.lookup.latest")
def test_between_fifty_and_eighty_breakpoints_the_sources_disagree() -> None:
    """Of 60 breakpoints the third is looked up by one source and not by the other."""
    run = drive(banded=True)
    run.rules = rules_for("openai", "gpt-5.6-terra")
    items = [message("user", f"u{i}", 1100, mark="") for i in range(3)]
    run.run(body(*items, mode="explicit"), 0)
    more = [message("user", f"v{i}", 10, mark="") for i in range(57)]
    assert run.look(body(*items, *more, mode="explicit"), 60).read.hi == 3300
    exact = drive()
    exact.run(body(*items, mode="explicit"), 0)
    assert numbers(exact.look(body(*items, *more, mode="explicit"), 10))[0] == 2200


@pytest.mark.fact("openai.lookup.implicit")
def test_the_opening_is_looked_up_however_long_the_conversation() -> None:
    """Of more than twenty endings the early ones are out of sight; the end of the developer run is not."""
    run = drive()
    rules = message("developer", "rules", 2000)
    run.run(body(rules), 0)
    turns = [message("assistant" if i % 2 else "user", f"t{i}", 20, mark=None) for i in range(2 * 25)]
    assert numbers(run.look(body(rules, *turns), 10))[0] == 2000
    run.run(body(rules, *turns[:1]), 20)
    long = body(message("developer", "other", 2000), *turns)
    assert numbers(run.look(long, 30))[0] == 0


@pytest.mark.fact("openai.ttl.30m")
def test_what_was_read_or_written_lives_either_way() -> None:
    """Whether an old entry was still there is not known; after the call it is there for its full life."""
    run = drive(banded=True)
    rules = rules_for("openai", "gpt-5.6-terra")
    assert isinstance(rules, BreakpointRules)
    run.rules = replace(rules, routing_may_miss=False, visibility_lag=point(0.0))
    item = body(message("user", "q", 2000, mark=""), mode="explicit")
    run.run(item, 0)
    assert run.run(item, 1_900).read == Interval(0, 2000)
    assert run.look(item, 3_500).read == Interval(2000, 2000)


@pytest.mark.fact("openai.writes")
def test_an_explicit_breakpoint_on_the_last_ending_is_the_implicit_one() -> None:
    """It is written once, and read by either mode."""
    run = drive()
    item = message("user", "q", 2000, mark="")
    assert numbers(run.run(body(item), 0)) == (0, {"30m": 2000}, 0)
    assert numbers(run.look(body(item, mode="explicit"), 10)) == (2000, {}, 0)


def test_reasons_are_given_where_there_is_something_to_explain() -> None:
    """An expectation that is sure names no fact; one that is not names those behind it."""
    run, sure = drive(banded=True), drive()
    item = body(message("user", "q", 2000))
    for each in (run, sure):
        each.run(item, 0)
    assert sure.look(item, 60).reasons == ()
    assert "openai.routing" in run.look(item, 60).reasons


@pytest.mark.parametrize(("written", "surely"), [(1, True), (2, False), (3, True)])
def test_the_first_and_the_latest_breakpoints_are_looked_up_for_sure(written: int, *, surely: bool) -> None:
    """Two and fifty at the least, eighty of each at most: of 53 the third may be left out."""
    run = drive(banded=True)
    rules = rules_for("openai", "gpt-5.6-terra")
    assert isinstance(rules, BreakpointRules)
    certain = exact(rules)
    assert isinstance(certain, BreakpointRules)
    run.rules = replace(certain, first_explicit=rules.first_explicit, latest_explicit=rules.latest_explicit)
    once = [message("user", f"m{i}", 2000, mark="" if i == written else None) for i in range(written + 1)]
    run.run(body(*once, mode="explicit"), 0)
    found = run.look(body(*(message("user", f"m{i}", 2000, mark="") for i in range(53)), mode="explicit"), 10)
    assert found.read.hi > 0
    assert (found.read.lo > 0) is surely


@pytest.mark.fact("openai.refresh")
def test_a_read_of_unknown_depth_promises_nothing_of_the_boundaries_before_it() -> None:
    """Which entry was read is open, so none of them is sure to live on from it."""
    run = drive(banded=True)
    rules = rules_for("openai", "gpt-5.6-terra")
    assert isinstance(rules, BreakpointRules)
    run.rules = replace(rules, routing_may_miss=False, visibility_lag=Band(0, 30))
    kept = rules.lifetime("30m").must
    short, long = ([message("user", f"u{i}", 2000, mark="") for i in range(n)] for n in (1, 2))
    run.run(body(*short, mode="explicit"), 0)
    run.run(body(*long, mode="explicit"), 100)
    assert run.run(body(*long, mode="explicit"), 105).read == Interval(2000, 4000)
    assert run.look(body(*short, mode="explicit"), 100 + kept - 1).read == Interval(2000, 2000)
    assert run.look(body(*short, mode="explicit"), 105 + kept - 1).read == Interval(0, 2000)


@pytest.mark.fact("openai.writes")
def test_what_a_deeper_read_would_not_have_written_is_not_promised() -> None:
    """A call that may have read its second boundary need not have written its first."""
    run = drive(banded=True)
    rules = rules_for("openai", "gpt-5.6-terra")
    assert isinstance(rules, BreakpointRules)
    run.rules = replace(rules, routing_may_miss=False, visibility_lag=Band(0, 30))
    plain, marked = (message("user", "u0", 2000, mark=mark) for mark in (None, ""))
    last = message("user", "u1", 2000, mark="")
    run.run(body(plain, last, mode="explicit"), 0)
    assert run.run(body(marked, last, mode="explicit"), 5).read == Interval(0, 4000)
    assert run.look(body(marked, mode="explicit"), 60).read == Interval(0, 2000)
