"""Reads segments back: whole lines only, so that a tail torn by a crash costs that record and no other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from samovar.errors import InputUnreadable
from samovar.ledger import sums
from samovar.ledger.names import segment_paths
from samovar.record.record_file import read
from samovar.record.schema import SCHEMA, RawRecord

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from samovar.call import SegmentMemo
    from samovar.record.observation import BadLine, Observation


@dataclass(frozen=True, slots=True)
class Segment:
    """One file of a ledger."""

    path: Path

    @property
    def size(self) -> int:
        """Its bytes; none where it has been deleted since it was listed."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    def calls(self, memo: SegmentMemo | None = None) -> Iterator[Observation | BadLine]:
        """Yield its calls. Raises `InputUnreadable`."""
        return read(self.lines(), memo)

    def lines(self) -> Iterator[bytes]:
        """Yield its whole lines; none where it has been deleted meanwhile. Raises `InputUnreadable`."""
        return filter(whole, self.read())

    def read(self) -> Iterator[bytes]:
        """Yield its lines; the last one may be torn. Otherwise as `lines`."""
        try:
            with self.path.open("rb") as file:
                yield from file
        except FileNotFoundError:
            return
        except OSError as error:
            raise InputUnreadable(f"cannot read {self.path}: {error.strerror}.") from error


def whole(line: bytes) -> bool:
    """Whether a line was written to its end."""
    return line.endswith(b"\n")


@dataclass(frozen=True, slots=True)
class Check:
    """What a segment was found to be.

    Its whole records, whether its tail is torn, and what is wrong with it.
    """

    segment: Segment
    records: int
    torn: bool
    wrong: tuple[str, ...]


def segments(folder: Path) -> list[Segment]:
    """Return the segments of a ledger, oldest first. Raises `InputUnreadable` where there is no folder."""
    if not folder.is_dir():
        raise InputUnreadable(f"{folder} is not a ledger: no such folder.")
    try:
        return [Segment(path) for path in segment_paths(folder)]
    except OSError as error:
        raise InputUnreadable(f"cannot read {folder}: {error.strerror}.") from error


def observations(folder: Path, memo: SegmentMemo | None = None) -> Iterator[Observation | BadLine]:
    """Yield every call of a ledger, segment by segment."""
    for segment in segments(folder):
        yield from segment.calls(memo)


def verify(segment: Segment) -> Check:
    """Derive every sum of a segment anew, and decode every line. It may be written to meanwhile."""
    records, wrong = 0, []
    before = sums.START
    decoder = msgspec.json.Decoder(RawRecord)
    torn = False
    for place, line in enumerate(segment.read(), 1):
        if not whole(line):
            # Asked of what was read: the file may have grown since.
            torn = True
            break
        digest = sums.holds(line, before)
        if digest is None:
            wrong.append(f"line {place}: its sum does not follow from it and the lines before")
            # What comes after is checked against what this line says, so that one change is told once.
            digest = _stated(line)
        before = digest
        try:
            if place == 1:
                _head(line)
            else:
                decoder.decode(line)
                records += 1
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            wrong.append(f"line {place}: {error}")
    return Check(segment, records, torn, tuple(wrong))


def _stated(line: bytes) -> bytes:
    try:
        return bytes.fromhex(line[-19:-3].decode())
    except ValueError:
        return b""


def _head(line: bytes) -> None:
    head = msgspec.json.decode(line, type=dict[str, object])
    if head.get("schema") != SCHEMA or head.get("sums") != sums.ALGORITHM:
        told = f"schema {head.get('schema')!r}, sums {head.get('sums')!r}"
        message = f"not the head of a ledger segment: {told}"
        raise ValueError(message)
