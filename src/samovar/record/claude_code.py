"""Claude Code's session transcripts: usage of every call, without the bodies that were sent.

A transcript has a line for each content block of an answer, all with the answer's id and each with the
usage so far; together they are one call, which starts when the turn before it was written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec

from samovar.call.usage import anthropic_usage
from samovar.record.clock import seconds
from samovar.record.members import UNREADABLE, Json, member, text
from samovar.record.observation import BadLine, Failure, Observation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from samovar.call import SegmentMemo

_plain = msgspec.json.Decoder()
_STATUS: Final = re.compile(r"API Error:? \(?(\d{3})")


@dataclass(slots=True)
class _Lane:
    """One conversation of a transcript: the main one, or a sub-agent's."""

    asked_at: float | None = None
    compacted: bool = False
    answer: str = ""
    held: Json | None = None
    place: int = 0
    started_at: float | None = None
    notes: list[str] = field(default_factory=list)


def read(
    lines: Iterable[bytes], memo: SegmentMemo | None = None, *, provider: str = "", keep: bool = False
) -> Iterator[Observation | BadLine]:
    """Yield one observation an answer, when the next begins or the file ends; lines of other kinds are none.

    `memo` and `keep` are not needed, since no bodies are read.
    """
    del memo, keep
    lanes: dict[tuple[str, str], _Lane] = {}
    for place, raw in enumerate(lines, 1):
        if not raw.strip():
            continue
        try:
            line = _plain.decode(raw)
        except UNREADABLE as error:
            yield BadLine(place, f"not a JSON object: {error}")
            continue
        if not isinstance(line, dict):
            yield BadLine(place, "not a JSON object")
            continue
        lane = lanes.setdefault(_lane(line), _Lane())
        if line.get("type") == "user":
            if lane.held is not None:
                yield _observation(lane, provider)
            lane.asked_at = seconds(line.get("timestamp"))
            lane.compacted |= line.get("isCompactSummary") is True
        elif line.get("type") == "assistant" and isinstance(line.get("message"), dict):
            answer = text(member(line, "message", "id")) or text(line.get("uuid")) or ""
            if lane.held is not None and answer != lane.answer:
                yield _observation(lane, provider)
            if lane.held is None:
                lane.started_at, lane.place, lane.answer = lane.asked_at, place, answer
            lane.held = line
    for lane in lanes.values():
        if lane.held is not None:
            yield _observation(lane, provider)


def _lane(line: Json) -> tuple[str, str]:
    session = text(line.get("sessionId")) or ""
    return session, (text(line.get("agentId")) or "sidechain") if line.get("isSidechain") else ""


def _observation(lane: _Lane, provider: str) -> Observation:
    """Return the call whose answer the lane holds, and forget it."""
    line: Json = lane.held or {}
    message: Json = line["message"]
    session, agent = _lane(line)
    ended = seconds(line.get("timestamp"))
    labels = {"client_version": text(line.get("version")) or "", "call_site": "claude-code"}
    if lane.compacted:
        labels["compacted"] = "true"
    failed = line.get("isApiErrorMessage") is True
    usage = message.get("usage")
    seen = Observation(
        id=lane.answer or f"#{lane.place}",
        provider=provider or "anthropic",
        endpoint="/v1/messages",
        model=_model(message),
        served_model=_model(message),
        started_at=lane.started_at,
        ended_at=ended,
        session=session or None,
        lineage=f"subagent:{agent}" if agent else "main",
        labels={name: said for name, said in labels.items() if said},
        status=_status(message) if failed else 200,
        error=Failure(text(line.get("error")) or "api_error", "") if failed else None,
        usage=anthropic_usage(usage if isinstance(usage, dict) and not failed else None),
        response_id=text(message.get("id")) or "",
        place=lane.place,
    )
    lane.asked_at, lane.held, lane.compacted = ended, None, False
    return seen


def _model(message: Json) -> str:
    name = text(message.get("model")) or ""
    return "" if name.startswith("<") else name


def _status(message: Json) -> int | None:
    """Return the HTTP status that the client wrote into the text of an error."""
    content = message.get("content")
    said = content if isinstance(content, str) else text(member((content or [{}])[0], "text")) or ""
    found = _STATUS.search(said)
    return int(found[1]) if found else None
