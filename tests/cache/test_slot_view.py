"""What a client knows of a slot server, held against servers of every kind that could be behind it."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from samovar.cache import CacheModel, Interval
from samovar.cache.slots import SlotCache
from samovar.call import SegmentMemo, dialect_for
from samovar.prefix.prompt import PromptReader
from samovar.prefix.size import Sizer
from samovar.prefix.tokens import tokens_of
from samovar.providers.models import rules_for
from samovar.providers.rules import SlotRules
from samovar.providers.tokens import counter_for

if TYPE_CHECKING:
    from samovar.prefix.prompt import Prompt

DIALECT = dialect_for("/v1/chat/completions")
MEMO = SegmentMemo(1_000)
LETTERS = "abcdefgh"


def rules(slots: int | None = 1) -> SlotRules:
    """Return the rules of a server with so many slots."""
    found = rules_for("llamacpp", "any")
    assert isinstance(found, SlotRules)
    return replace(found, slots=slots)


def prompt(text: str, of: SlotRules, *, told: bool = True) -> Prompt:
    """Return a prompt whose tokens are its letters; `told` is whether the engine says so."""
    body = f'{{"model": "m", "messages": [{{"role": "user", "content": "{text}"}}]}}'.encode()
    reader = PromptReader(of, Sizer(counter_for("unknown"), "llamacpp"), MEMO, None)
    return reader.read(DIALECT.parse(body, MEMO), tokens=tokens_of(map(ord, text)) if told else None)


def test_in_turn_on_one_slot_the_answer_is_a_point() -> None:
    """Common prefix with what the slot holds, the last token always computed."""
    model, one = CacheModel(), rules()
    reads = []
    for text in ("abcd", "abcd", "abxy", "abcd"):
        asked = prompt(text * 50, one)
        found = model.look_up(asked, 0.0)
        reads.append(found.read)
        model.admit(asked, found, started_at=0.0, first_byte_at=0.0)
    # The first prompt comes back from host memory, where the third sent it.
    assert reads == [Interval(0, 0), Interval(199, 199), Interval(2, 2), Interval(199, 199)]


def test_what_was_generated_may_be_read_on() -> None:
    """Its tokens are not told, only how many they are: a prompt that goes on may read up to all of them."""
    model, one = CacheModel(), rules()
    first = prompt("a" * 100, one)
    model.begin(first, 0.0)
    model.end(first, 20, 1.0)
    found = model.look_up(prompt("a" * 100 + "b" * 100, one), 2.0)
    assert (found.read, found.reasons) == (Interval(100, 120), ("llamacpp.generated",))
    assert model.look_up(prompt("a" * 90 + "b" * 100, one), 2.0).read == Interval(90, 90)


@pytest.mark.parametrize("slots", [1, 2, None])
def test_while_another_call_is_in_flight_nothing_is_promised(slots: int | None) -> None:
    """It may sit in the slot that holds the prefix, or be behind it in the line."""
    model, served = CacheModel(), rules(slots)
    warm, busy, asked = (prompt("a" * 100 + tail * 50, served) for tail in "xyz")
    model.begin(warm, 0.0)
    model.end(warm, 1, 1.0)
    model.begin(busy, 2.0)
    found = model.look_up(asked, 2.0)
    assert (found.read, found.reasons) == (Interval(0, 100), ("llamacpp.slots",))
    model.end(busy, 1, 3.0)
    assert model.look_up(asked, 4.0).read.hi == 100
    assert model.look_up(asked, 4.0).read.lo == 100, "both that may have been last share it"


@pytest.mark.parametrize(("slots", "least"), [(1, 10), (2, 0)])
@pytest.mark.fact("llamacpp.similarity")
def test_too_little_in_common_promises_no_slot(slots: int, least: int) -> None:
    """Where there is another slot, a twentieth of the prompt does not lead to the one that holds it."""
    model, served = CacheModel(), rules(slots)
    one, other, asked = (prompt("a" * 10 + tail * 190, served) for tail in "xyz")
    model.begin(one, 0.0)
    model.begin(other, 0.0)
    model.end(one, 1, 1.0)
    model.end(other, 1, 1.0)
    assert model.look_up(asked, 2.0).read == Interval(least, 10)


def test_a_call_that_failed_may_or_may_not_have_taken_the_slot() -> None:
    """Both are possible: what is promised holds in either case."""
    model, one = CacheModel(), rules()
    for text, output in (("a" * 100, 1), ("b" * 100, None)):
        asked = prompt(text, one)
        model.begin(asked, 0.0)
        model.end(asked, output, 1.0)
    assert model.look_up(prompt("a" * 100, one), 2.0).read == Interval(0, 99)


def test_unknown_tokens_bound_from_above() -> None:
    """Where the engine does not tell tokens, positions say what is read at most, and nothing is promised."""
    model, one = CacheModel(), rules()
    first = prompt("abcd " * 300, one, told=False)
    assert model.look_up(first, 0.0).read == Interval(0, 0)
    model.admit(first, model.look_up(first, 0.0), started_at=0.0, first_byte_at=0.0)
    again = model.look_up(first, 1.0).read
    assert again.lo == 0
    assert again.hi > 250


def test_an_emptied_server_reads_nothing() -> None:
    """As after a restart."""
    model, one = CacheModel(), rules()
    asked = prompt("a" * 100, one)
    model.admit(asked, model.look_up(asked, 0.0), started_at=0.0, first_byte_at=0.0)
    assert model.counts().entries == 1
    assert model.evict() == 1
    assert model.look_up(asked, 1.0).read == Interval(0, 0)


@pytest.mark.parametrize("told", [True, False], ids=["slots told", "slots unknown"])
@pytest.mark.parametrize("slots", [1, 2, 3])
@pytest.mark.parametrize("unified", [False, True])
def test_every_server_stays_inside(slots: int, unified: bool, told: bool) -> None:
    """Random calls, at random several at once: whatever server is behind it reads inside the interval."""
    rng = random.Random(slots * 10 + unified)
    for _ in range(15):
        engine = SlotCache(rules(slots), bytes_per_token=100_000, unified=unified)
        model, known = CacheModel(), rules(slots if told else None)
        for now in range(25):
            together = rng.choice((1, 1, 1, slots))
            asked = [
                prompt("".join(rng.choice(LETTERS[:2]) * 40 for _ in range(4)), known)
                for _ in range(together)
            ]
            found = []
            for each in asked:
                found.append(model.look_up(each, now))
                model.begin(each, now)
            seats = []
            for each in rng.sample(asked, len(asked)):
                assert each.tokens is not None
                seat = engine.begin(each.tokens, now)
                assert seat is not None
                assert seat.read.lo in model.revised(each, found[asked.index(each)]).read
                seats.append((each, seat))
            for each, seat in seats:
                engine.end(seat, tokens_of(map(ord, "abc")), now)
                model.end(each, 3, now)


def test_who_tells_the_tokens_has_settled_the_order() -> None:
    """With tools in the body, too, there is one reading of a prompt: the engine's."""
    body = (
        b'{"model": "m", "messages": [{"role": "system", "content": "a"}, {"role": "user", "content": "b"}],'
        b'"tools": [{"type": "function", "function": {"name": "t", "parameters": {}}}]}'
    )
    one = rules()
    reader = PromptReader(one, Sizer(counter_for("unknown"), "llamacpp"), MEMO, None)
    call = DIALECT.parse(body, MEMO)
    assert reader.read(call).otherwise is not None
    asked = reader.read(call, tokens=tokens_of(range(100)))
    assert asked.otherwise is None
    model = CacheModel()
    found = model.look_up(asked, 0.0)
    model.begin(asked, 0.0)
    model.admit(asked, found, started_at=0.0, first_byte_at=1.0)
    assert model.revised(asked, found).read == Interval(0, 0)
