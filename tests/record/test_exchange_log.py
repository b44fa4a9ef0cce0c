"""The exchange log is read line by line; nothing that a line holds loses another call."""

from __future__ import annotations

import json

import pytest

from samovar.call import SegmentMemo
from samovar.providers.usage import Usage
from samovar.record import BadLine, Edit, Failure, Observation, Timings, Witness
from samovar.record.exchange_log import read
from samovar.record.lines import LONGEST
from tests.record.logs import bad, exchange, lines, only


def test_a_line_is_a_call() -> None:
    """Every member of the format has its place; secrets are left behind."""
    seen = only()
    assert (seen.id, seen.provider, seen.endpoint, seen.place) == ("x01", "anthropic", "/v1/messages", 1)
    assert (seen.model, seen.served_model) == ("claude-sonnet-4-5", "claude-sonnet-4-5-20250929")
    assert seen.started_at == 1777629600.0
    assert seen.first_event_at == seen.started_at + 1.5
    assert seen.ended_at == seen.started_at + 4
    assert (seen.session, seen.lineage, seen.tenant, seen.credential) == ("s1", "main", None, "ws_1")
    assert seen.labels == {"call_site": "chat", "build": "4"}
    assert seen.headers == {"anthropic-beta": "a"}
    assert seen.usage == Usage(uncached_input=3, cache_read=5, output=7)
    assert seen.call is not None
    assert [block.text for block in seen.call.blocks] == ["hello"]
    assert (seen.answered, seen.response_id, seen.notes, seen.request) == (True, "msg_1", (), None)


def test_raw_bodies_are_kept_on_request() -> None:
    """As they stand in the line, byte for byte."""
    (seen,) = read([b'{"request":{"messages": []},"response":{"usage":{} }}'], keep=True)
    assert isinstance(seen, Observation)
    assert (seen.request, seen.response) == (b'{"messages": []}', b'{"usage":{} }')


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"id": "x01", "requ', "not a JSON object"),
        (b"\x00\x01\x02\xff\xfe", "not a JSON object"),
        (b"[1, 2]", "not a JSON object"),
        (b'{"id": "\xff\xff"}', "not a JSON object"),
        (b'{"id": "x01"}', "neither a request nor a response"),
        (b"[" * 100_000, "not a JSON object"),
    ],
)
def test_a_line_that_is_no_call_is_named(line: bytes, reason: str) -> None:
    """It says where and why, and never raises."""
    found = bad(line)
    assert found.place == 1
    assert reason in found.reason


def test_no_call_is_lost_between_bad_lines() -> None:
    """Torn, blank and foreign lines stand beside good ones; places count every line of the file."""
    first, second = lines(exchange(id="a"), exchange(id="b"))
    found = list(read([first, b"\n", b"{}\n", second, first[:40]]))
    assert [(type(each).__name__, each.place) for each in found] == [
        ("Observation", 1),
        ("BadLine", 3),
        ("Observation", 4),
        ("BadLine", 5),
    ]


def test_a_line_longer_than_the_bound_is_not_parsed() -> None:
    """One line of hundreds of megabytes is counted, not held in memory several times over."""
    assert "longer than" in bad(b'{"request": "' + b"x" * LONGEST + b'"}').reason


@pytest.mark.parametrize(
    "request_body", ["text", [1], {"messages": "no"}, {"messages": [{"content": "x"}]}, 7]
)
def test_an_unreadable_request_is_still_a_call(request_body: object) -> None:
    """Its times and usage are kept, and a note says what was wrong."""
    seen = only(request=request_body)
    assert seen.call is None
    assert seen.usage.cache_read == 5
    assert len(seen.notes) == 1


def test_odd_members_cost_only_themselves() -> None:
    """A member of another type is absent, not a reason to lose the line."""
    seen = only(session=12, labels=["a"], started_at="soon", status="200", lineage={"a": 1}, id=None)
    assert (seen.session, seen.labels, seen.started_at, seen.status, seen.lineage) == (
        "12",
        {},
        None,
        None,
        None,
    )
    assert seen.id == "#1"
    assert seen.notes == ("started_at is not a time",)


@pytest.mark.parametrize(
    ("provider", "endpoint", "body", "dialect"),
    [
        ("", "https://api.anthropic.com/v1/messages?beta=true", {"messages": []}, "anthropic"),
        ("anthropic", "/v1/messages/batches", {"messages": []}, "anthropic"),
        (
            "vertex-anthropic",
            "/v1/projects/p/locations/l/publishers/anthropic/models/c:rawPredict",
            {},
            "anthropic",
        ),
        ("azure-openai", "/openai/deployments/d/chat/completions", {"messages": []}, "openai"),
        ("bedrock", "/model/m/converse", {"messages": []}, "bedrock"),
        ("bedrock", "/model/m/invoke", {"anthropic_version": "x", "messages": []}, "anthropic"),
        ("gemini", "/v1beta/models/g:generateContent", {"contents": []}, "gemini"),
        ("ollama", "/api/chat", {"messages": []}, "openai"),
        ("", "", {"contents": []}, "gemini"),
        ("", "", {"input": "x"}, "openai"),
        ("", "", {"messages": [], "system": "x"}, "anthropic"),
        ("", "", {"messages": [], "toolConfig": {}}, "bedrock"),
        ("", "", {"messages": []}, "openai"),
        ("anthropic", "", {"messages": []}, "anthropic"),
    ],
)
def test_the_dialect_is_told_by_endpoint_provider_or_members(
    provider: str, endpoint: str, body: dict[str, object], dialect: str
) -> None:
    """In this order; what the log calls the provider is kept as it stands."""
    seen = only(provider=provider, endpoint=endpoint, request=body)
    assert seen.call is not None
    assert seen.call.provider == dialect
    assert seen.provider == (provider or dialect)


def test_the_provider_can_be_overridden() -> None:
    """For logs that name a gateway where its upstream is meant."""
    (seen,) = read(lines(exchange(provider="proxy")), provider="anthropic")
    assert isinstance(seen, Observation)
    assert seen.provider == "anthropic"


def test_errors_in_every_spelling() -> None:
    """Anthropic's, OpenAI's, Google's and Amazon's."""
    assert only(
        status=400, response={"type": "error", "error": {"type": "t", "message": "m"}}
    ).error == Failure("t", "m")
    assert only(status=401, response={"error": {"message": "m", "code": "c"}}).error == Failure("c", "m")
    assert only(
        status=429, response={"error": {"status": "S", "code": 429, "message": "m"}}
    ).error == Failure("S", "m")
    seen = only(status=400, response={"__type": "x#ValidationException", "message": "m"})
    assert seen.error == Failure("ValidationException", "m")
    assert not seen.answered
    assert only(response={"error": "plain"}).error == Failure("", "plain")


@pytest.mark.parametrize(
    ("response", "witness"),
    [
        ({"diagnostics": None}, Witness("diagnostics")),
        ({"diagnostics": {"cache_miss_reason": None}}, Witness("diagnostics", pending=True)),
        (
            {"diagnostics": {"cache_miss_reason": {"type": "tools_changed", "cache_missed_input_tokens": 9}}},
            Witness("diagnostics", "tools_changed", missed=9),
        ),
        (
            {
                "prompt_cache_diagnostics": {
                    "type": "cache_miss",
                    "reason": "input_changed",
                    "cache_missed_tokens": 4,
                }
            },
            Witness("prompt_cache_diagnostics", "cache_miss", "input_changed", 4),
        ),
        ({}, None),
    ],
)
def test_the_providers_own_diagnosis_is_a_witness(
    response: dict[str, object], witness: Witness | None
) -> None:
    """Absent, nothing found, pending, and each vendor's reasons are told apart."""
    assert only(response=response).witness == witness


def test_what_a_request_says_about_its_conversation() -> None:
    """The response it compares with, and the user that it names."""
    seen = only(
        request={
            "messages": [],
            "diagnostics": {"previous_message_id": "msg_0"},
            "metadata": {"user_id": "u"},
        }
    )
    assert (seen.compares_with, seen.conversation) == ("msg_0", "u")


def test_timings_tell_what_was_reused_where_usage_does_not() -> None:
    """llama.cpp's completion endpoint has no cache fields in its usage; the chat endpoint has both."""
    timings = {"prompt_n": 30, "cache_n": 900}
    told = only(response={"timings": timings}).usage
    assert (told.cache_read, told.uncached_input) == (900, 30)
    used = {"prompt_tokens": 930, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 0}}
    told = only(endpoint="/v1/chat/completions", response={"timings": timings, "usage": used}).usage
    assert (told.cache_read, told.uncached_input) == (0, 930)


def test_engine_timings_and_server_side_edits() -> None:
    """llama.cpp's timings in ms, Ollama's durations in ns, and applied edits in order."""
    timings = {"prompt_n": 3, "prompt_ms": 9.5, "predicted_ms": 1, "cache_n": 2}
    assert only(response={"timings": timings}).timings == Timings(9.5, 1.0, 3, 2)
    own = {"prompt_eval_count": 40, "prompt_eval_duration": 2_000_000, "eval_count": 5}
    seen = only(response=own, endpoint="/api/chat", request={"messages": []})
    assert seen.timings == Timings(2.0, None, 40)
    assert seen.usage == Usage(stated_input=40, output=5)
    edits = {"applied_edits": [{"type": "clear", "cleared_input_tokens": 8}, {"type": "other"}]}
    assert only(response={"context_management": edits}).edits == (Edit("clear", 8), Edit("other"))


def test_a_stream_is_assembled() -> None:
    """A response logged as the text of its events is read like a plain one."""
    stream = "".join(
        f"data: {json.dumps(event)}\n\n"
        for event in (
            {
                "type": "message_start",
                "message": {"id": "m", "usage": {"input_tokens": 1, "output_tokens": 0}},
            },
            {
                "type": "message_delta",
                "delta": {},
                "usage": {"output_tokens": 9, "cache_read_input_tokens": 4},
            },
        )
    )
    seen = only(response=stream)
    assert (seen.response_id, seen.usage) == ("m", Usage(uncached_input=1, cache_read=4, output=9))


def test_one_memory_reads_every_body() -> None:
    """A block that comes again is the same object, so comparing calls is comparing what is remembered."""
    memo = SegmentMemo()
    one, other = read(lines(exchange(id="a"), exchange(id="b")), memo)
    assert not isinstance(one, BadLine)
    assert not isinstance(other, BadLine)
    assert one.call is not None
    assert other.call is not None
    assert one.call.blocks[0] is other.call.blocks[0]
