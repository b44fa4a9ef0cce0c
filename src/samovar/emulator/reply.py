"""An answer on its way to the client: bytes with their times, and what to do when they leave."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from samovar.emulator.truth import Record

Json = dict[str, Any]
"""A decoded JSON object of whatever the client sent."""

encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request: path without query, headers by lower-case name, the decompressed body, and when it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float
    stated: float | None = None
    """The virtual time that the client stated, None if it left that to the emulator."""
    first_byte_at: float | None = None
    """When the answer begins, where a test says so; None leaves it to the latency model."""


@dataclass(slots=True, kw_only=True)
class Reply:
    """One answer. `chunks` are (share of the time between first and last byte, bytes).

    `begun` runs when the first byte leaves, `ended` when the last has; `cut` ends the connection after the
    chunks, before anything when there are none.
    """

    status: int
    headers: dict[str, str]
    chunks: list[tuple[float, bytes]]
    streamed: bool = False
    first_byte_at: float
    ended_at: float
    record: Record
    cut: bool = False
    begun: Callable[[float], None] | None = None
    ended: Callable[[float], None] | None = field(default=None)


def sse(event: str, data: object) -> bytes:
    """Return one named server-sent event."""
    return b"event: " + event.encode() + b"\ndata: " + encode(data) + b"\n\n"


def sse_data(data: object) -> bytes:
    """Return one unnamed server-sent event."""
    return b"data: " + encode(data) + b"\n\n"


def in_pieces(text: str, size: int = 24) -> list[str]:
    """Cut a text into the pieces that stream events carry."""
    return [text[i : i + size] for i in range(0, len(text), size)]


def spaced(events: list[bytes]) -> list[tuple[float, bytes]]:
    """Spread events evenly from the first byte to the last."""
    last = max(1, len(events) - 1)
    return [(i / last, event) for i, event in enumerate(events)]
