"""Configuration: working defaults, TOML for everything, all mistakes at once."""

from __future__ import annotations

import pytest

from samovar.emulator import Config, load_config
from samovar.errors import ConfigInvalid

FULL = """
seed = 7
port = 0
clock = "virtual"
tokens = "chars/4"
[account]
requests_per_minute = 10
[[accounts]]
name = "b"
keys = ["key-b"]
[latency]
base = 0.1
[cache]
visibility_lag = 0.5
lifetimes = { "5m" = 2.0 }
floors = { "claude-opus-5" = 100 }
[nodes]
count = 3
[[faults]]
kind = "evict"
at = 60
[[faults]]
kind = "stream_cut"
calls = [3, 4]
after_events = 2
match = { model = "claude-opus-5" }
[[fixed_answers]]
contains = "ping"
text = "pong"
"""

WRONG = """
sede = 7
clock = "sundial"
[account]
requests_per_minute = 0
[[faults]]
kind = "gremlin"
"""


def test_defaults_are_the_small_account() -> None:
    """50 requests and 40,000 input tokens a minute."""
    account = Config().account
    assert (account.requests_per_minute, account.input_tokens_per_minute) == (50, 40_000)
    assert load_config(b"", "empty.toml") == Config()


def test_everything_can_be_written_down() -> None:
    """TOML reaches every part."""
    config = load_config(FULL.encode(), "full.toml")
    assert config.account.requests_per_minute == 10
    assert config.accounts[0].keys == ("key-b",)
    assert config.cache.lifetimes == {"5m": 2.0}
    assert config.faults[1].calls == (3, 4)
    assert config.faults[1].match.model == "claude-opus-5"
    assert config.fixed_answers[0].text == "pong"


def test_all_mistakes_are_told_at_once() -> None:
    """Five in one message, each with its place."""
    with pytest.raises(ConfigInvalid) as caught:
        load_config(WRONG.encode(), "wrong.toml")
    told = str(caught.value)
    for place in ("sede", "clock", "requests_per_minute", "kind"):
        assert place in told
    assert len(caught.value.mistakes) >= 4
