"""Traces of agents as LMCache publishes them: the whole input and output of each call as text, and its time.

There are no roles and no usage. The input is cut at empty lines, so that a prompt that only grows is one
that goes on, and not one block that changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from samovar.call import SegmentMemo
from samovar.record.body import Bodies
from samovar.record.clock import seconds
from samovar.record.members import UNREADABLE, text
from samovar.record.observation import BadLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from samovar.record.observation import Observation

MEMBERS = frozenset({"timestamp", "input", "output", "session_id"})
_plain = msgspec.json.Decoder()


def read(
    lines: Iterable[bytes], memo: SegmentMemo | None = None, *, provider: str = "", keep: bool = False
) -> Iterator[Observation | BadLine]:
    """Yield one call a line; without a provider it is an engine's, as in the published traces."""
    bodies = Bodies(memo if memo is not None else SegmentMemo())
    for place, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = _plain.decode(line)
        except UNREADABLE as error:
            yield BadLine(place, f"not a JSON object: {error}")
            continue
        if not isinstance(row, dict) or not isinstance(row.get("input"), str):
            yield BadLine(place, "no input text")
            continue
        content = [{"type": "text", "text": part} for part in _paragraphs(row["input"])]
        body = {
            "model": text(row.get("model")) or "",
            "messages": [{"role": "user", "content": content}],
        }
        yield bodies.observe(
            place,
            msgspec.json.encode(body),
            b"",
            provider=provider or "vllm",
            keep=keep,
            id=f"#{place}",
            endpoint="/v1/chat/completions",
            started_at=seconds(row.get("timestamp")),
            session=text(row.get("session_id")),
            status=200,
        )


def _paragraphs(said: str) -> list[str]:
    """Return the text in pieces that begin with the empty line before them, but for the first."""
    first, *rest = said.split("\n\n")
    return [first, *(f"\n\n{piece}" for piece in rest)]
