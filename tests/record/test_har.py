"""HAR: API calls are found among everything else that a browser or proxy saw."""

from __future__ import annotations

import base64
import json

from samovar.record import BadLine, Observation
from samovar.record.har import read

BODY = {"model": "claude-sonnet-4-5", "messages": [{"role": "user", "content": "hello"}]}
ANSWER = {"id": "msg_1", "model": "claude-sonnet-4-5", "usage": {"input_tokens": 3, "output_tokens": 2}}


def entry(**members: object) -> dict[str, object]:
    """Return an entry as recorders write it."""
    return {
        "startedDateTime": "2026-05-01T10:00:00.000Z",
        "time": 3000,
        "timings": {"blocked": -1, "send": 100, "wait": 900, "receive": 2000},
        "request": {
            "method": "POST",
            "url": "https://api.anthropic.com/v1/messages",
            "headers": [{"name": "X-Api-Key", "value": "sk-secret"}, {"name": "X-Session-Id", "value": "s9"}],
            "postData": {"mimeType": "application/json", "text": json.dumps(BODY)},
        },
        "response": {"status": 200, "headers": [], "content": {"text": json.dumps(ANSWER)}},
        **members,
    }


def found(*entries: dict[str, object]) -> list[Observation | BadLine]:
    """Return what a document with these entries holds."""
    return list(read([json.dumps({"log": {"entries": list(entries)}}).encode()]))


def test_an_entry_is_a_call() -> None:
    """Times are the recorder's; the key leaves only a fingerprint; a header names the conversation."""
    (seen,) = found(entry())
    assert isinstance(seen, Observation)
    assert seen.started_at is not None
    assert seen.first_event_at == seen.started_at + 1
    assert seen.ended_at == seen.started_at + 3
    assert (seen.provider, seen.route, seen.conversation) == ("anthropic", "api.anthropic.com", "s9")
    assert seen.usage.uncached_input == 3
    assert seen.call is not None
    assert seen.credential is not None
    assert seen.credential.startswith("key_")
    assert "sk-secret" not in repr(seen)


def test_a_stream_and_base64() -> None:
    """What recorders do to a response is undone."""
    stream = 'data: {"type":"message_start","message":{"id":"m","usage":{"input_tokens":4}}}\n\n'
    coded = {"text": base64.b64encode(stream.encode()).decode(), "encoding": "base64"}
    (seen,) = found(entry(response={"status": 200, "headers": [], "content": coded}))
    assert isinstance(seen, Observation)
    assert seen.usage.uncached_input == 4


def test_what_is_no_call_is_left_out_and_what_is_torn_is_named() -> None:
    """Pictures, other sites' posts; but an API call without its body is a bad entry."""
    picture = entry(request={"method": "GET", "url": "https://example.org/a.png"})
    other = entry(
        request={"method": "POST", "url": "https://example.org/x", "postData": {"text": '{"a": 1}'}}
    )
    torn = entry(request={"method": "POST", "url": "https://api.anthropic.com/v1/messages"})
    assert [type(each).__name__ for each in found(picture, other, torn, entry())] == [
        "BadLine",
        "Observation",
    ]


def test_a_document_that_is_none() -> None:
    """One bad entry, not a traceback."""
    (bad,) = read([b'{"log": {"entries": ['])
    assert isinstance(bad, BadLine)
