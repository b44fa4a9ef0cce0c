"""An answer as it leaves: what of it arrives, and what its first and its last byte bring about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from samovar.emulator.reply import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from samovar.emulator.truth import Record


@dataclass(slots=True, kw_only=True)
class Giving:
    """One answer from `first` to `ended`, in chunks that are (share of that time, bytes)."""

    record: Record
    chunks: list[tuple[float, bytes]]
    streamed: bool
    first: float
    ended: float
    cut_after: int | None
    """Events that still arrive, None for all; of an answer that is not streamed, half or nothing."""
    enter: Callable[[float], None]
    """Enters the call into the caches, at its first byte."""
    keep: Callable[[], None] | None
    """Keeps the answer, once it has been given in full, for requests that continue it."""

    def __post_init__(self) -> None:
        """Cut the answer where a fault ends it."""
        if self.cut_after is None:
            return
        self.record.cut = True
        self.chunks = self.chunks[: self.cut_after]
        if not self.streamed:
            self.chunks = [(at, data[: len(data) // 2]) for at, data in self.chunks]
        last = self.chunks[-1][0] if self.chunks else 0.0
        self.ended = self.first + last * (self.ended - self.first)

    def begin(self, at: float) -> None:
        """Note that the first byte left."""
        self.record.first_byte_at = at
        self.record.stored = True
        self.enter(at)

    def end(self, at: float) -> None:
        """Note that the last byte left."""
        self.record.ended_at = at
        if self.keep is not None and not self.record.cut:
            self.keep()

    def reply(self, headers: dict[str, str]) -> Reply:
        """Return the reply for the server to send."""
        return Reply(
            status=200,
            headers=headers,
            chunks=self.chunks,
            streamed=self.streamed,
            first_byte_at=self.first,
            ended_at=self.ended,
            record=self.record,
            cut=self.record.cut,
            begun=None if self.cut_after == 0 else self.begin,
            ended=self.end,
        )
