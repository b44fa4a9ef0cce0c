"""The exchange log: JSON Lines, one API call a line, with the bodies as they went over the wire.

Every line becomes an observation or a bad line, in the order of the file. A line whose request cannot be
read as a body is still a call: it keeps its times and its usage, and says in `notes` what was wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw

from samovar.call import SegmentMemo
from samovar.record.body import Bodies
from samovar.record.clock import seconds
from samovar.record.lines import LONGEST
from samovar.record.members import UNREADABLE, headers_of, text, texts
from samovar.record.observation import BadLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from samovar.record.observation import Observation

_NULL = Raw(b"null")


class _Line(msgspec.Struct):
    # Any: a member of an odd type must not cost the whole line; `_text` and `seconds` judge each.
    id: Any = None
    provider: Any = None
    endpoint: Any = None
    started_at: Any = None
    first_event_at: Any = None
    ended_at: Any = None
    session: Any = None
    lineage: Any = None
    tenant: Any = None
    credential: Any = None
    route: Any = None
    request: Raw = _NULL
    request_headers: Any = None
    status: Any = None
    response: Raw = _NULL
    response_headers: Any = None
    labels: Any = None


_line = msgspec.json.Decoder(_Line)


def read(
    lines: Iterable[bytes], memo: SegmentMemo | None = None, *, provider: str = "", keep: bool = False
) -> Iterator[Observation | BadLine]:
    """Yield what each line holds; blank lines are skipped. Never raises for what a line holds.

    `memo` is the memory that parses the bodies; whoever compares the calls should own it. `provider`
    overrides what the log says. `keep` keeps the raw bodies.
    """
    bodies = Bodies(memo if memo is not None else SegmentMemo())
    for place, raw in enumerate(lines, 1):
        line = raw.strip()
        if line:
            yield observation(line, place, bodies, provider, keep=keep)


def observation(
    line: bytes, place: int, bodies: Bodies, provider: str, *, keep: bool = False, name: str = ""
) -> Observation | BadLine:
    """Return what one line holds; `name` is the call's id where it has none."""
    if len(line) > LONGEST:
        return BadLine(place, f"longer than {LONGEST >> 20} MiB")
    try:
        wire = _line.decode(line)
    except UNREADABLE as error:
        return BadLine(place, f"not a JSON object of the exchange log: {error}")
    if wire.request is _NULL and wire.response is _NULL:
        return BadLine(place, "neither a request nor a response")
    headers = headers_of(wire.request_headers)
    started = seconds(wire.started_at)
    return bodies.observe(
        place,
        wire.request,
        wire.response,
        provider=provider or text(wire.provider) or "",
        keep=keep,
        notes=("started_at is not a time",) if wire.started_at is not None and started is None else (),
        id=text(wire.id) or name or f"#{place}",
        endpoint=text(wire.endpoint) or "",
        started_at=started,
        first_event_at=seconds(wire.first_event_at),
        ended_at=seconds(wire.ended_at),
        session=text(wire.session),
        lineage=text(wire.lineage),
        tenant=text(wire.tenant),
        credential=text(wire.credential) or headers.credential,
        route=text(wire.route),
        labels=texts(wire.labels),
        headers=headers.kept,
        response_headers=headers_of(wire.response_headers).kept,
        status=wire.status if isinstance(wire.status, int) else None,
    )
