"""HAR files: what a browser or a recording proxy saw. Entries that are no API calls are left out.

One JSON document, so it is read whole. A POST to an endpoint that a dialect speaks is a call, and becomes
an observation or a bad entry; so does a POST elsewhere whose JSON tells its dialect.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

import msgspec

from samovar.call import SegmentMemo, dialect_for
from samovar.errors import UnknownEndpoint
from samovar.record.body import Bodies
from samovar.record.clock import seconds
from samovar.record.lines import TooLongError, joined
from samovar.record.members import UNREADABLE, Json, headers_of, member, objects, text
from samovar.record.observation import BadLine, Observation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_plain = msgspec.json.Decoder()


def read(
    lines: Iterable[bytes], memo: SegmentMemo | None = None, *, provider: str = "", keep: bool = False
) -> Iterator[Observation | BadLine]:
    """Yield the API calls of a HAR document, in its order; `place` counts its entries."""
    try:
        document = _plain.decode(joined(lines))
    except (*UNREADABLE, TooLongError) as error:
        yield BadLine(1, f"not a JSON document: {error}")
        return
    bodies = Bodies(memo if memo is not None else SegmentMemo())
    for place, entry in enumerate(objects(member(document, "log", "entries")), 1):
        asked = member(entry, "request")
        if str(member(asked, "method")).upper() != "POST":
            continue
        seen = _entry(entry, place, bodies, provider, keep=keep)
        if seen is not None:
            yield seen


def _entry(
    entry: Json, place: int, bodies: Bodies, provider: str, *, keep: bool
) -> Observation | BadLine | None:
    url = text(member(entry, "request", "url")) or ""
    body = _posted(entry)
    if not body:
        return BadLine(place, "the body of the request was not recorded") if _spoken(url) else None
    started = seconds(member(entry, "startedDateTime"))
    timings = member(entry, "timings")
    waited = sum(_ms(timings, name) for name in ("blocked", "dns", "connect", "send", "wait")) / 1000
    total = _ms(entry, "time") / 1000
    headers = headers_of(member(entry, "request", "headers"))
    status = member(entry, "response", "status")
    seen = bodies.observe(
        place,
        body,
        _received(entry),
        provider=provider,
        keep=keep,
        id=text(member(entry, "_id")) or f"#{place}",
        endpoint=url,
        started_at=started,
        first_event_at=None if started is None or not waited else started + waited,
        ended_at=None if started is None or not total else started + total,
        credential=headers.credential,
        route=url.split("/")[2] if "://" in url else None,
        headers=headers.kept,
        response_headers=headers_of(member(entry, "response", "headers")).kept,
        status=status if isinstance(status, int) and status else None,
    )
    return None if seen.call is None and not _spoken(url) else seen


def _posted(entry: Json) -> bytes:
    return (text(member(entry, "request", "postData", "text")) or "").encode()


def _received(entry: Json) -> bytes:
    """Return the response's body: JSON, or the text of a stream."""
    content = member(entry, "response", "content")
    said = text(member(content, "text")) or ""
    if member(content, "encoding") == "base64":
        try:
            return base64.b64decode(said)
        except (binascii.Error, ValueError):
            return b""
    return said.encode()


def _ms(holder: object, name: str) -> float:
    value = member(holder, name)
    return float(value) if isinstance(value, int | float) and value > 0 else 0.0


def _spoken(url: str) -> bool:
    try:
        dialect_for(url)
    except UnknownEndpoint:
        return False
    return True
