"""Record files → observations whose calls have digests and sizes but no text."""

from __future__ import annotations

from functools import lru_cache
from sys import intern
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import msgspec
from xxhash import xxh3_128_digest

from samovar.call import Block, Call, Placed, Segment
from samovar.call.block import ABSENT, NO_FLAGS
from samovar.call.call import joined
from samovar.call.memo import Memo
from samovar.providers.rules import Level
from samovar.providers.usage import Usage
from samovar.record.observation import BadLine, Edit, Failure, Observation, Timings, Witness
from samovar.record.schema import ABSENT_MEMBER, SCHEMA, Head, Part, RepeatedRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from samovar.call import SegmentMemo
    from samovar.record.schema import BlockRecord

LONGEST: Final = 8 * 1024 * 1024
"""Bytes of the longest line that is read; a record of 100,000 positions has as many."""
LEVELS: Final = tuple(Level)
NONE: Final[Mapping[str, str]] = MappingProxyType({})
_record = msgspec.json.Decoder(RepeatedRecord)
_paths = msgspec.json.Decoder(tuple[str, ...])
_texts = msgspec.json.Decoder(dict[str, str])
_head = msgspec.json.Decoder(Head)
_part = msgspec.json.Decoder(Part)
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError, IndexError)


def read(
    lines: Iterable[bytes], memo: SegmentMemo | None = None, *, provider: str = "", keep: bool = False
) -> Iterator[Observation | BadLine]:
    """Yield what each line holds; heads and blank lines are skipped. Never raises for what a line holds.

    `provider` overrides what the records say.
    """
    del keep, memo  # a record holds no bodies, and its parts are no wire JSON
    repeated = _Repeated()
    key_id = ""
    for place, raw in enumerate(lines, 1):
        line = raw.strip()
        if not line:
            continue
        if len(line) > LONGEST:
            yield BadLine(place, f"longer than {LONGEST >> 20} MiB")
            continue
        try:
            if line.startswith(b'{"schema"'):
                key_id = _head_of(line)
                continue
            yield _observation(_record.decode(line), repeated, place, key_id, provider)
        except _UNREADABLE as error:
            yield BadLine(place, f"not a record: {error}")


def _head_of(line: bytes) -> str:
    head = _head.decode(line)
    if head.schema != SCHEMA:
        message = f"schema {head.schema!r}, not {SCHEMA!r}"
        raise ValueError(message)
    return head.key_id


class _Repeated:
    """Values that are the same in call after call, held once: parts and their paths, labels, parameters."""

    __slots__ = ("_parts", "_paths", "_texts")

    def __init__(self) -> None:
        self._parts: Memo[bytes, Placed] = Memo(25_000)
        self._paths: Memo[bytes, tuple[str, ...]] = Memo(2_000)
        self._texts: Memo[bytes, Mapping[str, str]] = Memo(2_000)

    def paths(self, raw: msgspec.Raw) -> tuple[str, ...]:
        key = bytes(raw)
        found = self._paths.young.get(key) or self._paths.get(key)
        if found is None:
            found = tuple(map(intern, _paths.decode(key)))
            self._paths.put(key, found)
        return found

    def placed(self, at: tuple[str, ...], parts: Sequence[msgspec.Raw]) -> tuple[Placed, ...]:
        """Return the parts of a call, each at its path."""
        if len(at) != len(parts):
            message = f"{len(at)} places for {len(parts)} parts"
            raise ValueError(message)
        wires = [b"Kp" + xxh3_128_digest(part) for part in parts]
        known = self._parts
        found = list(map(known.young.get, wires))
        for i, placed in enumerate(found):
            if placed is None:
                wire = wires[i]
                old = known.get(wire)
                if old is None or old.base is not at[i]:
                    old = Placed(at[i], _segment(wire, parts[i]) if old is None else old.segment)
                    known.put(wire, old)
                found[i] = old
            elif placed.base is not at[i]:
                found[i] = Placed(at[i], placed.segment)
        return tuple(found)  # type: ignore[arg-type]  # none of them is None any more

    def texts(self, raw: msgspec.Raw) -> Mapping[str, str]:
        key = bytes(raw)
        found = self._texts.young.get(key) or self._texts.get(key)
        if found is None:
            found = _texts.decode(key)
            self._texts.put(key, found)
        return found


def _observation(
    record: RepeatedRecord, repeated: _Repeated, place: int, key_id: str, provider: str
) -> Observation:
    told = record.usage
    witness, timings = record.witness, record.timings
    return Observation(
        id=record.id,
        provider=provider or intern(record.provider),
        endpoint=intern(record.endpoint),
        model=intern(record.model),
        served_model=intern(record.served),
        upstream=record.upstream,
        started_at=record.start,
        first_event_at=record.first,
        ended_at=record.end,
        session=record.session,
        lineage=record.lineage,
        tenant=record.tenant,
        credential=record.credential,
        route=record.route,
        labels=repeated.texts(record.labels) if record.labels is not ABSENT_MEMBER else NONE,
        headers=_headers(record.beta, record.asked) if record.beta or record.asked else NONE,
        response_headers=record.answered or NONE,
        status=record.status,
        error=None if record.error is None else Failure(record.error, ""),
        usage=Usage(
            uncached_input=told.uncached,
            cache_read=told.read,
            cache_write=told.written,
            output=told.output,
            stated_input=told.total,
            extra=told.extra or NONE,
        ),
        call=_call(record, repeated) if record.body else None,
        witness=msgspec.convert(witness, Witness) if witness else None,
        timings=msgspec.convert(timings, Timings) if timings else None,
        edits=tuple([Edit(kind, cleared) for kind, cleared in record.edits]) if record.edits else (),
        response_id=record.response_id,
        compares_with=record.compares_with,
        conversation=record.conversation,
        digest_key=key_id,
        place=place,
    )


def _headers(beta: str, asked: Mapping[str, str]) -> Mapping[str, str]:
    return {"anthropic-beta": beta, **asked} if beta else asked


def _call(record: RepeatedRecord, repeated: _Repeated) -> Call:
    places = repeated.placed(repeated.paths(record.at), record.parts)
    return Call(
        provider=intern(record.dialect),
        endpoint=intern(record.endpoint),
        model=intern(record.model),
        places=places,
        blocks=joined(places),
        params=repeated.texts(record.params) if record.params is not ABSENT_MEMBER else NONE,
        automatic=record.automatic,
        implicit=record.implicit,
        default_ttl=record.ttl,
        cache_key=record.cache_key,
        salt=record.salt,
        retention=record.retention,
        stream=record.stream,
        max_tokens=record.max_tokens,
        prewarm=record.prewarm,
    )


def _segment(wire: bytes, raw: msgspec.Raw) -> Segment:
    part = _part.decode(raw)
    role, found = part.role, part.blocks
    suffixes = _suffixes(*[block.suffix for block in found])
    if len(found) == 1:
        return Segment(wire, (_block(found[0], role),), suffixes, role, part.params)
    return Segment(wire, tuple([_block(block, role) for block in found]), suffixes, role, part.params)


@lru_cache(2_000)
def _suffixes(*suffixes: str) -> tuple[str, ...]:
    """Return these paths, one object for all places that have them."""
    return suffixes


def _block(block: BlockRecord, role: str) -> Block:
    return Block(
        LEVELS[block.level],
        role,
        intern(block.kind),
        block.digest or ABSENT,
        block.canonical or block.digest,
        b"",
        "",
        b"",
        block.images,
        block.marker,
        block.markable,
        frozenset(block.flags) if block.flags else NO_FLAGS,
        block.tokens,
    )
