"""Short logs for tests: a call in a line."""

from __future__ import annotations

import json
from typing import Any

from samovar.attribution import Explanation, explain
from samovar.call import SegmentMemo
from samovar.record.exchange_log import read

Json = dict[str, Any]
START = 1_786_000_000.0
STEADY = "The depot keeps a ledger of every tram that leaves the yard. " * 120
"""A system prompt of about 1,800 tokens."""


def block(text: str, *, ttl: str | None = None) -> Json:
    """Return a text block; `ttl` puts a marker on it, "" for the default."""
    found: Json = {"type": "text", "text": text}
    if ttl is not None:
        found["cache_control"] = {"type": "ephemeral", **({"ttl": ttl} if ttl else {})}
    return found


def body(*turns: str, system: str = STEADY, mark: bool = True, **more: object) -> Json:
    """Return a Messages body: turns of user and assistant in turn, markers on system and on the last turn."""
    messages = []
    for i, text in enumerate(turns):
        last = mark and i == len(turns) - 1
        role = "assistant" if i % 2 else "user"
        messages.append({"role": role, "content": [block(text, ttl="" if last else None)]})
    return {
        "model": "claude-opus-4-8",
        "max_tokens": 9,
        "system": [block(system, ttl="" if mark else None)],
        "messages": messages,
        **more,
    }


def tokens(request: Json) -> int:
    """Return the tokens of a body of text blocks."""
    blocks = [*request["system"], *(part for message in request["messages"] for part in message["content"])]
    return sum(max(1, round(len(part["text"].encode()) / 4)) for part in blocks)


def usage(read: int, written: int, uncached: int = 0, tier: str = "5m") -> Json:
    """Return a Messages `usage`."""
    return {
        "input_tokens": uncached,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": written,
        "cache_creation": {
            "ephemeral_5m_input_tokens": written if tier == "5m" else 0,
            "ephemeral_1h_input_tokens": written if tier == "1h" else 0,
        },
        "output_tokens": 5,
    }


def line(name: str, at: float | None, request: Json | None, used: Json | None, **more: Any) -> Json:  # noqa: ANN401  # members of any type
    """Return a line of an exchange log."""
    found: Json = {
        "id": name,
        "provider": "anthropic",
        "endpoint": "/v1/messages",
        "session": "s",
        "lineage": "main",
        "credential": "ws",
        "status": 200,
        "labels": {"call_site": "chat"},
        "request": request,
        "response": {"id": f"msg_{name}", "model": "claude-opus-4-8", "usage": used},
    }
    if at is not None:
        found |= {"started_at": START + at, "first_event_at": START + at + 1, "ended_at": START + at + 2}
    return found | more


def explained(*lines: Json | bytes, **options: Any) -> Explanation:  # noqa: ANN401  # as above
    """Explain a log."""
    memo = SegmentMemo()
    raw = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in lines]
    return explain(read(raw, memo), memo, **options)
