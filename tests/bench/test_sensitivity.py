"""The catalogue of edits: what the model says of each is what a provider does."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import httpx2
import msgspec
import pytest

from samovar.bench.edits import EDITS
from samovar.bench.fixture import built_in
from samovar.bench.judgement import JudgementWorkload
from samovar.bench.sensitivity import sensitivity
from samovar.cli import main
from samovar.emulator import Config, running
from samovar.emulator.config import Account
from samovar.errors import InputUnreadable
from tests.bench.runs import HEADERS

if TYPE_CHECKING:
    from pathlib import Path

EXPECTED = {
    "keeps": {
        "same",
        "json-whitespace",
        "json-escapes",
        "member-order",
        "max-tokens",
        "metadata",
        "last-message",
    },
    "loses": {"space", "newline", "clock", "tool-text", "tool-keys", "model", "split-system"},
}


def request(endpoint: str = "/v1/messages", model: str = "claude-sonnet-5") -> bytes:
    """Return a request of the benchmark's own."""
    workload = JudgementWorkload(
        built_in("smoke"), model=model, endpoint=endpoint, ttl={}, rng=random.Random(0)
    )
    return workload.body(workload.units[0], None)


def test_the_catalogue_is_long_and_its_names_are_its_own() -> None:
    """At least twenty edits, no two of one name."""
    names = [edit.name for edit in EDITS]
    assert len(names) == len(set(names)) >= 20


def test_what_is_not_rendered_keeps_the_cache_and_what_stands_first_loses_it() -> None:
    """White space in JSON costs nothing; a space in the system prompt costs everything behind it."""
    found = {effect.edit: effect for effect in sensitivity(request(), "/v1/messages").effects}
    for outcome, names in EXPECTED.items():
        assert {name: found[name].outcome for name in names} == dict.fromkeys(names, outcome)
    assert found["clock"].level == "system"
    assert found["tool-text"].path == "tools[0]"
    assert found["effort"].outcome == "depends", "the documentation leaves open which levels effort reaches"


@pytest.mark.parametrize(
    ("endpoint", "model"), [("/v1/messages", "claude-sonnet-5"), ("/v1/responses", "gpt-5.6-terra")]
)
def test_a_provider_agrees_with_every_edit(endpoint: str, model: str) -> None:
    """Each edit is sent to the emulator after the original: its read lies where the model said."""
    body = request(endpoint, model)
    found = sensitivity(body, endpoint)
    edits = {edit.name: edit for edit in EDITS}
    for effect in found.effects:
        edited = edits[effect.edit].apply(msgspec.json.decode(body))
        assert edited is not None
        config = Config(port=0, clock="virtual", account=Account(unlimited=True))
        with (
            running(config) as emulator,
            httpx2.Client(base_url=emulator.base_url, headers=HEADERS) as client,
        ):
            for now, sent in ((0.0, body), (60.0, edits[effect.edit].wire(edited))):
                at = repr(config.start + now)
                answer = client.post(endpoint, content=sent, headers={"samovar-now": at})
        if answer.status_code == 200:
            read = emulator.box.truth.records()[-1].tokens.read
            assert effect.read_lo <= read <= effect.read_hi, effect


def test_a_request_that_caches_nothing_is_refused() -> None:
    """There is nothing that an edit could lose."""
    with pytest.raises(InputUnreadable, match="writes nothing"):
        sensitivity(
            b'{"model":"claude-sonnet-5","messages":[{"role":"user","content":"hi"}]}', "/v1/messages"
        )


FILLER = "What is said here stays the same from call to call. " * 150
THREE_LEVELS = {
    "model": "claude-sonnet-5",
    "max_tokens": 100,
    # As agents write it: messages first.
    "messages": [
        {
            "role": "user",
            "content": [{"type": "text", "text": FILLER}],
        },
        {"role": "assistant", "content": "Yes."},
        {
            "role": "user",
            "content": [{"type": "text", "text": "And?", "cache_control": {"type": "ephemeral"}}],
        },
    ],
    "system": [{"type": "text", "text": FILLER, "cache_control": {"type": "ephemeral"}}],
    "tools": [
        {"name": "a", "description": FILLER, "input_schema": {"type": "object"}},
        {
            "name": "b",
            "description": "short",
            "input_schema": {"type": "object", "properties": {"x": {}, "y": {}}},
            "cache_control": {"type": "ephemeral"},
        },
    ],
}
SURVIVES = {
    # The provider's table "what invalidates what": the deepest level whose entry is still read.
    "same": "messages",
    "json-whitespace": "messages",
    "member-order": "messages",
    "max-tokens": "messages",
    "temperature": "messages",
    "metadata": "messages",
    "stream": "messages",
    "next-turn": "messages",
    "tool-choice": "system",
    "parallel-tools": "system",
    "image": "system",
    "first-message": "system",
    "last-message": "system",
    "clock-last": "system",
    "marker-removed": "system",
    "space": "tools",
    "newline": "tools",
    "clock": "tools",
    "split-system": "tools",
    "tool-order": "none",
    "tool-text": "none",
    "tool-keys": "none",
    "tool-added": "tools",  # behind the marked one, which stands as it stood
    "tool-removed": "none",
    "model": "none",
}


def test_the_providers_table_of_what_invalidates_what() -> None:
    """With a marker at each level, each edit leaves exactly the levels that the documentation says."""
    found = {e.edit: e for e in sensitivity(msgspec.json.encode(THREE_LEVELS), "/v1/messages").effects}
    whole = found["same"].read_lo
    system, tools = found["tool-choice"].read_lo, found["space"].read_lo
    assert 0 < tools < system < whole
    levels = {"messages": whole, "system": system, "tools": tools, "none": 0}
    assert {name: (found[name].read_lo, found[name].read_hi) for name in SURVIVES} == {
        name: (levels[level], levels[level]) for name, level in SURVIVES.items()
    }
    for name in ("thinking", "effort"):
        # Above messages it depends on the model.
        assert (found[name].outcome, found[name].read_hi) == ("depends", system)
    assert found["ttl"].outcome == "depends"
    assert "marker-moved" not in found, "it stands at the last message already"


@pytest.mark.parametrize(
    ("body", "endpoint"),
    [
        ({"model": "gpt-4.1", "messages": [{"role": "system", "content": FILLER}]}, "/v1/chat/completions"),
        ({"model": "gpt-5.6-terra", "input": [{"role": "user", "content": FILLER}]}, "/v1/responses"),
        (THREE_LEVELS, "/v1/messages"),
    ],
    ids=["chat", "responses", "messages"],
)
def test_the_dialect_is_told_by_the_request(
    body: dict[str, object], endpoint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody has to say what the body shows; what is cached unasked has a sensitivity, too."""
    path = tmp_path / "request.json"
    path.write_bytes(msgspec.json.encode(body))
    assert main(["bench", "sensitivity", str(path), "--format", "json"]) == 0
    told = msgspec.json.decode(capsys.readouterr().out)
    assert told["endpoint"] == endpoint
    assert told["written"] > 1_000
    assert next(e for e in told["effects"] if e["edit"] == "model")["outcome"] == "loses"
    path.write_bytes(msgspec.json.encode({"id": "a", "endpoint": endpoint, "request": body}))
    assert main(["bench", "sensitivity", str(path), "--format", "json"]) == 0
    assert msgspec.json.decode(capsys.readouterr().out) == told, "a call of a log is its request"


@pytest.mark.parametrize("text", ["[]", "{", "", '{"model": 5}'])
def test_what_is_no_request(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A sentence, not a traceback."""
    path = tmp_path / "request.json"
    path.write_text(text)
    assert main(["bench", "sensitivity", str(path)]) == 2
    assert "no JSON object of an API" in capsys.readouterr().err
