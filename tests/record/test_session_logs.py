"""Session logs of coding agents hold usage without bodies."""

from __future__ import annotations

import json
from typing import Any

from samovar.providers.usage import Usage
from samovar.record import BadLine, Observation, claude_code, codex

Json = dict[str, Any]


def file(*rows: Json | bytes) -> list[bytes]:
    """Return rows as lines."""
    return [row if isinstance(row, bytes) else json.dumps(row).encode() + b"\n" for row in rows]


def asked(at: str, **members: object) -> Json:
    """Return a user's line of a Claude Code transcript."""
    return {"type": "user", "sessionId": "s", "timestamp": f"2026-05-01T10:00:{at}Z", **members}


def answered(at: str, answer: str, output: int, **members: object) -> Json:
    """Return an assistant's line of a Claude Code transcript."""
    usage = {"input_tokens": 2, "cache_read_input_tokens": 50, "cache_creation_input_tokens": 9}
    message = {"id": answer, "model": "claude-opus-4-8", "usage": {**usage, "output_tokens": output}}
    return {
        "type": "assistant",
        "sessionId": "s",
        "version": "2.1.0",
        "timestamp": f"2026-05-01T10:00:{at}Z",
        "message": message,
        **members,
    }


def calls(found: object) -> list[Observation]:
    """Return the observations among what was found."""
    return [each for each in found if isinstance(each, Observation)]  # type: ignore[attr-defined]  # any iterable


def test_an_answer_of_several_lines_is_one_call() -> None:
    """It starts with the turn before it, and the last line has the whole usage."""
    rows = [
        asked("00"),
        answered("05", "m1", 1),
        answered("07", "m1", 30),
        asked("08"),
        answered("09", "m2", 4),
    ]
    one, other = calls(claude_code.read(file(*rows)))
    assert (one.id, one.usage.output, one.lineage, one.session) == ("m1", 30, "main", "s")
    assert one.started_at is not None
    assert one.ended_at == one.started_at + 7
    assert other.started_at == one.started_at + 8
    assert one.usage == Usage(uncached_input=2, cache_read=50, cache_write={"": 9}, output=30)
    assert one.labels["client_version"] == "2.1.0"


def test_sub_agents_are_lineages_of_their_own() -> None:
    """Their lines stand among the main conversation's."""
    side: Json = {"isSidechain": True, "agentId": "a7"}
    rows = [asked("00"), answered("01", "m1", 1), asked("02", **side), answered("03", "m2", 1, **side)]
    rows += [answered("04", "m1", 5)]
    found = calls(claude_code.read(file(*rows)))
    assert {(each.id, each.lineage, each.usage.output) for each in found} == {
        ("m1", "main", 5),
        ("m2", "subagent:a7", 1),
    }


def test_a_compaction_and_an_error_are_told() -> None:
    """The call after a summary says so; an error has the status that the client wrote down."""
    failed = answered("03", "e1", 0, isApiErrorMessage=True)
    failed["message"]["content"] = [{"type": "text", "text": "API Error: 529 overloaded"}]
    failed["message"]["model"] = "<synthetic>"
    rows = [asked("00", isCompactSummary=True), answered("01", "m1", 1), asked("02"), failed]
    one, other = calls(claude_code.read(file(*rows)))
    assert one.labels["compacted"] == "true"
    assert (other.status, other.model, other.answered) == (529, "", False)
    assert other.usage == Usage()


def test_other_lines_are_no_calls_and_torn_ones_are_named() -> None:
    """Summaries and snapshots are skipped."""
    rows: list[Json | bytes] = [
        {"type": "summary", "leafUuid": "x"},
        b'{"type": "assis',
        answered("01", "m1", 1),
        b"[1]\n",
    ]
    found = list(claude_code.read(file(*rows)))
    assert [type(each).__name__ for each in found] == ["BadLine", "BadLine", "Observation"]


def counted(last: Json | None, total: int, at: str = "09") -> Json:
    """Return a count of a Codex session."""
    info = None if last is None else {"last_token_usage": last, "total_token_usage": {"input_tokens": total}}
    payload = {"type": "token_count", "info": info}
    return {"timestamp": f"2026-05-01T10:00:{at}Z", "type": "event_msg", "payload": payload}


def test_a_codex_count_is_a_call_and_its_repeat_is_none() -> None:
    """Input includes the cached part; a count of nothing, or the same total again, is no call."""
    used = {"input_tokens": 100, "cached_input_tokens": 80, "output_tokens": 7}
    rows: list[Json | bytes] = [
        {
            "timestamp": "2026-05-01T10:00:00Z",
            "type": "session_meta",
            "payload": {"id": "c1", "model_provider": "openai"},
        },
        {"timestamp": "2026-05-01T10:00:01Z", "type": "turn_context", "payload": {"model": "gpt-5.4"}},
        {
            "timestamp": "2026-05-01T10:00:02Z",
            "type": "response_item",
            "payload": {"type": "message", "role": "user"},
        },
        {"timestamp": "2026-05-01T10:00:04Z", "type": "response_item", "payload": {"type": "reasoning"}},
        counted(None, 0),
        counted(used, 100),
        counted(used, 100, "10"),
        {"timestamp": "2026-05-01T10:00:11Z", "type": "compacted", "payload": {}},
        counted(used, 200, "12"),
        b'{"torn',
    ]
    found = list(codex.read(file(*rows)))
    assert isinstance(found[-1], BadLine)
    one, other = calls(found)
    assert (one.provider, one.model, one.session) == ("openai", "gpt-5.4", "c1")
    assert one.usage == Usage(uncached_input=20, cache_read=80, output=7, stated_input=100)
    assert one.started_at is not None
    assert one.ended_at == one.started_at + 7
    assert "compacted" not in one.labels
    assert other.labels["compacted"] == "true"
