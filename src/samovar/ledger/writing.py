"""Writes one process's records into segments, append-only; a failing disk stops recording, never a call.

A segment is closed when it is large or old, when the process forks, and when the digest key changes. Lines
wait here, not in the file object, until they are written: a forked child has nothing of its parent's to
write, and what a disk refuses can be counted.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from samovar.errors import OutputUnwritable
from samovar.ledger import sums
from samovar.ledger.found import detected
from samovar.ledger.names import segment_name
from samovar.ledger.retention import MEGABYTE, retain
from samovar.record.keyed import DigestKey
from samovar.record.writer import RecordWriter

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import FileIO

    from samovar.policy import LedgerPolicy
    from samovar.providers.tokens import TokenCounter
    from samovar.record.observation import Observation

BUFFER: Final = 256 * 1024
FLUSH_SECONDS: Final = 1.0
"""What a crash may cost: a buffer's worth, or a second."""
REST_SECONDS: Final = 30.0
"""How long a disk that refused is left alone."""


class Ledger:
    """The records of one process in one folder. For one thread.

    `key` gives the deployment's digest key, `counter` estimates tokens. `lost` is told how many records that
    had been taken a failing disk has cost, and how it failed. `clock` gives epoch seconds.
    """

    def __init__(
        self,
        policy: LedgerPolicy,
        key: Callable[[], bytes],
        counter: TokenCounter,
        clock: Callable[[], float] = time.time,
        lost: Callable[[int, OSError], None] = lambda *_: None,
    ) -> None:
        self._policy = policy
        self._key = key
        self._counter = counter
        self._clock = clock
        self._lost = lost
        self._detect = detected if policy.personal else None
        self._folder = Path(policy.dir or ".")
        self._file: FileIO | None = None
        self._writer: RecordWriter | None = None
        self._waiting: list[bytes] = []
        self._used_key = b""
        self._owner = 0
        self._size = self._buffered = 0
        self._opened_at = self._flushed_at = 0.0
        self._closed_until = 0.0
        self._sum = sums.START
        self._number = 0

    def record(self, seen: Observation) -> None:
        """Append one call. Raises `OutputUnwritable` when it was not kept."""
        now = self._clock()
        if now < self._closed_until:
            raise OutputUnwritable(f"the ledger in {self._folder} rests after a failed write.")
        try:
            writer = self._open(now)
            if self._buffered >= BUFFER or now - self._flushed_at >= FLUSH_SECONDS:
                self._write(now)
        except OSError as error:
            self._abandon(error)
            raise OutputUnwritable(f"cannot write to {self._folder}: {error.strerror}.") from error
        line, self._sum = sums.summed(writer.line(seen), self._sum)
        self._waiting.append(line)
        self._buffered += len(line)
        self._size += len(line)

    def _open(self, now: float) -> RecordWriter:
        key, process = self._key(), os.getpid()
        if self._owner != process:
            self._forget()
        if self._file is not None and (
            key != self._used_key
            or self._size >= self._policy.segment_mb * MEGABYTE
            or now - self._opened_at >= self._policy.segment_minutes * 60
        ):
            self._write(now)
            self._close()
        if self._writer is None or key != self._used_key:
            self._writer = RecordWriter(DigestKey(key), self._counter, detect=self._detect)
        if self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            retain(self._folder, self._policy, now)
            self._number += 1
            path = self._folder / segment_name(now, process, self._number)
            self._file = path.open("ab", buffering=0)
            self._used_key, self._owner = key, process
            self._opened_at = self._flushed_at = now
            head = self._writer.head()[:-2] + f',"sums":"{sums.ALGORITHM}"}}\n'.encode()
            head, self._sum = sums.summed(head, sums.START)
            # At once, so that only records wait.
            _begin(self._file, path, head)
            self._size = len(head)
        return self._writer

    def _write(self, now: float) -> None:
        """Hand what waits to the operating system; of what it refuses, every line still waits."""
        self._flushed_at = now
        file, rest = self._file, memoryview(b"".join(self._waiting))
        try:
            if file is not None and not os.fstat(file.fileno()).st_nlink:
                # Somebody has deleted the segment: what is written to it, nobody will read.
                raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
            while file is not None and rest:
                # A disk that fills up takes a part of it.
                written = file.write(rest)
                if not written:
                    raise OSError(errno.EIO, os.strerror(errno.EIO))
                rest = rest[written:]
        finally:
            self._buffered = len(rest)
            self._waiting = _last(self._waiting, len(rest))

    def flush(self) -> None:
        """Hand everything to the operating system. A disk that refuses costs what waited."""
        if self._owner != os.getpid():
            self._forget()
        try:
            self._write(self._clock())
        except OSError as error:
            self._abandon(error)

    def close(self) -> None:
        """Close the segment; the next record opens another."""
        self.flush()
        self._close()

    def _close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            # Whatever is wrong with the disk, it has what it took.
            with contextlib.suppress(OSError):
                file.close()

    def _abandon(self, error: OSError) -> None:
        """Leave a disk alone that failed; what waited is lost, and told."""
        self._closed_until = self._clock() + REST_SECONDS
        lost = len(self._waiting)
        self._forget()
        if lost:
            self._lost(lost, error)

    def _forget(self) -> None:
        """Let go of what waits. In a forked child it is the parent's to write."""
        self._waiting, self._buffered = [], 0
        self._close()


def _begin(file: FileIO, path: Path, head: bytes) -> None:
    """Write a segment's head; of one that a disk refuses nothing is left, for there are many attempts."""
    written = 0
    try:
        written = file.write(head)
    finally:
        if written != len(head):
            path.unlink()
    if written != len(head):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _last(lines: list[bytes], size: int) -> list[bytes]:
    """Return the lines that hold the last `size` bytes of all."""
    count = 0
    while size > 0:
        count += 1
        size -= len(lines[-count])
    return lines[len(lines) - count :]
