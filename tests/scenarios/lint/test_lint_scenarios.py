"""Ways in which a cached prefix is wrong although every call is a hit: text file → log → `samovar lint`.

Calls to the emulated provider are played on it first, so that what the linter warns of has happened; others
stand in the log as they would be sent. `cure` are the same calls as they should be: nothing may be said.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest

from samovar.cli import main
from samovar.emulator import Config, running
from tests.scenarios.stage import Stage

Json = dict[str, Any]
FOLDER = Path(__file__).parent
HANDBOOK = "Use the ledger for sums, and never the memory of a sum. " * 300
SETTINGS: Json = {"clock": "virtual", "port": 0, "admin_port": 0, "tokens": "chars/4"}


class Sent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One call. `handbook` among the system texts is a long one that all share."""

    tenant: str
    system: list[str]
    said: str
    at: float = 0.0
    provider: str = "anthropic"
    endpoint: str = "/v1/messages"
    model: str = "claude-sonnet-4-6"
    reads_at_least: int = 0


class Expected(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A finding: its place, the call that has it, words of its message, and the fact that it cites."""

    finding: str
    path: str
    call: str
    says: str
    fact: str = ""


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file. `expect` is said under the policy, `inferred` without any."""

    title: str
    story: str
    policy: str
    calls: list[Sent]
    expect: list[Expected]
    cure: list[Sent]
    inferred: list[Expected] = []


SCENARIOS = {
    path.stem: msgspec.toml.decode(path.read_bytes(), type=Scenario) for path in FOLDER.glob("*.toml")
}


def body(call: Sent) -> Json:
    """Return the request in its provider's shape, with a marker behind each part where it takes one."""
    texts = [HANDBOOK if text == "handbook" else text for text in call.system]
    if call.provider == "bedrock":
        system: list[Json] = []
        for text in texts:
            system += [{"text": text}, {"cachePoint": {"type": "default"}}]
        turn = [{"role": "user", "content": [{"text": call.said}]}]
        return {"modelId": call.model, "system": system, "messages": turn}
    if call.endpoint.endswith("/responses"):
        return {"model": call.model, "instructions": "\n".join(texts), "input": call.said}
    turn = [{"role": "user", "content": call.said}]
    if call.provider != "anthropic":
        return {"model": call.model, "messages": [{"role": "system", "content": "\n".join(texts)}, *turn]}
    marked = [{"type": "text", "text": text, "cache_control": {"type": "ephemeral"}} for text in texts]
    return {"model": call.model, "max_tokens": 50, "system": marked, "messages": turn}


def written(calls: list[Sent], path: Path) -> str:
    """Play the calls, check what they read from the cache, and write their log."""
    config = msgspec.convert({**SETTINGS, "account": {"unlimited": True}}, Config)
    with running(config) as emulator, httpx2.Client() as http:
        stage = Stage(emulator, config.start, http)
        for call in calls:
            if call.provider == "anthropic":
                told = stage.call(call.at, body(call), path=call.endpoint, tenant=call.tenant)
                assert told["usage"]["cache_read_input_tokens"] >= call.reads_at_least
                continue
            record = {"provider": call.provider, "endpoint": call.endpoint, "tenant": call.tenant}
            stage.lines.append({"id": f"x{len(stage.lines) + 1:03}", **record, "request": body(call)})
        path.write_text("".join(json.dumps(line) + "\n" for line in stage.lines), "utf-8")
    return str(path)


def linted(log: str, policy: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> list[Json]:
    """Return what the command says about the log under a policy."""
    config = folder / "policy.toml"
    config.write_text(policy, "utf-8")
    main(["lint", log, "--format", "json", "--config", str(config), "--select", "PD003,RS001"])
    found: list[Json] = json.loads(capsys.readouterr().out)["findings"]
    return found


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_it_is_found_by_name(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Under the policy, each expected finding at its place, with its words and its fact, and no other."""
    scenario = SCENARIOS[name]
    log = written(scenario.calls, tmp_path / "calls.jsonl")
    for policy, expected in ((scenario.policy, scenario.expect), ("", scenario.inferred)):
        found = linted(log, policy, tmp_path, capsys)
        for each in expected:
            here = [row for row in found if row["path"] == each.path]
            row = next(row for row in here if f"in call {each.call}" in row["trace"])
            assert row["name"] == each.finding
            assert row["level"] == "isolation"
            assert each.says in row["message"]
            assert not each.fact or f"fact {each.fact}" in row["trace"]
        assert policy == "" or len(found) == len(expected)
        assert "compliant" not in json.dumps(found)


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_the_cure_is_silent(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same calls as they should be still share what they may share, and nothing is reported."""
    scenario = SCENARIOS[name]
    log = written(scenario.cure, tmp_path / "calls.jsonl")
    assert linted(log, scenario.policy, tmp_path, capsys) == []
