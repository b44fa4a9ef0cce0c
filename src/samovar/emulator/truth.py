"""What really happened to each call, and which line of the script made it so."""

from __future__ import annotations

from collections import deque

import msgspec


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """Input tokens of one call by what the cache did with them; `written` by TTL tier."""

    read: int = 0
    written: dict[str, int] = {}
    uncached: int = 0

    @property
    def total(self) -> int:
        """All input tokens."""
        return self.read + sum(self.written.values()) + self.uncached


class Record(msgspec.Struct, kw_only=True):
    """One call. Times are epoch seconds of the emulator's clock; a time that never came is None.

    `tokens` is what was read, written and neither; of a refused call nothing. `without_faults` is what would
    have happened had the script been empty; `script` holds the ids of the faults that struck this call or
    made the cache answer otherwise. `counted_input` is what the input budget was charged. `stored` is
    whether the call's prefix entered the cache.
    """

    id: str
    number: int
    started_at: float
    first_byte_at: float | None = None
    ended_at: float | None = None
    status: int
    provider: str
    endpoint: str
    model: str = ""
    served_model: str = ""
    account: str = ""
    workspace: str = ""
    domain: str = ""
    node: int = 0
    cache_key: str = ""
    tokens: Tokens = Tokens()
    without_faults: Tokens = Tokens()
    output: int = 0
    counted_input: int = 0
    error: str = ""
    cut: bool = False
    stored: bool = False
    script: tuple[str, ...] = ()

    def leave(self) -> None:
        """Put down that the client hung up before the first byte: it got nothing, and nothing was written."""
        if not self.error:
            self.tokens, self.output, self.cut = Tokens(), 0, True
            self.error = "the client hung up before the first byte"


class Truth:
    """The last `capacity` records, oldest first; `dropped` counts those that made room."""

    def __init__(self, capacity: int) -> None:
        self._records: deque[Record] = deque(maxlen=capacity)
        self.dropped = 0

    def add(self, record: Record) -> None:
        """Append a record."""
        if len(self._records) == self._records.maxlen:
            self.dropped += 1
        self._records.append(record)

    def records(self) -> list[Record]:
        """Return all that are held."""
        return list(self._records)

    def clear(self) -> None:
        """Forget everything."""
        self._records.clear()
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._records)


class Logged(msgspec.Struct, frozen=True, kw_only=True):
    """One line for whoever audits rates: what arrived when, and what it was charged."""

    at: float
    account: str
    model: str
    status: int
    input: int
    total_input: int
    output: int


def rate_log(records: list[Record]) -> list[Logged]:
    """Return the log of arrivals in order of time."""
    return [
        Logged(
            at=r.started_at,
            account=r.account,
            model=r.model,
            status=r.status,
            input=r.counted_input,
            total_input=r.tokens.total,
            output=r.output,
        )
        for r in records
    ]
