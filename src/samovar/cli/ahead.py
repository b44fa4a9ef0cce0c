"""Logs that a second process reads, while this one works on what was read."""

from __future__ import annotations

import multiprocessing
from itertools import islice
from typing import TYPE_CHECKING, Final

from samovar.call import SegmentMemo
from samovar.cli.collector import unwatched
from samovar.cli.logs import together
from samovar.errors import InputUnreadable, OursError
from samovar.record.relay import Receiver, Sender

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection

    from samovar.record import BadLine, Observation

TOGETHER: Final = 256
"""Calls that are handed over at once."""
REMEMBERED: Final = 25_000
"""Pieces of bodies that need not be read again: those of some thousand calls."""
HEAVIEST: Final = 32_000_000
"""Bytes of their texts."""
DATA: Final = b"d"
REFUSED: Final = b"r"
END: Final = b"e"


def read_ahead(names: Sequence[str], *, provider: str = "") -> Iterator[Observation | BadLine]:
    """Yield what `together` yields. Raises `InputUnreadable`, as it does; stdin cannot be read this way."""
    receiving, sending = multiprocessing.Pipe(duplex=False)
    reader = multiprocessing.Process(target=_read, args=(list(names), provider, sending), daemon=True)
    reader.start()
    sending.close()
    receiver = Receiver()
    try:
        while True:
            kind, data = _received(receiving)
            if kind == DATA:
                yield from receiver.unpack(data)
            elif kind == REFUSED:
                what, advice = data.decode().split("\n", 1)
                raise InputUnreadable(what, advice)
            else:
                return
    finally:
        receiving.close()
        if reader.is_alive():
            reader.terminate()
        reader.join()


def _received(receiving: Connection) -> tuple[bytes, bytes]:
    try:
        message = receiving.recv_bytes()
    except EOFError:
        raise OursError(
            "The process that reads the logs ended before their end.", "Try again without --jobs."
        ) from None
    return message[:1], message[1:]


def _read(names: list[str], provider: str, sending: Connection) -> None:
    """Read the logs, and send what they hold."""
    sender = Sender()
    try:
        found = iter(together(names, SegmentMemo(REMEMBERED, HEAVIEST), provider=provider))
        with unwatched():
            for some in iter(lambda: list(islice(found, TOGETHER)), []):
                sending.send_bytes(DATA + sender.pack(some))
        sending.send_bytes(END)
    except InputUnreadable as error:
        sending.send_bytes(REFUSED + f"{error.what}\n{error.advice}".encode())
    except (BrokenPipeError, KeyboardInterrupt):
        return  # nobody listens any more
    finally:
        sending.close()
