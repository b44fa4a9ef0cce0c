"""Bare request bodies, one a file: nothing is known of when they were sent or what came back.

A file may also hold one exchange of an exchange log, spread over several lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from samovar.call import SegmentMemo
from samovar.record import exchange_log
from samovar.record.body import Bodies
from samovar.record.lines import LONGEST, TooLongError, joined
from samovar.record.members import UNREADABLE
from samovar.record.observation import BadLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from samovar.record.observation import Observation

_members = msgspec.json.Decoder(dict[str, msgspec.Raw])


def read(
    files: Iterable[tuple[str, bytes]],
    memo: SegmentMemo | None = None,
    *,
    provider: str = "",
    keep: bool = False,
) -> Iterator[Observation | BadLine]:
    """Yield one call a file, in the order given; its id is the file's name, unless an exchange has one."""
    memory = memo if memo is not None else SegmentMemo()
    bodies = Bodies(memory)
    for place, (name, raw) in enumerate(files, 1):
        body = raw.strip()
        if len(body) > LONGEST:
            yield BadLine(place, f"{name} is longer than {LONGEST >> 20} MiB")
            continue
        try:
            members = _members.decode(body)
        except UNREADABLE as error:
            yield BadLine(place, f"{name} is not a JSON object: {error}")
            continue
        if "request" in members:
            yield exchange_log.observation(body, place, bodies, provider, keep=keep, name=name)
            continue
        seen = bodies.observe(place, body, b"", provider=provider, keep=keep, id=name)
        yield seen if seen.call is not None else BadLine(place, f"{name}: {'; '.join(seen.notes)}")


def read_lines(
    lines: Iterable[bytes], memo: SegmentMemo | None = None, *, provider: str = "", keep: bool = False
) -> Iterator[Observation | BadLine]:
    """Yield the bodies of one file: one a line, or a single one that stands on several."""
    held = [line for line in lines if line.strip()]
    try:
        alone = len(held) > 1 and not _members.decode(held[0])
    except UNREADABLE:
        alone = len(held[0]) <= LONGEST
    try:
        whole = [joined(held)] if alone else held
    except TooLongError as error:
        yield BadLine(1, str(error))
        return
    yield from read(((f"#{i}", line) for i, line in enumerate(whole, 1)), memo, provider=provider, keep=keep)
