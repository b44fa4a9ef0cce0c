"""Usage in disjoint classes: nothing counted twice, nothing invented."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samovar.call import dialect_for

MESSAGES = dialect_for("/v1/messages")
CHAT = dialect_for("/v1/chat/completions")
RESPONSES = dialect_for("/v1/responses")
counts = st.integers(0, 10**6)


@pytest.mark.fact("anthropic.usage", "anthropic.usage.tiers")
def test_anthropic_input_excludes_cached_tokens() -> None:
    """The prompt is the sum of the three."""
    usage = MESSAGES.usage(
        b'{"usage": {"input_tokens": 50, "cache_read_input_tokens": 100000,'
        b'"cache_creation_input_tokens": 30,'
        b'"cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20},'
        b'"output_tokens": 5, "service_tier": "standard"}}'
    )
    assert usage.uncached_input == 50
    assert usage.cache_write == {"5m": 10, "1h": 20}
    assert usage.total_input == 100_080
    assert usage.extra == {"service_tier": "standard"}


@pytest.mark.fact("openai.usage", "openai.usage.tiers")
def test_openai_input_includes_cached_tokens() -> None:
    """Ordinary input is what remains when reads and writes are taken away."""
    usage = RESPONSES.usage(
        b'{"usage": {"input_tokens": 2000,'
        b'"input_tokens_details": {"cached_tokens": 1024, "cache_write_tokens": 500,'
        b'"cache_write_tokens_details": {"ttl_30m_tokens": 100, "ttl_12h_tokens": 400}},'
        b'"output_tokens": 7}}'
    )
    assert (usage.uncached_input, usage.cache_read, usage.cache_write) == (
        476,
        1024,
        {"30m": 100, "12h": 400},
    )
    chat = CHAT.usage(b'{"usage": {"prompt_tokens": 9, "completion_tokens": 1}}')
    assert (chat.uncached_input, chat.cache_read, chat.cache_write) == (9, None, None)


def test_absent_stays_absent() -> None:
    """No usage, no cache fields: None, never zero."""
    for dialect in (MESSAGES, CHAT, RESPONSES):
        usage = dialect.usage(b"{}")
        assert not usage.reports_cache
        assert usage.total_input is None
    assert MESSAGES.usage(b'{"usage": {"input_tokens": 3}}').cache_read is None


def test_a_total_without_its_tiers_has_no_tier() -> None:
    """A write whose tier the provider did not say is not assumed to be a 5m write."""
    usage = MESSAGES.usage(b'{"usage": {"input_tokens": 1, "cache_creation_input_tokens": 7}}')
    assert usage.cache_write == {"": 7}


@pytest.mark.parametrize("bad", ["-1", "1.5", '"7"', "true", "[1]", "null"])
def test_counts_that_are_none_are_absent(bad: str) -> None:
    """A malformed count is not a count."""
    usage = MESSAGES.usage(f'{{"usage": {{"input_tokens": 1, "cache_read_input_tokens": {bad}}}}}'.encode())
    assert usage.cache_read is None


@given(counts, counts, counts, counts)
def test_openai_classes_add_up(uncached: int, read: int, written: int, out: int) -> None:
    """Whatever was reported, the classes are disjoint and sum to the provider's total."""
    total = uncached + read + written
    body = {
        "usage": {
            "input_tokens": total,
            "output_tokens": out,
            "input_tokens_details": {"cached_tokens": read, "cache_write_tokens": written},
        }
    }
    usage = RESPONSES.usage(json.dumps(body).encode())
    assert usage.uncached_input == uncached
    assert usage.total_input == usage.stated_input == total


def test_no_written_token_is_lost_when_the_split_lags_behind() -> None:
    """A stream's total may outgrow the split of its first event."""
    usage = MESSAGES.usage(
        b'{"usage": {"input_tokens": 1, "cache_creation_input_tokens": 5000,'
        b'"cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 2000}}}'
    )
    assert usage.cache_write == {"1h": 2000, "": 3000}
