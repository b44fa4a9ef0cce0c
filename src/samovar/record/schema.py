"""The record: what is kept of a call when no text may be kept. Schema `samovar.record/1`, JSON Lines.

A file begins with a head, which says under which key the digests were made; a later head (files written one
after another) replaces it. Members at their defaults are left out. docs/records.md has the words for people.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  # msgspec reads the annotations at run time
from typing import Any, Final

import msgspec

SCHEMA: Final = "samovar.record/1"
ALGORITHM: Final = "blake2b-128 of xxh3-128"
"""How the digests of a file are made: keyed BLAKE2b over the process's own digest."""

# No struct here can be part of a cycle, so the garbage collector need not watch millions of them.
# Verbatim: short words of the provider's own, never the caller's text.
OPEN_PARAMS: Final = frozenset(
    {
        *("thinking", "effort", "reasoning_effort", "verbosity", "speed", "service_tier"),
        *("parallel_tool_calls", "disable_parallel_tool_use", "images", "citations"),
    }
)
"""Parameters that are kept as they are; the values of all others are kept as digests."""


class Head(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The first line of a file."""

    schema: str
    digest: str
    key_id: str
    sums: str = ""
    """In a ledger's segment, how the sums of its lines are made."""


class BlockRecord(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True, gc=False):
    """One position, written as an array.

    Level (0 tools, 1 system, 2 messages), kind, keyed digest of the rendered form, keyed digest of the
    canonical form ("" where it is the same), estimated tokens, JSON path below the place, marker (its TTL,
    "" for the default, null without one), whether it may carry a marker, images, and what the provider keys
    on in its content, and what a detector found in its text: kinds and places (from, to), in characters. An
    empty digest is a block that the provider does not render.
    """

    level: int
    kind: str
    digest: bytes
    canonical: bytes
    tokens: int
    suffix: str
    marker: str | None = None
    markable: bool = True
    images: int = 0
    flags: tuple[str, ...] = ()
    found: tuple[tuple[str, int, int], ...] = ()


class Part(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The blocks of one place: all tools, the system field, one message. `role` is a message's."""

    blocks: tuple[BlockRecord, ...]
    role: str = ""
    params: tuple[tuple[str, str], ...] = ()


class UsageRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """`Usage`: absent is not reported."""

    uncached: int | None = None
    read: int | None = None
    written: Mapping[str, int] | None = None
    output: int | None = None
    total: int | None = None
    extra: Mapping[str, str] = {}


class Envelope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One call without its parts. Times are seconds since the epoch.

    `session`, `tenant`, `credential`, `conversation`, `cache_key` and `salt` are digests under the key;
    `labels`, `lineage` and `route` are kept as they are. `asked` and `answered` are the headers of
    `record.headers`: names of the caller's are digests there too. `at[i]` is the JSON path of the place whose
    blocks are `parts[i]`, in render order.
    """

    id: str
    provider: str = ""
    dialect: str = ""
    endpoint: str = ""
    model: str = ""
    served: str = ""
    upstream: str = ""
    start: float | None = None
    first: float | None = None
    end: float | None = None
    session: str | None = None
    lineage: str | None = None
    tenant: str | None = None
    credential: str | None = None
    route: str | None = None
    conversation: str = ""
    labels: Mapping[str, str] = {}
    beta: str = ""
    asked: Mapping[str, str] = {}
    answered: Mapping[str, str] = {}
    status: int | None = None
    error: str | None = None
    usage: UsageRecord = UsageRecord()
    at: list[str] = []
    params: Mapping[str, str] = {}
    automatic: str | None = None
    implicit: bool = True
    ttl: str = ""
    cache_key: str = ""
    salt: str = ""
    retention: str = ""
    stream: bool = False
    max_tokens: int | None = None
    prewarm: bool = False
    witness: Mapping[str, str | int | bool] = {}
    edits: list[tuple[str, int | None]] = []
    timings: Mapping[str, int | float] = {}
    response_id: str = ""
    compares_with: str = ""
    sum: str = ""
    """In a ledger's segment, the sum over this line and all before it."""
    body: bool = True
    """Whether the request's body was known."""


class Record(Envelope, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A record with its parts."""

    parts: list[Part] = []


class RawRecord(Envelope, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A record whose parts are left undecoded: nearly all have been seen, or written, before."""

    parts: list[msgspec.Raw] = []


ABSENT_MEMBER: Final = msgspec.Raw(b"{}")
"""What stands for an object that a line leaves out."""


class RepeatedRecord(RawRecord, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A record that is read: whatever repeats from call to call is left undecoded, and looked up."""

    at: msgspec.Raw = msgspec.Raw(b"[]")  # type: ignore[assignment]  # the same member, not decoded yet
    labels: msgspec.Raw = ABSENT_MEMBER  # type: ignore[assignment]  # as above
    params: msgspec.Raw = ABSENT_MEMBER  # type: ignore[assignment]  # as above


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a line: a head or a record. Any: a JSON Schema is any JSON."""
    kinds, definitions = msgspec.json.schema_components((Head, Record))
    return {"$id": SCHEMA, "anyOf": list(kinds), "$defs": definitions}
