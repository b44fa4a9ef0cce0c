"""An option that a run would not look at is told, not ignored."""

from __future__ import annotations

import argparse

import pytest

from samovar.cli.bench import options
from samovar.cli.bench.ignored_options import Kind, refuse_ignored, refuse_ignored_by
from samovar.errors import YoursError

SERVER = "http://127.0.0.1:8080"


def parsed(line: str) -> argparse.Namespace:
    """Return the options of a command line."""
    parser = argparse.ArgumentParser()
    options.add(parser)
    return parser.parse_args(line.split())


@pytest.mark.parametrize(
    ("line", "base_url", "says"),
    [
        ("--fail-on-regression", None, "Add --baseline"),
        ("--engine vllm", None, "Add --base-url"),
        ("--fixture full --fixture-path x.json", None, "--fixture and --fixture-path"),
        ("--uncached --no-nonce", None, "a nonce of its own"),
        ("--uncached --ttl service=1h", None, "no lifetime"),
        ("--uncached --cold-control 0", None, "every call is a control"),
        ("--uncached --jitter 1-2", None, "no seeding"),
        ("--uncached --ttl-probe", None, "nothing is alive"),
    ],
)
def test_an_option_that_another_one_makes_idle(line: str, base_url: str | None, says: str) -> None:
    """Both are named, and why."""
    with pytest.raises(YoursError) as caught:
        refuse_ignored(parsed(line), base_url)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("line", "kind", "says"),
    [
        ("--limit 3", "comparisons", "lines of a Mooncake trace"),
        ("--limit 3", "log", "lines of a Mooncake trace"),
        ("--model claude-opus-5", "log", "name their model"),
        ("--api responses", "log", "their endpoint"),
        ("--ttl service=1h", "trace", "lifetimes of their own"),
        ("--cold-control 0", "log", "no controls"),
        ("--jitter 0-0", "log", "no seeding"),
        ("--fixture full", "trace", "--workload"),
        ("--fixture-path x", "log", "--workload"),
        ("--uncached", "log", "comparisons of a fixture"),
        ("--ttl-probe", "trace", "comparisons of a fixture"),
    ],
)
def test_an_option_that_says_nothing_to_a_workload(line: str, kind: Kind, says: str) -> None:
    """The option is named, and why it says nothing there."""
    with pytest.raises(YoursError) as caught:
        refuse_ignored_by(parsed(line), kind)
    assert says in str(caught.value)
    assert line.split(maxsplit=1)[0] in str(caught.value)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("", "comparisons"),
        ("--uncached --seed 3", "comparisons"),
        ("--engine vllm --base-url " + SERVER, "comparisons"),
        ("--engine none", "comparisons"),
        ("--limit 3 --model claude-opus-5", "trace"),
        ("--no-nonce --concurrency 3", "log"),
    ],
)
def test_what_is_looked_at_is_taken(line: str, kind: Kind) -> None:
    """Nothing is refused for being there."""
    refuse_ignored(parsed(line), SERVER if SERVER in line else None)
    refuse_ignored_by(parsed(line), kind)


def test_a_scope_has_one_lifetime() -> None:
    """The second would have won without a word."""
    with pytest.raises(argparse.ArgumentTypeError, match="service twice"):
        options.ttl("service=1h,service=5m")
