"""One model has many spellings and one plain id."""

from __future__ import annotations

import pytest

from samovar.providers.modelid import dated, plain


@pytest.mark.parametrize(
    ("spelt", "expected"),
    [
        ("claude-sonnet-4-5", "claude-sonnet-4-5"),
        ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
        ("claude-sonnet-4-5@20250929", "claude-sonnet-4-5"),
        ("anthropic/claude-sonnet-4.5", "claude-sonnet-4-5"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"),
        ("us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"),
        ("arn:aws:bedrock:us-east-1:1:inference-profile/eu.anthropic.claude-opus-4-6-v1", "claude-opus-4-6"),
        ("claude-opus-4-1@default", "claude-opus-4-1"),
        ("claude-sonnet-5[1m]", "claude-sonnet-5"),
        ("openrouter/anthropic/claude-opus-5:beta", "claude-opus-5"),
        ("claude-3-5-sonnet-latest", "claude-3-5-sonnet"),
        ("GPT-5.4-2026-03-05", "gpt-5-4"),
        ("openai.gpt-oss-120b-1:0", "gpt-oss-120b-1"),
        ("ft:gpt-4o-2024-08-06:acme::1", "gpt-4o"),
        ("models/gemini-2.5-pro", "gemini-2-5-pro"),
        (" o3 ", "o3"),
        ("", ""),
        ("-latest", "-latest"),
    ],
)
def test_plain_id(spelt: str, expected: str) -> None:
    """Seller, region, date, version, variant and punctuation fall away; the rest stays."""
    assert plain(spelt) == expected
    assert plain(expected) == expected


def test_versions_are_not_dates() -> None:
    """A version number keeps two models apart."""
    assert plain("claude-opus-5-5") == plain("anthropic.claude-opus-5.5")
    assert plain("claude-opus-5-5") != plain("claude-opus-5")
    assert plain("gpt-5.1") != plain("gpt-5")


@pytest.mark.parametrize(
    ("spelt", "day"),
    [
        ("gpt-5-2025-08-07", "20250807"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "20250929"),
        ("claude-opus-4-8", ""),
        ("gpt-4.1", ""),
    ],
)
def test_the_day_in_an_id(spelt: str, day: str) -> None:
    """However it is written; a version is none."""
    assert dated(spelt) == day
