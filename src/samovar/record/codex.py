"""Codex's session logs: usage of every call, without the bodies that were sent.

A `token_count` event follows each answer and repeats when nothing was called; the running total tells
repeats from calls. Its input includes the cached part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from samovar.call.usage_relayed import framework_usage
from samovar.record.clock import seconds
from samovar.record.members import UNREADABLE, Json, member, text
from samovar.record.observation import BadLine, Observation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from samovar.call import SegmentMemo

_plain = msgspec.json.Decoder()
_ANSWERS = frozenset(
    {"reasoning", "function_call", "custom_tool_call", "local_shell_call", "web_search_call"}
)


class _Session:
    """What the log has said so far."""

    __slots__ = ("asked_at", "compacted", "id", "model", "provider", "total", "version")

    def __init__(self) -> None:
        self.id: str | None = None
        self.provider = self.model = self.version = ""
        self.asked_at: float | None = None
        self.total: object = None
        self.compacted = False


def read(
    lines: Iterable[bytes], memo: SegmentMemo | None = None, *, provider: str = "", keep: bool = False
) -> Iterator[Observation | BadLine]:
    """Yield one observation a call. `memo` and `keep` are not needed, since no bodies are read."""
    del memo, keep
    session = _Session()
    for place, raw in enumerate(lines, 1):
        if not raw.strip():
            continue
        try:
            line = _plain.decode(raw)
        except UNREADABLE as error:
            yield BadLine(place, f"not a JSON object: {error}")
            continue
        payload = member(line, "payload")
        if not isinstance(payload, dict):
            if not isinstance(line, dict):
                yield BadLine(place, "not a JSON object")
            continue
        at = seconds(line.get("timestamp"))
        if payload.get("type") == "token_count":
            seen = _counted(session, payload, at, place, provider)
            if seen is not None:
                yield seen
        else:
            _note(session, str(line.get("type")), payload, at)


def _note(session: _Session, kind: str, payload: Json, at: float | None) -> None:
    """Take over what a line says about the calls that follow."""
    match kind:
        case "session_meta":
            session.id = text(payload.get("id")) or text(payload.get("session_id"))
            session.provider = text(payload.get("model_provider")) or session.provider
            session.version = text(payload.get("cli_version")) or session.version
            session.asked_at = session.asked_at or at
        case "turn_context":
            session.model = text(payload.get("model")) or session.model
        case "compacted":
            session.compacted = True
        case "response_item":
            if payload.get("role") != "assistant" and payload.get("type") not in _ANSWERS:
                session.asked_at = at
        case _:
            pass


def _counted(
    session: _Session, payload: Json, at: float | None, place: int, provider: str
) -> Observation | None:
    """Return the call that a count follows, None for a repeat or a count of nothing."""
    last, total = member(payload, "info", "last_token_usage"), member(payload, "info", "total_token_usage")
    if not isinstance(last, dict) or (total is not None and total == session.total):
        return None
    session.total = total
    labels = {"client_version": session.version, "call_site": "codex"}
    if session.compacted:
        labels["compacted"] = "true"
    seen = Observation(
        id=f"{session.id or 'session'}#{place}",
        provider=provider or session.provider or "openai",
        endpoint="/v1/responses",
        model=session.model,
        started_at=session.asked_at,
        ended_at=at,
        session=session.id,
        lineage="main",
        labels={name: said for name, said in labels.items() if said},
        status=200,
        usage=framework_usage({"cached_input_tokens": None, **last}),
        place=place,
    )
    session.asked_at, session.compacted = at, False
    return seen
