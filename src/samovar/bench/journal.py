"""The append-only journal of a run: whatever ends the run, no finished call is lost.

JSON Lines: a header, one row per attempt as it ends, and an end line if the run got that far. Lines are
written unbuffered, so a process that is killed leaves all of them but the one in flight.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import TYPE_CHECKING, Final

import msgspec

from samovar.errors import InputUnreadable, OutputUnwritable
from samovar.policy import Thresholds  # noqa: TC001  # msgspec reads the annotations at run time
from samovar.report.bench import Priced, Range, Request, Settings, StaticBlock

if TYPE_CHECKING:
    from pathlib import Path

SUFFIX: Final = ".journal.jsonl"
SCHEMA: Final = "samovar.bench.journal/1"
END_BEGINS: Final = b'{"ended":'

encode = msgspec.json.Encoder().encode


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """All that a run's artefact says and that was known before its first request.

    `names` gives each prefix a name for people; `reads_count` is whether reads count against the budget.
    """

    schema: str
    id: str
    started_at: str
    seed: int
    nonce: str | None
    provider: str
    endpoint: str
    model: str
    model_known: str
    workload: str
    workload_sha256: str
    settings: Settings
    versions: dict[str, str]
    git_sha: str | None
    price_book: Priced | None
    blocks: tuple[StaticBlock, ...]
    planned: int
    names: dict[str, str]
    reads_count: bool
    thresholds: Thresholds
    left_out: int = 0
    domains: int = 1
    floor: Range | None = None


class End(msgspec.Struct, frozen=True):
    """The last line: `ended` is "complete" or "incomplete", `stopped` why it broke off."""

    ended: str
    stopped: str | None = None
    finding: str | None = None
    """The name of what was found in the workload and ended the run, where it was no failure."""


class Journal:
    """Appends lines to a file. When the disk fails, it says so once and the run goes on without it.

    The file is locked until it is closed, so that others see whose run is still going on.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.broken: str | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        except OSError as error:
            raise OutputUnwritable(f"the journal {path} cannot be written: {error.strerror}.") from error
        # Where a file system knows no locks, another run's --keep might take this one for an old one.
        with contextlib.suppress(OSError):
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def append(self, line: Header | Request | End) -> None:
        """Write one line now."""
        if self.broken is not None:
            return
        data = encode(line) + b"\n"
        try:
            while data:
                data = data[os.write(self._file, data) :]
        except OSError as error:
            self.broken = f"the journal {self.path} could not be written on: {error.strerror}."

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def going_on(path: Path) -> bool:
    """Whether the run that writes a journal has not ended yet. Raise `OSError`."""
    file = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def read_journal(path: Path) -> tuple[Header, list[Request], End | None]:
    """Return what a journal holds; a last line that is cut off is left out. Raise `InputUnreadable`."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise InputUnreadable(f"the journal {path} cannot be read: {error.strerror}.") from error
    if not lines:
        raise InputUnreadable(f"the journal {path} is empty: its run ended before anything was written.")
    try:
        header = msgspec.json.decode(lines[0], type=Header)
    except msgspec.DecodeError as error:
        raise InputUnreadable(f"{path} does not begin like a journal of samovar bench: {error}.") from error
    if header.schema != SCHEMA:
        raise InputUnreadable(
            f"{path} is a journal of schema {header.schema!r}, this samovar reads {SCHEMA!r}."
        )
    rows: list[Request] = []
    end = None
    for number, line in enumerate(lines[1:], 2):
        try:
            if line.startswith(END_BEGINS):
                end = msgspec.json.decode(line, type=End)
            else:
                rows.append(msgspec.json.decode(line, type=Request))
        except msgspec.DecodeError as error:
            if number == len(lines):
                break
            raise InputUnreadable(f"{path}, line {number}, is damaged: {error}.") from error
    return header, rows, end
