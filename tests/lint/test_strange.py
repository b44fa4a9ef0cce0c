"""Words that nobody knows are told, and known ones are not."""

from __future__ import annotations

import pytest

from samovar.lint.strange import strange
from samovar.providers.facts import facts
from samovar.providers.models import makers

UNKNOWN = [
    ("provider", "foo"),
    ("endpoint", "/v1/foo"),
    ("model", "nonsense-9"),
    ("region", "mars"),
]
KNOWN = [
    *(("provider", name) for name in ("anthropic", "azure", "bedrock", "vertex-anthropic", "google", "groq")),
    ("endpoint", "https://api.anthropic.com/v1/messages?beta=true"),
    ("endpoint", "/model/us.anthropic.claude-sonnet-4-6/converse"),
    *(("model", name) for name in ("claude-sonnet-4-6", "us.anthropic.claude-sonnet-4-6", "gpt-4o")),
    *(("region", name) for name in ("eu", "EU", "us", "jp", "apac")),
]


@pytest.mark.parametrize(("kind", "word"), UNKNOWN)
def test_an_unknown_word_is_told(kind: str, word: str) -> None:
    """By a sentence that quotes it."""
    (sentence,) = strange(**{kind: word})
    assert repr(word) in sentence


@pytest.mark.parametrize(("kind", "word"), KNOWN)
def test_a_known_word_is_not(kind: str, word: str) -> None:
    """However it is spelt."""
    assert not list(strange(**{kind: word}))


def test_whoever_has_facts_is_known() -> None:
    """Makers, and those that only serve the models of others."""
    for name in {*makers(), *(fact.provider for fact in facts().facts())}:
        assert not list(strange(provider=name)), name
