"""Which importer reads a log, told by its content; and the one way in for all of them.

The first lines decide. What no importer reads is refused with what was found and what could be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from samovar.errors import InputUnreadable
from samovar.record import (
    agent_trace,
    bare_bodies,
    benchmark_rows,
    claude_code,
    codex,
    exchange_log,
    har,
    litellm,
    record_file,
    spans,
)
from samovar.record.lines import LONGEST, bounded
from samovar.record.members import UNREADABLE
from samovar.record.order import checked
from samovar.record.values import values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from samovar.call import SegmentMemo
    from samovar.record.observation import BadLine, Observation


class Reader(Protocol):
    """What every importer's `read` is."""

    def __call__(
        self,
        lines: Iterable[bytes],
        memo: SegmentMemo | None = None,
        *,
        provider: str = "",
        keep: bool = False,
    ) -> Iterator[Observation | BadLine]:
        """Yield what the lines hold, in their order."""


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of log: its name on the command line, what it is, and who reads it."""

    name: str
    title: str
    read: Reader


FORMATS: Final = (
    Format("exchanges", "an exchange log (JSON Lines with request and response)", exchange_log.read),
    Format("records", "record files of samovar", record_file.read),
    Format("har", "a HAR file", har.read),
    Format("litellm", "LiteLLM standard logging payloads (JSON Lines)", litellm.read),
    Format("otel", "OpenTelemetry GenAI spans (OTLP JSON)", spans.read),
    Format("claude-code", "a Claude Code transcript", claude_code.read),
    Format("codex", "a Codex session log", codex.read),
    Format("benchmark", "the artefact of a benchmark", benchmark_rows.read),
    Format("trace", "a trace of agents with their texts (JSON Lines)", agent_trace.read),
    Format("bodies", "request bodies", bare_bodies.read_lines),
)
LOOKED_AT: Final = 50
"""Lines from the beginning that may tell the format."""
CUT: Final = 2
"""Lines that were cut which may stand before the first whole one."""
HEAD: Final = 1024 * 1024
"""Bytes of a document that stands on several lines in which its members are looked for."""
_BODIES: Final = frozenset({"messages", "input", "contents"})
_ALONE: Final = frozenset({"har", "benchmark"})
"""Formats of which a file holds one document, for which no size is too much."""
_CLAUDE: Final = frozenset({"leafUuid", "isSnapshotUpdate", "parentUuid", "sessionId"})
_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_array = msgspec.json.Decoder(list[msgspec.Raw])
_DOCUMENTS: Final = (
    ((b'"resourceSpans"',), "otel"),
    ((b'"log"', b'"entries"'), "har"),
    ((b'"samovar.bench/1"',), "benchmark"),
    ((b'"requests"', b'"cache_read_tokens"'), "benchmark"),
    ((b'"request"',), "bodies"),
    ((b'"messages"',), "bodies"),
    ((b'"contents"',), "bodies"),
    ((b'"input"',), "bodies"),
)
"""Members by which a document on several lines is known, the surest first."""


def read_log(
    chunks: Iterable[bytes],
    where: str,
    memo: SegmentMemo | None = None,
    *,
    provider: str = "",
    keep: bool = False,
    longest: int = LONGEST,
) -> Iterator[Observation | BadLine]:
    """Yield what a log of any known format holds, in its order, with notes on what is odd.

    `chunks` are the bytes of the file, cut anywhere; `where` names it in errors. `provider` overrides what
    the log says, `keep` keeps the raw bodies. Raises `InputUnreadable` for an empty file and for one of no
    known format; a line that is no call is a `BadLine`, and one longer than `longest` bytes is never held.
    """
    cut: list[InputUnreadable] = []
    lines = _until_cut(bounded(chunks, longest), cut)
    head = _head(lines, longest)
    if head and head[0].startswith(b"\xef\xbb\xbf"):
        head[0] = head[0][3:]
    first = next((line for line in head if line.strip()), b"")
    if cut and not first:
        raise cut[0]
    whole: Iterable[bytes] = chain(head, lines)
    if first.lstrip()[:1] == b"[":
        elements = values(whole, longest)
        head = _telling(islice(elements, LOOKED_AT))
        whole = chain(head, elements)
        found = format_of(head, where)
    elif _spread(first, head, longest):
        found, whole = _of_values(head, lines, where, longest)
    else:
        found = format_of(head, where)
    return _then(checked(found.read(whole, memo, provider=provider, keep=keep)), cut)


def _spread(first: bytes, head: list[bytes], longest: int) -> bool:
    """Whether objects go on behind the line where they begin, or several stand on one."""
    begins = first.strip()
    if begins[:1] != b"{" or len(first) > longest:
        return False
    return begins[-1:] in {b"{", b"["} or all(_line_format(line) is None for line in head)


def _of_values(
    head: list[bytes], lines: Iterator[bytes], where: str, longest: int
) -> tuple[Format, Iterable[bytes]]:
    """Return the format of a file whose objects are spread over lines, and its objects.

    A document of which there is one a file is left as it is: its reader takes it whole.
    """
    held: list[bytes] = []
    source = chain(head, lines)
    told = next(values(_noted(source, held, longest), longest), b"")
    rest = chain(held, source)
    name = _line_format(told) if len(told) <= longest else None
    if name is None or name in _ALONE:
        found = format_of(head if name is None else [told], where)
        if len(told) > longest and found.name not in _ALONE:
            size = f"{where} has an object of more than {longest >> 20} MiB"
            raise InputUnreadable(f"{size} on many lines", "Give JSON Lines: one call a line.")
        return found, rest
    return format_of([told], where), values(rest, longest)


def _noted(lines: Iterator[bytes], held: list[bytes], most: int) -> Iterator[bytes]:
    """Yield lines, up to about as many bytes, and keep what was yielded."""
    size = 0
    while size <= most and (line := next(lines, b"")):
        held.append(line)
        size += len(line)
        yield line


def _telling(elements: Iterable[bytes]) -> list[bytes]:
    """Return the elements up to the first that tells its format."""
    head = []
    for each in elements:
        head.append(each)
        if _line_format(each) is not None:
            break
    return head or [b"[]"]


def _until_cut(lines: Iterator[bytes], cut: list[InputUnreadable]) -> Iterator[bytes]:
    """Yield lines up to where the file breaks off, and keep why: what was read is worth reading."""
    try:
        yield from lines
    except InputUnreadable as error:
        cut.append(error)


def _then(
    found: Iterator[Observation | BadLine], cut: list[InputUnreadable]
) -> Iterator[Observation | BadLine]:
    """Yield what was read, then raise what broke it off."""
    yield from found
    if cut:
        raise cut[0]


def _head(lines: Iterator[bytes], longest: int) -> list[bytes]:
    """Take the lines that may tell the format, more of a document that is spread over many.

    A line that was cut tells nothing, so it is looked behind two of them.
    """
    head: list[bytes] = []
    size = cut = 0
    for line in lines:
        head.append(line)
        if len(line) > longest:
            cut += 1
            if cut > CUT:
                break
            continue
        size += len(line)
        spread = head[0].strip() in {b"{", b"[", b"", b"\xef\xbb\xbf{"}
        if size >= HEAD or (len(head) >= LOOKED_AT and not spread):
            break
    return head


def format_of(head: list[bytes], where: str) -> Format:
    """Return the format that the first lines of a file tell. Raises `InputUnreadable`."""
    if not any(line.strip() for line in head):
        raise InputUnreadable(f"{where} is empty", f"Give a log with at least one call: {_known()}.")
    name = next((told for line in head if (told := _line_format(line)) is not None), None)
    if name is None:
        name = _document_format(b"".join(head)[:HEAD])
    if name is None:
        raise InputUnreadable(f"{where} {_what(head)}", f"Give one of: {_known()}.")
    return next(each for each in FORMATS if each.name == name)


def _line_format(line: bytes) -> str | None:
    """Return the format of a file with this line, None where it does not tell."""
    try:
        if line.lstrip()[:1] == b"[":
            first = next(iter(_array.decode(line)), None)
            return None if first is None else _line_format(bytes(first))
        return _object_format(_members.decode(line))
    except UNREADABLE:
        return None


def _object_format(members: Mapping[str, Any]) -> str | None:
    """Return the format of an object by its members; values are raw JSON."""
    names = members.keys()
    schema = bytes(members["schema"]) if "schema" in members else b""
    tells = (
        (schema.startswith(b'"samovar.record/') or {"at", "parts"} <= names, "records"),
        (schema.startswith(b'"samovar.bench/'), "benchmark"),
        ("resourceSpans" in names, "otel"),
        ("log" in names and b'"entries"' in bytes(members.get("log", b"")), "har"),
        ({"type", "payload"} <= names, "codex"),
        (bool(_CLAUDE & names) and ("type" in names or "message" in names), "claude-code"),
        (bool({"standard_logging_object", "call_type"} & names), "litellm"),
        ("kwargs" in names, "litellm"),
        (bool({"request", "response"} & names), "exchanges"),
        ("requests" in names and bytes(members["requests"])[:1] == b"[", "benchmark"),
        (names >= agent_trace.MEMBERS, "trace"),
        (bool(_BODIES & names), "bodies"),
    )
    return next((name for found, name in tells if found), None)


def _document_format(head: bytes) -> str | None:
    if head.lstrip()[:1] not in {b"{", b"["}:
        return None
    return next((name for needed, name in _DOCUMENTS if all(each in head for each in needed)), None)


def _what(head: list[bytes]) -> str:
    """Return what was found in a file that nothing reads."""
    start = b"".join(head)[:4096]
    if start.startswith(b"\x1f\x8b"):
        return "is compressed with gzip: unpack it first"
    if start.startswith((b"PAR1", b"PK\x03\x04", b"SQLite format 3", b"\x28\xb5\x2f\xfd")):
        return "is a binary file (Parquet, ZIP, SQLite or Zstandard)"
    if b"\x00" in start:
        return "is a binary file, or text that is not UTF-8"
    try:
        members = _members.decode(head[0])
    except UNREADABLE:
        return "is not JSON" if start.lstrip()[:1] not in {b"{", b"["} else "is JSON of no known kind"
    return f"has objects with the members {', '.join(sorted(members)[:12]) or '(none)'}, which no format has"


def _known() -> str:
    return "; ".join(each.title for each in FORMATS)
