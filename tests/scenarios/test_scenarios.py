"""Ways in which a prompt cache fails in production: emulator → exchange log → `samovar explain`.

Each `.toml` file beside this one is a scenario: what happened, and what must be found, by name and with
money. Texts have chars/4 tokens, so that the sums can be checked by hand.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from samovar.cli import main
from tests.scenarios.play import Found, Scenario, played, scenarios

if TYPE_CHECKING:
    from pathlib import Path

Json = dict[str, Any]
CENT = 0.000_05
"""USD by which a sum may differ from the one that was made by hand."""
SCENARIOS = scenarios()


def explained(scenario: Scenario, folder: Path, capsys: pytest.CaptureFixture[str]) -> Json:
    """Play a scenario, and return what the command says of its log."""
    log = played(scenario).written(folder / "calls.jsonl")
    policy = folder / "policy.toml"
    policy.write_text(scenario.policy, "utf-8")
    assert main(["explain", log, "--format", "json", "--config", str(policy)]) == 0
    found: Json = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize("name", list(SCENARIOS))
def test_what_happened_is_named(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every cause and pattern that the scenario states, no other cause, and as many healthy calls."""
    scenario = SCENARIOS[name]
    said = explained(scenario, tmp_path, capsys)
    summary = said["summary"]
    causes = {each.cause: each for each in scenario.expect if each.cause}
    assert {cause: tally["calls"] for cause, tally in summary["by_cause"].items()} == {
        cause: each.calls for cause, each in causes.items()
    }
    assert summary["by_verdict"].get("hit", 0) == scenario.hits
    for cause, each in causes.items():
        tally = summary["by_cause"][cause]
        assert tally["avoidable_usd"] == pytest.approx(each.avoidable_usd, abs=CENT)
        assert tally["lost_usd"] == pytest.approx(each.lost_usd, abs=CENT)
        assert not each.path or {c["path"] for c in said["calls"] if c["cause"] == cause} == {each.path}
    for each in scenario.expect:
        if each.pattern:
            shown(each, said["patterns"])


def shown(wanted: Found, patterns: list[Json]) -> None:
    """A pattern of that name has these words, this place and this money."""
    told = [each for each in patterns if each["name"] == wanted.pattern]
    assert any(
        wanted.says in each["detail"]
        and wanted.path in {"", each["path"]}
        and (not wanted.usd or each["usd"] == pytest.approx(wanted.usd, abs=CENT))
        for each in told
    ), told


def test_the_seven_that_are_known_to_happen_are_here() -> None:
    """One file each; more may be added."""
    assert SCENARIOS.keys() >= {
        "affinity-lost",
        "cold-fan-out",
        "evicted-by-others",
        "model-migration",
        "stale-result",
        "tokenizer-upgrade",
        "user-before-shared",
    }
