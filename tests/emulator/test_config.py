"""Configuration: working defaults, TOML for everything, all mistakes at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samovar.emulator import Config, load_config
from samovar.errors import ConfigInvalid

if TYPE_CHECKING:
    from tests.emulator.talk import Talk

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


CONTRADICTING = """
port = 5000
admin_port = 5000
[cache.keyed]
thinkng = true
[answers]
shortest = 9
longest = 3
[[accounts]]
keys = ["one", "two"]
[[accounts]]
keys = ["two"]
[[faults]]
kind = "evict"
at = 50
until = 20
[[faults]]
kind = "gremlin"
[[faults]]
kind = "served_model_change"
calls = [5, 2]
[[faults]]
id = "x"
kind = "evict"
[[faults]]
id = "x"
kind = "hang"
seconds = -1
[[faults]]
id = "x"
kind = "hang"
"""


CHANGED = "served_model_change needs model, the one that answers instead"


def test_contradictions_are_told_with_all_other_mistakes() -> None:
    """Times and counts that cannot be meant, ids and keys that are given twice: each at its place."""
    with pytest.raises(ConfigInvalid) as caught:
        load_config(CONTRADICTING.encode(), "wrong.toml")
    kind, *others = sorted(caught.value.mistakes, key=lambda line: "gremlin" not in line)
    assert kind.startswith('faults[1].kind: given "gremlin"')
    assert others == [
        "accounts: the API key 'two' is given more than once; the name 'default' is given more than once",
        "admin_port: given 5000, which is port too",
        "answers: longest = 3 must not be less than shortest = 9",
        "cache.keyed: Invalid enum value 'thinkng'",
        "faults: the id 'x' is given more than once",
        "faults[0]: until = 20 must come after at = 50",
        f"faults[2]: calls = [5, 2] must be [first, last], counted from 1; {CHANGED}",
        "faults[4].seconds: given -1, needs a number of at least 0",
    ]


NAMELESS = """
[cache.lifetimes]
"5m" = 2.0
"5min" = 2.0
[cache.floors]
"claude-sonnet-4-5-20250929" = 100
"claude-sonet-4-5" = 100
[cache.granules]
"gpt-5.5" = 64
"mistral-large" = 64
[[faults]]
kind = "evict"
match = { path = "/v1/mesages" }
[[faults]]
kind = "hang"
match = { path = "/v1/messages" }
"""


def test_a_platform_and_the_names_of_accounts_are_known_and_told_apart() -> None:
    """Nobody's rules would hold on the one, and the limits of the others would be one account's."""
    with pytest.raises(ConfigInvalid) as caught:
        load_config(b'platform = "mars"\n[[accounts]]\nname = "b"\n[[accounts]]\nname = "b"\n', "wrong.toml")
    assert sorted(caught.value.mistakes) == [
        "accounts: the name 'b' is given more than once",
        "platform: nobody that a fact is known of is called 'mars'",
    ]
    assert load_config(b'platform = "bedrock"', "right.toml").platform == "bedrock"


def test_names_that_nothing_has_are_told() -> None:
    """Lifetimes, models and paths that would never be met; where strangers are served any model may be."""
    with pytest.raises(ConfigInvalid) as caught:
        load_config(NAMELESS.encode(), "names.toml")
    floor, granule, lifetime, path = sorted(caught.value.mistakes)
    assert path.startswith("faults[0].match: path = '/v1/mesages' is not served; there are /v1/chat/")
    assert floor.startswith("cache.floors: no model of anthropic or openai is called 'claude-sonet-4-5'")
    assert granule.startswith("cache.granules: no model of anthropic or openai is called 'mistral-large'")
    assert lifetime.startswith("cache.lifetimes: no entry lives as '5min'; there are")
    assert "5m" in lifetime
    served = "unknown_models = true\n" + NAMELESS.replace("mesages", "messages").replace('"5min" = 2.0\n', "")
    assert load_config(served.encode(), "names.toml").cache.floors["claude-sonet-4-5"] == 100


def test_a_fault_that_cannot_be_meant_is_refused_by_the_admin(talk: Talk) -> None:
    """The same rules hold for faults that are loaded later."""
    answer = talk.admin("POST", "/faults", {"kind": "evict", "at": 9, "until": 9})
    assert "until = 9 must come after at = 9" in answer["error"]
    assert talk.admin("GET", "/faults") == []
