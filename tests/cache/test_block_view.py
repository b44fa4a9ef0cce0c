"""What a client knows of an engine with a block pool."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from samovar.cache import CacheModel, Interval
from samovar.cache.blocks import BlockCache
from samovar.call import SegmentMemo, dialect_for
from samovar.prefix.prompt import PromptReader
from samovar.prefix.size import Sizer
from samovar.prefix.tokens import tokens_of
from samovar.providers.models import rules_for
from samovar.providers.rules import BlockRules
from samovar.providers.tokens import counter_for

if TYPE_CHECKING:
    from samovar.prefix.prompt import Prompt

DIALECT = dialect_for("/v1/chat/completions")
MEMO = SegmentMemo(1_000)


def rules(capacity: int | None = 1_000) -> BlockRules:
    """Return the rules of an engine with a pool of so many blocks of 16 tokens."""
    found = rules_for("vllm", "any")
    assert isinstance(found, BlockRules)
    return replace(found, block=16, capacity=capacity)


def prompt(text: str, of: BlockRules, *, told: bool = True, domain: str = "") -> Prompt:
    """Return a prompt whose tokens are its letters; `told` is whether the engine says so."""
    body = f'{{"model": "m", "messages": [{{"role": "user", "content": "{text}"}}]}}'.encode()
    reader = PromptReader(of, Sizer(counter_for("unknown"), "vllm"), MEMO, None)
    tokens = tokens_of(map(ord, text)) if told else None
    return reader.read(DIALECT.parse(body, MEMO), tokens=tokens, domain=domain)


@pytest.mark.parametrize(
    ("capacity", "read", "why"),
    [(1_000, Interval(96, 96), ()), (None, Interval(0, 96), ("vllm.lifetime",))],
)
def test_whole_blocks_are_read(capacity: int | None, read: Interval, why: tuple[str, ...]) -> None:
    """Of 100 common tokens six blocks; nothing is promised of a pool of unknown size."""
    model, engine = CacheModel(), rules(capacity)
    first = prompt("a" * 100 + "x" * 50, engine)
    model.admit(first, model.look_up(first, 0.0), started_at=0.0, first_byte_at=0.0)
    found = model.look_up(prompt("a" * 100 + "y" * 50, engine), 1.0)
    assert (found.read, found.reasons) == (read, why)


def test_what_was_generated_may_be_read_on() -> None:
    """100 tokens and 40 generated: six blocks for sure, eight if the prompt goes on with them."""
    model, engine = CacheModel(), rules()
    first = prompt("a" * 100, engine)
    model.begin(first, 0.0)
    model.end(first, 40, 1.0)
    found = model.look_up(prompt("a" * 100 + "b" * 100, engine), 2.0)
    assert (found.read, found.reasons) == (Interval(96, 128), ("vllm.generated",))


def test_a_sibling_in_flight_may_or_may_not_be_read() -> None:
    """Until its first byte; from then on its blocks are there."""
    model, engine = CacheModel(), rules()
    first, second = prompt("a" * 100, engine), prompt("a" * 100, engine)
    found = model.look_up(first, 0.0)
    model.begin(first, 0.0)
    open_still = model.look_up(second, 0.0)
    assert (open_still.read, open_still.reasons) == (Interval(0, 96), ("vllm.visibility",))
    model.admit(first, found, started_at=0.0, first_byte_at=1.0)
    assert model.look_up(second, 1.0).read == Interval(96, 96)


def test_unknown_tokens_bound_from_above() -> None:
    """Positions say what is read at most."""
    model, engine = CacheModel(), rules()
    first = prompt("abcd " * 300, engine, told=False)
    model.admit(first, model.look_up(first, 0.0), started_at=0.0, first_byte_at=0.0)
    again = model.look_up(first, 1.0).read
    assert again.lo == 0
    assert again.hi > 250


def test_a_bounded_pool_drops_as_the_engine_does() -> None:
    """Random calls in a small pool: what the engine reads lies inside, and mostly is the very number."""
    rng = random.Random(5)
    model, of = CacheModel(), rules(40)
    engine = BlockCache(of)
    exact = 0
    for now in range(300):
        asked = prompt("".join(rng.choice("abc") * 40 for _ in range(4)), of)
        assert asked.tokens is not None
        found = model.look_up(asked, now)
        read = engine.admit(asked.tokens, tokens_of(map(ord, "xyz")), "", now).read.lo
        assert read in found.read
        exact += found.read.exact
        model.begin(asked, now)
        model.end(asked, 3, now)
    assert exact > 250


def test_what_is_known_of_engines_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Key spaces, positions, blocks of pools of unknown size: the least recently used go first."""
    monkeypatch.setattr("samovar.cache.model.ENGINES", 3)
    monkeypatch.setattr("samovar.cache.earlier.POSITIONS", 2)
    monkeypatch.setattr("samovar.cache.blocks.UNBOUNDED", 10)
    model, engine = CacheModel(), rules(None)
    sent = [prompt(letter * 100, engine, domain=letter) for letter in "abcd"]
    for at, each in enumerate(sent):
        model.admit(each, model.look_up(each, at), started_at=at, first_byte_at=at)
    assert model.counts() == (3, 0, 1)
    assert [model.look_up(each, 9.0).read.hi for each in sent[1:]] == [96, 96, 96]
    many = [prompt(letter * 100, engine, domain="d") for letter in "efg"]
    for each in many:
        model.admit(each, model.look_up(each, 9.0), started_at=9.0, first_byte_at=9.0)
    assert [model.look_up(each, 10.0).read.hi for each in (sent[3], *many)] == [0, 0, 64, 96]
    two = "h" * 100 + '"},{"role":"user","content":"' + "i" * 100
    reach = []
    for text in (two, "j", "k"):
        model.begin(prompt(text, engine, told=False, domain="u"), 11.0)
        reach.append(model.look_up(prompt(two, engine, told=False, domain="u"), 12.0).read.hi)
    assert reach[0] == reach[1] > reach[2], "the end of what was sent first goes before its beginning"


def test_the_cap_holds_for_sequences_of_engines() -> None:
    """With a cap of four, engines that were used the longest ago make room."""
    model, engine = CacheModel(4), rules()
    for i in range(40):
        each = prompt("ab"[i % 2] * (20 + i), engine, domain=str(i // 2))
        model.admit(each, model.look_up(each, i), started_at=i, first_byte_at=i)
        assert model.counts().entries <= 4
    assert sum(model.counts()) == 40


def test_an_engine_can_be_emptied() -> None:
    """By a prompt that it took, and by age: engines go whole."""
    model, engine = CacheModel(), rules()
    sent = [prompt("a" * 100, engine, domain=name) for name in "abcd"]
    for at, each in enumerate(sent):
        model.admit(each, model.look_up(each, at), started_at=at, first_byte_at=at)
    assert model.evict(sent[2]) == 1
    assert model.evict_oldest(0.4) == 1
    assert [model.look_up(each, 9.0).read.lo for each in sent] == [0, 96, 0, 96]
