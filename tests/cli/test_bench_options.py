"""One option, one rule: what `samovar.toml` takes, the command line takes, and its help says what holds."""

from __future__ import annotations

import argparse
from datetime import date

import pytest

from samovar.bench.run import rules_of
from samovar.bench.settings import Settings
from samovar.cli.bench import options
from samovar.errors import ConfigInvalid, YoursError
from samovar.policy import Policy, load_policy


def parsed(*words: str) -> argparse.Namespace:
    """Return the options of a command line."""
    parser = argparse.ArgumentParser()
    options.add(parser)
    return parser.parse_args(words)


@pytest.mark.parametrize("tier", ["5m", "30m", "1h", "12h", "2d", ""])
@pytest.mark.parametrize("scope", ["service", "assignment", "servic", ""])
def test_a_lifetime_is_taken_from_both_or_from_neither(scope: str, tier: str) -> None:
    """The file and the option have one list of scopes and tiers."""
    try:
        filed = load_policy(f'[bench.ttl]\n"{scope}" = "{tier}"'.encode()).bench.ttl.named()
    except ConfigInvalid:
        with pytest.raises(argparse.ArgumentTypeError, match="is not a scope"):
            options.ttl(f"{scope}={tier}")
    else:
        assert options.ttl(f"{scope}={tier}") == filed == {scope: tier}


def test_nothing_said_is_what_the_policy_holds_without_a_file() -> None:
    """Options, policy and a run's own settings have the same defaults."""
    assert options.settings_of(parsed(), Policy()) == Settings()


def test_the_help_tells_the_defaults() -> None:
    """Numbers in the help are those of the settings."""
    parser = argparse.ArgumentParser()
    options.add(parser)
    said = " ".join(parser.format_help().split())
    plain = Settings()
    for number in (plain.rpm, plain.tpm, plain.concurrency, f"{plain.jitter_ms[0]}-{plain.jitter_ms[1]}"):
        assert f"({number})" in said
    assert f"warn below this hit rate ({plain.thresholds.hit_rate_warn:.2f})" in said


def test_the_platform_of_the_file_is_the_runs() -> None:
    """Nothing else would tell whose rules and prices hold."""
    policy = load_policy(b'[provider]\nplatform = "bedrock"')
    assert options.settings_of(parsed(), policy).platform == "bedrock"


BOTH = {"service": "1h", "assignment": "5m"}
LONG = {"service": "12h", "assignment": "30m"}


@pytest.mark.parametrize(
    ("words", "fixture", "tiers"),
    [
        ((), "full", BOTH),
        ((), "smoke", {}),
        ((), None, {}),
        (("--ttl", "service=5m"), "full", {"service": "5m"}),
        (("--model", "gpt-5.6-terra"), "full", LONG),
        (("--model", "gpt-5.6-terra", "--api", "chat/completions"), "full", {}),
        (("--model", "gpt-4.1"), "full", {}),
    ],
)
def test_the_full_workload_asks_for_both_tiers(
    words: tuple[str, ...], fixture: str | None, tiers: dict[str, str]
) -> None:
    """The longest for the service blocks, the shortest for the assignment's, where the model has several."""
    plain = options.settings_of(parsed(*words), Policy())
    assert dict(options.with_tiers(plain, rules_of(plain, date(2026, 11, 20)), fixture).ttl) == tiers


@pytest.mark.parametrize(
    "words",
    [
        ("--model", "gpt-5.6-terra", "--api", "chat/completions", "--ttl", "service=12h"),
        ("--model", "gpt-5.6-sol", "--ttl", "service=1h"),
    ],
)
def test_a_lifetime_that_is_not_sold_is_refused_before_anything_is_paid(words: tuple[str, ...]) -> None:
    """The provider would say so with a 400, after the controls."""
    asked = options.settings_of(parsed(*words), Policy())
    with pytest.raises(YoursError, match="no such lifetime"):
        options.check_tiers(asked, rules_of(asked, date(2026, 11, 20)))
