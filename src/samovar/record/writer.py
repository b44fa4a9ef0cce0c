"""Observations → record lines, without a word of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec

from samovar.call.memo import Memo
from samovar.providers.images import conventional
from samovar.record.headers import answered_of, asked_of
from samovar.record.schema import (
    ALGORITHM,
    OPEN_PARAMS,
    SCHEMA,
    BlockRecord,
    Head,
    Part,
    RawRecord,
    UsageRecord,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from samovar.call import Block, Call, Segment
    from samovar.providers.tokens import TokenCounter
    from samovar.record.keyed import DigestKey
    from samovar.record.observation import Observation

Detect: TypeAlias = "Callable[[str], tuple[tuple[str, int, int], ...]]"
"""Returns kinds and places (from, to) of what is personal or secret in a text."""


class RecordWriter:
    """Writes records under one key. What repeats is encoded once.

    `counter` gives the estimates of tokens. `detect` is asked once of each new block's text what is in it:
    kinds and places, which are all that is kept. Not thread-safe: one writer belongs to one file.
    """

    __slots__ = ("_counter", "_detect", "_encoder", "_found", "_key", "_parts")

    def __init__(
        self, key: DigestKey, counter: TokenCounter, memory: int = 50_000, detect: Detect | None = None
    ) -> None:
        """Remember the last `memory` places."""
        self._detect = detect
        self._found: Memo[bytes, tuple[tuple[str, int, int], ...]] = Memo(memory)
        self._key = key
        self._counter = counter
        self._encoder = msgspec.json.Encoder()
        self._parts: Memo[bytes, bytes] = Memo(memory)

    def head(self) -> bytes:
        """Return the first line of a file, with its line feed."""
        return self._encoder.encode(Head(schema=SCHEMA, digest=ALGORITHM, key_id=self._key.id)) + b"\n"

    def line(self, seen: Observation) -> bytes:
        """Return the line of one call, with its line feed."""
        call, key = seen.call, self._key
        record = RawRecord(
            id=seen.id,
            provider=seen.provider,
            endpoint=seen.endpoint,
            model=seen.model,
            served=seen.served_model,
            upstream=seen.upstream,
            start=seen.started_at,
            first=seen.first_event_at,
            end=seen.ended_at,
            session=key.name(seen.session),
            lineage=seen.lineage,
            tenant=key.name(seen.tenant),
            credential=key.name(seen.credential),
            route=seen.route,
            conversation=key.name(seen.conversation) or "",
            labels=dict(seen.labels),
            beta=seen.headers.get("anthropic-beta", ""),
            asked=asked_of(seen.headers, key) if seen.headers else {},
            answered=answered_of(seen.response_headers, key) if seen.response_headers else {},
            status=seen.status,
            error=seen.error.kind if seen.error else None,
            usage=_usage(seen),
            witness=_witness(seen),
            edits=[(edit.kind, edit.cleared) for edit in seen.edits],
            timings=_timings(seen),
            response_id=seen.response_id,
            compares_with=seen.compares_with,
            **({"body": False} if call is None else self._called(call)),  # type: ignore[arg-type]  # members of the struct by name
        )
        return self._encoder.encode(record) + b"\n"

    def _called(self, call: Call) -> Mapping[str, object]:
        key = self._key
        return {
            "dialect": call.provider,
            "at": [place.base for place in call.places],
            "parts": [msgspec.Raw(self._part(place.segment, call.provider)) for place in call.places],
            "params": self._params(call.params),
            "automatic": call.automatic,
            "implicit": call.implicit,
            "ttl": call.default_ttl,
            "cache_key": key.name(call.cache_key),
            "salt": key.name(call.salt),
            "retention": call.retention,
            "stream": call.stream,
            "max_tokens": call.max_tokens,
            "prewarm": call.prewarm,
        }

    def _params(self, params: Mapping[str, str]) -> dict[str, str]:
        return {
            name: value if name in OPEN_PARAMS else self._key.name(value) or ""
            for name, value in params.items()
        }

    def _part(self, segment: Segment, shape: str) -> bytes:
        known = self._parts.get(segment.wire)
        if known is None:
            part = Part(
                blocks=tuple(
                    self._block(block, suffix, shape)
                    for block, suffix in zip(segment.blocks, segment.suffixes, strict=True)
                ),
                role=segment.role,
                params=tuple(self._params(dict(segment.params)).items()),
            )
            known = self._encoder.encode(part)
            self._parts.put(segment.wire, known)
        return known

    def _block(self, block: Block, suffix: str, shape: str) -> BlockRecord:
        digest = self._key.digest(block.rendered) if block.rendered else b""
        canonical = block.canonical
        tokens = block.tokens
        if tokens is None:
            tokens = block.images * conventional(shape)
            if block.text or not block.images:
                tokens += self._counter.count(block.text).est
        return BlockRecord(
            block.level.value,
            block.kind,
            digest,
            b"" if canonical == block.rendered else self._key.digest(canonical),
            tokens,
            suffix,
            block.marker,
            block.markable,
            block.images,
            tuple(sorted(flag for flag in block.flags if "=" not in flag)),
            self._detected(block),
        )

    def _detected(self, block: Block) -> tuple[tuple[str, int, int], ...]:
        if self._detect is None or not block.text:
            return ()
        name = block.rendered or block.text.encode("utf-8", "surrogatepass")
        found = self._found.get(name)
        if found is None:
            found = self._detect(block.text)
            self._found.put(name, found)
        return found


def _usage(seen: Observation) -> UsageRecord:
    usage = seen.usage
    return UsageRecord(
        uncached=usage.uncached_input,
        read=usage.cache_read,
        written=usage.cache_write,
        output=usage.output,
        total=usage.stated_input,
        extra=dict(usage.extra),
    )


def _witness(seen: Observation) -> dict[str, str | int | bool]:
    witness = seen.witness
    if witness is None:
        return {}
    told: dict[str, str | int | bool | None] = {
        "source": witness.source,
        "says": witness.says,
        "reason": witness.reason,
        "missed": witness.missed,
        "reusable": witness.reusable,
        "compared_with": witness.compared_with,
        "pending": witness.pending,
    }
    return {name: value for name, value in told.items() if value not in (None, "", False)}


def _timings(seen: Observation) -> dict[str, float]:
    timings = seen.timings
    if timings is None:
        return {}
    told = {
        "prefill_ms": timings.prefill_ms,
        "generate_ms": timings.generate_ms,
        "prefilled": timings.prefilled,
        "cached": timings.cached,
    }
    return {name: value for name, value in told.items() if value is not None}
