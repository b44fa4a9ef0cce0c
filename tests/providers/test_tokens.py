"""Counts are exact where a vocabulary is published, and say how sure they are elsewhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samovar.providers.facts import facts
from samovar.providers.models import makers
from samovar.providers.tokens import TokenCount, Tokenizer, VocabularyCounter, counter_for

PROSE = "The kettle sings before it boils, and nobody in the house believes it until it does. " * 20
NAMES = ["o200k_base", "cl100k_base", "claude", "claude-4.7", "chars/4", "unknown"]


@pytest.mark.fact("tokenizer.o200k_base")
def test_openai_counts_are_exact() -> None:
    """Known encodings of the published vocabulary: two tokens, with their ids."""
    counter = counter_for("o200k_base")
    assert counter.count("hello world") == TokenCount(2, 2, 2, "counted")
    ids = counter.encode("hello world")
    assert ids is not None
    assert (ids.typecode, list(ids)) == ("I", [24912, 2375])


def test_the_vocabularies_differ() -> None:
    """cl100k is its own vocabulary, not another name for o200k."""
    ids = [counter_for(name).encode("hello world") for name in ("o200k_base", "cl100k_base")]
    assert ids[0] != ids[1]


@pytest.mark.fact("tokenizer.claude", "tokenizer.claude-4.7")
def test_claude_counts_are_bands_around_a_multiple() -> None:
    """1.18 and 1.53 times o200k, inside their bands; the newer generation counts about 30 % more."""
    tokens = counter_for("o200k_base").count(PROSE).est
    older, newer = counter_for("claude").count(PROSE), counter_for("claude-4.7").count(PROSE)
    assert (older.est, newer.est) == (round(tokens * 1.18), round(tokens * 1.53))
    assert newer.est / older.est == pytest.approx(1.3, abs=0.01)
    assert (older.how, counter_for("claude").exact, counter_for("claude").encode(PROSE)) == (
        "estimated",
        False,
        None,
    )


@pytest.mark.fact("tokenizer.claude", "tokenizer.claude-4.7")
def test_claude_bands_contain_what_was_measured() -> None:
    """Public measurements: 4.33 characters a token on prose before, 3.60 after; 1.18 and 1.53 on a mix."""
    older, newer = counter_for("claude").count(PROSE), counter_for("claude-4.7").count(PROSE)
    assert older.lo <= len(PROSE) / 4.33 <= older.hi
    assert newer.lo <= len(PROSE) / 3.60 <= newer.hi


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 1), ("abc", 1), ("x" * 10, 2), ("x" * 14, 4), ("ü" * 10, 5), ("😀", 1)]
)
def test_chars_4(text: str, tokens: int) -> None:
    """A quarter of the UTF-8 bytes, rounded as Python rounds, at least one."""
    assert counter_for("chars/4").count(text) == TokenCount(tokens, tokens, tokens, "chars/4")


@given(st.text(st.characters(), max_size=200), st.sampled_from(NAMES))
def test_the_estimate_is_inside_the_band(text: str, name: str) -> None:
    """For any text, surrogates included; exact counters have no band."""
    got = counter_for(name).count(text)
    assert 0 <= got.lo <= got.est <= got.hi
    assert got.lo == got.hi or not counter_for(name).exact


def test_every_tokenizer_of_a_model_is_known() -> None:
    """No row names a tokenizer that would silently fall back to the widest band."""
    named = {
        row.tokenizer for maker in makers().values() for row in (*maker.models, *maker.families, maker.guess)
    }
    assert named <= {fact.id.removeprefix("tokenizer.") for fact in facts().facts(provider="tokenizers")}


def test_an_unknown_tokenizer_gets_the_widest_band() -> None:
    """A name without a fact is not an error: the band says how little is known."""
    unknown = counter_for("no-such-tokenizer").count(PROSE)
    exact = counter_for("o200k_base").count(PROSE).est
    assert unknown.lo < exact * 0.75 < exact * 1.5 < unknown.hi


def test_counts_are_remembered_within_a_bound() -> None:
    """The second count of a text is a hit; the least recently used text goes first, and is counted."""
    counter = VocabularyCounter("t", Tokenizer("o200k_base", 1, 1, 1), remembered=2)
    for text in ("a", "b", "a", "c", "a", "b"):
        counter.count(text)
    assert (counter.hits, counter.misses, counter.evictions) == (2, 4, 2)
