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


def test_a_document_whose_size_nobody_knows_is_not_said_to_be_too_short() -> None:
    """A file of megabytes under a marker is cached: its edits are judged, not refused."""
    source = {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0x" * 1_000}
    document = {"type": "document", "source": source, "cache_control": {"type": "ephemeral"}}
    body = {
        "model": "claude-haiku-4-5",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": [document]}],
    }
    found = {e.edit: e for e in sensitivity(msgspec.json.encode(body), "/v1/messages").effects}
    assert (found["same"].outcome, found["model"].outcome) == ("keeps", "loses")


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


def respelt(body: bytes) -> bytes:
    """Return a chat request with the older name of the output limit."""
    given = msgspec.json.decode(body)
    return msgspec.json.encode({"max_tokens": given.pop("max_completion_tokens"), **given})


def agent(results: int = 1) -> bytes:
    """Return an Anthropic request that ends in the results of tools, as an agent's do."""
    body = msgspec.json.decode(request())
    body["messages"] += [
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "judgement", "input": {}}]},
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "t", "content": "Nothing was found."}]
            * results,
        },
    ]
    return msgspec.json.encode(body)


@pytest.mark.parametrize(
    ("endpoint", "body"),
    [
        ("/v1/messages", request()),
        ("/v1/messages", agent()),
        ("/v1/responses", request("/v1/responses", "gpt-5.6-terra")),
        ("/v1/chat/completions", request("/v1/chat/completions", "gpt-5.6-terra")),
        ("/v1/chat/completions", respelt(request("/v1/chat/completions", "gpt-5.6-terra"))),
    ],
    ids=["messages", "agent", "responses", "chat", "chat-max-tokens"],
)
def test_a_provider_agrees_with_every_edit(endpoint: str, body: bytes) -> None:
    """Each edit is sent to the emulator after the original: it is taken, and its read lies where the model
    said.
    """
    found = sensitivity(body, endpoint)
    edits = {edit.name: edit for edit in EDITS}
    config = Config(port=0, clock="virtual", account=Account(unlimited=True))
    with (
        running(config) as emulator,
        httpx2.Client(base_url=emulator.base_url, headers=HEADERS) as client,
    ):
        for number, effect in enumerate(found.effects):
            edited = edits[effect.edit].apply(msgspec.json.decode(body), endpoint)
            assert edited is not None
            # Days later nothing is left of the pair before.
            begun = config.start + number * 200_000.0
            for now, sent in ((begun, body), (begun + 60.0, edits[effect.edit].wire(edited))):
                answer = client.post(endpoint, content=sent, headers={"samovar-now": repr(now)})
            assert answer.status_code == 200, (effect.edit, answer.text)
            read = emulator.box.truth.records()[-1].tokens.read
            assert effect.read_lo <= read <= effect.read_hi, effect


FILLER = "What is said here stays the same from call to call. " * 150
FREE: dict[str, object] = {"tool_choice": {"type": "auto"}}
THINKS = {"thinking": {"type": "enabled", "budget_tokens": 63_950}}


def limited(model: str, endpoint: str, **members: object) -> bytes:
    """Return a request of the benchmark's own, its markers asking for two lifetimes, with more members."""
    workload = JudgementWorkload(
        built_in("smoke"),
        model=model,
        endpoint=endpoint,
        ttl={"service": "1h", "assignment": "5m"} if endpoint == "/v1/messages" else {},
        rng=random.Random(0),
        style="automatic",
    )
    body = msgspec.json.decode(workload.body(workload.units[0], None))
    if endpoint == "/v1/messages":
        body["system"][0]["text"] += FILLER * 3
    return msgspec.json.encode({**body, **members})


@pytest.mark.parametrize(
    ("endpoint", "body", "skipped"),
    [
        # One level of effort; what may be said at most is allowed already; no temperature but the default.
        (
            "/v1/responses",
            limited("gpt-5-pro", "/v1/responses", max_output_tokens=272_000),
            {"effort", "model", "temperature", "thinking", "ttl"},
        ),
        # "low" is none of its levels.
        (
            "/v1/chat/completions",
            limited("gpt-5.4-pro", "/v1/chat/completions", reasoning_effort="high"),
            {"thinking", "ttl"},
        ),
        ("/v1/chat/completions", limited("gpt-4.1", "/v1/chat/completions"), {"effort", "thinking", "ttl"}),
        # Two lifetimes, the longer one first: to change each by itself would turn their order round.
        ("/v1/messages", limited("claude-opus-4-7", "/v1/messages"), {"temperature"}),
        # A forced tool leaves no room for thinking by a budget.
        ("/v1/messages", limited("claude-haiku-4-5", "/v1/messages"), {"effort", "thinking"}),
        # Nor does another temperature.
        (
            "/v1/messages",
            limited("claude-haiku-4-5", "/v1/messages", **FREE, temperature=0.5),
            {"effort", "thinking"},
        ),
        # Thinking takes no other temperature and no forced tool, and not all that may be said.
        (
            "/v1/messages",
            limited("claude-haiku-4-5", "/v1/messages", **FREE, **THINKS, max_tokens=64_000),
            {"effort", "max-tokens", "temperature", "tool-choice"},
        ),
        # One of the two samplings only.
        ("/v1/messages", limited("claude-opus-4-6", "/v1/messages", **FREE, top_p=0.9), {"temperature"}),
    ],
    ids=["gpt-5-pro", "gpt-5.4-pro", "gpt-4.1", "opus-4-7", "haiku-4-5", "warm", "thinks", "top-p"],
)
def test_an_edit_asks_for_nothing_that_the_model_does_not_take(
    endpoint: str, body: bytes, skipped: set[str]
) -> None:
    """What a model refuses is left out for it, or changed the other way; the emulator takes the rest."""
    found = sensitivity(body, endpoint)
    edits = {edit.name: edit for edit in EDITS}
    config = Config(port=0, clock="virtual", account=Account(unlimited=True))
    with (
        running(config) as emulator,
        httpx2.Client(base_url=emulator.base_url, headers=HEADERS) as client,
    ):
        assert client.post(endpoint, content=body).status_code == 200
        for effect in found.effects:
            edited = edits[effect.edit].apply(msgspec.json.decode(body), endpoint)
            assert edited is not None
            answer = client.post(endpoint, content=edits[effect.edit].wire(edited))
            assert answer.status_code == 200, (effect.edit, answer.text)
    limits = {"effort", "max-tokens", "temperature", "thinking", "tool-choice", "ttl", "model"}
    assert limits.intersection(found.skipped) == skipped


def test_what_is_refused_as_it_was_sent_is_judged_all_the_same() -> None:
    """For a header of a beta, perhaps, which is no part of the body; an edit's own mistakes are left out."""
    body = limited("claude-haiku-4-5", "/v1/messages", unheard_of=1, max_tokens=4_096)
    found = sensitivity(body, "/v1/messages")
    assert {"same", "max-tokens", "clock"} <= {effect.edit for effect in found.effects}


@pytest.mark.parametrize(
    ("endpoint", "tool"),
    [
        ("/v1/messages", {"name": "a", "input_schema": {"type": "object"}}),
        ("/v1/responses", {"type": "function", "name": "a", "parameters": {"type": "object"}}),
        ("/v1/chat/completions", {"type": "function", "function": {"name": "a"}}),
    ],
)
def test_a_tool_needs_no_description(endpoint: str, tool: dict[str, object]) -> None:
    """Where none has one there is nothing to change in it; else the first that has one is changed."""
    model = "claude-haiku-4-5" if endpoint == "/v1/messages" else "gpt-5.6-terra"
    described = msgspec.json.decode(limited(model, endpoint))["tools"]
    alone = sensitivity(limited(model, endpoint, tools=[tool], tool_choice=None), endpoint)
    assert "tool-text" in alone.skipped
    both = sensitivity(limited(model, endpoint, tools=[tool, *described]), endpoint)
    assert next(effect.path for effect in both.effects if effect.edit == "tool-text") == "tools[1]"


def test_the_dialect_is_not_guessed_by_the_members() -> None:
    """A chat body with `max_tokens` is a chat body: each edit does what it does with the newer name."""
    body = request("/v1/chat/completions", "gpt-5.6-terra")
    found = sensitivity(body, "/v1/chat/completions")
    assert sensitivity(respelt(body), "/v1/chat/completions") == found
    effects = {effect.edit: effect for effect in found.effects}
    assert effects["effort"].path == "reasoning_effort"
    assert effects["cache-key"].outcome == "loses"
    assert {"speed", "thinking", "ttl"} <= set(found.skipped)


@pytest.mark.parametrize(
    ("endpoint", "paths"),
    [
        ("/v1/responses", {"verbosity": "verbosity", "answer-format": "text_format"}),
        ("/v1/chat/completions", {"verbosity": "verbosity", "answer-format": "text_format"}),
    ],
)
def test_openai_renders_the_form_and_the_length_of_answers(endpoint: str, paths: dict[str, str]) -> None:
    """They stand at the very start, whatever is marked behind; each tier has a cache of its own."""
    found = {e.edit: e for e in sensitivity(request(endpoint, "gpt-5.6-terra"), endpoint).effects}
    for edit, path in {**paths, "service-tier": "service_tier"}.items():
        assert (found[edit].outcome, found[edit].level, found[edit].path) == ("loses", "params", path)


@pytest.mark.parametrize("edit", ["effort", "verbosity", "answer-format", "service-tier"])
@pytest.mark.parametrize("endpoint", ["/v1/messages", "/v1/responses", "/v1/chat/completions"])
def test_an_edit_of_a_parameter_changes_it_whatever_is_stated(edit: str, endpoint: str) -> None:
    """Applied to its own result it changes that: only the form of the answer is a new one each time."""
    change = next(each for each in EDITS if each.name == edit)
    body = request(endpoint, "claude-sonnet-5" if endpoint == "/v1/messages" else "gpt-5.6-terra")
    once = change.apply(msgspec.json.decode(body), endpoint)
    if once is None:
        assert (endpoint, edit) in {("/v1/messages", "verbosity"), ("/v1/messages", "service-tier")}
        return
    assert once != msgspec.json.decode(body)
    assert once.get("max_tokens") == msgspec.json.decode(body).get("max_tokens")
    if edit != "answer-format":
        twice = change.apply(msgspec.json.decode(msgspec.json.encode(once)), endpoint)
        assert twice is not None
        assert twice != once


def test_a_request_without_a_model_has_no_rules() -> None:
    """It is told as that, not as one whose prefix is too short."""
    with pytest.raises(InputUnreadable, match="names no model"):
        sensitivity(b"{}", "/v1/messages")


def test_what_ends_in_the_results_of_tools_is_edited_there() -> None:
    """The last text of an agent's request is a tool's result, not the first message."""
    found = {effect.edit: effect for effect in sensitivity(agent(), "/v1/messages").effects}
    for edit in ("clock-last", "last-message"):
        assert (found[edit].outcome, found[edit].path) == ("keeps", "messages[2].content[0]")
    edits = {edit.name: edit for edit in EDITS}
    moved = edits["marker-moved"].apply(msgspec.json.decode(agent(results=2)), "/v1/messages")
    assert moved is not None
    assert [part.get("cache_control") for part in moved["messages"][2]["content"]] == [
        None,
        {"type": "ephemeral"},
    ]


@pytest.mark.parametrize("content", [[], [{"type": "image", "source": {}}], None])
def test_a_last_message_without_a_text_has_none_to_edit(content: object) -> None:
    """No other message is taken for the last one."""
    body = {"messages": [{"role": "user", "content": "one"}, {"role": "user", "content": content}]}
    edits = {edit.name: edit for edit in EDITS}
    for name in ("clock-last", "last-message"):
        assert edits[name].apply(msgspec.json.decode(msgspec.json.encode(body)), "/v1/messages") is None


def test_the_output_of_a_function_is_the_last_text_of_a_responses_request() -> None:
    """It stands in a member of its own."""
    called = {"type": "function_call_output", "call_id": "c", "output": "12 degrees"}
    body = {"model": "m", "input": [{"role": "user", "content": "How warm is it?"}, called]}
    edited = next(edit for edit in EDITS if edit.name == "clock-last").apply(body, "/v1/responses")
    assert edited is not None
    assert edited["input"][1]["output"].startswith("12 degrees\n(sent ")


def test_a_request_that_caches_nothing_is_refused() -> None:
    """There is nothing that an edit could lose."""
    with pytest.raises(InputUnreadable, match="writes nothing"):
        sensitivity(
            b'{"model":"claude-sonnet-5","messages":[{"role":"user","content":"hi"}]}', "/v1/messages"
        )


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


@pytest.mark.parametrize("rest", [{}, {"disable_parallel_tool_use": True}])
def test_a_tool_choice_that_is_stated_to_be_free_becomes_a_forced_one(rest: dict[str, bool]) -> None:
    """To leave "auto" out would be the same request: nothing could break."""
    body = msgspec.json.encode(THREE_LEVELS | {"tool_choice": {"type": "auto", **rest}})
    found = {e.edit: e for e in sensitivity(body, "/v1/messages").effects}
    assert found["tool-choice"].outcome == "shortens"
    [edit] = [edit for edit in EDITS if edit.name == "tool-choice"]
    edited = edit.apply(msgspec.json.decode(body), "/v1/messages")
    assert edited is not None
    assert edited["tool_choice"] == {"type": "any", **rest}
