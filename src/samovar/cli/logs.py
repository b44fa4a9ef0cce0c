"""Logs as verbs are given them: files, stdin, folders of files, a ledger; together in the order of time.

A file is opened when its first call is due, so that many of them cost few handles and little memory.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from samovar.cli.inputs import chunks_of
from samovar.errors import InputUnreadable
from samovar.record import BadLine
from samovar.record.detect import read_log
from samovar.record.order import checked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from samovar.call import SegmentMemo
    from samovar.record import Observation


def together(
    names: Sequence[str], memo: SegmentMemo, *, provider: str = "", keep: bool = False
) -> Iterator[Observation | BadLine]:
    """Yield the calls of files, of stdin (`-`) and of a folder's files, those below it too, by their starts.

    Calls without times come first, file by file in the order of names. A file of a folder that cannot be
    read is a bad entry, and so is the rest of a file that breaks off. A folder without any call is refused,
    as a file would be. A call whose id is only its place gets the file's name before it. Raises
    `InputUnreadable`.
    """
    reader = _Reader(memo, provider, keep=keep)
    sources = [source for name in names for source in _sources(name)]
    if len(sources) == 1 and not sources[0].folder:
        return reader.calls(sources[0])
    return checked(_merged(sources, reader))


@dataclass(frozen=True, slots=True)
class _Source:
    """One file. `folder` is the folder that it was found in, "" where it was named itself."""

    name: str
    short: str
    folder: str = ""


def _sources(name: str) -> list[_Source]:
    folder = Path(name)
    if name == "-" or not folder.is_dir():
        return [_Source(name, "stdin" if name == "-" else name)]
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    if not paths:
        raise InputUnreadable(f"{name} is a folder without a file that holds a call")
    return [_Source(str(path), str(path.relative_to(folder)), name) for path in paths]


class _Reader:
    """Opens sources."""

    def __init__(self, memo: SegmentMemo, provider: str, *, keep: bool) -> None:
        self._memo = memo
        self._provider = provider
        self._keep = keep

    def calls(self, source: _Source) -> Iterator[Observation | BadLine]:
        """Yield what a file holds; what breaks off behind its beginning is a bad entry."""
        place = 0
        try:
            for each in read_log(
                chunks_of(source.name), source.short, self._memo, provider=self._provider, keep=self._keep
            ):
                place = each.place
                yield each
        except InputUnreadable as error:
            if not place:
                raise
            yield BadLine(place + 1, f"the rest is lost: {error.what}")

    def named(self, source: _Source) -> Iterator[Observation | BadLine]:
        """Yield the same with the file's name where only it tells entries apart."""
        short = source.short
        try:
            for each in self.calls(source):
                if isinstance(each, BadLine):
                    yield BadLine(each.place, f"{short}: {each.reason}")
                elif each.id.startswith("#"):
                    yield replace(each, id=short if each.id == "#1" else f"{short}{each.id}")
                else:
                    yield each
        except InputUnreadable as error:
            if not source.folder:
                raise
            yield BadLine(0, error.what)


class _Open:
    """A source that is being read: its next call, and when it is due."""

    __slots__ = ("call", "due", "rest")

    def __init__(self, rest: Iterator[Observation | BadLine]) -> None:
        self.rest = rest
        self.call: Observation | None = None
        self.due = -math.inf

    def advance(self) -> Iterator[BadLine]:
        """Go to the next call, and yield the bad entries before it."""
        self.call = None
        for each in self.rest:
            if isinstance(each, BadLine):
                yield each
                continue
            self.call = each
            if each.started_at is not None:
                self.due = max(self.due, each.started_at)
            return


def _merged(sources: Sequence[_Source], reader: _Reader) -> Iterator[Observation | BadLine]:
    """Yield the calls of all sources; each source is in the order in which it was written."""
    waiting: list[tuple[float, int, Iterator[Observation | BadLine]]] = []
    barren = {source.folder for source in sources if source.folder}
    for order, source in enumerate(sources):
        begins, holds, rest = _first(source, reader)
        if holds:
            barren.discard(source.folder)
        waiting.append((begins, order, rest))
    if barren:
        raise InputUnreadable(f"{min(barren)} is a folder without a file that holds a call")
    heapq.heapify(waiting)
    reading: list[tuple[float, int, _Open]] = []
    while waiting or reading:
        if waiting and (not reading or waiting[0][0] < reading[0][0]):
            _, order, rest = heapq.heappop(waiting)
            opened = _Open(rest)
        else:
            _, order, opened = heapq.heappop(reading)
            if opened.call is not None:
                yield opened.call
        yield from opened.advance()
        if opened.call is not None:
            heapq.heappush(reading, (opened.due, order, opened))


def _first(source: _Source, reader: _Reader) -> tuple[float, bool, Iterator[Observation | BadLine]]:
    """Return when the first call of a source started, whether there is one, and what reads the source.

    A file is closed again, and read from its beginning when it is due; stdin can be read only once.
    """
    held: list[Observation | BadLine] = []
    found = reader.named(source)
    for each in found:
        held.append(each)
        if not isinstance(each, BadLine):
            begins = -math.inf if each.started_at is None else each.started_at
            again = _chained(held, found) if source.name == "-" else reader.named(source)
            return begins, True, again
        if source.name != "-":
            held.clear()
    return -math.inf, False, iter(held) if source.name == "-" else reader.named(source)


def _chained(
    held: list[Observation | BadLine], rest: Iterator[Observation | BadLine]
) -> Iterator[Observation | BadLine]:
    yield from held
    yield from rest
