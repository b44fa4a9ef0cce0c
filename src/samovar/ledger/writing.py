"""Writes one process's records into segments, append-only; a failing disk stops recording, never a call.

A segment is closed when it is large or old, when the process forks, and when the digest key changes. The
oldest segments of the folder go when there is too much of them, whoever wrote them.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from samovar.errors import OutputUnwritable
from samovar.ledger import sums
from samovar.ledger.found import detected
from samovar.ledger.names import segment_name, started_at
from samovar.record.keyed import DigestKey
from samovar.record.writer import RecordWriter

if TYPE_CHECKING:
    from collections.abc import Callable

    from samovar.policy import LedgerPolicy
    from samovar.providers.tokens import TokenCounter
    from samovar.record.observation import Observation

BUFFER: Final = 256 * 1024
FLUSH_SECONDS: Final = 1.0
"""What a crash may cost: a buffer's worth, or a second."""
REST_SECONDS: Final = 30.0
"""How long a disk that refused is left alone."""
MEGABYTE: Final = 1_000_000


class Ledger:
    """The records of one process in one folder. For one thread.

    `key` gives the deployment's digest key, `counter` estimates tokens. `clock` gives epoch seconds.
    """

    def __init__(
        self,
        policy: LedgerPolicy,
        key: Callable[[], bytes],
        counter: TokenCounter,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._policy = policy
        self._key = key
        self._counter = counter
        self._clock = clock
        self._detect = detected if policy.personal else None
        self._folder = Path(policy.dir or ".")
        self._file: BinaryIO | None = None
        self._writer: RecordWriter | None = None
        self._used_key = b""
        self._owner = 0
        self._size = 0
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
            file, writer = self._open(now)
            line, self._sum = sums.summed(writer.line(seen), self._sum)
            file.write(line)
            self._size += len(line)
            if now - self._flushed_at >= FLUSH_SECONDS:
                file.flush()
                self._flushed_at = now
        except OSError as error:
            self._abandon()
            self._closed_until = now + REST_SECONDS
            raise OutputUnwritable(f"cannot write to {self._folder}: {error.strerror}.") from error

    def _open(self, now: float) -> tuple[BinaryIO, RecordWriter]:
        key, process = self._key(), os.getpid()
        if self._file is not None and self._owner != process:
            self._forget()
        if self._file is not None and (
            key != self._used_key
            or self._size >= self._policy.segment_mb * MEGABYTE
            or now - self._opened_at >= self._policy.segment_minutes * 60
        ):
            self.close()
        if self._file is None or self._writer is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._retain(now)
            if self._writer is None or key != self._used_key:
                self._writer = RecordWriter(DigestKey(key), self._counter, detect=self._detect)
            self._number += 1
            path = self._folder / segment_name(now, process, self._number)
            self._file = path.open("ab", buffering=BUFFER)
            self._used_key, self._owner = key, process
            self._opened_at = self._flushed_at = now
            head, self._sum = sums.summed(self._head(), sums.START)
            self._file.write(head)
            self._size = len(head)
        return self._file, self._writer

    def _head(self) -> bytes:
        assert self._writer is not None  # noqa: S101  # opened just before
        return self._writer.head()[:-2] + f',"sums":"{sums.ALGORITHM}"}}\n'.encode()

    def _retain(self, now: float) -> None:
        """Delete the oldest segments that are too old, or more than what is kept.

        Never this process's own.
        """
        own = f"-{os.getpid()}-"
        kept = 0
        for path in sorted(self._folder.glob("*.jsonl"), key=started_at, reverse=True):
            # Another process may retain at the same time: what is gone already is as good.
            with contextlib.suppress(OSError):
                kept += path.stat().st_size
                old = now - path.stat().st_mtime > self._policy.keep_days * 86_400
                if old or (kept > self._policy.keep_mb * MEGABYTE and own not in path.name):
                    path.unlink()

    def flush(self) -> None:
        """Hand everything to the operating system. A disk that refuses costs what was buffered."""
        if self._file is not None:
            try:
                self._file.flush()
            except OSError:
                self._abandon()

    def close(self) -> None:
        """Close the segment; the next record opens another."""
        if self._file is not None:
            try:
                self._file.close()
            except OSError:
                self._abandon()
            self._file = None

    def _abandon(self) -> None:
        """Close a segment that cannot be written to; what is buffered is lost, and nothing raises again."""
        file, self._file = self._file, None
        if file is not None:
            _discard(file)

    def _forget(self) -> None:
        """In a forked child: the parent writes what is buffered, the child must not."""
        file, self._file = self._file, None
        if file is not None:
            _discard(file)


def _discard(file: BinaryIO) -> None:
    """Close a file's descriptor without writing its buffer."""
    with contextlib.suppress(OSError):
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, file.fileno())
        os.close(sink)
        file.close()
