"""OpenAI before gpt-5.6: automatic caching in steps of 128 tokens."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from samovar.cache import Interval
from samovar.prefix.prompt import Prompt, PromptReader
from samovar.prefix.size import Sizer
from samovar.providers.models import rules_for
from samovar.providers.rules import AutomaticRules, point
from samovar.providers.tokens import counter_for
from tests.bodies import words
from tests.cache.drive import Drive, numbers


def body(text: str, model: str = "gpt-5", **rest: object) -> bytes:
    """Return a Chat Completions body with one user message."""
    return json.dumps({"model": model, "messages": [{"role": "user", "content": text}], **rest}).encode()


def drive(*, banded: bool = False) -> Drive:
    """Return a model driven with Chat Completions bodies."""
    return Drive("/v1/chat/completions", banded=banded)


@pytest.mark.fact("openai.granule", "openai.reported-granule", "openai.no-write-fee")
@pytest.mark.parametrize(
    ("common", "read"), [(1500, 1408), (1408, 1408), (1407, 1280), (1024, 1024), (1023, 0)]
)
def test_reads_grow_in_steps_of_128_from_1024(common: int, read: int) -> None:
    """The common prefix is rounded down; below 1,024 nothing is read. Writes are not reported."""
    run = drive()
    head = words("head", 4000)[: common * 4]
    assert numbers(run.run(body(head + words("one", 300)), 0)) == (0, {}, common + 300)
    assert numbers(run.run(body(head + words("two", 300)), 10)) == (read, {}, common + 300 - read)


@pytest.mark.fact("openai.floor.automatic")
def test_short_prompts_are_never_read() -> None:
    """1,023 tokens stay uncached, however often they are sent."""
    run = drive()
    for at in (0.0, 10.0, 20.0):
        assert numbers(run.run(body(words("s", 1023)), at))[0] == 0


def test_the_last_token_is_never_read() -> None:
    """Identical prompts of 1,280 tokens read 1,152: one token must be computed, and only one."""
    run = drive()
    for total, read in ((1280, 1152), (1281, 1280)):
        run.run(body(words(f"s{total}", total)), 0)
        assert numbers(run.run(body(words(f"s{total}", total)), 10))[0] == read


@pytest.mark.fact("openai.retention.in-memory", "openai.retention.24h", "openai.default-retention")
def test_retention_bounds_the_life() -> None:
    """in_memory: sure for 5 minutes, possible for an hour."""
    run = drive(banded=True)
    short = body(words("s", 2000), prompt_cache_retention="in_memory")
    run.run(short, 0)
    assert run.look(short, 1000).read.hi == 1920
    assert run.look(short, 3700).read.hi == 0
    kept = body(words("t", 2000), prompt_cache_retention="24h")
    run.run(kept, 4000)
    assert run.look(kept, 40_000).read.hi == 1920


@pytest.mark.fact("openai.granule.gpt-5-5")
def test_gpt_5_5_may_lose_most_of_a_long_step() -> None:
    """Breakpoints every 2,048 tokens, counted with hidden content: an interval."""
    run = drive(banded=True)
    text = body(words("s", 6000), model="gpt-5.5")
    run.run(text, 0)
    found = run.look(text, 60)
    assert found.read == Interval(0, 5888)


@pytest.mark.fact("openai.key.routing", "openai.key.settings.automatic", "openai.key.service-tier.automatic")
def test_undocumented_keys_are_intervals_for_a_client() -> None:
    """Another prompt_cache_key may or may not reach the entry."""
    run = drive(banded=True)
    run.run(body(words("s", 2000), prompt_cache_key="a"), 0)
    assert run.look(body(words("s", 2000), prompt_cache_key="b"), 60).read == Interval(0, 1920)
    assert run.look(body(words("s", 2000), service_tier="flex"), 60).read.hi == 1920
    assert run.look(body(words("s", 2000), response_format={"type": "json_object"}), 60).read.hi == 0


@pytest.mark.fact("openai.generated.automatic")
def test_the_last_answer_may_be_cached_too() -> None:
    """The next turn may read the answer that the model generated."""
    run = drive(banded=True)
    first = {"role": "user", "content": words("q", 2048)}
    run.run(json.dumps({"model": "gpt-5", "messages": [first]}).encode(), 0)
    answer = {"role": "assistant", "content": words("a", 256)}
    after = {"role": "user", "content": words("n", 100)}
    found = run.look(json.dumps({"model": "gpt-5", "messages": [first, answer, after]}).encode(), 60)
    assert found.read == Interval(0, 2304)


def test_without_token_ids_whole_positions_are_sure_and_parts_of_the_next_are_possible() -> None:
    """Where the tokenizer is not public, positions bound the common prefix from both sides."""
    rules = rules_for("openai", "gpt-5")
    assert isinstance(rules, AutomaticRules)
    sure = replace(rules, routing_may_miss=False, visibility_lag=point(0.0), floor=point(1024))
    run = drive(banded=True)
    reader = PromptReader(sure, Sizer(counter_for("unknown"), "openai"), run.memo, None)

    def prompt(last: str) -> Prompt:
        said = [{"role": "user", "content": words(name, 1500)} for name in ("a", "b", last)]
        text = json.dumps({"model": "gpt-5", "messages": said}).encode()
        return reader.read(run.dialect.parse(text, run.memo))

    first, second = prompt("c"), prompt("d")
    cold = run.model.look_up(first, 0)
    assert (cold.read, cold.depth) == (Interval(0, 0), Interval(0, 0))
    run.model.admit(first, cold, started_at=0, first_byte_at=1)
    found = run.model.look_up(second, 60)
    assert second.grains is None
    assert found.depth == Interval(2, 2)
    assert found.read.lo == second.lo[1] // 128 * 128
    assert found.read.hi == min(second.hi[2], second.total_hi - 1) // 128 * 128


@pytest.mark.fact("openai.floor.automatic")
def test_what_only_the_lower_floor_lets_be_read_is_not_promised() -> None:
    """The exact floor varies: between its ends a read may fail, however sure the rest is."""
    run = drive(banded=True)
    rules = rules_for("openai", "gpt-5")
    assert isinstance(rules, AutomaticRules)
    run.rules = replace(rules, routing_may_miss=False, visibility_lag=point(0.0))
    assert not run.rules.floor.exact
    for tokens, least in ((1500, 0), (2500, 2432)):
        run.run(body(words("s", tokens)), 0)
        assert run.look(body(words("s", tokens)), 10).read == Interval(least, tokens // 128 * 128)
