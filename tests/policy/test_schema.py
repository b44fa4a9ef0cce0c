"""`samovar.toml`: its keys and their defaults."""

from __future__ import annotations

import msgspec
import pytest

from samovar.errors import ConfigInvalid
from samovar.policy import Jitter, Policy, load_policy


def test_no_file_is_needed() -> None:
    """An empty file means the defaults: the built-in provider at its default account's limits."""
    policy = load_policy(b"")
    assert policy == Policy()
    assert policy.provider.name == "emulator"
    assert (policy.bench.rpm, policy.bench.itpm) == (50, 28_000)
    assert policy.bench.jitter_ms == Jitter(50, 150)


def test_every_key_is_read() -> None:
    """A file that sets every key gives back what it says."""
    policy = load_policy(b"""
        [provider]
        name = "anthropic"
        model = "some-model"
        platform = "bedrock"
        base_url = "http://127.0.0.1:8080"
        engine = "vllm"

        [bench]
        fixture = "full"
        model = "another-model"
        ttl = { service = "1h", assignment = "5m" }
        rpm = 1
        itpm = 2
        concurrency = 3
        jitter_ms = [4, 5]
        out = "runs"

        [bench.thresholds]
        hit_rate_warn = 1
        hit_rate_fail = 0.5
        prefix_miss_warn = 0.0
        prefix_miss_fail = 1.0
        rate_limit_errors = 6

        [tokens]
        claude = "chars/4"

        [protect]
        bound = 7.0
        settle = 0.5
        spread = 2.0
        min_tokens = 8
        redis = "redis://127.0.0.1:9"
        redis_timeout = 0.1
        namespace = "other"
        domain = "team"
        platform = "bedrock"

        [protect.retry]
        attempts = 4
        growth = "linear"
        first = 1.5
        longest = 9.0
        jitter = 0.25

        [budgets.anthropic]
        requests_per_minute = 600
        input_tokens_per_minute = 40_000
        output_tokens_per_minute = 8_000
        reads_count = true
        longest_wait = 10.0

        [accounts]
        ours = ["x9Qw", "*"]

        [ledger]
        dir = "records"
        segment_mb = 1
        segment_minutes = 2
        keep_mb = 3
        keep_days = 4
        personal = true

        [lint]
        select = ["PR"]
        ignore = ["clock-in-prefix"]
        confidence = "guess"
        files = ["prompts/**"]
        exclude = ["prompts/old/**"]
        allow = ["example\\\\.com"]
        region = "eu"
        model = "claude-sonnet-4-6"
        budget = 4_000
        budget_usd = 0.05
        detectors = ["kingfisher"]

        [lint.per_path]
        "tests/**" = ["PR"]

        [lint.freshness]
        get_price = 60.0

        [lint.scopes]
        "system[0]" = "global"

        [smoke]
        model = "claude-sonnet-4-6"
        base = "main"
        max_tokens = 9_000
        max_usd = 0.02
        max_first_byte = 1.5
        max_rewritten_tokens = 100
        white_space = "allow"

        [smoke.values]
        customer = ["Ada", "Max"]
    """)
    defaults, given = msgspec.to_builtins(Policy()), msgspec.to_builtins(policy)
    kept = [
        (section, key)
        for section, table in defaults.items()
        for key, value in table.items()
        if given[section][key] == value
    ]
    assert not kept
    assert not set(defaults["bench"]["thresholds"].items()) & set(given["bench"]["thresholds"].items())


def test_a_policy_is_frozen() -> None:
    """What was decided is not changed under way."""
    with pytest.raises(AttributeError):
        load_policy(b"").bench.rpm = 60  # type: ignore[misc]  # this is the point


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[bench]\njitter_ms = [9, 1]", "bench.jitter_ms: given [9, 1], needs the lower end first"),
        ("[bench.thresholds]\nhit_rate_fail = 0.9", "hit_rate_fail is above hit_rate_warn"),
        ("[bench.thresholds]\nprefix_miss_fail = 0.1", "prefix_miss_fail is below prefix_miss_warn"),
        (
            '[bench]\nttl = { service = "2h" }',
            'bench.ttl.service: given "2h", needs one of "12h", "1h", "30m", "5m"',
        ),
        ('[bench]\nttl = { servic = "1h" }', "bench.ttl.servic: unknown key, did you mean 'service'?"),
    ],
)
def test_keys_that_contradict_each_other_are_mistakes(text: str, line: str) -> None:
    """Rules between keys are told like any other mistake, with the path of their table."""
    with pytest.raises(ConfigInvalid) as caught:
        load_policy(text.encode())
    assert line in str(caught.value)
    assert len(caught.value.mistakes) == 1


def test_numbers_without_an_end_are_refused_everywhere() -> None:
    """TOML can write them; a bound or a time of that length is none, and Redis refuses it in mid-script."""
    with pytest.raises(ConfigInvalid) as caught:
        load_policy(b"""
            [protect]
            bound = inf
            redis_timeout = 1e12
            [protect.retry]
            first = nan
            [budgets.claude-opus-5]
            longest_wait = -inf
            [lint.freshness]
            tool = inf
            [smoke]
            max_usd = inf
        """)
    assert caught.value.mistakes == (
        "budgets.claude-opus-5.longest_wait: given -inf, needs a finite number",
        "lint.freshness.tool: given inf, needs a finite number",
        "protect.bound: given inf, needs a finite number",
        "protect.redis_timeout: given 1000000000000.0, needs a number above 0, up to 86400",
        "protect.retry.first: given nan, needs a finite number",
        "smoke.max_usd: given inf, needs a finite number",
    )


def test_what_is_no_address_of_redis_is_refused_and_not_repeated() -> None:
    """Where it is written, not where it is used; it may hold a password."""
    with pytest.raises(ConfigInvalid) as caught:
        load_policy(b'[protect]\nredis = "redsi://:CANARY@host"')
    (told,) = caught.value.mistakes
    assert told == "protect: redis needs an address that begins with redis:// or rediss:// or unix://"
