"""The catalogue of edits: what the model says of each is what a provider does."""

from __future__ import annotations

import random

import httpx2
import msgspec
import pytest

from samovar.bench.edits import EDITS
from samovar.bench.fixture import built_in
from samovar.bench.judgement import JudgementWorkload
from samovar.bench.sensitivity import sensitivity
from samovar.emulator import Config, running
from samovar.emulator.config import Account
from samovar.errors import InputUnreadable
from tests.bench.runs import HEADERS

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
