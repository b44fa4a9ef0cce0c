"""Where a call went is in more than the route: in the host, the path, the profile, the API, the answer."""

from __future__ import annotations

import pytest

from samovar.attribution.routes import api_of, area_of, host_of
from tests.attribution.logs import STEADY, Json, body, explained, line, tokens, usage

VERTEX = (
    "https://{0}-aiplatform.googleapis.com/v1/projects/p/locations/{0}/publishers/anthropic/models/"
    "claude-opus-4-8:rawPredict"
)
AZURE = "https://{0}.openai.azure.com/openai/deployments/{1}/chat/completions?api-version=2025-01-01"


def turned(*ways: Json, answers: tuple[Json, ...] = ()) -> list[Json]:
    """Return a conversation of which every call that goes a new way reads nothing."""
    lines: list[Json] = []
    said = [f"{who} speaks of tram {i}. " * 40 for i in range(5) for who in ("The yard", "The driver")]
    seen: dict[str, int] = {}
    for i, way in enumerate(ways):
        request = body(*said[: 2 * i + 1])
        total, read = tokens(request), seen.get(str(way), 0)
        found = line(f"c{i}", 60 * i, request, usage(read, total - read), **way)
        found["response_headers"] = answers[i] if answers else {}
        if answers and i and answers[i] != answers[i - 1]:
            found["response"]["usage"] = usage(0, total)
        seen[str(way)] = total
        lines.append(found)
    return lines


def bedrock(model: str) -> Json:
    """Return where a call to Bedrock goes."""
    return {"provider": "bedrock", "endpoint": f"/model/{model}/invoke"}


@pytest.mark.parametrize(
    ("one", "other", "says"),
    [
        (
            {"provider": "vertex-anthropic", "endpoint": VERTEX.format("us-east5")},
            {"provider": "vertex-anthropic", "endpoint": VERTEX.format("europe-west1")},
            "us-east5",
        ),
        (
            {"endpoint": "https://api.anthropic.com/v1/messages"},
            {"endpoint": "https://gateway.corp.example/v1/messages"},
            "gateway.corp.example",
        ),
        (bedrock("us.anthropic.claude-opus-4-8"), bedrock("global.anthropic.claude-opus-4-8"), "profile"),
        (bedrock("anthropic.claude-opus-4-8"), bedrock("eu.anthropic.claude-opus-4-8"), "on demand"),
        (
            {"route": "gw", "endpoint": "https://a.example/v1/messages"},
            {"route": "gw", "endpoint": "https://b.example/v1/messages"},
            "host",
        ),
    ],
)
def test_another_place_is_another_route(one: Json, other: Json, says: str) -> None:
    """A host, a region or a profile in the endpoint tells as much as a route; the model stays the same."""
    found = explained(*turned(one, one, other)).calls[2]
    assert (found.verdict, found.cause, found.level) == ("miss", "route-changed", "transport")
    assert says in (found.detail or "")


def test_places_that_share_are_no_cause() -> None:
    """Once a call read over one host what was written over the other, the host explains no loss."""
    hosts = [{"endpoint": f"https://{name}.example/v1/messages"} for name in ("a", "b", "a", "b")]
    lines = turned(*hosts)
    total = 0
    for each in lines:
        now = tokens(each["request"])
        each["response"]["usage"] = usage(total, now - total)
        total = now
    lines[3]["response"]["usage"] = usage(0, total)
    found = explained(*lines).calls
    assert [call.cause for call in found] == ["cold-start", None, None, "provider-side"]


def test_another_organisation_in_the_answer_is_another_credential() -> None:
    """The log names no credential; the answer's headers do."""
    answers = ({"anthropic-organization-id": "a"},) * 2 + ({"anthropic-organization-id": "b"},)
    found = explained(*turned({}, {}, {}, answers=answers)).calls[2]
    assert (found.cause, found.level) == ("credential-changed", "transport")


def test_what_the_log_does_not_say_is_not_ruled_out() -> None:
    """Neither credential nor route is known: that they are the same is no evidence."""
    lines = turned({"credential": None}, {"credential": None}, {"credential": None})
    lines[2]["response"]["usage"] = usage(0, tokens(lines[2]["request"]))
    found = explained(*lines).calls[2]
    assert found.cause == "provider-side"
    assert {"credential", "route"}.isdisjoint(found.ruled_out)
    assert {"model", "tools", "system", "history"} <= set(found.ruled_out)


ASKED = "Look at the trams that came late. " * 20


def openai(name: str, at: float, turns: list[str], read: int) -> Json:
    """Return a call of a conversation over Chat Completions."""
    messages: list[Json] = [{"role": "system", "content": STEADY}]
    messages += [{"role": "assistant" if i % 2 else "user", "content": said} for i, said in enumerate(turns)]
    used = {
        "prompt_tokens": 2_600 + 200 * len(turns),
        "completion_tokens": 9,
        "prompt_tokens_details": {"cached_tokens": read},
    }
    answer = {"id": f"r_{name}", "model": "gpt-5.4", "usage": used}
    about = {"provider": "openai", "endpoint": "/v1/chat/completions"}
    return line(name, at, {"model": "gpt-5.4", "messages": messages}, None, **about) | {"response": answer}


def test_the_same_words_over_another_api() -> None:
    """Nothing was changed but the form: the route is the cause, and no content."""
    turns = [ASKED, "They came from the north.", "And the others?"]
    lines = [openai("c0", 0, turns[:1], 0), openai("c1", 60, turns[:3], 2_560)]
    moved = openai("c2", 120, [*turns, "From the south.", "Thanks."], 0)
    messages = moved["request"].pop("messages")
    moved["request"] |= {"instructions": STEADY, "input": messages[1:]}
    moved["endpoint"] = "/v1/responses"
    moved["response"]["usage"] = {
        "input_tokens": 3_600,
        "output_tokens": 9,
        "input_tokens_details": {"cached_tokens": 0},
    }
    found = explained(*lines, moved).calls[2]
    assert (found.verdict, found.cause, found.level, found.also) == ("miss", "route-changed", "transport", ())


def test_what_an_endpoint_says() -> None:
    """Hosts without user and port, areas by name, APIs by the end of the path."""
    assert host_of("https://user@API.openai.com:443/v1/responses") == "api.openai.com"
    assert host_of("/v1/responses") == ""
    assert area_of(AZURE.format("res", "gpt41"), "azure-openai", "gpt-4.1") == "deployment gpt41"
    arn = "arn:aws:bedrock:us-east-1:123:inference-profile/us.anthropic.claude-opus-4-8"
    assert area_of("", "bedrock", arn) == "us-east-1 123 inference-profile us"
    assert area_of("/v1/messages", "anthropic", "claude-opus-4-8") == ""
    assert api_of(AZURE.format("res", "gpt41")) == "chat completions"
    assert api_of("/v1/messages/batches") == "batch"
