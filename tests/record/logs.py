"""Lines of exchange logs for tests."""

from __future__ import annotations

import json
from typing import Any

from samovar.record import BadLine, Observation
from samovar.record.exchange_log import read

Json = dict[str, Any]


def exchange(**members: object) -> Json:
    """Return a whole exchange, with some members replaced; a member given as ... is left out."""
    whole: Json = {
        "id": "x01",
        "provider": "anthropic",
        "endpoint": "/v1/messages",
        "started_at": "2026-05-01T10:00:00.000Z",
        "first_event_at": "2026-05-01T10:00:01.500Z",
        "ended_at": "2026-05-01T10:00:04Z",
        "session": "s1",
        "lineage": "main",
        "tenant": None,
        "credential": "ws_1",
        "route": None,
        "request": {"model": "claude-sonnet-4-5", "messages": [{"role": "user", "content": "hello"}]},
        "request_headers": {"Anthropic-Beta": "a", "x-api-key": "never"},
        "status": 200,
        "response": {
            "id": "msg_1",
            "model": "claude-sonnet-4-5-20250929",
            "usage": {"input_tokens": 3, "cache_read_input_tokens": 5, "output_tokens": 7},
        },
        "labels": {"call_site": "chat", "build": 4},
        **members,
    }
    return {name: value for name, value in whole.items() if value is not ...}


def lines(*exchanges: Json) -> list[bytes]:
    """Return exchanges as the lines of a file."""
    return [json.dumps(each).encode() + b"\n" for each in exchanges]


def only(**members: object) -> Observation:
    """Return the observation of one exchange."""
    (found,) = read(lines(exchange(**members)))
    assert isinstance(found, Observation)
    return found


def bad(line: bytes) -> BadLine:
    """Return what is said about a line that is no call."""
    (found,) = read([line])
    assert isinstance(found, BadLine)
    return found
