"""A log as bytes: windows of its calls, which bound what is held at once, and the places of its lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from samovar.lint.finding import Problem
from samovar.lint.locate import place
from samovar.lint.log import Log, read_log
from samovar.record import detect
from samovar.record.observation import BadLine

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from samovar.call import SegmentMemo
    from samovar.record.observation import Observation

CALLS: Final = 2_000
"""Calls that are held against each other at once; a longer log is read in windows of so many."""
WINDOW: Final = 48 * 1024 * 1024
"""Bytes of request bodies that are held decoded at once."""
TOLD: Final = 5
"""Unreadable lines of one file that are told one by one."""


class Source(NamedTuple):
    """Where a call stands: its line's text, how many lines stand above, and the member with the body."""

    text: str
    above: int
    under: str


class LogFile:
    """One log in the bytes of its file, in any format that samovar reads."""

    def __init__(self, file: str, data: bytes) -> None:
        """Name it as it will be reported. Raises `InputUnreadable` when no importer knows its format."""
        self.file = file
        self.data = data
        head = data[: detect.HEAD].splitlines(keepends=True)[: detect.LOOKED_AT]
        self.format = detect.format_of(head, file).name
        self.array = data.lstrip()[:1] == b"["
        self._starts = [0]
        at = data.find(b"\n")
        while at >= 0:
            self._starts.append(at + 1)
            at = data.find(b"\n", at + 1)

    def windows(
        self, memo: SegmentMemo, provider: str, at: dt.date | None
    ) -> Iterator[tuple[Log, tuple[BadLine, ...]]]:
        """Yield the calls in windows of at most `CALLS`, and the lines that hold none."""
        held: list[Observation | BadLine] = []
        size = calls = 0
        for each in detect.read_log((self.data,), self.file, memo, provider=provider, keep=True):
            held.append(each)
            if not isinstance(each, BadLine):
                calls += 1
                size += len(each.request or b"")
            if calls >= CALLS or size >= WINDOW:
                yield read_log(held, at)
                held, size, calls = [], 0, 0
        if held:
            yield read_log(held, at)

    def source(self, entry: int) -> Source:
        """Return where the entry with this number (from 1) stands."""
        if self.format not in {"exchanges", "bodies"}:
            return Source("", entry - 1 if 0 < entry <= len(self._starts) else 0, "")
        if self.array:
            text, element = self.data.decode("utf-8", "replace"), f"[{entry - 1}]"
            inner = f"{element}.request"
            return Source(text, 0, inner if place(text, inner) != place(text, element) else element)
        if self.format == "bodies" and not _whole(self._line(1)):
            text = self.data.decode("utf-8", "replace")
            return Source(text, 0, "request" if "request" in _members_of(text) else "")
        return Source(self._line(entry), entry - 1, "request" if self.format == "exchanges" else "")

    def _line(self, entry: int) -> str:
        start = self._starts[min(entry, len(self._starts)) - 1]
        end = self._starts[entry] if entry < len(self._starts) else len(self.data)
        return self.data[start:end].decode("utf-8", "replace")


def _whole(line: str) -> bool:
    """Whether a line is a JSON object of its own."""
    return bool(_members_of(line))


def _members_of(text: str) -> dict[str, msgspec.Raw]:
    try:
        return msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, RecursionError):
        return {}


def unread(file: str, bad: Sequence[BadLine]) -> Iterator[Problem]:
    """Yield what to say of lines that hold no call: each of a few, then how many more there are."""
    for each in bad[:TOLD]:
        yield Problem(f"{file}:{each.place}", each.reason)
    if len(bad) > TOLD:
        yield Problem(file, f"{len(bad) - TOLD} more lines hold no call with a body")
