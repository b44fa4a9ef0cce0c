"""An expectation names the facts that decide it: all of them, and no others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from samovar.cache import CacheModel, Interval
from samovar.call import SegmentMemo, dialect_for
from samovar.prefix.prompt import PromptReader
from samovar.prefix.size import Sizer
from samovar.providers.models import rules_for
from samovar.providers.rules import (
    AutomaticRules,
    Band,
    BreakpointRules,
    Level,
    MarkerRules,
    Tri,
    exact,
    open_parameters,
    point,
)
from samovar.providers.tokens import counter_for
from tests.bodies import messages_body, text, words
from tests.cache.drive import Drive
from tests.cache.test_automatic import body as chat
from tests.cache.test_breakpoints import body as responses
from tests.cache.test_breakpoints import message
from tests.cache.test_order import OTHER
from tests.cache.test_order import body as two_tools
from tests.cache.test_properties import Traffic, openai_traffic, overlapping, replay, traffic

if TYPE_CHECKING:
    from samovar.cache import Expectation
    from tests.bodies import Json

MODEL = "claude-sonnet-4-5"
FLOOR = "anthropic.floor.1024"


def anthropic(**closed: object) -> Drive:
    """Return a client's model of Anthropic that knows all but what `closed` opens."""
    rules = rules_for("anthropic", MODEL)
    known = exact(rules)
    assert isinstance(known, MarkerRules)
    opened = {name: getattr(rules, name) if value is ... else value for name, value in closed.items()}
    run = Drive(banded=True)
    run.rules = replace(known, **opened)  # type: ignore[arg-type]  # fields of the rules
    return run


def marked(*marks: str | None, tokens: int = 1100, **rest: object) -> bytes:
    """Return a Messages body with one block for each mark."""
    blocks = [text(f"b{i}", tokens, mark) for i, mark in enumerate(marks)]
    return messages_body(blocks, model=MODEL, **rest)  # type: ignore[arg-type]  # whatever a body has


def why(found: Expectation) -> set[str]:
    """Return the reasons; none of them is named twice."""
    assert len(set(found.reasons)) == len(found.reasons)
    return set(found.reasons)


def test_a_plain_hit_and_a_plain_miss_need_no_reason() -> None:
    """Nothing was in doubt and nothing was cut."""
    run = anthropic()
    assert why(run.run(marked(""), 0)) == set()
    assert why(run.look(marked(""), 60)) == set()
    assert why(run.look(messages_body([text("other", 1100, "")], model=MODEL), 60)) == set()


@pytest.mark.fact("anthropic.below-floor")
def test_the_floor_that_cut() -> None:
    """It is named where nothing clears it, or the tier is another for it; not where a later marker writes."""
    run = anthropic()
    assert why(run.look(marked("", tokens=500), 0)) == {FLOOR}
    assert why(run.look(marked("", "", "", tokens=500), 0)) == set()
    assert why(run.look(marked("1h", "", "", tokens=500), 0)) == {FLOOR}
    run.run(marked("", "", "", tokens=500), 10)
    assert why(run.look(marked("1h", "", "", tokens=500), 20)) == set()


def test_the_floor_that_is_in_doubt() -> None:
    """A band of the floor, or one of the tokens over a floor that is known."""
    run = anthropic(floor=Band(1024, 2048))
    found = run.run(marked("", tokens=1500), 0)
    assert (found.write_total, why(found)) == (Interval(0, 1500), {FLOOR})
    assert why(run.look(marked("", tokens=1500), 60)) == {FLOOR}
    assert why(run.look(marked("", tokens=3000), 60)) == set()
    assert why(run.look(marked("", tokens=500), 60)) == {FLOOR}


@pytest.mark.fact("anthropic.lookback")
def test_the_look_back_that_ended_too_soon() -> None:
    """An entry that no marker gets to."""
    run = anthropic()
    run.run(marked(""), 0)
    within, beyond = ([""] + [None] * gap + [""] for gap in (18, 19))
    within[0] = beyond[0] = None
    assert run.look(marked(*within), 60).read == Interval(1100, 1100)
    assert why(run.look(marked(*within), 60)) == set()
    assert run.look(marked(*beyond), 60).read == Interval(0, 0)
    assert why(run.look(marked(*beyond), 60)) == {"anthropic.lookback"}
    run.run(marked(None, "", ""), 70)
    assert why(run.look(marked(None, "", None), 80)) == {"anthropic.lookback"}
    slow = anthropic(visibility_lag=...)
    slow.run(marked(""), 0)
    assert why(slow.look(marked(*within), 1.2)) == {"anthropic.visibility-lag"}
    assert why(slow.look(marked(*beyond), 1.2)) == {"anthropic.lookback"}, "no lag matters to it"


@pytest.mark.fact("anthropic.visibility-lag")
def test_the_lag_that_is_running() -> None:
    """From the writer's first byte until it must be over."""
    run = anthropic(visibility_lag=...)
    run.run(marked(""), 0)
    assert why(run.look(marked(""), 1.2)) == {"anthropic.visibility-lag"}
    assert why(run.look(marked(""), 1.6)) == set()


def test_what_ended_a_look_up_is_no_doubt_of_what_was_written() -> None:
    """An entry that a deeper read would not have written hangs on the lag alone."""
    run = anthropic(visibility_lag=...)
    run.run(marked(*[None] * 29, ""), 0)
    run.run(marked(None, None, ""), 100)
    third = marked(None, "", "", *[None] * 27)
    assert why(run.run(third, 101.2)) == {"anthropic.visibility-lag", "anthropic.lookback"}
    assert why(run.look(marked(None, ""), 110)) == {"anthropic.visibility-lag"}


@pytest.mark.fact("anthropic.ttl.5m", "anthropic.ttl.1h")
@pytest.mark.parametrize(("tier", "seconds"), [("5m", 300), ("1h", 3600)])
def test_the_lifetime_that_is_ending(tier: str, seconds: int) -> None:
    """Of the tier that was written, and of no other."""
    run = anthropic(lifetimes=...)
    run.run(marked(tier), 0)
    assert why(run.look(marked(tier), seconds - 2)) == set()
    found = run.look(marked(tier), seconds + 5)
    assert (found.read, why(found)) == (Interval(0, 1100), {f"anthropic.ttl.{tier}"})


def test_what_was_surely_written_hangs_on_no_doubt_of_what_was_read() -> None:
    """The call's shorter prefix was in its lag; its own entry is there, and ends with its time alone."""
    run = anthropic(lifetimes=..., visibility_lag=...)
    run.run(marked(""), 0)
    assert why(run.run(marked("", ""), 1.2)) == {"anthropic.visibility-lag"}
    assert why(run.look(marked(None, ""), 310)) == {"anthropic.ttl.5m"}


@pytest.mark.fact("anthropic.upgrade")
def test_the_tier_that_may_be_rewritten() -> None:
    """The call that asks for more, and those after it that go by what it may have got."""
    run = anthropic(upgrade=...)
    run.run(marked("5m"), 0)
    assert why(run.run(marked("1h"), 60)) == {"anthropic.upgrade"}
    assert why(run.look(marked("1h"), 200)) == {"anthropic.upgrade"}
    later = run.look(marked("5m", ""), 1000)
    assert (later.read, why(later)) == (Interval(0, 1100), {"anthropic.upgrade"})
    run.run(marked("5m"), 250)
    assert why(run.look(marked("5m"), 1000)) == {"anthropic.upgrade"}, "a sure read leaves it open"


@pytest.mark.fact("anthropic.refresh.ancestors")
def test_the_shorter_entry_that_may_have_been_refreshed() -> None:
    """It is open only after its own time is over, and only as long as the refresh would last."""
    run = anthropic(refreshes_ancestors=...)
    run.run(marked(""), 0)
    run.run(marked(None, ""), 10)
    run.run(marked(None, ""), 200)
    assert why(run.look(marked(""), 250)) == set()
    found = run.look(marked(""), 400)
    assert (found.read, why(found)) == (Interval(0, 1100), {"anthropic.refresh.ancestors"})
    assert run.look(marked(""), 520).read == Interval(0, 0)
    run.run(marked(""), 600)
    assert why(run.look(marked(""), 700)) == set()


@pytest.mark.fact("anthropic.key.thinking", "anthropic.key.speed")
def test_the_parameter_that_may_be_part_of_the_key() -> None:
    """The one that differs, not all that might."""
    rules = rules_for("anthropic", MODEL)
    run = Drive(banded=True)
    run.rules = replace(exact(rules), keyed=rules.keyed)
    system = [text("system", 1200, "")]
    asked = [text("q", 10, None)]

    def send(**rest: object) -> bytes:
        return messages_body(asked, system=system, model=MODEL, **rest)

    low: Json = {"output_config": {"effort": "low"}}
    assert open_parameters(run.rules, Level.SYSTEM)
    run.run(send(), 0)
    assert why(run.look(send(**low), 60)) == {"anthropic.key.thinking"}
    assert run.look(send(**low), 60).read == Interval(0, 1200)
    run.run(send(**low), 60)
    assert why(run.look(send(**low), 70)) == set()
    other: Json = {"output_config": {"effort": "medium"}}
    assert why(run.look(send(**other), 80)) == {"anthropic.key.thinking"}
    assert why(run.look(send(**low, speed="fast"), 90)) == set()


@pytest.mark.fact("anthropic.key.thinking")
def test_the_entry_of_another_key_that_may_be_the_same() -> None:
    """Its own is gone, one that was written with other parameters is not."""
    rules = rules_for("anthropic", MODEL)
    run = Drive(banded=True)
    run.rules = replace(exact(rules), keyed=rules.keyed)
    system = [text("system", 1200, "")]
    first, other = (
        messages_body([text("q", 10, None)], system=system, model=MODEL, **more)
        for more in ({}, {"output_config": {"effort": "low"}})
    )
    run.run(first, 0)
    run.run(other, 100)
    found = run.look(first, 350)
    assert (found.read, why(found)) == (Interval(0, 1200), {"anthropic.key.thinking"})
    run.rules = replace(run.rules, visibility_lag=Band(0, 30))
    late = Drive(banded=True)
    late.rules = run.rules
    late.run(other, 0)
    late.run(first, 100)
    assert why(late.look(first, 110)) == {"anthropic.visibility-lag"}, "its own entry is in doubt, no other"


@pytest.mark.fact("anthropic.key.thinking", "anthropic.key.speed", "anthropic.key.format")
@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"output_config": {"effort": "low"}}, {"anthropic.key.thinking"}),
        ({"speed": "fast"}, {"anthropic.key.speed"}),
        ({"output_config": {"format": {"type": "json_schema", "schema": {}}}}, {"anthropic.key.format"}),
        (
            {"speed": "fast", "output_config": {"effort": "low"}},
            {"anthropic.key.thinking", "anthropic.key.speed"},
        ),
        ({"tool_choice": {"type": "any"}}, set()),
    ],
)
def test_each_parameter_by_itself(changed: Json, named: set[str]) -> None:
    """Of those that may be part of the tools' key, the ones that differ."""
    rules = rules_for("anthropic", MODEL)
    run = Drive(banded=True)
    run.rules = replace(exact(rules), keyed=rules.keyed)
    tool = {"name": "t", "description": words("t", 1200), "cache_control": {"type": "ephemeral"}}
    before, after = (
        messages_body([text("q", 10, None)], tools=[tool], model=MODEL, **more) for more in ({}, changed)
    )
    run.run(before, 0)
    assert why(run.look(after, 60)) == named


@pytest.mark.fact("anthropic.key.thinking", "anthropic.upgrade")
@pytest.mark.parametrize(
    ("upgrade", "named"),
    [
        (Tri.NO, {"anthropic.key.thinking"}),
        (Tri.UNKNOWN, {"anthropic.key.thinking", "anthropic.upgrade"}),
    ],
)
def test_an_hour_that_may_be_another_keys_five_minutes(upgrade: Tri, named: set[str]) -> None:
    """If both are one entry, it was read and lives on as it was."""
    rules = rules_for("anthropic", MODEL)
    known = exact(rules)
    assert isinstance(known, MarkerRules)
    run = Drive(banded=True)
    run.rules = replace(known, keyed=rules.keyed, upgrade=upgrade)
    asked = [text("q", 10, None)]
    short = messages_body(asked, system=[text("system", 1200, "5m")], model=MODEL)
    long = messages_body(
        asked, system=[text("system", 1200, "1h")], model=MODEL, output_config={"effort": "low"}
    )
    run.run(short, 0)
    run.run(long, 10)
    assert run.look(long, 300).read.lo == (1200 if upgrade is Tri.NO else 0)
    found = run.look(long, 1000)
    assert (found.read, why(found)) == (Interval(0, 1200), named)


def test_a_call_that_is_in_flight() -> None:
    """Whether it has refreshed what it reads is open until it is answered."""
    run = anthropic()
    run.run(marked(""), 0)
    prompt = run.prompt(marked(""))
    found = run.model.look_up(prompt, 200)
    run.model.refresh(prompt, found, started_at=200)
    assert why(run.look(marked(""), 350)) == {"anthropic.refresh"}
    run.model.admit(prompt, found, started_at=200, first_byte_at=210)
    assert why(run.look(marked(""), 350)) == set()


def test_the_order_that_is_not_known() -> None:
    """Beside what leaves either order open."""
    run = Drive("/v1/chat/completions", banded=True)
    rules = rules_for("openai", "gpt-5")
    run.rules = replace(exact(rules), order_known=False, facts={**rules.facts, "order_known": "x.order"})
    run.run(two_tools(), 0)
    assert why(run.look(two_tools(), 10)) == set()
    found = run.look(two_tools(OTHER), 10)
    assert (found.read, why(found)) == (Interval(0, 18 * 128), {"x.order"})


def breakpoints(**opened: object) -> Drive:
    """Return a client's model of OpenAI from 5.6 that knows all but what `opened` opens."""
    rules = rules_for("openai", "gpt-5.6-terra")
    known = exact(rules)
    assert isinstance(known, BreakpointRules)
    chosen = {name: getattr(rules, name) if value is ... else value for name, value in opened.items()}
    run = Drive("/v1/responses", banded=True)
    run.rules = replace(known, floor=point(1024), **chosen)  # type: ignore[arg-type]  # fields of the rules
    return run


@pytest.mark.fact("openai.routing", "openai.ttl.30m")
def test_routing_decides_every_read_and_nothing_else() -> None:
    """With what leaves the entry itself open, where there is such a thing."""
    run = breakpoints(routing_may_miss=True, lifetimes=...)
    item = message("user", "q", 2000)
    assert why(run.run(responses(item), 0)) == set()
    assert why(run.look(responses(item), 60)) == {"openai.routing"}
    assert why(run.look(responses(item), 3600)) == {"openai.routing", "openai.ttl.30m"}
    assert why(run.look(responses(message("user", "short", 100)), 60)) == {"openai.floor.1024"}


def test_a_floor_that_cut_what_is_read_anyway_decides_nothing() -> None:
    """Whatever tier the short prefix asks for."""
    run = breakpoints()
    cut = [message("user", "u0", 500, mark="12h"), message("user", "u1", 2000, mark="")]
    assert why(run.run(responses(*cut, mode="explicit"), 0)) == {"openai.floor.1024"}
    assert why(run.look(responses(*cut, mode="explicit"), 60)) == set()


@pytest.mark.fact("openai.lookup.first", "openai.lookup.latest")
def test_the_window_that_is_in_doubt() -> None:
    """Of 53 breakpoints the third may be left out by either window, the sixtieth from the end by one."""
    run = breakpoints(first_explicit=..., latest_explicit=...)
    items = [message("user", f"m{i}", 2000, mark="") for i in range(170)]
    run.run(responses(*items[:2], {**message("user", "m2", 2000, mark="")}, mode="explicit"), 0)
    both = {"openai.lookup.first", "openai.lookup.latest"}
    found = run.look(responses(*items[:53], mode="explicit"), 10)
    assert (found.read, why(found)) == (Interval(4000, 6000), both)
    run = breakpoints(latest_explicit=...)
    run.run(responses(*items[:101], mode="explicit"), 0)
    assert why(run.look(responses(*items[:160], mode="explicit"), 10)) == {"openai.lookup.latest"}
    none = run.look(
        responses(*items[:101], *(message("user", f"x{i}", 9, mark="") for i in range(90)), mode="explicit"),
        10,
    )
    assert (none.read.hi, why(none)) == (0, both)


@pytest.mark.fact("openai.lookup.implicit", "openai.explicit-only")
def test_what_a_mode_leaves_out() -> None:
    """The twenty-first ending, and any ending where only breakpoints count."""
    run = breakpoints()
    first = message("user", "q", 1500)
    run.run(responses(first), 0)
    more = [message("user", f"q{i}", 10) for i in range(21)]
    assert why(run.look(responses(first, *more), 10)) == {"openai.lookup.implicit"}
    assert why(run.look(responses(first, *more[:20]), 10)) == set()
    run.run(responses(first, *more), 20)
    assert why(run.look(responses(first, *more), 30)) == set(), "what is read lies deeper"
    explicit = run.look(responses(first, message("user", "z", 10, mark=""), mode="explicit"), 10)
    assert why(explicit) == {"openai.explicit-only"}


def automatic(model: str = "gpt-5", **opened: object) -> Drive:
    """Return a client's model of OpenAI before 5.6 that knows all but what `opened` opens."""
    rules = rules_for("openai", model)
    known = exact(rules)
    assert isinstance(known, AutomaticRules)
    chosen = {name: getattr(rules, name) if value is ... else value for name, value in opened.items()}
    run = Drive("/v1/chat/completions", banded=True)
    run.rules = replace(known, **chosen)  # type: ignore[arg-type]  # fields of the rules
    return run


@pytest.mark.fact("openai.granule.gpt-5-5", "openai.floor.automatic")
def test_steps_floors_and_routing() -> None:
    """Each by itself."""
    floor, step = "openai.floor.automatic", "openai.granule.gpt-5-5"
    for opened, model, tokens, read, expected in (
        ({}, "gpt-5", 3001, (2944, 2944), set()),
        ({}, "gpt-5", 1000, (0, 0), {floor}),
        ({"routing_may_miss": True}, "gpt-5", 3001, (0, 2944), {"openai.routing"}),
        ({"granule": ...}, "gpt-5.5", 5000, (3072, 4992), {step}),
        ({"floor": Band(1024, 4000)}, "gpt-5", 3001, (0, 2944), {floor}),
        ({"floor": Band(1024, 4000)}, "gpt-5", 5001, (4992, 4992), set()),
    ):
        run = automatic(model, **opened)
        run.run(chat(words("a", tokens), model), 0)
        found = run.look(chat(words("a", tokens), model), 10)
        assert (found.read, why(found)) == (read, expected), (opened, model, tokens)


def test_what_only_unknown_tokens_leave_open_has_no_fact() -> None:
    """A prompt may share part of its first position with any other; no rule says whether it does."""
    rules = rules_for("openai", "gpt-5")
    reader = PromptReader(rules, Sizer(counter_for("unknown"), "openai"), SegmentMemo(), None)
    one, other = (
        reader.read(dialect_for("/v1/chat/completions").parse(chat(words(name, 4000)))) for name in "ab"
    )
    model = CacheModel()
    model.admit(one, model.look_up(one, 0.0), started_at=0.0, first_byte_at=1.0)
    found = model.look_up(other, 60.0)
    assert found.read.hi > 0
    assert why(found) == set()
    assert why(model.look_up(one, 60.0)) == {"openai.routing"}


@given(traffic)
def test_reasons_are_facts_of_the_rules(calls: Traffic) -> None:
    """And where it is open how many positions are read, there is one."""
    rules = rules_for("anthropic", MODEL)
    assert isinstance(rules, MarkerRules)
    run, late = Drive(banded=True), Drive(banded=True)
    run.rules = late.rules = replace(rules, floor=Band(1024, 2048))
    for found in (*replay(run, calls), *overlapping(late, calls, answered=False)):
        assert set(found.reasons) <= set(rules.facts.values())
        assert found.depth.exact or found.reasons


@given(openai_traffic)
def test_so_are_those_of_breakpoints(calls: Traffic) -> None:
    """Routing is in doubt wherever anything may be read."""
    rules = rules_for("openai", "gpt-5.6-terra")
    run, late = Drive("/v1/responses", banded=True), Drive("/v1/responses", banded=True)
    run.rules = late.rules = rules
    for found in (*replay(run, calls), *overlapping(late, calls, answered=False)):
        assert set(found.reasons) <= set(rules.facts.values())
        assert ("openai.routing" in found.reasons) is (found.read.hi > 0)


@given(traffic)
def test_one_provider_has_no_doubts(calls: Traffic) -> None:
    """Only what cuts or ends a look is named."""
    for found in replay(Drive(), calls):
        assert set(found.reasons) <= {FLOOR, "anthropic.lookback"}
