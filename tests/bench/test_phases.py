"""When a run stops by itself: a driver that never sends anything answers as it is told."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, TypeVar

import pytest

from samovar.bench.fixture import built_in
from samovar.bench.judgement import JudgementWorkload
from samovar.bench.phases import Execution
from samovar.cache import CacheModel
from samovar.call import SegmentMemo, dialect_for
from samovar.flow.bench import Desk
from samovar.flow.reserve import Reserve
from samovar.flow.sightings import Sightings
from samovar.prefix.prompt import PromptReader
from samovar.prefix.size import Sizer
from samovar.providers.models import rules_for
from samovar.providers.tokens import counter_for
from tests.flow.test_bench import World, usage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from samovar.flow.attempt import Attempt
    from samovar.flow.bench_effects import Flow
    from samovar.prefix.prompt import Prompt

T = TypeVar("T")
DIALECT = dialect_for("/v1/messages")
FINE = (200, usage(0, 3_100, 5))


class Told:
    """Plays flows one after the other in a world of prepared answers."""

    def __init__(self, world: World) -> None:
        self.world = world

    def run(self, flows: Iterable[Flow[T]], concurrency: int) -> list[T]:  # noqa: ARG002  # one at a time
        """Return the results."""
        return [self.world.play(flow) for flow in flows]


def execution(world: World) -> Execution:
    """Return a run of sixteen comparisons without controls."""
    memo = SegmentMemo()
    rules = rules_for("anthropic", "claude-sonnet-5")
    reader = PromptReader(rules, Sizer(counter_for("chars/4"), "anthropic"), memo, None)

    def prompt_of(body: bytes) -> Prompt:
        return reader.read(DIALECT.parse(body, memo))

    return Execution(
        workload=JudgementWorkload(
            built_in("smoke"), model="claude-sonnet-5", endpoint="/v1/messages", ttl={}, rng=random.Random(0)
        ),
        driver=Told(world),
        desk=Desk(
            path="/v1/messages",
            dialect=DIALECT,
            model=CacheModel(),
            sightings=Sightings(),
            reserve=Reserve(reads_count=False),
            likely=lambda _body, _depth: 0,
        ),
        prompt_of=prompt_of,
        rng=random.Random(0),
        origin=world.now,
        nonce="n",
        concurrency=1,
        jitter_ms=(0, 0),
        cold_calls=0,
        lag=rules.visibility_lag,
        progress=lambda *_: None,
    )


def attempts(world: World) -> list[Attempt]:
    """Return the attempts of calls that were refused."""
    return [attempt for attempt in world.attempts if not attempt.answered]


@pytest.mark.parametrize(("pause", "sent"), [("7200", 1), ("300", 9)])
def test_a_pause_of_hours_ends_the_run_at_once(pause: str, sent: int) -> None:
    """A single refusal after seeding is worth another try, unless it asks for hours."""
    world = World([FINE, *[(429, b"{}")] * 50], retry_after=pause)
    run = execution(world)
    run.run()
    assert run.stopped is not None
    assert len(attempts(world)) == sent
    assert ("to be waited for 7,200 s" in run.stopped) is (pause == "7200")


@pytest.mark.parametrize(("read", "finding"), [(100, None), (101, "pre-warmed")])
def test_a_seed_may_read_a_hundredth_of_what_it_sends(read: int, finding: str | None) -> None:
    """More was written before the run began, and would be somebody else's merit."""
    world = World([(200, usage(read, 9_000, 1_000 - read))] * 20)
    run = execution(world)
    run.run()
    assert run.finding == finding
    assert len(world.attempts) == (16 if finding is None else 1)


ANTHROPIC_CAP = b'{"error":{"type":"rate_limit_error","error_code":"enforced_spend_limit_reached"}}'
OPENAI_CAP = b'{"error":{"type":"insufficient_quota","code":"insufficient_quota","message":"Check it."}}'
ORDINARY = b'{"error":{"type":"rate_limit_error","message":"More at /settings/billing_error"}}'


@pytest.mark.parametrize(("said", "sent"), [(ANTHROPIC_CAP, 1), (OPENAI_CAP, 1), (ORDINARY, 9)])
def test_money_that_ran_out_ends_the_run_at_once(said: bytes, sent: int) -> None:
    """No retry and no slower pace brings it back, and the advice does not ask for them."""
    world = World([FINE, *[(429, said)] * 50])
    run = execution(world)
    run.run()
    assert len(attempts(world)) == sent
    assert ("raise it in the provider's console" in str(run.failure)) is (sent == 1)
    assert ("Lower rpm" in str(run.failure)) is (sent != 1)


@pytest.mark.parametrize(
    ("body", "sent"), [(b"<html>Log in</html>", 1), (b"{}", 1), (b"[]", 1), (b'{"content":[]}', 16)]
)
def test_what_is_not_the_provider_is_asked_once(body: bytes, sent: int) -> None:
    """A login page with status 200 will not turn into a provider; an answer without usage may be one."""
    world = World([(200, body)] * 20)
    run = execution(world)
    run.run()
    assert len(world.attempts) == sent
    assert ("is not the provider" in (run.stopped or "")) is (sent == 1)
    assert ("Check --base-url" in str(run.failure)) is (sent == 1)


def test_one_odd_answer_among_others_ends_nothing() -> None:
    """Who has answered in the API's form is the provider."""
    world = World([FINE, (200, b"{}"), *[FINE] * 20])
    run = execution(world)
    run.run()
    assert len(world.attempts) == 16
