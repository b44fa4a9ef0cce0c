"""What holds for all traffic, not for chosen examples."""

from __future__ import annotations

import json
from dataclasses import replace
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from samovar.providers.models import rules_for
from samovar.providers.rules import AutomaticRules, Band, BreakpointRules, MarkerRules, Tri, exact, point
from tests.bodies import Json, messages_body, text, words
from tests.cache.drive import Drive

if TYPE_CHECKING:
    from samovar.cache import Expectation
    from samovar.prefix.prompt import Prompt

FLOOR = 1024


class Spec(NamedTuple):
    """A small world of bodies, so that prefixes are shared, moved and cut.

    From block `parts` on, the text is that of `variant`. `marks` are (block, TTL) pairs.
    """

    blocks: int
    variant: str
    parts: int
    marks: tuple[tuple[int, str], ...]
    system_mark: str | None
    chosen: bool
    effort: bool

    def body(self) -> bytes:
        """Return the Messages body."""
        marks = dict(self.marks)
        blocks = [
            text(f"{self.variant if i >= self.parts else 'a'}{i}", 700 if i > 20 else 120, marks.get(i))
            for i in range(self.blocks)
        ]
        rest: dict[str, Any] = {}
        if self.chosen:
            rest["tool_choice"] = {"type": "any"}
        if self.effort:
            rest["output_config"] = {"effort": "low"}
        return messages_body(blocks, system=[text("system", 1200, self.system_mark)], **rest)


class Turns(NamedTuple):
    """A Responses body: (role, text, explicit breakpoint) a message."""

    items: tuple[tuple[str, str, bool], ...]
    explicit: bool

    def body(self) -> bytes:
        """Return the Responses body."""
        items = []
        for i, (role, name, marked) in enumerate(self.items):
            part: Json = {"type": "input_text", "text": words(f"{name}{i}", 500)}
            if marked:
                part["prompt_cache_breakpoint"] = {"mode": "explicit"}
            items.append({"role": role, "content": [part]})
        body: Json = {"model": "gpt-5.6-terra", "input": items}
        if self.explicit:
            body["prompt_cache_options"] = {"mode": "explicit"}
        return json.dumps(body).encode()


specs = st.builds(
    Spec,
    st.integers(1, 26),
    st.sampled_from(["a", "a", "b"]),
    st.integers(0, 26),
    st.lists(st.tuples(st.integers(0, 25), st.sampled_from(["", "5m", "1h"])), max_size=3).map(
        # Longer tiers first, as the provider demands.
        lambda marks: tuple(
            sorted(
                zip(sorted(m for m, _ in marks), sorted((t for _, t in marks), key="1h".__ne__), strict=True)
            )
        )
    ),
    st.sampled_from([None, "1h"]),
    st.booleans(),
    st.integers(0, 5).map(lambda n: n == 0),
)
turns = st.builds(
    Turns,
    st.lists(
        st.tuples(
            st.sampled_from(["user", "user", "assistant", "developer"]),
            st.sampled_from(["x", "y"]),
            st.booleans(),
        ),
        min_size=1,
        max_size=8,
    ).map(tuple),
    st.booleans(),
)
Traffic = list[tuple[float, float, "Spec | Turns | Chats"]]
gaps = st.sampled_from([0.0, 0.3, 1.0, 5.0, 120.0, 295.0, 301.0, 4000.0])
traffic = st.lists(st.tuples(gaps, st.sampled_from([0.5, 3.0]), specs), min_size=1, max_size=9)
openai_traffic = st.lists(st.tuples(gaps, st.sampled_from([0.5, 3.0]), turns), min_size=1, max_size=9)


def replay(drive: Drive, calls: Traffic) -> list[Expectation]:
    """Run calls one gap after another."""
    at, found = 1000.0, []
    for gap, first_byte, body in calls:
        at += gap
        found.append(drive.run(body.body(), at, first_byte=first_byte))
    return found


def overlapping(drive: Drive, calls: Traffic, *, answered: bool) -> list[Expectation]:
    """Run the same calls as they happen: what a call wrote is told at its first byte, after others began.

    `answered` is whether the start of a call already says that it will be.
    """
    at, found = 1000.0, []
    pending: list[tuple[float, Prompt, Expectation, float]] = []
    for gap, first_byte, body in calls:
        at += gap
        for begun, prompt, seen, started in sorted((p for p in pending if p[0] <= at), key=itemgetter(0)):
            drive.model.admit(prompt, seen, started_at=started, first_byte_at=begun)
        pending = [p for p in pending if p[0] > at]
        prompt = drive.prompt(body.body())
        seen = drive.model.look_up(prompt, at)
        drive.model.refresh(prompt, seen, started_at=at, answered=answered)
        pending.append((at + first_byte, prompt, seen, at))
        found.append(seen)
    return found


@given(st.lists(st.tuples(gaps, st.sampled_from([0.5, 3.0, 100.0, 250.0]), specs), min_size=1, max_size=8))
def test_it_does_not_matter_when_the_model_is_told(calls: Traffic) -> None:
    """All at the start, as in virtual time, or each part when it happens: the same reads and writes."""
    assert replay(Drive(), calls) == overlapping(Drive(), calls, answered=True)


@given(st.one_of(traffic, openai_traffic), st.booleans())
def test_a_played_log_is_one_that_was_looked_up_and_admitted(calls: Traffic, banded: bool) -> None:
    """Doing both at once finds the same entries call by call, and so leaves the same behind."""
    endpoint = "/v1/responses" if isinstance(calls[0][2], Turns) else "/v1/messages"
    played, driven = Drive(endpoint, banded=banded), Drive(endpoint, banded=banded)
    at = 1000.0
    for gap, first_byte, body in calls:
        at += gap
        found = driven.run(body.body(), at, first_byte=first_byte)
        prompt = played.prompt(body.body())
        depth = played.model.play(prompt, started_at=at, first_byte_at=at + first_byte)
        assert depth == found.depth
    assert played.model.counts() == driven.model.counts()


@given(traffic)
def test_read_written_and_uncached_are_the_prompt(calls: Traffic) -> None:
    """One provider's answer accounts for every token once."""
    for found in replay(Drive(), calls):
        assert found.exact
        assert found.read.lo + found.write_total.lo + found.uncached.lo == found.total.lo


@given(traffic)
def test_never_more_is_read_than_was_written(calls: Traffic) -> None:
    """What a call reads, some earlier call read or wrote: the deepest prefix ever cached bounds it."""
    deepest = 0
    for found in replay(Drive(), calls):
        assert found.read.lo <= deepest
        deepest = max(deepest, found.read.lo + found.write_total.lo)


@given(traffic)
def test_replaying_at_the_same_times_is_identical(calls: Traffic) -> None:
    """No clock, no randomness, no hidden state."""
    assert replay(Drive(), calls) == replay(Drive(), calls)


@given(traffic, specs)
def test_unrelated_calls_commute(calls: Traffic, other: Spec) -> None:
    """Another domain's traffic in between changes nothing."""
    alone = replay(Drive(), calls)
    drive = Drive()
    at, mixed = 1000.0, []
    for gap, first_byte, body in calls:
        at += gap
        drive.run(other.body(), at, domain="elsewhere")
        mixed.append(drive.run(body.body(), at, first_byte=first_byte))
        drive.run(body.body(), at, domain="elsewhere")
    assert mixed == alone


def within(narrow: Expectation, wide: Expectation) -> bool:
    """Whether one provider's answer lies inside a client's expectation."""
    tiers = {*narrow.written, *wide.written}
    empty = (0, 0)
    return (
        wide.read.lo <= narrow.read.lo <= wide.read.hi
        and wide.uncached.lo <= narrow.uncached.lo <= wide.uncached.hi
        and all(
            wide.written.get(t, empty)[0] <= narrow.written.get(t, empty)[0] <= wide.written.get(t, empty)[1]
            for t in tiers
        )
    )


@settings(max_examples=300)
@given(
    traffic,
    st.sampled_from([Tri.YES, Tri.NO]),
    st.sampled_from([Tri.YES, Tri.NO]),
    st.floats(0, 0.5),
    st.floats(0, 31),
    st.sampled_from([1024, 1500, 2048]),
)
def test_the_clients_interval_contains_every_possible_provider(
    calls: Traffic, upgrade: Tri, ancestors: Tri, lag: float, grace: float, floor: int
) -> None:
    """Whatever an undocumented provider does inside the bands, the client expected it."""
    known = rules_for("anthropic", "claude-sonnet-4-5")
    assert isinstance(known, MarkerRules)
    client, provider = Drive(banded=True), Drive()
    client.rules = replace(known, floor=Band(1024, 2048))
    drawn = exact(known, floor=floor, visibility_lag=lag, grace=grace)
    assert isinstance(drawn, MarkerRules)
    provider.rules = replace(drawn, upgrade=upgrade, refreshes_ancestors=ancestors)
    provider.banded = True  # The rules are points already, and must stay as they were drawn.
    late = Drive(banded=True)
    late.rules = client.rules
    seen = overlapping(late, calls, answered=False)
    for narrow, wide, told in zip(replay(provider, calls), replay(client, calls), seen, strict=True):
        assert narrow.exact
        assert within(narrow, wide), (narrow, wide)
        assert within(narrow, told), (narrow, told)


@given(openai_traffic, st.floats(0, 30), st.floats(0, 80_000))
def test_the_same_for_breakpoints(calls: Traffic, lag: float, grace: float) -> None:
    """OpenAI from 5.6: conservation, and the client's interval contains the provider."""
    known = rules_for("openai", "gpt-5.6-terra")
    assert isinstance(known, BreakpointRules)
    client, provider = Drive("/v1/responses", banded=True), Drive("/v1/responses", banded=True)
    client.rules = known
    provider.rules = replace(exact(known, visibility_lag=lag, grace=grace), floor=point(1024))
    for narrow, wide in zip(replay(provider, calls), replay(client, calls), strict=True):
        assert narrow.exact
        assert narrow.read.lo + narrow.write_total.lo + narrow.uncached.lo == narrow.total.lo
        assert within(narrow, wide), (narrow, wide)


class Chats(NamedTuple):
    """A Chat Completions body: texts that share beginnings of any length, and what may be keyed."""

    model: str
    shared: int
    name: str
    tail: int
    key: str
    flex: bool

    def body(self) -> bytes:
        """Return the body."""
        said = words("shared", 4000)[: self.shared * 4] + words(self.name, self.tail)
        rest = {"service_tier": "flex"} if self.flex else {}
        messages = [{"role": "user", "content": said}]
        return json.dumps(
            {"model": self.model, "messages": messages, "prompt_cache_key": self.key, **rest}
        ).encode()


chats = st.builds(
    Chats,
    st.sampled_from(["gpt-5", "gpt-5.5", "gpt-4o"]),
    st.sampled_from([0, 1000, 1024, 1500, 2100, 3999]),
    st.sampled_from(["x", "y"]),
    st.integers(0, 400),
    st.sampled_from(["", "k"]),
    st.booleans(),
)
steady = st.lists(st.tuples(gaps, st.sampled_from([0.5, 3.0]), chats), min_size=1, max_size=8)


@given(
    calls=steady,
    lag=st.floats(0, 30),
    grace=st.floats(0, 80_000),
    step=st.sampled_from([128, 256, 2048]),
    keyed=st.booleans(),
)
def test_the_same_for_automatic_caching(
    calls: Traffic, lag: float, grace: float, step: int, *, keyed: bool
) -> None:
    """OpenAI before 5.6: steps, lag, lifetime and keys as they may be; reads never beyond the common text."""
    client, provider = (Drive("/v1/chat/completions", banded=True) for _ in range(2))
    deepest: dict[str, int] = {}
    at = 1000.0
    for gap, first_byte, chat in calls:
        at += gap
        assert isinstance(chat, Chats)
        known = rules_for("openai", chat.model)
        assert isinstance(known, AutomaticRules)
        granule = step if chat.model == "gpt-5.5" else 128
        free = () if keyed else tuple(known.keyed)
        point_rules = exact(known, visibility_lag=lag, grace=grace, granule=granule, free=free)
        assert isinstance(point_rules, AutomaticRules)
        client.rules = known
        provider.rules = replace(point_rules, keyed_by_cache_key=Tri.YES if keyed else Tri.NO)
        narrow, wide = (each.run(chat.body(), at, first_byte=first_byte) for each in (provider, client))
        assert narrow.exact
        assert narrow.read.lo + narrow.uncached.lo == narrow.total.lo
        assert within(narrow, wide), (narrow, wide)
        assert narrow.read.lo <= deepest.get(chat.model, 0)
        deepest[chat.model] = max(deepest.get(chat.model, 0), narrow.total.lo)
